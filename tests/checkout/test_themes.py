"""Themes of the hosted page: readable for everybody, one usual one, pictures by their bytes."""

from typing import Any
from uuid import UUID

import pytest

from comptoir import checkout, events
from comptoir.checkout import Theme
from comptoir.kit import db
from comptoir.kit.errors import Conflict, Invalid, NotFound
from kit import Shop, make_shop

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 40
WEBP = b"RIFF\x10\0\0\0WEBPVP8 " + b"\0" * 40


async def edit(shop: Shop, theme_id: int | None = None, **changes: Any) -> Theme:
    async with db.transaction(company=shop.company.id) as tx:
        return await checkout.edit_theme(tx, shop.actor(), shop.originator.id, theme_id, **changes)


async def create(shop: Shop, name: str) -> Theme:
    async with db.transaction(company=shop.company.id) as tx:
        return await checkout.create_theme(tx, shop.actor(), shop.originator.id, name)


async def read(shop: Shop, theme_id: int | None = None, of: UUID | None = None) -> Theme:
    async with db.transaction(company=shop.company.id) as tx:
        return await checkout.get_theme(tx, of or shop.originator.id, theme_id)


async def test_an_originator_without_a_theme_has_the_usual_look(shop: Shop) -> None:
    assert await read(shop) == Theme()


async def test_the_first_change_makes_the_main_theme(shop: Shop) -> None:
    made = await edit(shop, primary_colour="0A5", shop_name="Brisa")
    assert made.id > 0
    assert (made.main, made.primary_colour, made.shop_name) == (True, "#00aa55", "Brisa")
    assert await read(shop) == made == await read(shop, 1)


async def test_a_contrast_too_low_is_refused_with_both_figures(shop: Shop) -> None:
    with pytest.raises(Invalid, match=r"by 2\.84 to 1; 4\.5 to 1 is needed") as refused:
        await edit(shop, text_colour="#999999")
    assert refused.value.data["field"] == "text_colour"
    with pytest.raises(Invalid, match="primary colour") as refused:
        await edit(shop, primary_colour="#ffee88")
    assert refused.value.data["field"] == "primary_colour"
    assert await read(shop) == Theme()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("background", "red"), ("background", "#12345"), ("radius", 25), ("radius", -1),
        ("name", " "), ("name", "n" * 65), ("shop_name", "s" * 129),
        ("primary_colour", "#fff;}body{display:none"),
    ],
)  # fmt: skip
async def test_what_is_no_look_is_refused_by_name(shop: Shop, field: str, value: Any) -> None:
    with pytest.raises(Invalid) as refused:
        await edit(shop, **{field: value})
    assert refused.value.data["field"] == field


@pytest.mark.parametrize(
    ("body", "kind"), [(PNG, "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")]
)
async def test_a_logo_is_what_its_bytes_say(shop: Shop, body: bytes, kind: str) -> None:
    made = await edit(shop, logo=body)
    assert made.logo_type == kind
    async with db.transaction(company=shop.company.id) as tx:
        found = await checkout.find_logo(tx, shop.originator.id, made.id)
    assert found == checkout.Logo(body, kind)
    gone = await edit(shop, logo=None)
    assert (gone.logo_type, gone.logo_mark) == (None, None)


@pytest.mark.parametrize("body", [b"", b"<svg onload=alert(1)>", b"GIF89a", PNG + b"\0" * 200_000])
async def test_other_files_are_no_logo(shop: Shop, body: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        await edit(shop, logo=body)
    assert refused.value.data["field"] == "logo"


async def test_a_second_theme_begins_as_the_main_one_and_is_chosen_by_number(shop: Shop) -> None:
    main = await edit(shop, primary_colour="#7a1f5c", logo=PNG)
    second = await create(shop, "Winter")
    assert (second.main, second.primary_colour) == (False, "#7a1f5c")
    await edit(shop, second.id, background="#101820", text_colour="#f4f4f4",
               primary_colour="#4fb3ff")  # fmt: skip
    assert (await read(shop)).id == main.id
    chosen = await read(shop, second.id)
    assert (chosen.background, chosen.logo_mark) == ("#101820", main.logo_mark)
    async with db.transaction(company=shop.company.id) as tx:
        await checkout.choose_main_theme(tx, shop.actor(), shop.originator.id, second.id)
    assert (await read(shop)).id == second.id


async def test_a_retired_theme_is_offered_no_more_but_still_shown(shop: Shop) -> None:
    main, second = await create(shop, "Plain"), await create(shop, "Old")
    assert main.main
    async with db.transaction(company=shop.company.id) as tx:
        await checkout.retire_theme(tx, shop.actor(), shop.originator.id, second.id)
        assert await checkout.list_themes(tx, shop.originator.id) == [main]
        with pytest.raises(Conflict):
            await checkout.retire_theme(tx, shop.actor(), shop.originator.id, main.id)
    assert (await read(shop, second.id)).name == "Old"


async def test_themes_of_others_are_not_there(shop: Shop) -> None:
    other = await make_shop(shop.app, "Other")
    theirs = await edit(other, primary_colour="#7a1f5c")
    assert await read(shop, theirs.id) == Theme()
    assert await read(shop, theirs.id, of=other.originator.id) == Theme()
    with pytest.raises(NotFound):
        await edit(shop, theirs.id, radius=2)
    async with db.transaction(company=shop.company.id) as tx:
        with pytest.raises(NotFound):
            await checkout.edit_theme(tx, shop.actor(), other.originator.id, radius=2)


async def test_every_change_is_told_with_who_and_what(shop: Shop) -> None:
    made = await edit(shop, radius=3, logo=PNG)
    async with db.transaction(company=shop.company.id) as tx:
        told = await events.list_for_subject(tx, shop.actor(), shop.originator.id)
    assert told[0].kind == "theme.edited"
    assert told[0].data == {
        "theme": made.id, "name": "Default", "radius": 3, "logo": made.logo_mark,
    }  # fmt: skip


@pytest.mark.parametrize("ground", ["#ffffff", "#000000", "#101820", "#f3e9d2", "#6b2d5c"])
def test_every_colour_of_a_page_is_readable_on_its_ground(ground: str) -> None:
    ink = checkout.colour.readable_on(ground)
    theme = Theme(background=ground, text_colour=ink, primary_colour=ink)
    found = theme.variables
    words = ("--pay-text", "--pay-muted", "--pay-error", "--pay-success", "--pay-waiting")
    assert all(checkout.colour.contrast(found[name], ground) >= 4.5 for name in words)
    assert checkout.colour.contrast(found["--pay-line"], ground) >= 3
    pair = (theme.primary_colour, theme.button_text)
    assert checkout.colour.contrast(*pair) >= 4.5
