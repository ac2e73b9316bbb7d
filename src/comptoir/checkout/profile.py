"""How an originator's hosted payments behave, and what its shop is told about that."""

from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid

MAX_ATTEMPTS = 20
LANGUAGES = frozenset({"en", "es", "fr"})
DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Profile:
    """The settings of one originator; these are the defaults."""

    max_attempts: int = 3
    display_terms: bool = False
    terms_url: str | None = None
    support_url: str | None = None
    sender_name: str | None = None
    sender_email: str | None = None
    notify_success: bool = True
    notify_failure: bool = False
    notify_merchant: bool = False
    notify_merchant_to: str | None = None
    notify_merchant_language: str = "en"
    resend_callbacks: bool = True
    duplicate_seconds: int = 0  # Same order, card and amount within so long: refused (live only).


async def get_profile(tx: db.Tx, originator_id: UUID) -> Profile:
    found = await tx.one(
        Profile,
        "select max_attempts, display_terms, terms_url, support_url, sender_name, sender_email,"
        " notify_success, notify_failure, notify_merchant, notify_merchant_to,"
        " notify_merchant_language, resend_callbacks, duplicate_seconds from checkout_profile"
        " where company_id = $1 and originator_id = $2",
        tx.company, originator_id,
    )  # fmt: skip
    return found or Profile()


async def edit_profile(tx: db.Tx, actor: Actor, originator_id: UUID, **changes: Any) -> Profile:
    """Change some settings; the others stay. Raises `Invalid` naming the field."""
    known = {item.name for item in fields(Profile)}
    assert changes.keys() <= known, "only settings are set"
    profile = replace(await get_profile(tx, originator_id), **changes)
    _check(profile)
    await tx.run(
        "insert into checkout_profile (company_id, originator_id, max_attempts, display_terms,"
        " terms_url, support_url, sender_name, sender_email, notify_success, notify_failure,"
        " notify_merchant, notify_merchant_to, notify_merchant_language, resend_callbacks,"
        " duplicate_seconds, changed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,"
        " $12, $13, $14, $15, $16)"
        " on conflict (company_id, originator_id) do update set"
        " max_attempts = excluded.max_attempts, display_terms = excluded.display_terms,"
        " terms_url = excluded.terms_url, support_url = excluded.support_url,"
        " sender_name = excluded.sender_name, sender_email = excluded.sender_email,"
        " notify_success = excluded.notify_success, notify_failure = excluded.notify_failure,"
        " notify_merchant = excluded.notify_merchant,"
        " notify_merchant_to = excluded.notify_merchant_to,"
        " notify_merchant_language = excluded.notify_merchant_language,"
        " resend_callbacks = excluded.resend_callbacks,"
        " duplicate_seconds = excluded.duplicate_seconds, changed_at = excluded.changed_at",
        tx.company, originator_id, profile.max_attempts, profile.display_terms, profile.terms_url,
        profile.support_url, profile.sender_name, profile.sender_email, profile.notify_success,
        profile.notify_failure, profile.notify_merchant, profile.notify_merchant_to,
        profile.notify_merchant_language, profile.resend_callbacks, profile.duplicate_seconds,
        clock.now(),
    )  # fmt: skip
    await events.record(tx, actor, "checkout.profile_edited", originator_id, fields=sorted(changes))
    return profile


def _check(profile: Profile) -> None:
    if not 1 <= profile.max_attempts <= MAX_ATTEMPTS:
        raise Invalid(f"Between 1 and {MAX_ATTEMPTS} attempts", field="max_attempts")
    if profile.notify_merchant_language not in LANGUAGES:
        raise Invalid("The languages are en, es and fr", field="notify_merchant_language")
    if not 0 <= profile.duplicate_seconds <= DAY_SECONDS:
        raise Invalid("Between 0 and 86400 seconds", field="duplicate_seconds")
    for name in ("terms_url", "support_url"):
        url = getattr(profile, name)
        if url is not None and not url.startswith(("https://", "http://")):
            raise Invalid("An address begins with https://", field=name)
