"""Bodies as they really arrive: by sockets, chunked, with Expect, without a Content-Type."""

import asyncio
import base64
import os
import socket
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio

from comptoir import payments
from comptoir.kit import clock
from kit import Shop
from kit_wire import Wire, encoded, flat, nested

START_SECONDS = 60
pytestmark = pytest.mark.slow


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def port(database: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[int]:
    """The real server in a process of its own, on the session's database."""
    home: Path = tmp_path_factory.mktemp("home")
    (home / "secret.key").write_text(bytes(range(32)).hex())
    (home / "secret.key").chmod(0o600)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
    environment = {
        **os.environ, "COMPTOIR_HOME": str(home), "COMPTOIR_DATABASE_URL": database,
        "COMPTOIR_PORT": str(number), "COMPTOIR_WORKERS": "1",
    }  # fmt: skip
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "web", env=environment
    )
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _listens(number):  # noqa: ASYNC110  Another process, no event.
                await asyncio.sleep(0.1)
        yield number
    finally:
        process.terminate()
        await process.wait()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


class Client:
    """One connection, spoken to byte by byte."""

    def __init__(self, port: int, shop: Shop) -> None:
        self._port = port
        login = f"{shop.originator.number}:{shop.secret}".encode()
        self._login = b"Authorization: Basic " + base64.b64encode(login) + b"\r\n"

    async def ask(
        self, line: str, headers: list[str], *pieces: bytes, wait: bytes | None = None
    ) -> tuple[int, dict[str, Any]]:
        """The status and the JSON of the answer; `wait`: what must come before the body is sent."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = "".join(f"{header}\r\n" for header in headers).encode()
        writer.write(f"{line} HTTP/1.1\r\nHost: localhost\r\n".encode() + self._login + head)
        writer.write(b"Connection: close\r\n\r\n")
        await writer.drain()
        if wait is not None:
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(wait)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        async with asyncio.timeout(START_SECONDS):
            answer = await reader.read()
        writer.close()
        start, _, body = answer.partition(b"\r\n\r\n")
        assert b"content-type: application/json" in start.lower()
        assert b"chunked" not in start.lower()
        return int(start.split(b" ")[1]), msgspec.json.decode(body)


def chunks(body: bytes, size: int = 7) -> list[bytes]:
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return [*(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts), b"0\r\n\r\n"]


@pytest.fixture
def client(port: int, shop: Shop) -> Client:
    return Client(port, shop)


async def test_chunked_without_a_content_type_as_node_sends_it(client: Client) -> None:
    headers = ["Transfer-Encoding: chunked"]
    status, told = await client.ask(
        "POST /transaction/prepare", headers, *chunks(encoded(nested()))
    )
    assert (status, told["code"]) == (200, "200")


async def test_expect_100_continue_as_dotnet_sends_it(client: Client) -> None:
    body = encoded(flat())
    headers = [
        "Content-Type: application/json", f"Content-Length: {len(body)}", "Expect: 100-continue",
    ]  # fmt: skip
    status, told = await client.ask(
        "POST /transaction/prepare", headers, body, wait=b"HTTP/1.1 100"
    )
    assert (status, told["code"]) == (200, "200")


@pytest.mark.parametrize(
    "kind",
    ["application/json; charset=utf-8", "application/x-www-form-urlencoded", "text/plain", "x/y"],
)
async def test_any_content_type_is_json(client: Client, kind: str) -> None:
    body = encoded(nested())
    headers = [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    status, told = await client.ask("POST /payment/prepare", headers, body)
    assert (status, told["code"]) == (200, "200")


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
async def test_a_content_type_on_a_get_and_a_broken_query(client: Client, kind: str) -> None:
    headers = [f"Content-Type: {kind}", "Content-Length: 0"]
    status, told = await client.ask(
        "GET /transactions/export?startTime=1&endTime=2&operationsale&%zz", headers
    )
    assert (status, told["transactions"]) == (200, [])


async def test_an_empty_body_with_length_zero(client: Client) -> None:
    status, told = await client.ask("POST /subscription/7/instantconversion", ["Content-Length: 0"])
    assert (status, told["errorCode"]) == (200, "678")


async def test_a_slash_at_the_end_of_the_base_address(client: Client) -> None:
    body = encoded(nested())
    status, told = await client.ask(
        "POST //payment/prepare", [f"Content-Length: {len(body)}"], body
    )
    assert (status, told["code"]) == (200, "200")


async def test_a_body_cut_in_the_middle_of_a_letter(client: Client) -> None:
    body = encoded(nested(ctrlCustomData="Ménage €"))
    headers = ["Transfer-Encoding: chunked"]
    status, told = await client.ask("POST /payment/prepare", headers, *chunks(body, 1))
    assert (status, told["code"]) == (200, "200")


async def test_a_wallets_socket_sends_one_frame_and_closes(port: int, shop: Shop) -> None:
    wire = Wire(shop)
    prepared = await wire.prepare(paymentMethod="wechat")
    path = f"/payment/{prepared['customerToken']}/process/wechat/direct"
    told = await wire.post(path, {"apiVersion": "002.73", "mode": "native"})
    place = told["webSocketUrl"].split("/", 3)[3]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"ws://127.0.0.1:{port}/{place}") as watching,
    ):
        clock.advance(timedelta(seconds=61))
        try:
            await payments.bring_notifications()
        finally:
            clock.release()
        frame = msgspec.json.decode((await watching.receive(START_SECONDS)).data)
        assert (frame["transactionID"], frame["status"]) == (told["transactionID"], "Authorized")
        assert (await watching.receive(START_SECONDS)).type is aiohttp.WSMsgType.CLOSE


@pytest.mark.parametrize("address", ["x", "AAAA", "A" * 300])
async def test_a_made_up_socket_address_is_not_opened(port: int, address: str) -> None:
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(f"ws://127.0.0.1:{port}/payment/watch/{address}")
