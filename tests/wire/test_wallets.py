"""WeChat, Alipay and UPI without the page, in every mode."""

from typing import Any

import pytest

from kit import at_once
from kit_wire import Wire

PHP = {"User-Agent": "PayXpert PHP C2P API Client/2.73.0"}
SCANNED = {"mode": "app", "buyerIdentityCode": "2801", "identityCodeType": "barcode"}


async def processed(
    wire: Wire, method: str, body: dict[str, Any], headers: dict[str, str] | None = None
) -> dict[str, Any]:
    prepared = await wire.prepare(paymentMethod=method)
    path = f"/payment/{prepared['customerToken']}/process/{method.lower()}/direct"
    body = {"apiVersion": "002.73", **body}
    answer = await wire.ask("POST", path, json=body, headers=headers)
    return dict(answer.json())


@pytest.mark.parametrize(
    ("method", "mode"), [("WeChat", "native"), ("Alipay", "pos"), ("Upi", "pos")]
)
async def test_a_code_to_scan_waits_for_the_shopper(wire: Wire, method: str, mode: str) -> None:
    told = await processed(wire, method, {"mode": mode})
    assert (told["code"], told["exchangeRate"]) == ("200", 1)
    assert told["qrCode"].startswith("iVBOR")
    assert told["webSocketUrl"].startswith("ws://")
    info = await wire.get(f"/transaction/{told['transactionID']}/info", apiVersion="002.73")
    assert (info["paymentMethod"], info["status"], info["resultCode"]) == (method, "Pending", "998")


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("WeChat", {"mode": "native"}), ("WeChat", {"mode": "sdk"}), ("Alipay", {"mode": "pos"}),
        ("Alipay", SCANNED), ("Upi", {"mode": "pos"}),
    ],
)  # fmt: skip
async def test_a_refused_payment_is_told_by_its_code_and_opens_no_wallet(
    wire: Wire, method: str, body: dict[str, Any]
) -> None:
    await wire.post("/blacklist", {"valueType": "shopperEmail", "value": "ada@example.com"})
    told = await processed(wire, method, body)
    assert told["code"] == "501"
    opening = {"qrCode", "qrCodeUrl", "webSocketUrl", "rawRequest", "packageStr", "transactionInfo"}
    assert not opening & set(told)
    info = await wire.get(f"/transaction/{told['transactionID']}/info", apiVersion="002.73")
    assert info["resultCode"] == told["code"]


@pytest.mark.parametrize("headers", [None, PHP])
async def test_a_code_that_was_shown_is_paid_at_once(
    wire: Wire, headers: dict[str, str] | None
) -> None:
    alipay = await processed(wire, "Alipay", SCANNED, headers)
    body = {"mode": "quickpay", "quickPayCode": "134567890123456789"}
    wechat = await processed(wire, "WeChat", body, headers)
    for told in (alipay, wechat):
        assert told["code"] == "200"
        # A field that one client's classes for both wallets die of; it asks for the transaction.
        assert ("transactionInfo" in told) is (headers is None)
        info = await wire.get(f"/transaction/{told['transactionID']}/info", apiVersion="002.73")
        assert (info["status"], info["resultCode"]) == ("Authorized", "000")
    refund = {"apiVersion": "002.73", "amount": 100}
    path = f"/transaction/{wechat['transactionID']}/refund"
    assert (await wire.post(path, refund))["code"] == "000"


@pytest.mark.parametrize("headers", [None, PHP])
async def test_apps_get_what_opens_their_wallet(wire: Wire, headers: dict[str, str] | None) -> None:
    sdk = await processed(wire, "WeChat", {"mode": "sdk"}, headers)
    assert {"appId", "partnerId", "prepayId", "packageStr", "nonceStr", "timestamp"} <= set(sdk)
    assert ("sign" in sdk) is (headers is None)
    mini = await processed(wire, "WeChat", {"mode": "miniprogram"}, headers)
    assert {"appId", "packageStr", "nonceStr", "timestamp", "paySign", "signType"} <= set(mini)
    alipay = await processed(wire, "Alipay", {"mode": "sdk"}, headers)
    assert alipay["rawRequest"]


@pytest.mark.parametrize(
    ("method", "body", "code"),
    [
        ("WeChat", {}, "401"), ("WeChat", {"mode": "pos"}, "501"),
        ("WeChat", {"mode": "quickpay"}, "401"), ("Alipay", {"mode": "app"}, "401"),
        ("Alipay", SCANNED | {"identityCodeType": "face"}, "401"), ("Upi", {"mode": "sdk"}, "501"),
    ],
)  # fmt: skip
async def test_what_a_mode_needs_is_asked_for(
    wire: Wire, method: str, body: dict[str, Any], code: str
) -> None:
    assert (await processed(wire, method, body))["code"] == code


QUICK = {"mode": "quickpay", "quickPayCode": "134567890123456789"}


async def called(wire: Wire, token: str, method: str, body: dict[str, Any]) -> dict[str, Any]:
    path = f"/payment/{token}/process/{method.lower()}/direct"
    return await wire.post(path, {"apiVersion": "002.73", **body})


async def numbers(wire: Wire, prepared: dict[str, Any]) -> list[str]:
    status = await wire.status(prepared, apiVersion="002.73")
    return [attempt["transactionID"] for attempt in status["transactions"]]


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("WeChat", {"mode": "native"}), ("WeChat", {"mode": "sdk"}), ("WeChat", QUICK),
        ("WeChat", {"mode": "miniprogram"}), ("Alipay", {"mode": "pos"}), ("Alipay", SCANNED),
        ("Alipay", {"mode": "sdk"}), ("Upi", {"mode": "pos"}),
    ],
)  # fmt: skip
async def test_a_call_whose_answer_was_lost_is_told_of_the_same_payment_again(
    wire: Wire, method: str, body: dict[str, Any]
) -> None:
    prepared = await wire.prepare(paymentMethod=method)
    first = await called(wire, prepared["customerToken"], method, body)
    again = await called(wire, prepared["customerToken"], method, body)
    assert (first["code"], again["code"]) == ("200", "200")
    # An address to watch is sealed anew each time, and a moment is a moment.
    moving = {"webSocketUrl", "timestamp"}
    assert {n: v for n, v in again.items() if n not in moving} == {
        n: v for n, v in first.items() if n not in moving
    }
    assert set(again) == set(first)
    assert await numbers(wire, prepared) == [first["transactionID"]]


@pytest.mark.parametrize("body", [{"mode": "native"}, QUICK])
async def test_two_calls_at_once_are_one_payment(wire: Wire, body: dict[str, Any]) -> None:
    prepared = await wire.prepare(paymentMethod="WeChat")
    token = prepared["customerToken"]
    told = await at_once(5, lambda: called(wire, token, "WeChat", body))
    assert {one["code"] for one in told} == {"200"}
    assert {one["transactionID"] for one in told} == set(await numbers(wire, prepared))
    assert len(await numbers(wire, prepared)) == 1


async def test_another_mode_or_another_wallet_is_not_the_same_call(wire: Wire) -> None:
    prepared = await wire.prepare(paymentMethod=None)
    token = prepared["customerToken"]
    first = await called(wire, token, "WeChat", {"mode": "native"})
    for method, body in (("WeChat", QUICK), ("Alipay", {"mode": "pos"})):
        other = await called(wire, token, method, body)
        assert (other["code"], "transactionID" in other) == ("012", False)
    assert await numbers(wire, prepared) == [first["transactionID"]]


async def test_an_order_prepared_again_is_a_payment_of_its_own(wire: Wire) -> None:
    """Its tokens are others: what the first one was answered would be another payment's."""
    made = [await wire.prepare(paymentMethod="WeChat", order={"id": "same"}) for _ in range(2)]
    told = [await called(wire, one["customerToken"], "WeChat", QUICK) for one in made]
    assert told[0]["transactionID"] != told[1]["transactionID"]


async def test_another_method_and_another_shop_are_refused(wire: Wire, other_wire: Wire) -> None:
    prepared = await wire.prepare(paymentMethod="CreditCard")
    path = f"/payment/{prepared['customerToken']}/process/upi/direct"
    body = {"apiVersion": "002.73", "mode": "pos"}
    assert (await wire.post(path, body))["code"] == "501"
    assert (await other_wire.ask("POST", path, json=body)).status_code == 404


async def test_upi_is_hidden_from_closed_lists(wire: Wire) -> None:
    told = await processed(wire, "Upi", {"mode": "pos"})
    hidden = await wire.get(f"/transaction/{told['transactionID']}/info", apiVersion="002.70")
    assert hidden["code"] == "312"


@pytest.mark.parametrize(("version", "told"), [("002.60", False), ("002.73", True)])
async def test_no_older_status_names_upi_before_or_after_the_payment(
    wire: Wire, version: str, told: bool
) -> None:
    prepared = await wire.prepare(paymentMethod="Upi")
    path = f"/payment/{prepared['customerToken']}/process/upi/direct"
    for step in ("prepared", "waiting"):
        status = await wire.status(prepared, apiVersion=version)
        assert (status.get("paymentType") == "Upi", "Upi" in str(status)) == (told, told), step
        await wire.post(path, {"apiVersion": "002.73", "mode": "pos"})
