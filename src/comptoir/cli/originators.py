"""`originator edit`, `settings`, `theme`, `roll`: how payments of an originator behave and look."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from comptoir import checkout, merchants
from comptoir.cli.merchants import Json, originators
from comptoir.cli.office import actor_of, opened, show, show_one
from comptoir.kit import db, ids

# What cannot be empty: an empty text is refused by whoever knows why.
_NEEDED = frozenset({"name", "primary_colour", "background", "text_colour"})


def _given(**options: Any) -> dict[str, Any]:
    """What was named; an empty text clears."""
    return {name: value or None if isinstance(value, str) and name not in _NEEDED else value
            for name, value in options.items() if value is not None}  # fmt: skip


@originators.command(name="edit")
async def edit(
    number: int,
    *,
    name: str | None = None,
    descriptor: str | None = None,
    website: str | None = None,
    default_operation: Literal["sale", "authorize"] | None = None,
    state: Literal["active", "disabled"] | None = None,
    as_json: Json = False,
) -> None:
    """Change an originator; what is left out stays, an empty text clears."""
    changes = _given(
        name=name, descriptor=descriptor, website=website, default_operation=default_operation,
        state=state,
    )  # fmt: skip
    async with opened():
        actor = await actor_of()
        found = await merchants.find_originator_by_number(actor, number)
        async with db.transaction(company=found.company_id) as tx:
            made = await merchants.change_originator(
                tx, actor.within(found.company_id), found.id, **changes
            )
    facts = {"number": made.number, "name": made.name, "state": made.state,
             "default_operation": made.default_operation}  # fmt: skip
    show_one(facts, as_json=as_json)


@originators.command(name="settings")
async def settings(
    number: int,
    *,
    max_attempts: int | None = None,
    method: Annotated[
        tuple[str, ...], Parameter(help="Methods in the page's order; repeat for each.")
    ] = (),
    three_ds: Literal["never", "honor", "always"] | None = None,
    display_terms: bool | None = None,
    terms_url: str | None = None,
    support_url: str | None = None,
    sender_name: str | None = None,
    sender_email: str | None = None,
    notify_success: bool | None = None,
    notify_failure: bool | None = None,
    notify_merchant: bool | None = None,
    notify_merchant_to: str | None = None,
    notify_merchant_language: Literal["en", "es", "fr"] | None = None,
    resend_callbacks: bool | None = None,
    duplicate_seconds: int | None = None,
    as_json: Json = False,
) -> None:
    """Show the settings of payments, after changing those that are named."""
    changes = _given(
        max_attempts=max_attempts, methods=method or None,
        three_ds=None if three_ds is None else checkout.ThreeDsMode(three_ds),
        display_terms=display_terms, terms_url=terms_url, support_url=support_url,
        sender_name=sender_name, sender_email=sender_email, notify_success=notify_success,
        notify_failure=notify_failure, notify_merchant=notify_merchant,
        notify_merchant_to=notify_merchant_to, resend_callbacks=resend_callbacks,
        notify_merchant_language=notify_merchant_language, duplicate_seconds=duplicate_seconds,
    )  # fmt: skip
    async with opened():
        actor = await actor_of()
        found = await merchants.find_originator_by_number(actor, number)
        async with db.transaction(company=found.company_id) as tx:
            profile = await checkout.get_profile(tx, found.id)
            if changes:
                within = actor.within(found.company_id)
                profile = await checkout.edit_profile(tx, within, found.id, **changes)
    show_one(_facts(profile), as_json=as_json)


def _facts(profile: checkout.Profile) -> dict[str, Any]:
    shown = {name: getattr(profile, name) for name in checkout.Profile.__dataclass_fields__}
    return {**shown, "methods": ", ".join(profile.methods) or "all", "three_ds": profile.three_ds}


@originators.command(name="themes")
async def themes(number: int, *, as_json: Json = False) -> None:
    """The themes of the payment page."""
    async with opened():
        found = await merchants.find_originator_by_number(await actor_of(), number)
        async with db.transaction(company=found.company_id) as tx:
            standing = await checkout.list_themes(tx, found.id)
    rows = [_look(theme) for theme in standing or [checkout.Theme()]]
    show(rows, as_json=as_json, empty="No theme")


@originators.command(name="theme")
async def theme(
    number: int,
    theme_id: int = 0,
    *,
    name: str | None = None,
    shop_name: str | None = None,
    primary: str | None = None,
    background: str | None = None,
    text: str | None = None,
    radius: int | None = None,
    logo: Annotated[Path | None, Parameter(help="A PNG, JPEG or WebP file.")] = None,
    as_json: Json = False,
) -> None:
    """Change a theme of the payment page; without a number the usual one."""
    changes = _given(
        name=name, shop_name=shop_name, primary_colour=primary, background=background,
        text_colour=text, radius=radius, logo=None if logo is None else logo.read_bytes(),
    )  # fmt: skip
    async with opened():
        actor = await actor_of()
        found = await merchants.find_originator_by_number(actor, number)
        async with db.transaction(company=found.company_id) as tx:
            made = await checkout.edit_theme(
                tx, actor.within(found.company_id), found.id, theme_id or None, **changes
            )
    show_one(_look(made), as_json=as_json)


def _look(theme: checkout.Theme) -> dict[str, Any]:
    return {
        "id": theme.id, "name": theme.name, "usual": theme.main, "primary": theme.primary_colour,
        "background": theme.background, "text": theme.text_colour, "radius": theme.radius,
        "logo": theme.logo_type or "none",
    }  # fmt: skip


@originators.command(name="roll")
async def roll(
    number: int,
    key: str,
    *,
    hours: Annotated[int, Parameter(help="How long the old key goes on working.")] = 24,
    as_json: Json = False,
) -> None:
    """A new API key for an old one (key_…); the secret is shown this once."""
    async with opened():
        actor = await actor_of()
        found = await merchants.find_originator_by_number(actor, number)
        async with db.transaction(company=found.company_id) as tx:
            made, secret = await merchants.roll_key(
                tx, actor.within(found.company_id), found.id, ids.untype("key", key),
                timedelta(hours=hours),
            )  # fmt: skip
    show_one({"number": number, "live": made.live, "key": secret}, as_json=as_json)
