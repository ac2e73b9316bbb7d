"""Identifiers, moments, odd bodies, both path families, the flat form, account and export."""

from typing import Any

import httpx
import msgspec
import pytest

from comptoir.kit import clock
from kit_wire import Wire, encoded, flat, nested

SECTIONS = "payment", "transaction"


async def prepared_with(wire: Wire, **more: Any) -> dict[str, Any]:
    """The status of a payment prepared with these fields."""
    return await wire.status(await wire.prepare(**more))


# Rule 5: identifiers are decimal and fit into 32 bits, in one sequence for both APIs.


async def test_a_subscriptions_first_attempt_carries_its_number(wire: Wire) -> None:
    prepared, number = await wire.paid(
        paymentMode="InstalmentsPayments", subscriptionType="partpayment", rebillAmount=500,
        rebillMaxIteration=2, rebillPeriod="P30D",
    )  # fmt: skip
    told = await wire.status(prepared)
    (attempt,) = told["transactions"]
    assert isinstance(attempt["subscriptionID"], int)
    assert told["subscriptionID"] == attempt["subscriptionID"]
    assert int(number) < 2**31
    gateway = await wire.get(f"/subscription/{attempt['subscriptionID']}")
    assert gateway["subscription"]["transactionID"] == int(number)
    # One client's cancel is posted to a wrong path.
    body = {"apiVersion": "002.70", "cancelReason": 1000}
    wrong = f"/subscription/{attempt['subscriptionID']}/rebill"
    assert (await wire.post(wrong, body))["code"] == "200"
    right = f"/subscription/{attempt['subscriptionID']}/cancel"
    assert (await wire.post(right, body))["code"] == "674"
    assert (await wire.post("/subscription/1/cancel", body))["code"] == "678"
    assert (await wire.post(right, body | {"cancelReason": 5}))["code"] == "501"


# Rule 6: milliseconds here, seconds in the gateway.


async def test_moments_are_milliseconds_here_and_seconds_there(wire: Wire) -> None:
    prepared, number = await wire.paid()
    (attempt,) = (await wire.status(prepared))["transactions"]
    gateway = (await wire.get(f"/transaction/{number}"))["transaction"]
    assert attempt["date"] // 1000 == gateway["date"]
    assert abs(gateway["date"] - clock.now().timestamp()) < 120


# Rule 8 and 9: types and unknown fields.


async def test_integers_for_strings_unknown_fields_and_capitals(wire: Wire) -> None:
    order = {
        "id": 0, "description": 12, "unknown": {"a": [1]},
        "cartContent": [{"CartProductId": "7", "CartProductName": "Tea",
                         "CartProductUnitPrice": 12.5, "CartProductQuantity": 2}],
    }  # fmt: skip
    told = await prepared_with(
        wire, order=order, shopper={"id": 42, "firstName": "", "lastName": None}, orderID="stray",
        amount="1500", shipping={}, apiVersion=2,
    )  # fmt: skip
    assert (told["order"]["id"], told["order"]["description"]) == ("0", "12")
    assert told["order"]["cartContent"] == [
        {"cartProductId": 7, "cartProductName": "Tea", "cartProductUnitPrice": 12.5,
         "cartProductQuantity": 2},
    ]  # fmt: skip
    assert told["orderID"] == "0"


async def test_text_is_cut_and_never_refused(wire: Wire) -> None:
    told = await prepared_with(
        wire, order={"id": "o" * 200, "description": "d" * 900},
        shopper={"firstName": "F" * 99, "state": "California", "email": "NA", "id": "\x00"},
        shipping={"name": "n" * 200},
    )  # fmt: skip
    assert [len(told["order"][n]) for n in ("id", "description")] == [100, 500]
    assert len(told["shipping"]["name"]) == 80
    assert (told["shopperState"], told["shopperEmail"]) == ("Cal", "NA")


@pytest.mark.parametrize("query", ["?&operationsale", "?apiVersion", "?%ff=%zz&&=", "?a=b" * 200])
async def test_broken_queries_are_no_reason_to_fail(wire: Wire, query: str) -> None:
    prepared = await wire.prepare()
    answer = await wire.ask("GET", f"/transaction/{prepared['merchantToken']}/status{query}")
    assert answer.status_code == 200


# Rule 10: both path families, and a base address with a slash at its end.


@pytest.mark.parametrize("first", SECTIONS)
@pytest.mark.parametrize("second", SECTIONS)
@pytest.mark.parametrize("base", ["", "/", "/connect2pay", "/connect2pay/"])
async def test_both_path_families(wire: Wire, first: str, second: str, base: str) -> None:
    async with wire.shop.client as client:
        place = f"http://testserver{base}/{first}/prepare"
        answer = await client.post(place, content=encoded(nested()))
        path = f"{base}/{second}/{answer.json()['merchantToken']}/status"
        told = await client.get(f"http://testserver{path}")
    assert told.json()["status"] == "Not processed"


async def test_the_old_page_address_leads_to_the_page(wire: Wire) -> None:
    prepared = await wire.prepare()
    transport = httpx.ASGITransport(app=wire.shop.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        answer = await client.get(f"/transaction/{prepared['customerToken']}")
    assert answer.headers["location"] == f"/payment/{prepared['customerToken']}"


# The flat form of the clients until 002.62.


async def test_the_flat_form_becomes_the_same_payment(wire: Wire) -> None:
    body = flat(
        shipToFirstName="Charles", shipToLastName="Babbage", orderDescription="Engine",
        shopperAddress="1 Main Street", paymentMethod=None, paymentType="creditcard",
        orderCartContent=[{"cartProductName": "Wheel", "cartProductUnitPrice": 3}],
        afClientId="ignored",
    )  # fmt: skip
    prepared = await wire.post("/transaction/prepare", body)
    await wire.pay(prepared)
    told = await wire.ask("GET", f"/transaction/{prepared['merchantToken']}/status")
    status = told.json()
    assert status["apiVersion"] == "002.60"
    assert (status["orderID"], status["order"]["shippingType"]) == (body["orderID"], "05")
    assert "type" not in status["order"]
    assert status["shipping"]["name"] == "Charles Babbage"
    assert (status["shopperName"], status["shopperAddress"]) == ("Ada Lovelace", "1 Main Street")
    assert (status["paymentType"], status["cardHolderName"]) == ("CreditCard", "Ada Lovelace")
    assert status["transactionID"].isdecimal()
    (attempt,) = status["transactions"]
    assert (attempt["shopper"]["name"], attempt["shopper"]["address"]) == (
        "Ada Lovelace", "1 Main Street",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "kept"), [("Physical", "01"), ("Access", "05"), ("virtual", "05"), ("Fog", None)]
)
async def test_old_words_for_shipping_are_mapped_or_left_out(
    wire: Wire, word: str, kept: str | None
) -> None:
    prepared = await wire.post("/transaction/prepare", flat(shippingType=word))
    told = await wire.status(prepared)
    assert told["order"].get("shippingType") == kept


@pytest.mark.parametrize("name", ["orderID", "currency", "amount", "paymentMode"])
async def test_a_missing_flat_field_is_named_flat(wire: Wire, name: str) -> None:
    answer = await wire.post("/transaction/prepare", flat(**{name: None}))
    assert (answer["code"], name in answer["message"]) == ("401", True)


# The rest of the API.


async def test_the_account_says_what_a_module_asks(wire: Wire) -> None:
    told = await wire.get("/account", apiVersion="002.73")
    assert (told["apiVersion"], told["maxAttempts"]) == ("002.73", 3)
    methods = [m["paymentMethod"] for m in told["paymentMethods"]]
    assert methods[0] == "CreditCard"
    assert {"WeChat", "Alipay", "Upi"} <= set(methods)
    assert told["paymentMethods"][0]["currencies"] == ["EUR", "JPY", "KWD"]
    theme = told["themes"][0]
    assert (theme["themeId"], theme["name"]) == (0, "Default")
    library = theme["seamlessLibraries"][0]
    assert (library["version"], library["hash"][:7]) == ("1.5.0", "sha384-")
    older = (await wire.get("/account"))["paymentMethods"]
    # A closed list of older readers does not have UPI.
    assert "Upi" not in [method["paymentMethod"] for method in older]


async def test_the_account_names_the_network_that_prepare_asks_for(wire: Wire) -> None:
    methods = (await wire.get("/account", apiVersion="002.73"))["paymentMethods"]
    transfers = [m for m in methods if m["paymentMethod"] == "BankTransfer"]
    told = [m["paymentNetwork"] for m in transfers]
    # Those that move a currency of the originator's, with that currency alone.
    assert told == ["sofort", "przelewy24", "ideal", "giropay", "eps", "trustly"]
    assert all(m["currencies"] == ["EUR"] for m in transfers)
    assert all("paymentNetwork" not in m for m in methods if m not in transfers)
    for one in transfers:
        network = one["paymentNetwork"]
        await wire.prepare(paymentMethod="BankTransfer", paymentNetwork=network)


async def test_what_nobody_set_is_an_empty_text_in_the_account(wire: Wire) -> None:
    """A client's own tests take every one of them for granted."""
    told = await wire.get("/account", apiVersion="002.60")
    assert told["apiVersion"] == "002.60"
    for name in ("termsUrl", "supportUrl", "notificationSenderEmail", "merchantNotificationTo"):
        assert told[name] == ""
    for name in ("name", "notificationSenderName", "merchantNotificationLang"):
        assert told[name]
    for name in ("displayTerms", "notificationOnSuccess", "merchantNotification"):
        assert isinstance(told[name], bool)


async def test_the_export_takes_seconds_and_compares_codes_as_numbers(wire: Wire) -> None:
    prepared, number = await wire.paid()
    await wire.post(f"/transaction/{number}/refund", {"apiVersion": "002.73", "amount": 100})
    declined = await wire.prepare()
    await wire.pay(declined, "4000000000009995")
    now = int(clock.now().timestamp())
    window = {"startTime": now - 60, "endTime": now + 60}
    everything = (await wire.get("/transactions/export", **window))["transactions"]
    assert [a["resultCode"] for a in everything] == ["000", "000", "051"]
    assert everything[0]["paymentMerchantToken"] == prepared["merchantToken"]
    for filters, expected in (
        ({"transactionResultCode": "0"}, 2), ({"transactionResultCode": "51"}, 1),
        ({"operation": "Refund"}, 1), ({"paymentMethod": "creditcard"}, 3),
        ({"paymentNetwork": "iDeal"}, 0), ({"operation": "levitate"}, 0),
    ):  # fmt: skip
        found = await wire.get("/transactions/export", **window, **filters)
        assert len(found["transactions"]) == expected, filters
    empty = await wire.get("/transactions/export", startTime=1, endTime=2)
    assert empty["transactions"] == []
    for broken in ({}, {"startTime": now}, {"startTime": now, "endTime": now - 1},
                   {"startTime": now - 32 * 86400, "endTime": now},
                   {"startTime": "x", "endTime": now}):  # fmt: skip
        assert (await wire.get("/transactions/export", **broken))["code"] == "400"


async def test_a_refund_can_be_confirmed_twice_without_harm(wire: Wire) -> None:
    _, number = await wire.paid()
    body = {"apiVersion": "002.70", "amount": 200}
    refund = (await wire.post(f"/transaction/{number}/refund", body))["transactionID"]
    for _ in range(2):
        confirmed = await wire.post(f"/transaction/{refund}/refund/confirm", body)
        assert (confirmed["code"], confirmed["transactionID"]) == ("000", refund)
    assert (await wire.post(f"/transaction/{number}/refund/confirm", body))["code"] == "501"


def test_bodies_of_the_tests_are_as_the_clients_write_them() -> None:
    assert msgspec.json.decode(encoded(nested()))["shipping"] == {}
