"""Subscriptions on both APIs: the five types, periods, trials, reasons, states, offers."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from agreed import NORMAL, PATH, SALE, at, begun, seen

from comptoir import subscriptions
from comptoir.kit import clock, db
from kit import run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


# Each type with what it needs, and each thing it has none of.


@pytest.mark.parametrize(
    ("terms", "left"),
    [
        (NORMAL, 3), (NORMAL | {"subscriptionType": "PartPayment"}, 3),
        ({"subscriptionType": "infinite", "rebillAmount": "500", "rebillPeriod": "P7D"}, -1),
        ({"subscriptionType": "onetime", "rebillAmount": 500, "rebillPeriod": "P1W"}, 1),
        ({"subscriptionType": "lifetime", "rebillAmount": 500}, 0),
    ],
)  # fmt: skip
async def test_each_type_has_its_number_of_rebills(
    wire: Wire, terms: dict[str, Any], left: int
) -> None:
    unset = {"trialPeriod": "P0D", "offerID": "0"}  # One client sends these for what is not there.
    found = await seen(wire, await begun(wire, {**unset, **terms}))
    assert (found["iterationsLeft"], found["state"], found["offerID"]) == (left, "active", 0)
    assert found["subscriptionType"] == terms["subscriptionType"].lower()
    assert found["amount"] == 500


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"rebillPeriod": None}, "rebillPeriod"), ({"rebillMaxIteration": None}, "rebillMaxIter"),
        ({"rebillAmount": None}, "rebillAmount"), ({"rebillPeriod": "monthly"}, "rebillPeriod"),
        ({"rebillMaxIteration": 10_000}, "rebillMaxIteration"),
        ({"subscriptionType": "infinite"}, "rebillMaxIteration"),
        ({"subscriptionType": "onetime"}, "rebillMaxIteration"),
        ({"subscriptionType": "onetime", "rebillMaxIteration": None, "trialPeriod": "P3D"},
         "trialPeriod"),
        ({"subscriptionType": "lifetime"}, "rebillMaxIteration"),
        ({"subscriptionType": "lifetime", "rebillMaxIteration": None}, "rebillPeriod"),
        ({"subscriptionType": "weekly"}, "subscriptionType"),
        ({"rebillAmount": 0}, "rebillAmount"), ({"rebillAmount": "ten"}, "rebillAmount"),
        ({"trialPeriod": "P99999999D"}, "trialPeriod"),
        ({"rebillPeriod": "PT1S"}, "rebillPeriod"), ({"rebillPeriod": "PT1M"}, "rebillPeriod"),
        ({"rebillPeriod": "PT23H59M59S"}, "rebillPeriod"), ({"trialPeriod": "PT1M"}, "trialPeriod"),
    ],
)  # fmt: skip
async def test_what_a_type_lacks_or_has_none_of_is_named(
    wire: Wire, changes: dict[str, Any], name: str
) -> None:
    terms = {k: v for k, v in {**NORMAL, **changes}.items() if v is not None}
    answer = await wire.post(PATH, SALE | terms)
    assert answer["errorCode"] in {"401", "501"}
    assert name in answer["errorMessage"]
    hosted = await wire.post(
        "/payment/prepare",
        {"apiVersion": "002.73", "currency": "EUR", "amount": 1000, "paymentMode": "Recurrent",
         "order": {"id": "1"}, "shopper": {}, **terms},
    )  # fmt: skip
    assert hosted["code"] == answer["errorCode"]


# Periods: the first charge pays the trial, or the first period.


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("P1D", "2026-03-03"), ("P1W", "2026-03-09"), ("P1M", "2026-04-02"),
        ("P30D", "2026-04-01"), ("P1Y", "2027-03-02"),
    ],
)  # fmt: skip
async def test_periods_follow_each_other(wire: Wire, period: str, day: str) -> None:
    end = datetime.fromisoformat(f"{day}T10:00+00:00")
    number = await begun(wire, NORMAL | {"rebillPeriod": period})
    found = await seen(wire, number)
    assert (at(found["periodStart"]), at(found["periodEnd"])) == (clock.now(), end)
    assert found["subscriptionStart"] == found["periodStart"]
    await run_jobs(until=end + timedelta(minutes=2))
    found = await seen(wire, number)
    assert (at(found["periodStart"]), found["iterations"], found["iterationsLeft"]) == (end, 1, 2)


async def test_a_trial_ends_with_the_first_rebill(wire: Wire) -> None:
    number = await begun(wire, NORMAL | {"trialPeriod": "P3D"})
    found = await seen(wire, number)
    assert (found["state"], found["trialAmount"], found["trialPeriod"]) == ("trial", 1000, "P3D")
    assert at(found["periodEnd"]) == clock.now() + timedelta(days=3)
    await run_jobs(until=clock.now() + timedelta(days=3, minutes=2))
    found = await seen(wire, number)
    assert (found["state"], found["iterations"]) == ("active", 1)
    again = await wire.ask("POST", f"/subscription/{number}/instantconversion")
    assert again.json()["errorCode"] == "678"  # No trial any more.


async def test_instalments_are_paid_to_the_last_share(wire: Wire) -> None:
    prepared, _ = await wire.paid(
        amount=3334, paymentMode="InstalmentsPayments", subscriptionType="partpayment",
        rebillAmount=3333, rebillMaxIteration=2, rebillPeriod="P30D", operation="authorize",
    )  # fmt: skip
    told = await wire.status(prepared)
    assert told["operation"] == "sale"  # The first share is taken, whatever was asked.
    await run_jobs(until=clock.now() + timedelta(days=61))
    found = await seen(wire, told["subscriptionID"])
    assert (found["iterationsLeft"], found["state"]) == (0, "finished")
    operations = (await wire.status(prepared))["transactions"]
    assert sum(one["amount"] for one in operations) == 10_000
    assert {one["subscriptionID"] for one in operations} == {told["subscriptionID"]}


# Reasons: 1000 to 1023 and 1099; the bank's and a refund's end it at once.


@pytest.mark.parametrize("reason", [*range(1000, 1024), 1099])
async def test_every_reason_ends_it_now_or_with_its_period(wire: Wire, reason: int) -> None:
    number = await begun(wire, NORMAL)
    body = {"apiVersion": "002.70", "cancelReason": str(reason)}
    assert (await wire.post(f"/subscription/{number}/cancel", body))["code"] == "200"
    found = await seen(wire, number)
    at_once = reason <= 1004
    assert (found["state"], found["cancelReason"]) == ("canceled" if at_once else "active", reason)
    assert at(found["cancelDate"]) == clock.now()


@pytest.mark.parametrize("reason", [0, 999, 1024, 1098, 1100, 99_999, "why", None])
async def test_an_unknown_reason_is_refused(wire: Wire, reason: Any) -> None:
    number = await begun(wire, NORMAL)
    answer = await wire.post(f"/subscription/{number}/cancel", {"cancelReason": reason})
    assert answer["errorCode"] in {"401", "501"}
    assert (await seen(wire, number))["state"] == "active"


async def test_one_that_was_cancelled_ends_with_its_paid_period(wire: Wire) -> None:
    number = await begun(wire, NORMAL)
    await wire.post(f"/subscription/{number}/cancel", {"cancelReason": 1010})
    await run_jobs(until=clock.now() + timedelta(days=40))
    found = await seen(wire, number)
    assert (found["state"], found["iterations"]) == ("canceled", 0)
    now = int(clock.now().timestamp())
    window = {"startDate": now - 20 * 86400, "endDate": now}
    ended = (await wire.get("/subscriptions", **window))["subscriptionList"]
    assert [one["subscriptionID"] for one in ended] == [number]
    began = (await wire.get("/subscriptions", **window, allSubscriptions=1))["subscriptionList"]
    assert began == []


async def test_an_unpaid_period_is_not_waited_for(wire: Wire) -> None:
    number = await begun(wire, NORMAL | {"rebillAmount": 90_051})
    await run_jobs(until=clock.now() + timedelta(days=32))
    found = await seen(wire, number)
    assert (found["state"], found["retries"] > 0) == ("retry", True)
    await wire.post(f"/subscription/{number}/cancel", {"cancelReason": 1016})
    assert (await seen(wire, number))["state"] == "canceled"


async def test_another_shops_subscription_is_as_absent_as_none(
    wire: Wire, other_wire: Wire
) -> None:
    number = await begun(wire, NORMAL)
    for name in (str(number), "7", "2147483648", "x", "-1"):
        for path, body in ((f"/subscription/{name}/cancel", {"cancelReason": 1000}),
                           (f"/subscription/{name}/instantconversion", {})):  # fmt: skip
            assert (await other_wire.post(path, body))["errorCode"] == "678"
        assert (await other_wire.get(f"/subscription/{name}"))["errorCode"] == "678"


async def test_a_disabled_offer_and_another_shops_are_refused(wire: Wire, other_wire: Wire) -> None:
    actor, company = wire.shop.actor(), wire.shop.company.id
    async with db.transaction(company=company) as tx:
        offer = await subscriptions.create_offer(
            tx, actor, wire.shop.originator.id, "Trial", "EUR",
            subscriptions.Terms("normal", 900, "P1M", 12, "P7D"),
        )  # fmt: skip
    body = {"offerID": offer.number, "rebillAmount": 5, "subscriptionType": "lifetime"}
    found = await seen(wire, await begun(wire, body))
    # The offer's terms count; those beside it do not.
    assert (found["offerID"], found["amount"], found["state"]) == (offer.number, 900, "trial")
    assert (await other_wire.post(PATH, SALE | body))["errorCode"] == "501"
    assert (await other_wire.get(f"/subscription/offer/{offer.number}"))["errorCode"] == "501"
    async with db.transaction(company=company) as tx:
        await subscriptions.set_offer_state(tx, actor, offer.id, "disabled")
    assert (await wire.post(PATH, SALE | body))["errorCode"] == "501"
    told = (await wire.get(f"/subscription/offer/{offer.number}"))["offer"]
    assert (told["state"], told["originatorID"]) == ("disabled", str(wire.shop.originator.number))
