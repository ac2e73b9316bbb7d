"""An authorisation that nobody captured ends by itself; what is left of it is released once."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from litestar import Litestar

from comptoir import payments
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db
from comptoir.payments import expiry
from kit import Shop, entries, make_shop, run_jobs
from kit_jobs import in_

WEEK = timedelta(days=7)

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def children(shop: Shop, origin: dict[str, Any]) -> dict[str, int]:
    """Amounts of what followed, by kind and status."""
    async with db.transaction(company=shop.company.id) as tx:
        found = await payments.list_children(tx, (await shop.stored(origin)).id)
    sums: dict[str, int] = {}
    for child in found:
        name = f"{child.kind} {child.status}"
        sums[name] = sums.get(name, 0) + child.amount.minor
    return sums


async def status(shop: Shop, operation: dict[str, Any]) -> str:
    payment = (await shop.get(f"/payments/{operation['payment']}")).json()
    return str(payment["status"])


async def test_an_authorisation_expires_on_its_day_and_not_before(shop: Shop) -> None:
    hold = await shop.paid(operation="authorize")
    assert hold["capture_before"] == "2026-03-09T10:00:00Z"
    await run_jobs(until=in_(days=6, hours=23))
    assert (await status(shop, hold), await children(shop, hold)) == ("authorised", {})
    await run_jobs(until=in_(hours=2))
    assert await children(shop, hold) == {"cancel succeeded": 1000}
    assert await status(shop, hold) == "expired"
    assert set((await entries(shop.company.id)).values()) == {0}
    payment = (await shop.get(f"/payments/{hold['payment']}")).json()
    expired = payment["operations"][1]
    assert (expired["reason"], expired["result_code"]) == ("expired", "000")
    refused = await shop.follow(hold, "captures", 1)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_possible")


async def test_the_rest_of_a_partly_captured_authorisation_expires(shop: Shop) -> None:
    hold = await shop.paid(operation="authorize")
    await shop.follow(hold, "captures", 300)
    await shop.follow(hold, "captures", 200)
    assert await status(shop, hold) == "partially_captured"
    await run_jobs(until=in_(days=8))
    assert await children(shop, hold) == {"capture succeeded": 500, "cancel succeeded": 500}
    assert await status(shop, hold) == "captured"
    assert (await entries(shop.company.id))["authorised", "EUR"] == 0


async def test_what_was_captured_or_cancelled_wholly_does_not_expire(shop: Shop) -> None:
    captured = await shop.paid(operation="authorize")
    await shop.follow(captured, "captures")
    cancelled = await shop.paid(operation="authorize")
    await shop.follow(cancelled, "cancels")
    await run_jobs(until=in_(days=8))
    assert await children(shop, captured) == {"capture succeeded": 1000}
    assert await children(shop, cancelled) == {"cancel succeeded": 1000}
    assert await status(shop, cancelled) == "cancelled"
    for hold in (captured, cancelled):
        assert (await shop.stored(hold)).capture_before is None


async def test_the_gateway_says_until_when_to_capture(app: Litestar) -> None:
    shop = await make_shop(app, capture_days=3)
    hold = await shop.paid(operation="authorize")
    assert (await shop.stored(hold)).capture_before == datetime(2026, 3, 5, 10, tzinfo=UTC)


async def test_a_capture_of_unknown_outcome_keeps_the_authorisation_until_it_is_known(
    shop: Shop,
) -> None:
    hold = await shop.paid(operation="authorize")
    await run_jobs(until=in_(days=6, hours=23, minutes=59))
    await simulator.script(shop.account.id, [Fault.TIMEOUT_AFTER] * 3)
    assert (await shop.follow(hold, "captures", 400)).json()["status"] == "unknown"
    clock.advance(timedelta(minutes=1))
    await payments.sweep_expired()
    await run_jobs()
    assert await children(shop, hold) == {"capture unknown": 400}
    await run_jobs(until=in_(hours=8))
    assert await children(shop, hold) == {"capture succeeded": 400, "cancel succeeded": 600}


async def test_a_capture_that_races_with_the_expiry_never_takes_what_was_released(
    shop: Shop,
) -> None:
    holds = [await shop.paid(operation="authorize") for _ in range(8)]
    clock.hold(datetime(2026, 3, 9, 10, tzinfo=UTC))
    stored = [await shop.stored(hold) for hold in holds]

    async def both(number: int) -> None:
        acts = [
            shop.follow(holds[number], "captures", 700),
            payments.expire_authorisation(shop.company.id, stored[number].id),
        ]
        await asyncio.gather(*(acts if number % 2 else reversed(acts)))

    await asyncio.gather(*[both(number) for number in range(len(holds))])
    await run_jobs(until=in_(hours=1))
    for hold in holds:
        found = await children(shop, hold)
        assert found in (
            {"capture succeeded": 700, "cancel succeeded": 300}, {"cancel succeeded": 1000},
        ), found  # fmt: skip
    assert (await entries(shop.company.id))["authorised", "EUR"] == 0


async def test_a_capture_after_the_last_day_is_refused_by_the_gateway(shop: Shop) -> None:
    hold = await shop.paid(operation="authorize")
    clock.advance(WEEK + timedelta(seconds=1))
    late = await shop.follow(hold, "captures")
    assert (late.json()["status"], late.json()["result_code"]) == ("rejected", "032")
    await run_jobs(until=in_(hours=1))
    assert await status(shop, hold) == "expired"


async def test_authorisations_that_wait_for_a_capture_keep_nobody_else_from_expiring(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expiry, "SWEEP_LIMIT", 2)
    waiting = [await shop.paid(operation="authorize") for _ in range(4)]
    await simulator.script(shop.account.id, [Fault.TIMEOUT_BEFORE] * 600)
    for hold in waiting:
        assert (await shop.follow(hold, "captures", 400)).json()["status"] == "unknown"
    await simulator.clear_script(shop.account.id)
    last = await shop.paid(operation="authorize")
    await simulator.script(shop.account.id, [Fault.TIMEOUT_BEFORE] * 600)
    await run_jobs(until=in_(days=7, hours=1))
    assert await children(shop, waiting[0]) == {"capture unknown": 400}
    assert await children(shop, last) == {"cancel succeeded": 1000}
    await simulator.clear_script(shop.account.id)
