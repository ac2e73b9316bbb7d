"""The gateway from server to server, as its official clients try it."""

from datetime import timedelta
from typing import Any

import pytest

from comptoir import checkout, subscriptions
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db
from kit import run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database")

CARD = {
    "cardNumber": "4111111111111111",
    "cardSecurityCode": "000",
    "cardHolderName": "Ada Lovelace",
    "cardExpireMonth": "10",
    "cardExpireYear": "2024",
}
SALE: dict[str, Any] = {
    **CARD,
    "customerIP": "1.2.3.4",
    "amount": 1000,
    "currency": "EUR",
    "orderID": "gateway-1",
    "shopperName": "Ada Lovelace",
    "shopperAddress": "NA",
    "shopperZipcode": "NA",
    "shopperCity": "NA",
    "shopperState": "NA",
    "shopperCountryCode": "NA",
    "shopperPhone": "NA",
    "shopperEmail": "ada@example.com",
}
TRIAL = {
    "subscriptionType": "normal",
    "rebillAmount": "2599",
    "rebillPeriod": "P30D",
    "rebillMaxIteration": "12",
    "trialPeriod": "P3D",
}


async def sold(wire: Wire, what: str = "sale", **more: Any) -> str:
    answer = await wire.post(f"/transaction/{what}/creditcard", SALE | more)
    assert (answer["errorCode"], answer["errorMessage"] != "") == ("000", True), answer
    number: str = answer["transactionID"]
    assert 0 < int(number) < 2**31
    return number


async def test_sale_query_refund_and_a_rebill_after_the_refund(wire: Wire) -> None:
    number = await sold(wire)
    asked = await wire.get(f"/transaction/{number}")
    found = asked["transaction"]
    assert (found["status"], found["errorCode"], found["orderID"]) == (
        "Authorized", "000", "gateway-1",
    )  # fmt: skip
    assert abs(found["date"] - int(clock.now().timestamp())) < 60
    assert (found["paymentMeanInfo"]["cardExpireYear"], found["customerIP"]) == ("2024", "1.2.3.4")
    refund = await wire.post(f"/transaction/{number}/refund", {"amount": 1000})
    assert refund["errorCode"] == "000"
    rebill = await wire.post(f"/transaction/{number}/rebill", {"amount": 5500})
    assert rebill["errorCode"] == "000"
    again = await wire.get(f"/transaction/{rebill['transactionID']}")
    assert (again["transaction"]["operation"], again["transaction"]["referralID"]) == (
        "rebill", int(number),
    )  # fmt: skip


async def test_authorize_is_captured_in_part_or_cancelled(wire: Wire) -> None:
    first = await sold(wire, "authorize")
    assert (await wire.post(f"/transaction/{first}/capture", {"amount": 400}))["errorCode"] == "000"
    second = await sold(wire, "authorize")
    cancel = await wire.post(f"/transaction/{second}/cancel", {"amount": 1000})
    assert cancel["errorCode"] == "000"


async def test_a_decline_is_http_200_with_its_code(wire: Wire) -> None:
    answer = await wire.post(
        "/transaction/sale/creditcard", SALE | {"cardNumber": "4000000000009995"}
    )
    assert answer["errorCode"] == "051"


async def test_credit_by_card_and_by_transaction_needs_the_permission(wire: Wire) -> None:
    number = await sold(wire)
    body = {k: v for k, v in SALE.items() if k != "cardSecurityCode"}
    for path, asked in (
        ("/transaction/credit/creditcard", body),
        (f"/transaction/{number}/credit", {"amount": 500}),
    ):
        assert (await wire.post(path, asked))["errorCode"] == "012"
    async with db.transaction(company=wire.shop.company.id) as tx:
        await tx.run(
            "update originator set credit_allowed = true where company_id = $1", tx.company
        )
    for path, asked in (
        ("/transaction/credit/creditcard", body),
        (f"/transaction/{number}/credit", {"amount": 500}),
    ):
        assert (await wire.post(path, asked))["errorCode"] == "000"


async def test_an_export_includes_both_ends_and_filters(wire: Wire) -> None:
    number = await sold(wire)
    await wire.post(f"/transaction/{number}/refund", {"amount": 100})
    now = int(clock.now().timestamp())
    window = {"startDate": now - 60, "endDate": now + 60}
    everything = await wire.get("/transactions", **window)
    assert [t["operation"] for t in everything["transactionList"]] == ["sale", "refund"]
    assert all(isinstance(t["date"], int) for t in everything["transactionList"])
    refunds = await wire.get("/transactions/refund", **window, transactionErrorCode=0)
    assert [t["operation"] for t in refunds["transactionList"]] == ["refund"]
    nothing = await wire.get("/transactions/rebill", **window)
    assert nothing["transactionList"] == []
    too_long = await wire.get("/transactions", startDate=0, endDate=now)
    assert too_long["errorCode"] == "400"


async def test_a_trial_is_converted_then_cancelled_at_its_end(wire: Wire) -> None:
    answer = await wire.post("/transaction/sale/creditcard", SALE | TRIAL)
    number = answer["subscriptionID"]
    asked = await wire.get(f"/subscription/{number}")
    found = asked["subscription"]
    assert set(found) == {
        "subscriptionID", "subscriptionType", "offerID", "transactionID", "amount", "period",
        "trialAmount", "trialPeriod", "state", "subscriptionStart", "periodStart", "periodEnd",
        "cancelDate", "cancelReason", "iterations", "iterationsLeft", "retries",
    }  # fmt: skip
    assert (found["state"], found["transactionID"], found["iterationsLeft"]) == (
        "trial", int(answer["transactionID"]), 12,
    )  # fmt: skip
    converted = await wire.ask("POST", f"/subscription/{number}/instantconversion")
    assert converted.json()["errorCode"] == "000"
    assert converted.json()["subscription"]["state"] == "active"
    now = int(clock.now().timestamp())
    window = {"startDate": now - 60, "endDate": now + 60}
    created = await wire.get("/subscriptions", **window, allSubscriptions=1)
    assert [s["subscriptionID"] for s in created["subscriptionList"]] == [number]
    assert (await wire.get("/subscriptions", **window))["subscriptionList"] == []
    cancelled = await wire.post(f"/subscription/{number}/cancel", {"cancelReason": 1022})
    assert cancelled["errorCode"] == "000"
    assert (cancelled["subscription"]["state"], cancelled["subscription"]["cancelReason"]) == (
        "active", 1022,
    )  # fmt: skip
    at_once = await wire.post(f"/subscription/{number}/cancel", {"cancelReason": 1004})
    assert at_once["subscription"]["state"] == "canceled"
    over = await wire.post(f"/subscription/{number}/cancel", {"cancelReason": 1004})
    assert over["errorCode"] == "674"


async def test_a_refund_ends_the_subscription_unless_told_not_to(wire: Wire) -> None:
    for asked, state in (({}, "canceled"), ({"cancelSubscription": False}, "trial")):
        answer = await wire.post("/transaction/sale/creditcard", SALE | TRIAL)
        refund = {"amount": 1000, **asked}
        await wire.post(f"/transaction/{answer['transactionID']}/refund", refund)
        found = await wire.get(f"/subscription/{answer['subscriptionID']}")
        assert found["subscription"]["state"] == state


@pytest.mark.usefixtures("held_clock")
async def test_a_refund_in_doubt_ends_the_subscription_when_it_has_succeeded(wire: Wire) -> None:
    sold = await wire.post("/transaction/sale/creditcard", SALE | TRIAL)
    await simulator.script(wire.shop.account.id, [Fault.TIMEOUT_AFTER])
    path = f"/transaction/{sold['transactionID']}/refund"
    assert (await wire.post(path, {"amount": 1000}))["errorCode"] == "998"
    found = await wire.get(f"/subscription/{sold['subscriptionID']}")
    assert found["subscription"]["state"] == "trial"
    await run_jobs(until=clock.now() + timedelta(minutes=20))
    found = await wire.get(f"/subscription/{sold['subscriptionID']}")
    assert (found["subscription"]["state"], found["subscription"]["cancelReason"]) == (
        "canceled", 1001,
    )  # fmt: skip


@pytest.mark.usefixtures("held_clock")
async def test_rebills_come_by_themselves_until_none_is_left(wire: Wire) -> None:
    terms = TRIAL | {"rebillMaxIteration": 2, "subscriptionType": "partpayment"}
    del terms["trialPeriod"]
    answer = await wire.post("/transaction/sale/creditcard", SALE | terms)
    await run_jobs(until=clock.now() + timedelta(days=61))
    found = await wire.get(f"/subscription/{answer['subscriptionID']}")
    subscription = found["subscription"]
    assert (subscription["state"], subscription["iterationsLeft"], subscription["retries"]) == (
        "finished", 0, 0,
    )  # fmt: skip
    assert [t["operation"] for t in found["transactionList"]] == ["sale", "rebill", "rebill"]
    await run_jobs(until=clock.now() + timedelta(days=61))
    assert (
        len((await wire.get(f"/subscription/{answer['subscriptionID']}"))["transactionList"]) == 3
    )


@pytest.mark.usefixtures("held_clock")
async def test_a_declined_rebill_is_tried_again_and_then_unpaid(wire: Wire) -> None:
    terms = {"subscriptionType": "infinite", "rebillAmount": 90051, "rebillPeriod": "P1M"}
    answer = await wire.post("/transaction/sale/creditcard", SALE | terms)
    await run_jobs(until=clock.now() + timedelta(days=60))
    found = await wire.get(f"/subscription/{answer['subscriptionID']}")
    assert found["subscription"]["state"] == "unpaid"
    assert [t["errorCode"] for t in found["transactionList"]] == ["000", *["051"] * 5]


@pytest.mark.usefixtures("held_clock")
async def test_a_lost_answer_to_a_rebill_never_charges_twice(wire: Wire) -> None:
    terms = {"subscriptionType": "infinite", "rebillAmount": 91003, "rebillPeriod": "P1M"}
    answer = await wire.post("/transaction/sale/creditcard", SALE | terms)
    await run_jobs(until=clock.now() + timedelta(days=32))
    found = await wire.get(f"/subscription/{answer['subscriptionID']}")
    assert [t["operation"] for t in found["transactionList"]] == ["sale", "rebill"]
    assert (found["subscription"]["state"], found["subscription"]["iterations"]) == ("active", 1)


async def test_an_offer_gives_the_terms(wire: Wire) -> None:
    actor, company = wire.shop.actor(), wire.shop.company.id
    async with db.transaction(company=company) as tx:
        offer = await subscriptions.create_offer(
            tx, actor, wire.shop.originator.id, "Monthly", "EUR",
            subscriptions.Terms("infinite", 900, "P1M"),
        )  # fmt: skip
    told = (await wire.get(f"/subscription/offer/{offer.number}"))["offer"]
    assert (told["rebillAmount"], told["state"]) == (900, "enabled")
    answer = await wire.post("/transaction/sale/creditcard", SALE | {"offerID": offer.number})
    found = await wire.get(f"/subscription/{answer['subscriptionID']}")
    assert found["subscription"]["offerID"] == offer.number
    unknown = await wire.post("/transaction/sale/creditcard", SALE | {"offerID": 7})
    assert unknown["errorCode"] == "501"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("customerIP", "zz"), ("customerIP", "123.123.88"), ("customerIP", "fe80::1%eth0"),
        ("creditCardNumber", "4111111111111112"), ("creditCardNumber", "411"),
        ("shopperEmail", "mallory"),
    ],
)  # fmt: skip
async def test_what_no_payment_can_carry_is_not_listed(wire: Wire, kind: str, value: str) -> None:
    told = await wire.post("/blacklist", {"valueType": kind, "value": value})
    assert told["errorCode"] == "501"
    assert "value" in told["errorMessage"]


async def test_what_is_blacklisted_pays_no_more(wire: Wire) -> None:
    number = await sold(wire, shopperEmail="mallory@example.com")
    await wire.post(f"/transaction/{number}/blacklist", {"shopperEmailBlackList": "1"})
    declined = await wire.post(
        "/transaction/sale/creditcard", SALE | {"shopperEmail": "Mallory@example.com"}
    )
    assert declined["errorCode"] == "501"
    for kind, value, changed, code in (
        ("customerIP", "123.123.88.88", {"customerIP": "123.123.88.88"}, "502"),
        ("creditCardNumber", "5555555555554444", {"cardNumber": "5555 5555 5555 4444"}, "500"),
    ):
        await wire.post("/blacklist", {"valueType": kind, "value": value})
        answer = await wire.post("/transaction/sale/creditcard", SALE | changed)
        assert answer["errorCode"] == code


@pytest.mark.parametrize("code", ["abcd", "12", "12345", "1 3", "\u0661\u0662\u0663", 12, "***"])
@pytest.mark.parametrize("what", ["sale", "authorize"])
async def test_a_security_code_is_three_or_four_digits(wire: Wire, what: str, code: Any) -> None:
    told = await wire.post(f"/transaction/{what}/creditcard", SALE | {"cardSecurityCode": code})
    assert told["errorCode"] == "501"
    assert told["errorMessage"] == "cardSecurityCode must be 3 or 4 digits"


async def test_a_security_code_may_come_as_a_number(wire: Wire) -> None:
    for code in (123, 1234, "0007"):
        await sold(wire, cardSecurityCode=code)


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("not-an-ip", None), ("1.2.3", None), ("1.2.3.4, 5.6.7.8", None), ("fe80::1%eth0", None),
        ("999.1.1.1", None), ("<b>", None), ("2001:db8::7", "2001:db8::7"),
        (" 1.2.3.4 ", "1.2.3.4"),
    ],
)  # fmt: skip
async def test_an_address_of_the_shopper_that_cannot_be_read_is_left_out(
    wire: Wire, told: str, kept: str | None
) -> None:
    number = await sold(wire, customerIP=told)
    found = await wire.get(f"/transaction/{number}")
    assert found["transaction"].get("customerIP") == kept
    enrolled = await wire.post("/transaction/3dscheck", SALE | {"customerIP": told})
    assert enrolled["errorCode"] in {"000", "650"}


@pytest.mark.parametrize(
    "name", ["customerIP", "amount", "currency", "orderID", "cardNumber", "cardSecurityCode"]
)
async def test_a_missing_field_is_named(wire: Wire, name: str) -> None:
    body = {key: value for key, value in SALE.items() if key != name}
    answer = await wire.post("/transaction/sale/creditcard", body)
    assert answer["errorCode"] == "401"
    assert name in answer["errorMessage"]


async def test_a_number_that_is_no_test_card_is_refused_unrepeated(wire: Wire) -> None:
    answer = await wire.post(
        "/transaction/sale/creditcard", SALE | {"cardNumber": "4539578763621486"}
    )
    assert answer["errorCode"] == "014"
    assert "4539578763621486" not in str(answer)


async def test_a_lost_answer_is_neither_success_nor_failure(wire: Wire) -> None:
    answer = await wire.post("/transaction/sale/creditcard", SALE | {"amount": 91003})
    assert answer["errorCode"] == checkout.IN_DOUBT
    assert int(answer["transactionID"]) > 0


async def test_each_api_is_also_under_its_prefix(wire: Wire) -> None:
    number = await sold(wire)
    gateway = await wire.post(f"/gateway/transaction/{number}/refund", {"amount": 100})
    assert gateway["errorCode"] == "000"
    assert "code" not in gateway
    hosted = await wire.post(f"/connect2pay/transaction/{number}/refund", {"amount": 100})
    assert (hosted["code"], "errorCode" in hosted) == ("000", False)


async def test_a_rebill_may_be_for_an_order_of_its_own(wire: Wire) -> None:
    number = await sold(wire)
    gateway = await wire.post(
        f"/transaction/{number}/rebill", {"amount": 700, "orderID": "second-order"}
    )
    hosted = await wire.post(
        f"/transaction/{number}/rebill",
        {"apiVersion": "002.73", "amount": 700, "orderId": 4712, "merchantIdentifier": "x"},
    )
    same = await wire.post(f"/transaction/{number}/rebill", {"amount": 700})
    for answer, order in ((gateway, "second-order"), (hosted, "4712"), (same, "gateway-1")):
        info = await wire.get(f"/transaction/{answer['transactionID']}/info")
        assert (info["orderID"], info["refTransactionID"]) == (order, number)
        assert info["paymentMeanInfo"]["cardHolderName"] == "Ada Lovelace"


async def test_the_answer_says_what_was_screened_and_who_answers_for_a_fraud(wire: Wire) -> None:
    answer = await wire.post("/transaction/sale/creditcard", SALE)
    assert [answer[name] for name in ("AVSResult", "FSResult", "FSStatus")] == ["U", "0", "0"]
    assert answer["paymentMeanInfo"]["is3DSecure"] is False
    proven = SALE | {"ECI": "05", "XID": "x", "CAVV": "AAABBIIFmAAAAAAAAAAAAAAAAAA="}
    answer = await wire.post("/transaction/sale/creditcard", proven)
    assert answer["paymentMeanInfo"]["is3DSecure"] is True
    kept = await wire.get(f"/transaction/{answer['transactionID']}")
    assert kept["transaction"]["paymentMeanInfo"]["is3DSecure"] is True
    await wire.post("/blacklist", {"valueType": "customerIP", "value": "123.123.88.89"})
    blocked = await wire.post(
        "/transaction/sale/creditcard", SALE | {"customerIP": "123.123.88.89"}
    )
    assert [blocked[name] for name in ("errorCode", "FSResult", "FSStatus")] == ["502", "1", "1"]
