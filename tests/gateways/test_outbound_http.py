"""The one way out: public addresses only, no redirects, no endless bodies, faults told apart."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from comptoir.kit import http
from comptoir.kit.http import FaultKind, TransportFault

METADATA = "\u2460\u2465\u2468.\u2461\u2464\u2463.\u2460\u2465\u2468.\u2461\u2464\u2463"
# Loopback and metadata addresses that are texts to a parser, and addresses to a client.
DISGUISED = [
    "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1", "\uff11\uff12\uff17.0.0.1",
    METADATA, "127.0.0.1.", "0177.0.0.1", "017700000001", "0x7f.0.0.1", "0x7F.1", "\uff10x7f000001",
]  # fmt: skip


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """A small server on the loopback, reached only when private addresses are allowed."""
    app = web.Application()
    hold = asyncio.Event()

    async def echo(request):
        body = await request.read()
        return web.json_response({"body": body.decode(), "agent": request.headers["user-agent"]})

    async def elsewhere(request):
        raise web.HTTPFound("/echo")

    async def large(request):
        return web.Response(body=b"x" * 3_000_000)

    async def slow(request):
        await hold.wait()

    async def broken(request):
        request.transport.close()
        await hold.wait()

    async def cookie(request):
        answer = web.json_response(dict(request.cookies))
        answer.set_cookie("tracker", "1")
        return answer

    for name, handler in [
        ("echo", echo),
        ("elsewhere", elsewhere),
        ("large", large),
        ("slow", slow),
        ("broken", broken),
        ("cookie", cookie),
    ]:
        app.router.add_route("*", f"/{name}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    hold.set()
    await http.close()
    await runner.cleanup()


@pytest.fixture
async def nowhere(monkeypatch):
    """Nothing is connected to, whatever the guard lets through: what it does is refused."""

    async def refuse(*_):
        raise ConnectionRefusedError

    monkeypatch.setattr(asyncio.get_running_loop(), "sock_connect", refuse)


async def fault_of(method, url, **more):
    with pytest.raises(TransportFault) as met:
        await http.send(method, url, **more)
    return met.value.kind


async def test_a_body_goes_out_and_the_answer_comes_back(server):
    answer = await http.send("POST", f"{server}/echo", body=b"hello", allow_private=True)
    assert answer.status == 200
    assert b'"body": "hello"' in answer.body
    assert b"Comptoir" in answer.body
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.8.9.1",
        "localhost",
        "0.0.0.0",
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "2130706433",
        "0x7f000001",
        "127.1",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:10.0.0.1]",
        "[fe80::1]",
        "[fc00::1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
        *DISGUISED,
    ],
)
async def test_private_addresses_are_never_called(nowhere, host):
    kind = await fault_of("GET", f"http://{host}:9/")
    # A name that this machine's resolver does not know is as good as refused.
    assert kind in {FaultKind.BLOCKED, FaultKind.DNS}


@pytest.mark.parametrize("host", [*DISGUISED, "2130706433", "0x7f000001", "127.1"])
async def test_a_disguised_address_is_refused_before_anything_is_sent(nowhere, host):
    assert await fault_of("GET", f"http://{host}:9/echo") is FaultKind.BLOCKED


async def test_a_disguised_link_local_address_is_never_called(nowhere):
    for host in (METADATA, "169.254.169.254.", "2852039166", "0xa9fea9fe", "169\u3002254.169.254"):
        kind = await fault_of("GET", f"http://{host}:9/latest", allow_private=True)
        assert kind is FaultKind.BLOCKED


@pytest.mark.parametrize(
    "url",
    ["ftp://example.com/", "file:///etc/passwd", "http://", "//example.com", "http://a:b@8.8.8.8/"],
)
async def test_other_addresses_are_not_called_at_all(url):
    assert await fault_of("GET", url) is FaultKind.BLOCKED


async def test_a_name_that_leads_to_a_private_address_is_blocked(server, monkeypatch):
    port = int(server.rpartition(":")[2])
    loop = asyncio.get_running_loop()

    async def rebound(host, port, **more):
        good = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", port))
        return [good, (*good[:4], ("127.0.0.1", port))]

    monkeypatch.setattr(loop, "getaddrinfo", rebound)
    assert await fault_of("GET", f"http://shop.example:{port}/echo") is FaultKind.BLOCKED


async def test_a_redirect_is_an_answer_and_not_followed(server):
    answer = await http.send("GET", f"{server}/elsewhere", allow_private=True)
    assert answer.status == 302


async def test_an_answer_that_is_too_large_is_cut_off(server):
    kind = await fault_of("GET", f"{server}/large", allow_private=True, max_bytes=1_000_000)
    assert kind is FaultKind.TOO_LARGE


async def test_no_answer_in_time_is_a_time_out(server):
    kind = await fault_of("GET", f"{server}/slow", allow_private=True, timeout=0.05)
    assert kind is FaultKind.TIMEOUT


async def test_a_broken_connection_is_a_reset(server):
    assert await fault_of("GET", f"{server}/broken", allow_private=True) is FaultKind.RESET


async def test_nobody_listening_is_refused(server):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/"
        assert await fault_of("GET", url, allow_private=True) is FaultKind.REFUSED


async def test_cookies_are_not_kept(server):
    for _ in range(2):
        answer = await http.send("GET", f"{server}/cookie", allow_private=True)
        assert answer.body == b"{}"


async def test_a_fault_does_not_show_what_was_sent(server):
    with pytest.raises(TransportFault) as met:
        await http.send(
            "POST",
            f"{server}/broken?token=canary-one",
            headers={"authorization": "canary-two"},
            body=b"canary-three",
            allow_private=True,
        )
    assert "canary" not in repr(met.value)
    assert met.value.__cause__ is None
