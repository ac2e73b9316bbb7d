"""The request log: what is kept of a request, what never is, for whom, and for how long."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from comptoir import traffic
from comptoir.kit import clock, db
from comptoir.traffic import redaction, request
from kit import VISA, Shop
from kit_office import Clerk, clerk
from kit_wire import Wire, nested

PATH = "/office/developers/requests"
HOLDER = "Ottilie Kept"


@pytest.fixture(autouse=True)
def _nothing_waits() -> Iterator[None]:
    """Each test begins with an empty buffer, and with all bodies allowed."""
    request._waiting = request._Waiting()
    yield
    request._waiting = request._Waiting()


async def kept(shop: Shop) -> list[dict[str, Any]]:
    """A company's lines, newest first."""
    await traffic.flush()
    async with db.transaction(company=shop.company.id) as tx:
        rows = await tx.rows(
            "select door, method, path, query, status, code, live, request_id, milliseconds,"
            " request, answer, originator_id from api_request order by id desc limit 1000"
        )
    return [dict(row) for row in rows]


async def rows(who: Clerk, q: str = "") -> int:
    return (await who.page(PATH, q=q)).count("<tr data-href=")


async def test_a_request_of_each_door_is_kept_with_what_explains_it(shop: Shop) -> None:
    await shop.pay(card={"number": VISA, "expiry_month": 10, "expiry_year": 2030, "cvc": "123",
                         "holder": HOLDER})  # fmt: skip
    await Wire(shop).prepare()
    wire, api = await kept(shop)
    assert (api["door"], api["method"], api["path"], api["status"]) == (
        "api", "POST", "/api/v1/payments", 201,
    )  # fmt: skip
    assert (wire["door"], wire["path"], wire["status"], wire["code"]) == (
        "wire", "/payment/prepare", 200, "200",
    )  # fmt: skip
    assert api["originator_id"] == shop.originator.id
    assert api["request"]["card"]["number"] == "411111••••••1111"
    assert api["answer"]["status"] == "succeeded"
    assert wire["request"]["currency"] == "EUR"
    assert len(api["request_id"]) == 16


async def test_nothing_that_could_be_used_is_kept(shop: Shop) -> None:
    wire = Wire(shop)
    prepared = await wire.prepare(ctrlCustomData="basket 7")
    await wire.status(prepared)
    body = {
        "amount": 100, "currency": "EUR", "orderID": "1", "customerIP": "192.0.2.1",
        "cardNumber": "4111 1111 1111 1111", "cardSecurityCode": "987", "cardExpireMonth": "09",
        "cardExpireYear": "2031", "cardHolderName": HOLDER, "comment": f"card {VISA}",
        "CRes": "eyJwcm9vZiI6MX0",
    }  # fmt: skip
    await wire.post("/gateway/transaction/sale/creditcard", body)
    await wire.get("/transactions/export", startTime="1", endTime="2", card=VISA)
    text = str(await kept(shop))
    for secret in (
        prepared["merchantToken"], prepared["customerToken"], shop.secret, VISA, "4111 1111",
        HOLDER, "'987'", "'2031'", "eyJwcm9vZiI6MX0", "Basic ",
    ):  # fmt: skip
        assert secret not in text, secret
    assert "basket 7" in text
    assert "/payment/{token}/status" in text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        (b"", None), (b"not json at all", "[15 bytes that are not JSON]"),
        (b"x" * 20_000, "[more than 16384 bytes]"),
        (b'{"url":"https://pay.example/payment/abcdefghijklmnopqrstuv?x=1"}',
         {"url": "https://pay.example/payment/[redacted]?x=1"}),
        (b'{"a":{"b":[{"cvc":"123"}]}}', {"a": {"b": [{"cvc": "[redacted]"}]}}),
        (b'{"card":4111111111111111.0}', {"card": "[redacted]"}),
        (b'{"card":4.111111111111111e15}', {"card": "[redacted]"}),
        (b'{"securityCode":"123","cid":"123","csc":1,"verification_value":"123"}',
         {"securityCode": "[redacted]", "cid": "[redacted]", "csc": "[redacted]",
          "verification_value": "[redacted]"}),
        (b'{"note":"4111.1111.1111.1111 4111/1111/1111/1111 4111  1111  1111  1111"}',
         {"note": "[redacted] [redacted] [redacted]"}),
        (b'{"number":"4111.1111.1111.1111"}', {"number": "[redacted]"}),
        (b'{"rate":0.41,"price":15.5}', {"rate": 0.41, "price": 15.5}),
        (b'{"number":100019}', {"number": 100019}), (b'{"number":"abc"}', {"number": "[redacted]"}),
        (b'{"card":null}', {"card": None}), (b"[1,2]", [1, 2]),
        (b'{"\xff":1}', "[7 bytes that are not JSON]"),
    ],
)  # fmt: skip
def test_what_is_kept_of_a_body(given: bytes, shown: Any) -> None:
    assert redaction.body(given) == shown


async def test_a_stranger_and_a_page_leave_no_line(shop: Shop) -> None:
    who = await clerk(shop)
    await who.page("/office/")
    await Wire(shop).ask("GET", "/transaction/nowhere/to/be/found")
    async with shop.client as client:
        client.auth = None
        await client.get("/api/v1/payments")
        await client.get("/account", auth=(str(shop.originator.number), "test_wrong"))
    assert await kept(shop) == []


async def test_a_large_answer_is_unpacked_or_only_counted(shop: Shop) -> None:
    for _ in range(3):
        await shop.paid()
    await traffic.flush()
    await shop.get("/payments", limit=100)
    (line, *_) = await kept(shop)
    assert line["answer"]["data"][0]["currency"] == "EUR"


async def test_each_company_and_mode_has_a_log_of_its_own(shop: Shop, other_shop: Shop) -> None:
    await shop.paid()
    live = await shop.with_key(live=True)
    await live.get("/payments")
    assert [line["live"] for line in await kept(shop)] == [True, False]
    assert await kept(other_shop) == []
    mine, theirs = await clerk(shop, "developer"), await clerk(other_shop)
    page = await mine.page(PATH)
    address = page.split('<tr data-href="')[1].split('"')[0]
    assert await rows(mine) == 1
    assert await rows(theirs) == 0
    assert (await theirs.ask("GET", address)).status_code == 404
    assert "Idempotency" not in await mine.page(address)
    await mine.look(live=True)
    assert (await mine.ask("GET", address)).status_code == 404


async def test_the_log_is_searched(shop: Shop) -> None:
    await shop.paid()
    await Wire(shop).post("/payment/prepare", {})
    await Wire(shop).prepare()
    lines = await kept(shop)
    who = await clerk(shop)
    for query, found in {
        "method:post": 3, "method:get": 0, "path:/payment/prepare": 2, "status:2xx": 3,
        "status:201": 1, "-status:201": 2, "code:401": 1, "code:200,401": 2, "door:wire": 2,
        f"originator:{shop.originator.number}": 3, "originator:1": 0, "prepare": 2,
        f"id:{lines[0]['request_id']}": 1, lines[1]["request_id"]: 1, "ms:>60000": 0,
        "from:2020-01-01 to:2100-01-01": 3, "to:2020-01-01": 0, "to:2020-01-01 door:wire": 0,
    }.items():  # fmt: skip
        assert await rows(who, query) == found, query
    for wrong in ("status:ok", "ms:fast", "door:back", "from:yesterday"):
        assert (await who.ask("GET", PATH, params={"q": wrong})).status_code == 422


async def test_pages_are_walked_by_cursor(shop: Shop) -> None:
    for _ in range(55):
        await shop.get("/payments", limit=1)
    await traffic.flush()
    who = await clerk(shop)
    page = await who.page(PATH)
    assert page.count("<tr data-href=") == 50
    older = page.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    assert (await who.page(older)).count("<tr data-href=") == 5


async def test_under_load_bodies_go_first_and_then_lines(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "MAX_BODIES", 2)
    monkeypatch.setattr(request, "MAX_WAITING", 4)
    for _ in range(6):
        await shop.get("/payments", limit=1)
    lines = await kept(shop)
    assert [line["answer"] is not None for line in lines] == [False, False, True, True]


async def test_lines_are_written_by_themselves_and_the_last_ones_at_the_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request, "PAUSE", 0)
    traffic.start()
    await shop.get("/payments")
    for _ in range(1000):
        await asyncio.sleep(0.001 if request._waiting.turn is None else 0)
        if request._waiting.turn is not None:
            await request._waiting.turn
            break
    async with db.transaction(company=shop.company.id) as tx:
        assert await tx.value("select count(*) from api_request") == 1
    await shop.get("/payments")
    await traffic.stop()
    async with db.transaction(company=shop.company.id) as tx:
        assert await tx.value("select count(*) from api_request") == 2


async def test_a_log_that_cannot_be_written_disturbs_nobody(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.paid()

    async def away(_: Any) -> None:
        raise OSError

    monkeypatch.setattr(request, "_write", away)
    assert await traffic.flush() == 0
    monkeypatch.undo()
    assert await kept(shop) == []


async def test_lines_are_forgotten_after_the_days_of_the_settings(
    shop: Shop, held_clock: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await shop.get("/payments")
    await traffic.flush()
    clock.advance(timedelta(days=6))
    await shop.get("/payments")
    await traffic.flush()
    clock.advance(timedelta(days=2))
    await traffic.prune()
    assert len(await kept(shop)) == 1
    monkeypatch.setenv("COMPTOIR_REQUEST_LOG_DAYS", "0")
    traffic.start()
    await shop.get("/payments")
    await traffic.stop()
    assert len(await kept(shop)) == 1


async def test_a_line_is_seen_whole_by_who_may(shop: Shop) -> None:
    await Wire(shop).post("/payment/prepare", nested(amount="odd"))
    await traffic.flush()
    who, viewer = await clerk(shop, "developer"), await clerk(shop, "viewer")
    page = await who.page(PATH)
    address = page.split('<tr data-href="')[1].split('"')[0]
    whole = await who.page(address)
    assert "amount must be a whole number" in whole
    assert "/payment/prepare" in whole
    assert (await viewer.ask("GET", PATH)).status_code == 403
    assert (await viewer.ask("GET", address)).status_code == 403
