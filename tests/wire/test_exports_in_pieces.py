"""An export is made and sent in pieces: others are served meanwhile, and no byte of it changes."""

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable
from urllib.parse import urlencode

import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar

from comptoir.kit import db
from comptoir.payments import window as operations
from comptoir.subscriptions import window as agreements
from comptoir.wire import windows
from comptoir.wire.connect2pay import export
from comptoir.wire.gateway import doors
from kit import Shop, make_shop
from kit_wire import Wire, a_subscription, check_rules
from payments.test_nothing_cut import FILL_PAYMENTS, FILL_SALES, fill

ROWS, PIECE = 8, 3
# Several of one moment, so that a piece ends between them.
IN_FOURS = FILL_PAYMENTS.replace("now() - n *", "now() - n / 4 *")
LISTS = {
    "/transactions/export": "transactions",
    "/transactions": "transactionList",
    "/transactions/sale": "transactionList",
    "/subscriptions": "subscriptionList",
}
EXPORTS = list(LISTS)[:3]
Told = Callable[[], Awaitable[None]]


@pytest_asyncio.fixture(loop_scope="session", scope="module")
async def sold(app: Litestar) -> Shop:
    """A shop with so many sales."""
    shop = await make_shop(app, "Pieces")
    await fill(IN_FOURS, shop.company.id, shop.originator.id, ROWS)
    await fill(FILL_SALES, shop.company.id, shop.originator.id, shop.account.id, 80_000_000)
    return shop


def asked_for() -> dict[str, int]:
    now = int(time.time())  # As the database has it, wherever other tests have left our clock.
    return {"startTime": now - 3600, "endTime": now + 3600, "startDate": now - 3600,
            "endDate": now + 3600, "allSubscriptions": 1}  # fmt: skip


async def pieces_of(
    shop: Shop, path: str, meanwhile: Told
) -> tuple[dict[bytes, bytes], list[bytes]]:
    """The answer's headers and pieces; `meanwhile` is called as each piece arrives but the last."""
    login = base64.b64encode(f"{shop.originator.number}:{shop.secret}".encode())
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": urlencode(asked_for()).encode(), "server": ("testserver", 80),
        "client": ("127.0.0.1", 1), "headers": [(b"host", b"testserver"),
                                                (b"authorization", b"Basic " + login)],
    }  # fmt: skip
    headers: dict[bytes, bytes] = {}
    pieces: list[bytes] = []

    begun: list[bool] = []
    over = asyncio.Event()

    async def receive() -> dict[str, object]:
        if not begun:
            begun.append(True)
            return {"type": "http.request", "body": b"", "more_body": False}
        await over.wait()  # The reader stays until the end.
        return {"type": "http.disconnect"}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            headers.update(message["headers"])  # type: ignore[call-overload]
            return
        if body := message["body"]:
            assert isinstance(body, bytes)
            pieces.append(body)
        if not message.get("more_body"):
            over.set()
        elif body:
            await meanwhile()

    await shop.app(scope, receive, send)  # type: ignore[arg-type]
    return headers, pieces


@pytest.mark.parametrize("path", EXPORTS)
async def test_others_are_served_while_an_export_runs_and_its_bytes_stay_the_same(
    sold: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wire, served = Wire(sold), []
    async with sold.client as client:
        whole = await client.get(path, params=asked_for(), headers={"accept-encoding": "identity"})
    check_rules(whole)
    rows = whole.json()[LISTS[path]]
    assert len({row["transactionID"] for row in rows}) == len(rows) == ROWS
    assert whole.headers["content-length"] == str(len(whole.content))

    async def another() -> None:
        assert db.pool().get_size() == db.pool().get_idle_size(), "the export holds a connection"
        served.append((await wire.get("/account"))["apiVersion"])

    monkeypatch.setattr(operations, "BATCH", PIECE)
    headers, pieces = await pieces_of(sold, path, another)
    assert headers[b"content-type"] == b"application/json; charset=utf-8"
    assert b"".join(pieces) == whole.content
    assert [piece.count(b'"paymentMeanInfo"') for piece in pieces] == [3, 3, 2]
    assert len(served) >= 2


async def test_subscriptions_are_exported_in_pieces_too(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(PIECE):
        await a_subscription(shop)
    whole = await Wire(shop).get("/subscriptions", **asked_for())
    assert len(whole["subscriptionList"]) == PIECE
    monkeypatch.setattr(agreements, "BATCH", 1)

    async def nothing() -> None: ...

    _, pieces = await pieces_of(shop, "/subscriptions", nothing)
    assert len(pieces) == PIECE
    assert msgspec.json.decode(b"".join(pieces)) == whole


@pytest.mark.parametrize("path", EXPORTS)
async def test_more_than_one_answer_may_hold_is_refused_before_it_begins(
    sold: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (windows, export, doors):
        monkeypatch.setattr(module, "MOST", ROWS)
    refused = await Wire(sold).get(path, **asked_for())
    assert (refused["code"], list(refused)) == (
        "400",
        ["code", "message", "errorCode", "errorMessage"],
    )
