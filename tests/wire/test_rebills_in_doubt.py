"""Rebills whose outcome is not known: however long it takes, nobody is charged twice."""

from datetime import timedelta
from typing import Any

import pytest
from agreed import NORMAL, begun, seen

from comptoir import checkout, jobs, payments, subscriptions
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db
from kit import at_once, charges, run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def lose_answers(wire: Wire) -> None:
    """The gateway does what is asked next, and tells nobody for a long time."""
    faults = [Fault.TIMEOUT_AFTER] + [Fault.REFUSED] * 2000
    await simulator.script(wire.shop.account.id, faults)


async def rebills_of(wire: Wire, number: int) -> list[dict[str, Any]]:
    listed = (await wire.get(f"/subscription/{number}"))["transactionList"]
    return [one for one in listed if one["operation"] == "rebill"]


async def test_a_rebill_in_doubt_for_weeks_is_never_charged_again(wire: Wire) -> None:
    number = await begun(wire, NORMAL)
    before = await charges(wire.shop)
    await lose_answers(wire)
    due = clock.now() + timedelta(days=31)
    await run_jobs(until=due + timedelta(hours=1))
    assert len(await rebills_of(wire, number)) == 1
    await run_jobs(until=due + timedelta(days=9))
    await simulator.clear_script(wire.shop.account.id)
    [rebill] = await rebills_of(wire, number)
    # After a week of questions a person asks.
    asked = await wire.shop.post(f"/operations/{rebill['transactionID']}/questions")
    assert asked.json()["status"] == "succeeded"
    await run_jobs(until=due + timedelta(days=10))
    found = await seen(wire, number)
    assert (len(await rebills_of(wire, number)), await charges(wire.shop)) == (1, before + 1)
    assert (found["state"], found["iterations"]) == ("active", 1)


async def test_a_rebill_without_its_key_is_still_known_to_its_subscription(wire: Wire) -> None:
    number = await begun(wire, NORMAL)
    before = await charges(wire.shop)
    await lose_answers(wire)
    due = clock.now() + timedelta(days=31)
    await run_jobs(until=due + timedelta(hours=1))
    async with db.platform() as tx:
        await tx.run("delete from idempotency where company_id = $1", wire.shop.company.id)
    await run_jobs(until=due + timedelta(days=2))
    assert (len(await rebills_of(wire, number)), await charges(wire.shop)) == (1, before + 1)


async def test_a_key_is_kept_until_its_operation_is_over(wire: Wire) -> None:
    await begun(wire, NORMAL)
    await lose_answers(wire)
    await run_jobs(until=clock.now() + timedelta(days=31, hours=1))
    clock.advance(timedelta(days=30))
    await payments.purge_keys()
    async with db.transaction(company=wire.shop.company.id) as tx:
        kept = await tx.rows(
            "select o.status from idempotency i join operation o on o.company_id = i.company_id"
            " and o.id = i.operation_id where i.company_id = $1",
            tx.company,
        )  # fmt: skip
    assert [row["status"] for row in kept] == ["unknown"]


async def test_a_job_that_runs_again_afterwards_charges_nothing_more(wire: Wire) -> None:
    number = await begun(wire, NORMAL)
    before = await charges(wire.shop)
    await run_jobs(until=clock.now() + timedelta(days=31, hours=1))
    async with db.transaction(company=wire.shop.company.id) as tx:
        found = await subscriptions.get_by_number(tx, wire.shop.actor(), number)
        await jobs.enqueue(
            tx, subscriptions.renew, company_id=tx.company, subscription_id=found.id
        )  # fmt: skip
    await run_jobs()
    assert (await charges(wire.shop), len(await rebills_of(wire, number))) == (before + 1, 1)


async def test_eight_conversions_at_once_are_one_rebill_and_tell_no_falsehood(wire: Wire) -> None:
    number = await begun(wire, NORMAL | {"trialPeriod": "P3D"})
    before = await charges(wire.shop)
    await simulator.script(wire.shop.account.id, [Fault.DELAY])
    answers = await at_once(8, lambda: wire.post(f"/subscription/{number}/instantconversion"))
    assert await charges(wire.shop) == before + 1
    # Who came late found no trial any more, or the rebill under way.
    told = [one for one in answers if one["errorCode"] not in {"678", checkout.IN_DOUBT}]
    waiting = [one for one in answers if one["errorCode"] == checkout.IN_DOUBT]
    [rebill] = await rebills_of(wire, number)
    assert {one["errorCode"] for one in told} == {"000"}
    assert {one["transactionID"] for one in told + waiting} == {rebill["transactionID"]}
    assert {one["subscription"]["state"] for one in told} == {"active"}


async def in_doubt(wire: Wire) -> int:
    """A subscription whose first rebill was made, and whose gateway says so to nobody yet."""
    await run_jobs()  # A follower that never ran begins at its first look.
    number = await begun(wire, NORMAL)
    await lose_answers(wire)
    await run_jobs(until=clock.now() + timedelta(days=31, hours=1))
    assert len(await rebills_of(wire, number)) == 1
    return number


@pytest.mark.parametrize("reason", [1001, 1011])
async def test_what_was_paid_is_counted_though_it_was_cancelled_in_doubt(
    wire: Wire, reason: int
) -> None:
    number = await in_doubt(wire)
    before = await charges(wire.shop)
    told = await wire.post(f"/gateway/subscription/{number}/cancel", {"cancelReason": reason})
    assert told["errorCode"] == "000"
    assert (await seen(wire, number))["state"] == "canceled"
    await simulator.clear_script(wire.shop.account.id)
    await run_jobs(until=clock.now() + timedelta(days=40))
    found = await seen(wire, number)
    assert (found["state"], found["iterations"]) == ("canceled", 1)
    assert found["periodStart"] < found["periodEnd"]
    assert (len(await rebills_of(wire, number)), await charges(wire.shop)) == (1, before)
    async with db.transaction(company=wire.shop.company.id) as tx:
        assert await tx.value("select count(*) from subscription where next_at is not null") == 0
        assert await tx.value("select count(pending_operation) from subscription") == 0
