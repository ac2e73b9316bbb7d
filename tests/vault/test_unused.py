"""A card that never paid anything is destroyed after a month; every other one stays."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from comptoir import payments
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db, ids
from kit import Shop, make_shop

DECLINED = 90_051
pytestmark = pytest.mark.usefixtures("held_clock")


@pytest_asyncio.fixture
async def tokenless(app, key_file: Path) -> Shop:
    return await make_shop(app, tokens=False)


async def is_kept(shop: Shop, operation: dict[str, Any]) -> bool:
    async with db.transaction(company=shop.company.id) as tx:
        return bool(
            await tx.value(
                "select v.destroyed_at is null from card_token t join vault_card v"
                " on v.company_id = t.company_id and v.id = t.vault_id"
                " where t.company_id = $1 and t.id = $2",
                shop.company.id,
                ids.untype("card", operation["card"]["token"]),
            )
        )


async def later(days: int) -> int:
    clock.advance(timedelta(days=days))
    return await payments.destroy_unused_cards()


async def test_a_card_that_was_only_declined_is_destroyed_after_a_month(tokenless: Shop) -> None:
    declined = (await tokenless.pay(DECLINED)).json()
    assert await later(29) == 0
    assert await is_kept(tokenless, declined)
    assert await later(2) == 1
    assert not await is_kept(tokenless, declined)
    assert await later(1) == 0


async def test_a_card_that_paid_once_stays(tokenless: Shop) -> None:
    declined = (await tokenless.pay(DECLINED)).json()
    await tokenless.paid()
    assert await later(40) == 0
    assert await is_kept(tokenless, declined)


async def test_a_card_that_was_tried_again_by_its_token_stays(tokenless: Shop) -> None:
    declined = (await tokenless.pay(DECLINED)).json()
    await tokenless.pay(card={"token": declined["card"]["token"]})
    assert await later(40) == 0


async def test_a_card_whose_charge_has_no_outcome_yet_stays(tokenless: Shop) -> None:
    await simulator.script(tokenless.account.id, [Fault.TIMEOUT_AFTER])
    assert (await tokenless.pay()).json()["status"] == "unknown"
    assert (await tokenless.pay(number="4242424242424242", three_ds="force")).json()["status"] == (
        "action_required"
    )
    assert await later(40) == 0


async def test_a_card_that_was_given_again_lately_stays(tokenless: Shop) -> None:
    first = (await tokenless.pay(DECLINED)).json()
    await later(25)
    await tokenless.pay(DECLINED)
    assert await later(10) == 0
    assert await is_kept(tokenless, first)
    assert await later(25) == 1
