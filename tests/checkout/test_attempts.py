"""A shopper's attempts: one at a time, one success at most, nothing while it is in doubt."""

import asyncio
from datetime import timedelta

import pytest

from comptoir import checkout, payments
from comptoir.kit import clock, db
from comptoir.kit.errors import Conflict
from comptoir.payments import Status
from kit import Shop, charges, run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database")

DECLINED = "4000000000009995"
CHALLENGE = "4000000000003220"
LATE = 91009
LOST = 91003


@pytest.fixture
def wire(shop: Shop) -> Wire:
    return Wire(shop)


async def attempts(wire: Wire, prepared: dict[str, str], times: int) -> list[object]:
    return list(
        await asyncio.gather(*(wire.pay(prepared) for _ in range(times)), return_exceptions=True)
    )


async def test_double_submits_and_two_browsers_give_exactly_one_success(wire: Wire) -> None:
    prepared = await wire.prepare()
    found = await attempts(wire, prepared, 10)
    paid = [one for one in found if isinstance(one, payments.Operation)]
    assert [one.status for one in paid] == [Status.SUCCEEDED]
    assert all(isinstance(one, Conflict) for one in found if one not in paid)
    assert await charges(wire.shop) == 1
    with pytest.raises(checkout.AlreadyPaid):
        await wire.pay(prepared)


async def test_a_declined_shopper_may_try_again_until_the_limit(wire: Wire) -> None:
    prepared = await wire.prepare()
    for _ in range(2):
        await wire.pay(prepared, DECLINED)
        assert (await wire.status(prepared))["status"] == "Pending"
    await wire.pay(prepared, DECLINED)
    told = await wire.status(prepared)
    assert (told["status"], told["errorCode"], len(told["transactions"])) == (
        "Not authorized", "051", 3,
    )  # fmt: skip
    with pytest.raises(checkout.NoAttemptLeft):
        await wire.pay(prepared)


async def test_a_retry_after_a_decline_can_succeed(wire: Wire) -> None:
    prepared = await wire.prepare()
    await wire.pay(prepared, DECLINED)
    await wire.pay(prepared)
    told = await wire.status(prepared)
    assert (told["status"], told["errorCode"]) == ("Authorized", "000")
    assert [one["resultCode"] for one in told["transactions"]] == ["000", "051"]


@pytest.mark.parametrize("amount", [LOST, LATE])
async def test_nobody_tries_again_while_an_outcome_is_in_doubt(wire: Wire, amount: int) -> None:
    prepared = await wire.prepare(amount=amount)
    first = await wire.pay(prepared)
    assert first.status in (Status.UNKNOWN, Status.PENDING)
    with pytest.raises(checkout.UnderWay):
        await wire.pay(prepared)
    told = await wire.status(prepared)
    assert (told["status"], told["errorCode"]) == ("Pending", checkout.IN_DOUBT)


@pytest.mark.usefixtures("held_clock")
async def test_what_was_in_doubt_is_known_in_the_end(wire: Wire) -> None:
    prepared = await wire.prepare(amount=LOST)
    await wire.pay(prepared)
    await run_jobs(until=clock.now() + timedelta(minutes=20))
    assert (await wire.status(prepared))["status"] == "Authorized"
    assert await charges(wire.shop) == 1


async def test_a_challenge_in_one_browser_stops_another_one(wire: Wire) -> None:
    prepared = await wire.prepare(secure3d=True)
    first = await wire.pay(prepared, return_url="https://pay.example/back")
    assert first.status is Status.ACTION_REQUIRED
    with pytest.raises(checkout.UnderWay):
        await wire.pay(prepared)
    assert (await wire.status(prepared))["errorCode"] == "655"


@pytest.mark.parametrize(("suspicious", "asked"), [(True, True), (False, False)])
async def test_a_suspicious_account_is_asked_by_its_bank(
    wire: Wire, suspicious: bool, asked: bool
) -> None:
    prepared = await wire.prepare(shopper={"account": {"suspicious": suspicious}})
    found = await wire.pay(prepared)
    assert (found.status is Status.ACTION_REQUIRED) is asked


@pytest.mark.usefixtures("held_clock")
async def test_a_payment_expires_with_its_link(wire: Wire) -> None:
    prepared = await wire.prepare(timeOut="PT1H")
    clock.advance(timedelta(minutes=61))
    assert (await wire.status(prepared))["status"] == "Expired"
    with pytest.raises(checkout.CheckoutExpired):
        await wire.pay(prepared)


async def test_a_payment_that_was_made_does_not_expire(wire: Wire) -> None:
    prepared, _ = await wire.paid()
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    assert await checkout.cancel(found, None) == checkout.Cancelled(given_up=False, back=None)
    assert (await wire.status(prepared))["status"] == "Authorized"


async def test_the_shoppers_steps_are_kept(wire: Wire) -> None:
    prepared, _ = await wire.paid()
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    async with db.transaction(company=found.company_id) as tx:
        steps = await checkout.list_steps(tx, found.payment_id)
    assert [step.kind for step in steps] == ["prepared", "paying"]
    assert steps[1].ip == "203.0.113.7"


async def test_tokens_are_kept_sealed(wire: Wire) -> None:
    prepared = await wire.prepare()
    async with db.transaction(company=wire.shop.company.id) as tx:
        text = await tx.value("select string_agg(c::text, ' ') from checkout c")
    assert prepared["merchantToken"] not in text
    assert prepared["customerToken"] not in text
