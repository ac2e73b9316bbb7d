"""The two C# clients: bodies as they write them, answers as their closed types read them.

They send every whole number of their class, also where it was not set (`secure3d:false`), and one
class for several calls; they leave out what is null, and say JSON also on a GET.
"""

from typing import Any

import pytest

from comptoir.kit import clock
from kit_wire import Wire, nested

JSON = {"Content-Type": "application/json"}
INT32 = 2**31

# Their numbers of 32 and 64 bits, and their truths; everything else is a text to them.
INTS = {
    "amount", "refundedAmount", "maxAttempts", "referralID", "offerID", "trialAmount", "iterations",
    "iterationsLeft", "retries", "rebillAmount", "rebillMaxIteration", "originatorID",
}  # fmt: skip
TRUTHS = {
    "is3DSecure", "displayTerms", "notificationOnSuccess", "notificationOnFailure",
    "merchantNotification",
}  # fmt: skip


def read(told: Any, *, name: str = "", place: str = "") -> None:
    """As their reader fills its classes: null in a number, or a number too large, ends it."""
    assert told is not None, place
    if isinstance(told, dict):
        for key, value in told.items():
            read(value, name=key, place=f"{place}.{key}")
    elif isinstance(told, list):
        for value in told:
            read(value, name=name, place=place)
    elif name in INTS:
        assert type(told) is int, place
        assert -INT32 <= told < INT32, place
    elif name in TRUTHS:
        assert isinstance(told, bool), place
    elif name == "subscriptionID" or place.endswith("subscription.transactionID"):
        assert 0 < int(told) < INT32, place
    elif place == ".transactionID":
        assert told.isdecimal(), place  # Int64 in a status.


class DotNet:
    """One client: JSON said on every call, answers read strictly."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def ask(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        more: dict[str, Any] = {} if body is None else {"json": body}
        answer = await self._wire.ask(method, path, headers=JSON, **more)
        assert answer.status_code == 200, answer.text  # Any other one throws.
        told: dict[str, Any] = answer.json()
        read(told)
        return told

    async def get(self, path: str) -> dict[str, Any]:
        return await self.ask("GET", path)

    async def post(self, path: str, body: Any = None) -> dict[str, Any]:
        return await self.ask("POST", path, body)


@pytest.fixture
def client(wire: Wire) -> DotNet:
    return DotNet(wire)


def created(**more: Any) -> dict[str, Any]:
    """What Connect2Pay's client prepares, as its demo sets it."""
    return {
        "apiVersion": "002.60", "shopperEmail": "ada@example.com", "shopperFirstName": "Ada",
        "shopperLastName": "Lovelace", "shopperPhone": "+33-1", "shopperAddress": "NA",
        "shopperState": "NA", "shopperZipcode": "75001", "shopperCity": "NA",
        "shopperCountryCode": "FR", "shippingType": "Virtual", "orderID": "ABC-123456",
        "currency": "EUR", "amount": 1500, "orderDescription": "Deux chaises",
        "orderCartContent": [{
            "cartProductId": 0, "cartProductName": "Chaise", "cartProductUnitPrice": 7.5,
            "cartProductQuantity": 2, "cartProductCategoryID": 0,
        }],
        "paymentMethod": "CreditCard", "paymentMode": "Single", "secure3d": False,
        "ctrlRedirectURL": "http://example.com/back", "ctrlCustomData": "Ménage €", **more,
    }  # fmt: skip


async def paid(client: DotNet, wire: Wire, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """What prepare answered, and the status after the payment; no version is asked for."""
    prepared = await client.post("/transaction/prepare", created(**more))
    assert prepared["code"] == "200", prepared
    await wire.pay(prepared)
    return prepared, await client.get(f"/transaction/{prepared['merchantToken']}/status")


async def test_a_payment_from_prepare_to_its_status(client: DotNet, wire: Wire) -> None:
    prepared, told = await paid(client, wire, operation="Sale")
    assert (told["errorCode"], told["status"]) == ("000", "Authorized")
    assert (told["orderID"], told["ctrlCustomData"]) == ("ABC-123456", "Ménage €")
    (attempt,) = told["transactions"]
    assert type(attempt["date"]) is int
    info = await client.get(f"/transaction/{attempt['transactionID']}/info")
    assert (info["transactionID"], info["paymentType"]) == (told["transactionID"], "CreditCard")
    before = await client.post("/transaction/prepare", created(afClientId=7, afPassword="x"))
    told = await client.get(f"/transaction/{before['merchantToken']}/status")
    assert (told["status"], told["errorCode"]) == ("Not processed", "000")
    assert prepared["customerToken"] != before["customerToken"]


async def test_one_class_of_body_for_refund_rebill_capture_and_cancel(
    client: DotNet, wire: Wire
) -> None:
    """The class that prepares, with its own version and every number of it that is not null."""
    _, told = await paid(client, wire, operation="Sale")
    sale = f"/transaction/{told['transactionID']}"
    body = {"apiVersion": "002.50", "secure3d": False}
    # Above what was paid: a rebill is a charge of its own.
    assert (await client.post(f"{sale}/rebill", body | {"amount": 5500}))["code"] == "000"
    assert (await client.post(f"{sale}/refund", body | {"amount": 500}))["code"] == "000"
    for what in ("capture", "cancel"):
        _, told = await paid(client, wire, operation="Authorize")
        answer = await client.post(
            f"/transaction/{told['transactionID']}/{what}", body | {"amount": 1500}
        )
        assert (answer["code"], answer["operation"]) == ("000", what)


@pytest.mark.parametrize("mode", ["Single", "Recurrent"])
async def test_a_subscription_begins_in_either_mode_and_is_cancelled(
    client: DotNet, wire: Wire, mode: str
) -> None:
    _, told = await paid(
        client, wire, paymentMode=mode, subscriptionType="normal", rebillAmount=1000,
        rebillPeriod="P1M", rebillMaxIteration=12, trialPeriod="P7D",
    )  # fmt: skip
    number = told["transactions"][0]["subscriptionID"]
    answer = await client.post(
        f"/subscription/{number}/cancel", {"apiVersion": "002.50", "cancelReason": 1099}
    )
    assert answer["code"] == "200"


async def test_the_account_and_an_export_with_a_query_that_says_nothing(
    client: DotNet, wire: Wire
) -> None:
    _, told = await paid(client, wire)
    now = int(clock.now().timestamp())
    query = f"startTime={now - 60}&endTime={now + 60}&operationsale&transactionResultCode0"
    listed = await client.get(f"/transactions/export?{query}")
    assert told["transactionID"] in [one["transactionID"] for one in listed["transactions"]]
    account = await client.get("/account")
    assert account["paymentMethods"][0]["paymentMethod"] == "CreditCard"


@pytest.mark.parametrize(
    ("method", "body", "shown"),
    [
        ("WeChat", {"mode": "native"}, "webSocketUrl"),
        ("WeChat", {"mode": "quickpay", "quickPayCode": "134567890123456789"}, "transactionInfo"),
        ("Alipay", {"mode": "pos", "notificationLang": "fr"}, "qrCodeUrl"),
        ("Alipay", {"mode": "app", "buyerIdentityCode": "28", "identityCodeType": "qrcode"},
         "transactionInfo"),
    ],
)  # fmt: skip
async def test_wallets_without_the_page(
    client: DotNet, method: str, body: dict[str, Any], shown: str
) -> None:
    prepared = await client.post("/transaction/prepare", created(paymentMethod=method))
    path = f"/payment/{prepared['customerToken']}/process/{method.lower()}/direct"
    told = await client.post(path, {"apiVersion": "002.60", **body})
    assert (told["code"], shown in told) == ("200", True)


# The gateway's client. Its lists and its subscriptions are read into 32 bits.

SALE: dict[str, Any] = {
    "amount": 1000, "currency": "EUR", "orderID": "TEST-CSHARP", "customerIP": "127.0.0.1",
    "cardNumber": "4111111111111111", "cardSecurityCode": "000", "cardHolderName": "Ada Lovelace",
    "cardExpireMonth": "10", "cardExpireYear": "2024", "shopperName": "NA", "shopperAddress": "NA",
    "shopperZipcode": "NA", "shopperCity": "NA", "shopperState": "NA", "shopperCountryCode": "ZZ",
    "shopperPhone": "NA", "shopperEmail": "ada@example.com", "orderAmount": "1000",
    "productID": "P1", "affiliateID": 3, "campaignName": "spring",
}  # fmt: skip


async def sold(client: DotNet, what: str = "sale", **more: Any) -> str:
    told = await client.post(f"/transaction/{what}/creditcard", SALE | more)
    assert told["errorCode"] == "000", told
    return str(told["transactionID"])


async def test_the_gateways_operations_name_their_transaction_twice(client: DotNet) -> None:
    """In the path and in the body, in 32 bits; the referred one comes back as a number."""
    number = await sold(client)
    body = {"amount": 400, "transactionID": number}
    told = await client.post(f"/transaction/{number}/refund", body | {"cancelSubscription": False})
    assert told["errorCode"] == "000"
    refund = (await client.get(f"/transaction/{told['transactionID']}"))["transaction"]
    assert (refund["referralID"], refund["operation"]) == (int(number), "refund")
    rebill = {"amount": 5500, "transactionID": number}
    assert (await client.post(f"/transaction/{number}/rebill", rebill))["errorCode"] == "000"
    for what in ("capture", "cancel"):
        number = await sold(client, "authorize")
        body = {"amount": 1000, "transactionID": number}
        assert (await client.post(f"/transaction/{number}/{what}", body))["errorCode"] == "000"


async def test_the_gateways_lists_take_a_query_that_says_nothing(client: DotNet) -> None:
    number = await sold(client)
    now = int(clock.now().timestamp())
    query = f"startDate={now - 60}&endDate={now + 60}&transactionTypecreditcard"
    for path in ("/transactions", "/transactions/sale"):
        listed = (await client.get(f"{path}?{query}"))["transactionList"]
        assert number in [one["transactionID"] for one in listed]
        assert all(one["date"] for one in listed)
    assert (await client.get(f"/subscriptions?{query}"))["subscriptionList"] == []


async def test_a_subscription_of_the_gateway_fits_into_32_bits(client: DotNet) -> None:
    terms = {
        "subscriptionType": "normal", "rebillAmount": 2599, "rebillPeriod": "P30D",
        "rebillMaxIteration": 12, "trialPeriod": "P3D",
    }  # fmt: skip
    told = await client.post("/transaction/sale/creditcard", SALE | terms)
    place = f"/subscription/{told['subscriptionID']}"
    # No body at all, and JSON said nevertheless.
    converted = await client.post(f"{place}/instantconversion")
    assert converted["errorCode"] == "000"
    found = await client.get(place)
    assert found["subscription"]["transactionID"] == int(told["transactionID"])
    assert len(found["transactionList"]) == 2
    ended = await client.post(f"{place}/cancel", {"cancelReason": 1099})
    assert (ended["errorCode"], ended["subscription"]["cancelReason"]) == ("000", 1099)


async def test_3_d_secure_and_the_black_list_as_the_gateways_client_asks(client: DotNet) -> None:
    card = {
        "amount": 1000, "currency": "EUR", "orderID": "TEST-3DS", "customerIP": "127.0.0.1",
        "cardNumber": "4111111111111111", "cardSecurityCode": "000",
        "cardHolderEmail": "ada@example.com", "cardExpireMonth": "10", "cardExpireYear": "2024",
    }  # fmt: skip
    checked = await client.post("/transaction/3dscheck/creditcard", card)
    assert checked["errorCode"] == "000"
    assert {"ACSUrl", "PaReq", "transactionID"} <= set(checked)
    parsed = await client.post(
        f"/transaction/{checked['transactionID']}/3dsparse",
        {"transactionID": checked["transactionID"], "PaRes": "garbage"},
    )
    assert parsed["errorCode"] != "000"
    number = await sold(client)
    flags = {"cardNumberBlackList": "0", "shopperEmailBlackList": "0", "customerIPBlackList": "1"}
    assert (await client.post(f"/transaction/{number}/blacklist", flags))["errorCode"] == "000"
    value = {"valueType": "customerIP", "value": "203.0.113.99"}
    assert (await client.post("/blacklist", value))["errorCode"] == "000"


async def test_what_a_nested_shop_prepared_is_read_by_the_flat_client(
    client: DotNet, wire: Wire
) -> None:
    prepared = await wire.post("/payment/prepare", nested())
    await wire.pay(prepared)
    told = await client.get(f"/transaction/{prepared['merchantToken']}/status")
    assert (told["shopperName"], told["paymentType"]) == ("Ada Lovelace", "CreditCard")
