"""Exports are complete, a few at once, and hold nothing; sums are exact or refused in words."""

import pytest
from litestar import Litestar

from comptoir import payments
from comptoir.kit import db, exports, listing
from kit import Shop, make_shop
from payments.test_nothing_cut import FILL_PAYMENTS, FILL_SALES, fill
from routes.test_mode_in_the_address import browser
from routes.world import World

ROWS = 2 * listing.BATCH + 300


@pytest.fixture(scope="module")
def first_number() -> int:
    return 70_000_000


async def filled(app: Litestar, first_number: int) -> Shop:
    shop = await make_shop(app, "Exporter")
    await fill(FILL_PAYMENTS, shop.company.id, shop.originator.id, ROWS)
    await fill(FILL_SALES, shop.company.id, shop.originator.id, shop.account.id, first_number)
    return shop


def busy() -> int:
    return db.pool().get_size() - db.pool().get_idle_size()


async def test_an_export_has_every_row_and_holds_no_connection_while_it_is_read(
    app: Litestar, first_number: int
) -> None:
    shop = await filled(app, first_number)
    file = b""
    async for block in await payments.export_csv(shop.actor(), payments.parse("")):
        assert busy() == 0
        file += block
    lines = file.decode().splitlines()
    assert len(lines) == ROWS + 1
    assert len({line.split(",")[0] for line in lines}) == ROWS + 1
    few = [b async for b in await payments.export_csv(shop.actor(), payments.parse("owd-77"))]
    assert b"".join(few).count(b"crowd-77") == 1 + 10  # 77, and 770 to 779.


async def test_only_so_many_exports_run_at_once_and_the_next_is_told_when_to_come_back(
    world: World,
) -> None:
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    actor = world.here.shop.actor()
    running = [await payments.export_csv(actor, payments.parse("")) for _ in range(exports.AT_ONCE)]
    async with browser(world, owner) as client:
        refused = await client.get("/office/transactions/export")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "10")
        assert "Other exports are running" in refused.text
        async for _ in running[0]:
            pass
        assert (await client.get("/office/transactions/export")).status_code == 200
        running.clear()  # Readers that went away without a word give their places back too.
        for _ in range(exports.AT_ONCE + 1):
            assert (await client.get("/office/transactions/export")).status_code == 200


async def test_sums_that_take_too_long_are_refused_in_words(
    world: World, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "SUM_LIMIT", 50)
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    async with db.lookup() as tx:
        await tx.run("set local role comptoir_owner")
        await tx.run("lock table operation in access exclusive mode")  # Nobody can add up now.
        asked = await shop.get("/transactions/totals")
        async with browser(world, owner) as client:
            headers = {"HX-Request": "true", "HX-Target": "totals"}
            page = await client.get("/office/transactions/totals", headers=headers)
    assert (asked.status_code, asked.json()["code"]) == (422, "too_many_to_sum")
    assert page.status_code == 422
    assert "narrow the dates" in page.text
    assert "hx-retarget" not in page.headers
    assert (await shop.get("/transactions/totals")).status_code == 200
