"""Themes: how an originator's hosted page looks.

An originator without a theme of its own has the usual look, number 0. The first change makes its
main theme; others may stand beside it, and a shop chooses one by its number (`themeID`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any
from uuid import UUID

from comptoir import events
from comptoir.checkout import colour
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid, NotFound

MAX_LOGO = 200_000  # Bytes.
MAX_RADIUS = 24
MAX_THEMES = 20
MAX_NAME, MAX_SHOP_NAME = 64, 128
_COMFORT = 5.2  # Second words must also be read on the soft ground.
# Dark enough on light grounds, light enough on dark ones: one of each pair always reads.
_REDS = ("#b3261e", "#ff8a80", "#ffdad6")
_GREENS = ("#0b6b4f", "#5ad1a8", "#c8f7e4")
_AMBERS = ("#8a5300", "#ffb95c", "#ffe2bd")


@dataclass(frozen=True, slots=True)
class Theme:
    """The look of a page; these are the defaults. Colours are `#rrggbb`."""

    id: int = 0
    name: str = "Default"
    main: bool = True
    shop_name: str | None = None  # Nothing: the originator's own name is shown.
    primary_colour: str = "#0b5fcc"  # Filled buttons, marks, focus: never of words.
    background: str = "#ffffff"
    text_colour: str = "#1a1f29"
    radius: int = 8  # Of boxes and buttons, in pixels.
    logo_type: str | None = None
    logo_mark: str | None = None  # Of its bytes, so that its address changes with it.

    @property
    def button_text(self) -> str:
        """Black or white, whichever reads better on the primary colour."""
        return colour.readable_on(self.primary_colour)

    @property
    def variables(self) -> dict[str, str]:
        """Everything a style sheet needs, as CSS custom properties. Each pair is readable."""
        ground, ink = self.background, self.text_colour
        return {
            "--pay-primary": self.primary_colour,
            "--pay-button-text": self.button_text,
            "--pay-background": ground,
            "--pay-text": ink,
            "--pay-muted": colour.softer(ink, ground, _COMFORT),
            "--pay-line": colour.softer(ink, ground, colour.SHAPE),
            "--pay-soft": colour.tint(ink, ground, 6),
            "--pay-error": colour.first_readable(_REDS, ground),
            "--pay-success": colour.first_readable(_GREENS, ground),
            "--pay-waiting": colour.first_readable(_AMBERS, ground),
            "--pay-radius": f"{self.radius}px",
            "--pay-scheme": "light" if colour.readable_on(ground) == colour.BLACK else "dark",
        }

    @property
    def css(self) -> str:
        """The custom properties as a style sheet; every value was checked, nothing is escaped."""
        return ":root{" + "".join(f"{n}:{v};" for n, v in self.variables.items()) + "}"


@dataclass(frozen=True, slots=True)
class Logo:
    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """One pair of colours, and by how much one stands out from the other."""

    name: str
    found: str  # `4.49`, of 1 to 21.
    needed: str
    enough: bool


class TooManyThemes(Conflict):
    code = "too_many_themes"
    title = "Retire a theme first: there are already enough"


def contrasts(theme: Theme) -> list[Contrast]:
    """What must stand out from what (WCAG 2.2, 1.4.3 and 1.4.11), and whether it does."""
    asked = (
        ("text_colour", theme.text_colour, theme.background, colour.TEXT),
        ("button_text", theme.button_text, theme.primary_colour, colour.TEXT),
        ("primary_colour", theme.primary_colour, theme.background, colour.SHAPE),
    )
    return [
        Contrast(name, colour.ratio(ink, ground), f"{wanted:g}",
                 colour.contrast(ink, ground) >= wanted)
        for name, ink, ground, wanted in asked
    ]  # fmt: skip


def draft_theme(theme: Theme, given: Mapping[str, str]) -> Theme:
    """The theme with whatever can be read of a form that is still being filled in."""
    found: dict[str, Any] = {
        name: colour.read(given.get(name, "")) or getattr(theme, name)
        for name in ("primary_colour", "background", "text_colour")
    }
    drafted = replace(theme, **found)
    radius = given.get("radius", "")
    if radius.isascii() and radius.isdigit() and int(radius[:3]) <= MAX_RADIUS:
        drafted = replace(drafted, radius=int(radius[:3]))
    if "shop_name" in given:
        drafted = replace(drafted, shop_name=given["shop_name"].strip()[:MAX_SHOP_NAME] or None)
    return drafted


def change_theme(theme: Theme, **changes: Any) -> Theme:
    """A theme with some changes, checked but not kept: what a preview shows.

    Raises `Invalid` naming the field; a contrast that is too low names both figures.
    """
    assert changes.keys() <= _LOOK, "only the look of a theme is changed"
    for name in ("primary_colour", "background", "text_colour"):
        if name in changes:
            changes[name] = _colour(changes[name], name)
    made = replace(theme, **changes)
    _check_words(made)
    if not 0 <= made.radius <= MAX_RADIUS:
        raise Invalid("Between 0 and %(most)s pixels", field="radius", most=MAX_RADIUS)
    _check_contrast(made)
    return made


async def create_theme(tx: db.Tx, actor: Actor, originator_id: UUID, name: str) -> Theme:
    """One more theme, looking like the main one; the first that is made is the main one."""
    main = await _lock(tx, originator_id, None)
    standing = await list_themes(tx, originator_id)
    if len(standing) >= MAX_THEMES:
        raise TooManyThemes(limit=MAX_THEMES)
    made = change_theme(replace(main, main=not standing), name=name)
    made = await _insert(tx, originator_id, made)
    if main.logo_mark is not None:
        await tx.run(
            "update checkout_theme set (logo, logo_type, logo_mark) = (select m.logo,"
            " m.logo_type, m.logo_mark from checkout_theme m where m.company_id = $1"
            " and m.id = $3) where company_id = $1 and id = $2",
            tx.company, made.id, main.id,
        )  # fmt: skip
    await events.record(tx, actor, "theme.created", originator_id, theme=made.id, name=made.name)
    return made


async def edit_theme(
    tx: db.Tx, actor: Actor, originator_id: UUID, theme_id: int | None = None, **changes: Any
) -> Theme:
    """Change the main theme, or the one of that number. `logo` is the file's bytes, or None.

    Raises `Invalid` naming the field, `NotFound` for a number of somebody else.
    """
    logo = {"logo": changes.pop("logo")} if "logo" in changes else {}
    theme = await _lock(tx, originator_id, theme_id)
    made = change_theme(theme, **changes)
    if not made.id:
        made = await _insert(tx, originator_id, made)
    await tx.run(
        "update checkout_theme set name = $3, shop_name = $4, primary_colour = $5,"
        " background = $6, text_colour = $7, radius = $8, changed_at = $9"
        " where company_id = $1 and id = $2",
        tx.company, made.id, made.name, made.shop_name, made.primary_colour, made.background,
        made.text_colour, made.radius, clock.now(),
    )  # fmt: skip
    if logo:
        made = await _set_logo(tx, made, logo["logo"])
    told = {name: getattr(made, name) for name in ("name", *changes)}
    await events.record(
        tx, actor, "theme.edited", originator_id, theme=made.id, **told,
        **dict.fromkeys(logo, made.logo_mark),
    )  # fmt: skip
    return made


async def choose_main_theme(tx: db.Tx, actor: Actor, originator_id: UUID, theme_id: int) -> Theme:
    """Make one theme the usual one: for payments that name none."""
    theme = await _lock(tx, originator_id, theme_id)
    await tx.run(
        "update checkout_theme set main = false"
        " where company_id = $1 and originator_id = $2 and main and id <> $3",
        tx.company, originator_id, theme_id,
    )  # fmt: skip
    await tx.run(
        "update checkout_theme set main = true where company_id = $1 and id = $2",
        tx.company, theme_id,
    )  # fmt: skip
    await events.record(tx, actor, "theme.chosen", originator_id, theme=theme.id, name=theme.name)
    return replace(theme, main=True)


async def retire_theme(tx: db.Tx, actor: Actor, originator_id: UUID, theme_id: int) -> None:
    """Offer it no more; payments that were prepared with it keep their look."""
    theme = await _lock(tx, originator_id, theme_id)
    if theme.main:
        raise Conflict("The usual theme stays; make another one the usual theme first")
    await tx.run(
        "update checkout_theme set retired_at = $3 where company_id = $1 and id = $2",
        tx.company, theme_id, clock.now(),
    )  # fmt: skip
    await events.record(tx, actor, "theme.retired", originator_id, theme=theme.id, name=theme.name)


async def get_theme(tx: db.Tx, originator_id: UUID, theme_id: int | None = None) -> Theme:
    """The theme of that number, else the main one, else the defaults: a page always has a look."""
    found = await tx.one(
        Theme,
        "select id, name, main, shop_name, primary_colour, background, text_colour, radius,"
        " logo_type, logo_mark from checkout_theme where company_id = $1 and originator_id = $2"
        " and (main or id = $3) order by id = $3 desc nulls last limit 1",
        tx.company, originator_id, theme_id,
    )  # fmt: skip
    return found or Theme()


async def find_theme(tx: db.Tx, originator_id: UUID, theme_id: int) -> Theme | None:
    """The standing theme of exactly that number."""
    return next((t for t in await list_themes(tx, originator_id) if t.id == theme_id), None)


async def list_themes(tx: db.Tx, originator_id: UUID) -> list[Theme]:
    """An originator's standing themes, the main one first; none: it has the defaults."""
    return await tx.all(
        Theme,
        "select id, name, main, shop_name, primary_colour, background, text_colour, radius,"
        " logo_type, logo_mark from checkout_theme where company_id = $1 and originator_id = $2"
        " and retired_at is null order by main desc, id limit $3",
        tx.company, originator_id, MAX_THEMES,
    )  # fmt: skip


async def find_logo(tx: db.Tx, originator_id: UUID, theme_id: int) -> Logo | None:
    """A theme's picture, to be sent with its type and `nosniff`."""
    return await tx.one(
        Logo,
        "select logo as body, logo_type as media_type from checkout_theme"
        " where company_id = $1 and originator_id = $2 and id = $3 and logo is not null",
        tx.company, originator_id, theme_id,
    )  # fmt: skip


def logo_type(body: bytes) -> str:
    """What a picture is, by its first bytes and never by its name. Raises `Invalid`."""
    if len(body) > MAX_LOGO:
        raise Invalid("At most %(most)s kB; this has more", field="logo", most=MAX_LOGO // 1000)
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if body.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    raise Invalid("A logo is a PNG, JPEG or WebP picture", field="logo")


async def _set_logo(tx: db.Tx, theme: Theme, body: bytes | None) -> Theme:
    kind = None if body is None else logo_type(body)
    mark = None if body is None else hashlib.sha256(body).hexdigest()[:16]
    await tx.run(
        "update checkout_theme set logo = $3, logo_type = $4, logo_mark = $5"
        " where company_id = $1 and id = $2",
        tx.company, theme.id, body, kind, mark,
    )  # fmt: skip
    return replace(theme, logo_type=kind, logo_mark=mark)


async def _lock(tx: db.Tx, originator_id: UUID, theme_id: int | None) -> Theme:
    """A standing theme for a change; the originator's row is locked, so that changes queue."""
    known = await tx.value(
        "select true from originator where company_id = $1 and id = $2 for update",
        tx.company, originator_id,
    )  # fmt: skip
    if not known:
        raise NotFound
    if not theme_id:
        return await get_theme(tx, originator_id)
    theme = await find_theme(tx, originator_id, theme_id)
    if theme is None:
        raise NotFound
    return theme


async def _insert(tx: db.Tx, originator_id: UUID, theme: Theme) -> Theme:
    number = int(await tx.value("select nextval('checkout_theme_number')"))
    await tx.run(
        "insert into checkout_theme (company_id, id, originator_id, name, main, shop_name,"
        " primary_colour, background, text_colour, radius, created_at, changed_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)",
        tx.company, number, originator_id, theme.name, theme.main, theme.shop_name,
        theme.primary_colour, theme.background, theme.text_colour, theme.radius, clock.now(),
    )  # fmt: skip
    return replace(theme, id=number)


_LOOK = {item.name for item in fields(Theme)} - {"id", "main", "logo_type", "logo_mark"}


def _colour(text: str, name: str) -> str:
    found = colour.read(text)
    if found is None:
        raise Invalid("A colour is written #1a2b3c", field=name)
    return found


def _check_words(theme: Theme) -> None:
    if not 1 <= len(theme.name.strip()) <= MAX_NAME:
        raise Invalid("A name has 1 to %(most)s characters", field="name", most=MAX_NAME)
    if theme.shop_name is not None and not 1 <= len(theme.shop_name) <= MAX_SHOP_NAME:
        raise Invalid("At most %(most)s characters", field="shop_name", most=MAX_SHOP_NAME)


def _check_contrast(theme: Theme) -> None:
    """Words must be read and buttons found by everybody."""
    for pair in contrasts(theme):
        if not pair.enough:
            found: dict[str, Any] = {"contrast": pair.found, "needed": pair.needed}
            if pair.name == "text_colour":
                raise Invalid(
                    "The text stands out from the background by %(contrast)s to 1;"
                    " %(needed)s to 1 is needed",
                    field=pair.name, **found,
                )  # fmt: skip
            raise Invalid(
                "The primary colour stands out from the background by %(contrast)s to 1;"
                " %(needed)s to 1 is needed",
                field="primary_colour", **found,
            )  # fmt: skip
