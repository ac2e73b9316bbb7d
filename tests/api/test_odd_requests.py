"""Requests that no honest client sends: each one is refused in words, and none crashes."""

import json
from typing import Any

import pytest

from kit import Shop

CARD = {"number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030}
BODY: dict[str, Any] = {"amount": 100, "currency": "EUR", "order_id": "o", "card": CARD}
HUGE = 10**400

QUERIES = [
    "number:²", "card:١١١١", "card:²²²²", "result:²", "result:٣٣٣", "originator:²", "²", "٣٣٣٣",
    "number:9999999999", "originator:999999999", "9999999999", "amount:>999999999999999.9999",
    "amount:1e5", "amount:1..", "amount:..", "amount:²", "from:0001-01-01", "to:9999-12-31",
    "from:9999-12-31T23:59:59-23:59", "from:0001-01-01T00:00:00+23:59", "from:2026-13-01",
    "from:2026-W01-1", "country:\x00", "\x00", "email:\x00", "order:%", "status:\x00",
    "consumer:con_", "payment:pay_zzz", "account:acc_" + "z" * 26, "op_" + "7" * 26,
    "import:imp_" + "0" * 26, "kind:", "q:" * 100, '"', "brand:" + "x" * 400, "currency:€",
    "status:declined,\x00", "-country:ES", "-card:1111", "\U0001f600", "\ufffe",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/transactions", "/transactions/totals", "/consumers"])
async def test_no_search_crashes(shop: Shop, path: str) -> None:
    await shop.paid(shopper={"email": "ada@shop.example"})
    for query in QUERIES:
        answer = await shop.get(path, q=query)
        assert answer.status_code in {200, 400, 422}, (query, answer.text)


@pytest.mark.parametrize("path", ["/transactions", "/payments", "/consumers", "/events"])
@pytest.mark.parametrize(
    "given",
    [
        {"cursor": "n"}, {"cursor": "x" * 501}, {"cursor": "nWzFd"}, {"cursor": "n\x00"},
        {"cursor": "nWyIyMDI2LTAxLTAxIiwieCJd"}, {"limit": "0"}, {"limit": "-1"},
        {"limit": str(HUGE)}, {"limit": "1e3"}, {"limit": ""}, {"limit": "٣"},
        {"order_id": "\x00"}, {"order_id": "x" * 5000}, {"consumer": "con_\x00"},
        {"after": "1-"}, {"after": "²-1"}, {"after": f"{10**18}-{10**18}"}, {"after": "\x00"},
    ],
    ids=str,
)  # fmt: skip
async def test_no_parameter_crashes(shop: Shop, path: str, given: dict[str, str]) -> None:
    answer = await shop.get(path, **given)
    assert answer.status_code in {200, 400, 404, 422}, answer.text


@pytest.mark.parametrize(
    "name",
    [
        "0", "-1", "00000000001", "9999999999", "99999999999", "²", "٣", "op_", "op_" + "z" * 26,
        "pay_" + "0" * 26, "%00", "%2e%2e", "x" * 3000, "op_" + "0" * 25 + "%C3%A9", "null", " ",
    ],
)  # fmt: skip
async def test_a_name_of_nothing_is_not_found(shop: Shop, name: str) -> None:
    for path in ("/operations/{}", "/payments/{}", "/consumers/{}", "/operations/{}/refunds"):
        post = path.endswith("refunds")
        answer = await (shop.post if post else shop.get)(path.format(name))
        assert answer.status_code == 404, (path, answer.text)
        assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    "change",
    [
        {"amount": HUGE}, {"amount": 2**63}, {"amount": -1}, {"amount": 0}, {"amount": 1.5},
        {"amount": "ten"}, {"amount": None}, {"amount": True}, {"currency": "EUR "},
        {"currency": "eur"}, {"currency": "ZZZ"}, {"order_id": ""}, {"order_id": "\x00"},
        {"order_id": "x" * 101}, {"order_id": "\ud800"}, {"card": None}, {"card": []},
        {"card": {}}, {"card": {**CARD, "token": "card_" + "0" * 26}},
        {"card": {**CARD, "expiry_month": 13}}, {"card": {**CARD, "number": "4" * 19}},
        {"card": {**CARD, "number": "٤" * 16}}, {"shopper": {"email": "\x00@x"}},
        {"shopper": {"ip": "::::"}}, {"shopper": {"country": "\x00\x00"}}, {"unknown": 1},
        {"operation": "refund"}, {"return_url": "javascript:alert(1)"}, {"custom": "\x00"},
        {"shopper": {"name": "x" * 129}}, {"description": "\x00"},
    ],
    ids=lambda change: str(change)[:60],
)  # fmt: skip
async def test_a_body_that_cannot_be_used_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    answer = await raw(shop, json.dumps({**BODY, **change}).encode())
    usable = change == {"shopper": {"ip": "::::"}}
    assert answer.status_code in ({201} if usable else {400, 422}), answer.text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"unknown": 1}, "/unknown"), ({"card": {**CARD, "colour": 1}}, "/card/colour"),
        ({"currency": ...}, "/currency"),
    ],
)  # fmt: skip
async def test_a_field_that_is_unknown_or_missing_is_named(
    shop: Shop, change: dict[str, Any], pointer: str
) -> None:
    given = {name: value for name, value in {**BODY, **change}.items() if value is not ...}
    answer = await raw(shop, json.dumps(given).encode())
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer], answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b'{"amount": NaN}', b"[" * 100_000,
        b'{"a":' * 5000, b"1" * 5000, b'{"order_id": "\\ud800"}', b"\x00",
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
async def test_a_body_that_is_not_json_is_refused(shop: Shop, body: bytes) -> None:
    answer = await raw(shop, body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_body_that_is_too_large_is_refused(shop: Shop) -> None:
    answer = await raw(shop, b'{"order_id": "' + b"x" * 1_100_000 + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "1 000 000 bytes" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "x", ""])
async def test_another_content_type_changes_nothing(shop: Shop, kind: str) -> None:
    answer = await raw(shop, json.dumps(BODY).encode(), **{"content-type": kind})
    assert answer.status_code in {201, 400, 415}, answer.text


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "PUT", "TRACE", "QUERY"])
async def test_another_method_is_not_allowed(shop: Shop, method: str) -> None:
    async with shop.client as client:
        answer = await client.request(method, "/api/v1/payments")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in answer.json()["detail"]
    assert "POST" in answer.json()["detail"]
    assert answer.headers["content-type"] == "application/problem+json"
    assert set(answer.headers["allow"].replace(" ", "").split(",")) == {"GET", "OPTIONS", "POST"}


@pytest.mark.parametrize(
    "header",
    [
        "", "Basic", "Basic !!!", "Basic YQ==", "Basic OjpzZWNyZXQ=", "Bearer x", "Basic /w==",
        "Basic AAAA", "Digest a", "Basic " + "QQ" * 5000,
        "Basic wrI6eA==",  # ²:x
        "Basic MTAwMDAxOgAA",  # A NUL in the key.
        "Basic cGxhdGZvcm06AA==",
    ],
)  # fmt: skip
async def test_a_credential_that_is_none_is_refused(shop: Shop, header: str) -> None:
    async with shop.client as client:
        answer = await client.get(
            "/api/v1/payments", headers={"authorization": header}, auth=lambda request: request
        )
    assert answer.status_code == 401, answer.text
    assert answer.headers["www-authenticate"].startswith("Basic")


async def raw(shop: Shop, body: bytes, **headers: str) -> Any:
    sent = {"content-type": "application/json", **headers}
    async with shop.client as client:
        return await client.post("/api/v1/payments", content=body, headers=sent)
