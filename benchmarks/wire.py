"""The wire's everyday calls per second: a payment prepared, its status, a sale by card.

A real `comptoir web` on a real database with fsync; load, web and database share the machine. Each
answer is looked at: a refusal does not count as one.
"""

import json
import time
from pathlib import Path

from benchmarks import load, machine
from benchmarks.place import (
    Place,
    Shop,
    database,
    fresh_home,
    make_shop,
    opened,
    shop_actor,
    superuser,
    web,
)
from benchmarks.table import Figure, at_least, median, say
from comptoir import checkout, gateways, payments
from comptoir.kit.money import Money

BUDGET_SALES = 500  # Per second, at 16 connections.
BUDGETED = 16
WARM_UP = 2
SCRIPT = Path(__file__).with_name("wire.lua")
LINES = ("prepare", "status", "sale")
NAMES = {
    "prepare": "Connect2Pay prepare",
    "status": "Connect2Pay status",
    "sale": "Gateway sale",
}


async def measure(
    lines: list[str], connections: list[int], *, rounds: int, seconds: int
) -> list[Figure]:
    """Figures for each line and each number of connections."""
    with fresh_home() as home:
        async with database(home) as place:
            async with opened(place):
                shop = await make_shop()
                token = await _paid(shop)
            async with web(place) as pid:
                found = await _rounds(place, shop, token, pid, lines, connections, rounds, seconds)
    return [
        figure
        for line in lines
        for number in connections
        for figure in _figures(line, number, found[line, number], rounds, seconds)
    ]


async def _paid(shop: Shop) -> str:
    """The merchant's token of a payment that was made, for the status."""
    actor = shop_actor(shop)
    seller = await payments.get_seller(actor, shop.originator_id)
    asked = checkout.Prepared(
        api_version="002.73", mode="Single", method="CreditCard",
        order={"id": "bench"}, shopper={"email": "ada@example.com", "firstName": "Ada"},
    )  # fmt: skip
    tokens = await checkout.prepare(actor, seller, asked, Money(1000, "EUR"))
    found = await checkout.find_by_customer_token(tokens.customer)
    card = gateways.CardData("4111111111111111", 10, 2030, "123", "Ada Lovelace")
    operation = await checkout.attempt(found, card, ip="192.0.2.17")
    assert operation.status is payments.Status.SUCCEEDED, operation
    return tokens.merchant


Found = dict[tuple[str, int], list[tuple[load.Load, float, float]]]


async def _rounds(
    place: Place,
    shop: Shop,
    token: str,
    web_pid: int,
    lines: list[str],
    connections: list[int],
    rounds: int,
    seconds: int,
) -> Found:
    found: Found = {(line, number): [] for line in lines for number in connections}
    for line in lines:
        await _take(place, shop, token, line, max(connections), WARM_UP)
    async with superuser(place) as connection:
        await connection.execute("vacuum analyze")  # As autovacuum does in the first minute.
    for _ in range(rounds):
        for line, number in found:
            before = machine.cpu_seconds(web_pid), machine.cpu_seconds(place.postmaster)
            taken = await _take(place, shop, token, line, number, seconds)
            after = machine.cpu_seconds(web_pid), machine.cpu_seconds(place.postmaster)
            assert not taken.bad, f"{taken.bad} answers were not a success"
            spent = [(b - a) * 1e6 / taken.requests for a, b in zip(before, after, strict=True)]
            found[line, number].append((taken, spent[0], spent[1]))
            say(f"{line}, {number} connections: {taken.per_second:.0f}/s,"
                f" load {machine.load_average()}")  # fmt: skip
    return found


async def _take(
    place: Place, shop: Shop, token: str, line: str, connections: int, seconds: int
) -> load.Load:
    run = f"w{time.time_ns()}"
    said = {
        "BENCH_AUTHORIZATION": shop.authorization, "BENCH_RUN": run, "BENCH_LINE": line,
        "BENCH_TOKEN": token,
    }  # fmt: skip
    return await load.requests(
        place.settings.port, SCRIPT, said,
        lambda name: _request(line, shop.authorization, token, f"{run}-{name}"),
        connections=connections, seconds=seconds,
    )  # fmt: skip


def _request(line: str, authorization: str, token: str, order: str) -> bytes:
    """The same requests as `wire.lua` makes, where there is no wrk."""
    if line == "status":
        return _http("GET", f"/payment/{token}/status?apiVersion=002.73", authorization, b"")
    if line == "prepare":
        body = {
            "apiVersion": "002.73", "currency": "EUR", "amount": 1000, "paymentMode": "Single",
            "paymentMethod": "CreditCard", "order": {"id": order}, "shipping": {},
            "shopper": {"email": f"{order}@example.com", "firstName": "Ada"},
            "ctrlRedirectURL": "https://shop.example/back",
        }  # fmt: skip
        return _http("POST", "/payment/prepare", authorization, json.dumps(body).encode())
    return _http("POST", "/transaction/sale/creditcard", authorization, sale_body(order))


def sale_body(order: str) -> bytes:
    body = {
        "customerIP": "192.0.2.17", "amount": 1000, "currency": "EUR", "orderID": order,
        "cardNumber": "4111111111111111", "cardSecurityCode": "123",
        "cardHolderName": "Ada Lovelace", "cardExpireMonth": "10", "cardExpireYear": "2030",
        "shopperName": "Ada Lovelace", "shopperCountryCode": "ES",
        "shopperEmail": f"{order}@example.com",
    }  # fmt: skip
    return json.dumps(body).encode()


def _http(method: str, path: str, authorization: str, body: bytes) -> bytes:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _figures(
    line: str,
    connections: int,
    found: list[tuple[load.Load, float, float]],
    rounds: int,
    seconds: int,
) -> list[Figure]:
    command = (
        f"python -m benchmarks wire --lines {line} --connections {connections}"
        f" --rounds {rounds} --seconds {seconds}"
    )
    who = f"{NAMES[line]}, {connections} connection{'s' if connections > 1 else ''}"
    rate = median([taken.per_second for taken, _, _ in found])
    p50 = median([taken.p50 for taken, _, _ in found])
    p99 = median([taken.p99 for taken, _, _ in found])
    python, database_cpu = median([p for _, p, _ in found]), median([d for _, _, d in found])
    shown = f"{rate:.0f}/s"
    detail = (
        f"p50 {p50:.1f} ms, p99 {p99:.1f} ms,"
        f" Python {python:.0f} + PostgreSQL {database_cpu:.0f} µs"
    )
    first = (
        at_least(who, rate, BUDGET_SALES, command, shown)
        if line == "sale" and connections == BUDGETED
        else Figure(who, shown, command)
    )
    return [first, Figure(f"{who}: each", detail, command)]
