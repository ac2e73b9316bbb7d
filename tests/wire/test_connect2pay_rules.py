"""The dozen rules that break clients, each from both sides."""

from typing import Any

import httpx
import pytest

from comptoir.kit import db
from kit_wire import Wire, check_rules, nested


async def prepared_with(wire: Wire, **more: Any) -> dict[str, Any]:
    """The status of a payment prepared with these fields."""
    return await wire.status(await wire.prepare(**more))


async def refusal(wire: Wire, body: Any) -> tuple[str, str]:
    answer = await wire.post("/payment/prepare", body)
    return answer["code"], answer["message"]


# Rule 1: business outcomes are HTTP 200; a bad credential 403, an unknown path 404, always JSON.


@pytest.mark.parametrize(
    "header",
    [
        None, "Basic", "Basic ???", "Basic " + "w6n/", "Bearer abc", "Basic bm9jb2xvbg==",
        "Basic MTAwMDAxOndyb25n", "Basic cGxhdGZvcm06d3Jvbmc=", b"Basic \xff:\xff",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/payment/prepare"), ("GET", "/account"), ("POST", "/transaction/sale/creditcard")],
)
async def test_a_bad_credential_is_403_with_json(
    wire: Wire, header: str | bytes | None, method: str, path: str
) -> None:
    transport = httpx.ASGITransport(app=wire.shop.app)  # type: ignore[arg-type]
    headers = {} if header is None else {"Authorization": header}
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        answer = await client.request(method, path, headers=headers)
    check_rules(answer)
    assert answer.status_code == 403
    assert (answer.json()["code"], answer.json()["errorCode"]) == ("403", "403")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/payment/AAECAwQFBgcICQoLDA0ODw/status"), ("GET", "/payment/x/status"),
        ("GET", "/transaction/12/nothing"), ("POST", "/transaction/12/nothing"),
        ("POST", "/payment/prepare/more/than/that"), ("DELETE", "/payment/prepare"),
        ("GET", "/payment/prepare/%00"), ("POST", "/connect2pay/nothing"),
        ("GET", "/transactions/nothing"),
    ],
)  # fmt: skip
async def test_an_unknown_path_or_token_is_404_with_json(
    wire: Wire, method: str, path: str
) -> None:
    answer = await wire.ask(method, path)
    assert (answer.status_code, answer.json()["code"]) == (404, "404")


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b"[1]", b'"text"', b"12", b"null", b"{'a': 1}", b"[" * 100_000, b"{}}"],
)
@pytest.mark.parametrize(
    "path", ["/payment/prepare", "/transaction/12/refund", "/transaction/sale/creditcard"]
)
async def test_a_body_that_is_no_object_is_402_in_a_200(wire: Wire, path: str, body: bytes) -> None:
    answer = await wire.ask("POST", path, content=body)
    assert (answer.status_code, answer.json()["code"]) == (200, "402")


async def test_a_body_over_the_limit_is_answered_too(wire: Wire) -> None:
    answer = await wire.ask("POST", "/payment/prepare", content=b" " * 1_200_000)
    assert (answer.status_code, answer.json()["code"]) == (200, "402")


@pytest.mark.parametrize(
    ("changes", "code", "name"),
    [
        ({"apiVersion": None}, "401", "apiVersion"), ({"currency": None}, "401", "currency"),
        ({"amount": None}, "401", "amount"), ({"paymentMode": None}, "401", "paymentMode"),
        ({"order": None}, "401", "order.id"), ({"order": {}}, "401", "order.id"),
        ({"shopper": None}, "401", "shopper"), ({"amount": 0}, "501", "amount"),
        ({"amount": -5}, "501", "amount"), ({"amount": 1_000_000_000}, "501", "amount"),
        ({"amount": "ten"}, "501", "amount"), ({"amount": True}, "501", "amount"),
        ({"amount": 10.5}, "501", "amount"), ({"amount": [1]}, "501", "amount"),
        ({"currency": "USD"}, "501", "currency"), ({"currency": "XXX"}, "501", "currency"),
        ({"paymentMode": "Twice"}, "501", "paymentMode"),
        ({"paymentMethod": "Cash"}, "501", "paymentMethod"),
        ({"paymentMethod": "BankTransfer"}, "401", "paymentNetwork"),
        ({"paymentNetwork": "carrier pigeon"}, "501", "paymentNetwork"),
        ({"operation": "steal"}, "501", "operation"),
        ({"ctrlCallbackURL": "ftp://shop.example"}, "501", "ctrlCallbackURL"),
        ({"ctrlRedirectURL": "javascript:alert(1)"}, "501", "ctrlRedirectURL"),
        ({"ctrlRedirectURL": "https://" + "a" * 2048}, "501", "ctrlRedirectURL"),
        ({"ctrlCustomData": "a" * 2049}, "501", "ctrlCustomData"),
        ({"timeOut": "tomorrow"}, "501", "timeOut"),
        ({"timeOut": "P0D"}, "501", "timeOut"),
        ({"timeOut": "0"}, "501", "timeOut"),
        ({"subscriptionType": "normal"}, "401", "rebillAmount"),
        ({"subscriptionType": "normal", "rebillAmount": 5}, "501", "rebillMaxIteration"),
        ({"subscriptionType": "sometimes"}, "501", "subscriptionType"),
    ],
)  # fmt: skip
async def test_a_field_that_decides_is_refused_by_name(
    wire: Wire, changes: dict[str, Any], code: str, name: str
) -> None:
    told, message = await refusal(wire, nested(**changes))
    assert told == code
    assert name in message


async def test_an_absent_transaction_and_anothers_are_both_312(
    wire: Wire, other_wire: Wire
) -> None:
    _, number = await wire.paid()
    body = {"apiVersion": "002.73", "amount": 100}
    for name in (number, "2147483647", "99999999999", "abc", "1e3", "-1"):
        for what in ("refund", "rebill", "cancel", "capture"):
            answer = await other_wire.post(f"/transaction/{name}/{what}", body)
            assert (answer["code"], answer["message"]) == ("312", "Transaction not found")
        assert (await other_wire.get(f"/transaction/{name}/info"))["code"] == "312"
    live = Wire(await wire.shop.with_key(live=True))
    assert (await live.post(f"/transaction/{number}/refund", body))["code"] == "312"


async def test_anothers_payment_is_as_absent_as_none(wire: Wire, other_wire: Wire) -> None:
    prepared = await wire.prepare()
    path = f"/payment/{prepared['merchantToken']}/status"
    theirs = await other_wire.ask("GET", path)
    nobodys = await other_wire.ask("GET", "/payment/AAECAwQFBgcICQoLDA0ODw/status")
    assert (theirs.status_code, theirs.content) == (nobodys.status_code, nobodys.content)
    by_customer = await wire.ask("GET", f"/payment/{prepared['customerToken']}/status")
    assert by_customer.status_code == 404


# Rule 2: codes are strings; prepare and subscription cancel say "200", the others "000".


async def test_follow_ups_say_000_and_name_the_new_transaction(wire: Wire) -> None:
    _, number = await wire.paid(operation="Authorize")
    body = {"apiVersion": "002.73", "amount": 1500}
    capture = await wire.post(f"/transaction/{number}/capture", body)
    assert capture["code"] == "000"
    captured = capture["transactionID"]
    assert (await wire.post(f"/transaction/{captured}/refund", body))["code"] == "000"
    above = await wire.post(f"/transaction/{number}/rebill", body | {"amount": 5500})
    assert above["code"] == "000"
    _, other = await wire.paid(operation="authorize")
    assert (await wire.post(f"/transaction/{other}/cancel", body))["code"] == "000"


async def test_refusals_of_follow_ups_have_their_codes(wire: Wire) -> None:
    _, number = await wire.paid()
    ask = {"apiVersion": "002.73"}
    path = f"/transaction/{number}/refund"
    assert (await wire.post(path, ask | {"amount": 1501}))["code"] == "064"
    assert (await wire.post(path, ask))["code"] == "401"
    assert (await wire.post(path, ask | {"amount": "x"}))["code"] == "501"
    assert (await wire.post(path, ask | {"amount": 1000}))["code"] == "000"
    assert (await wire.post(path, ask | {"amount": 1000}))["code"] == "080"
    assert (await wire.post(f"/transaction/{number}/capture", ask | {"amount": 1}))["code"] == "012"
    declined = await wire.post(path, ask | {"amount": 51})
    assert declined["code"] == "000"


# Rule 4: closed lists: any case comes in, only canonical spelling goes out.


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("creditcard", "CreditCard"), ("CREDITCARD", "CreditCard"), ("wechat", "WeChat"),
        ("AliPay", "Alipay"), ("alipay", "Alipay"), ("directdebit", "DirectDebit"),
        ("upi", "Upi"), ("UPI", "Upi"),
    ],
)  # fmt: skip
async def test_payment_methods_in_any_case(wire: Wire, given: str, canonical: str) -> None:
    assert (await prepared_with(wire, paymentMethod=given))["paymentType"] == canonical


@pytest.mark.parametrize("mode", ["single", "ONSHIPPING", "recurrent", "instalmentspayments"])
async def test_payment_modes_in_any_case(wire: Wire, mode: str) -> None:
    assert (await wire.prepare(paymentMode=mode))["code"] == "200"


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("iDeal", "ideal"), ("GiroPay", "giropay"), ("SOFORT", "sofort"), ("EPS", "eps")],
)
async def test_networks_in_any_case(wire: Wire, given: str, canonical: str) -> None:
    told = await prepared_with(wire, paymentMethod="banktransfer", paymentNetwork=given)
    assert told["provider"] == canonical


@pytest.mark.parametrize(("given", "canonical"), [("Sale", "sale"), ("AUTHORIZE", "authorize")])
async def test_operations_in_any_case(wire: Wire, given: str, canonical: str) -> None:
    assert (await prepared_with(wire, operation=given))["operation"] == canonical


@pytest.mark.parametrize(
    ("name", "known", "unknown"),
    [
        ("type", ["01", "03", "10", "11", "28", 1], ["02", "", None, "physical"]),
        ("shippingType", ["01", "07", 5], ["08", "", "Nowhere"]),
        ("deliveryDelay", ["01", "04"], ["05", "", "soon"]),
    ],
)
async def test_descriptive_words_are_kept_when_known_and_left_out_when_not(
    wire: Wire, name: str, known: list[Any], unknown: list[Any]
) -> None:
    for value in known:
        order = (await prepared_with(wire, order={"id": "1", name: value}))["order"]
        assert order[name] == f"{value:0>2}"
    for value in unknown:
        assert name not in (await prepared_with(wire, order={"id": "1", name: value}))["order"]


async def test_a_recurrence_without_a_real_type_is_left_out(wire: Wire) -> None:
    for kind, kept in (("undefined", False), ("", False), ("Infinite", True)):
        order = {"id": "1", "recurrence": {"type": kind, "frequency": 30}}
        told = await prepared_with(wire, order=order)
        assert ("recurrence" in told["order"]) is kept


@pytest.mark.parametrize(
    ("name", "highest"),
    [("age", 5), ("lastChange", 4), ("pwChange", 5), ("shipInfoAge", 4), ("paymentMeanAge", 5)],
)
async def test_account_words_are_closed_lists(wire: Wire, name: str, highest: int) -> None:
    for number in range(highest + 2):
        shopper = {"account": {name: f"{number:02d}", "suspicious": False}}
        prepared = await wire.prepare(shopper=shopper)
        await wire.pay(prepared)
        told = (await wire.status(prepared))["transactions"][0]["shopper"]["account"]
        assert told["suspicious"] is False
        assert (name in told) is (1 <= number <= highest)


async def test_what_older_readers_do_not_know_is_hidden_from_them(wire: Wire) -> None:
    prepared, number = await wire.paid()
    async with db.transaction(company=wire.shop.company.id) as tx:
        await tx.run(
            "update originator set credit_allowed = true where company_id = $1", tx.company
        )
    credit = (await wire.post(f"/transaction/{number}/credit", {"amount": 100}))["transactionID"]
    for version, kinds in (("002.70", ["sale"]), ("002.73", ["credit", "sale"])):
        told = await wire.status(prepared, apiVersion=version)
        assert [one["operation"] for one in told["transactions"]] == kinds
        info = await wire.get(f"/transaction/{credit}/info", apiVersion=version)
        assert info.get("code", "shown") == ("312" if version == "002.70" else "shown")
