"""Nonsense over both wire APIs at a real server: no 5xx, always JSON, and every answer comes."""

import asyncio
import itertools
import time
from collections.abc import Iterator

from benchmarks import machine
from benchmarks.nonsense import Asked, Known, problem_of, requests
from benchmarks.place import Place, Shop, database, fresh_home, make_shop, opened, shop_actor, web
from benchmarks.table import Figure, percentile, say
from comptoir import checkout, payments, subscriptions
from comptoir.gateways import CardData
from comptoir.kit import db
from comptoir.kit.money import Money

CONNECTIONS = 16
PATIENCE = 30.0  # Seconds after which an answer counts as one that never comes.
SHOWN = 20  # Problems that are told in full.


async def measure(bodies: int, seed: str) -> list[Figure]:
    with fresh_home() as home:
        async with database(home) as place:
            async with opened(place):
                known = await make_known(await make_shop("Fuzz"))
            async with web(place):
                found, times, took = await _all(place, known, bodies, seed)
    for asked, problem in found[:SHOWN]:
        say(f"{problem}: {asked.method} {asked.path[:200]} {asked.headers} {asked.body[:600]!r}")
    command = f"python -m benchmarks fuzz --bodies {bodies} --seed {seed}"
    shown = f"{bodies} requests, {len(found)} bad answers, {bodies / took:.0f}/s"
    slowest = f"p99 {percentile(times, 0.99) * 1000:.0f} ms, slowest {max(times):.2f} s"
    return [
        Figure("fuzz: both wire APIs", shown, command, "0 bad", not found),
        Figure("fuzz: each", slowest, command),
    ]


async def make_known(shop: Shop) -> Known:
    """A shop in which something exists: a paid payment, a subscription, an offer, a waiting one."""
    actor = shop_actor(shop)
    async with db.transaction(company=shop.company_id) as tx:
        await tx.run(
            "update originator set credit_allowed = true where company_id = $1", tx.company
        )
        terms = subscriptions.Terms("infinite", 500, "P1M")
        offer = await subscriptions.create_offer(
            tx, actor, shop.originator_id, "Fuzz", "EUR", terms
        )
    seller = await payments.get_seller(actor, shop.originator_id)
    asked = checkout.Prepared(
        api_version="002.73", mode="Single", order={"id": "fuzz"}, shopper={}, terms=terms
    )
    paid = await checkout.prepare(actor, seller, asked, Money(1000, "EUR"))
    found = await checkout.find_by_customer_token(paid.customer)
    card = CardData("4111111111111111", 10, 2030, "123", "Ada Lovelace")
    operation = await checkout.attempt(found, card, ip="192.0.2.17")
    async with db.transaction(company=shop.company_id) as tx:
        numbers = await subscriptions.numbers_of_payments(tx, [operation.payment_id])
    asked = checkout.with_terms(asked, None)
    waiting = await checkout.prepare(actor, seller, asked, Money(1000, "EUR"))
    return Known(
        str(operation.number), str(numbers[operation.payment_id]), str(offer.number),
        paid.merchant, waiting.customer, shop.authorization,
    )  # fmt: skip


Found = list[tuple[Asked, str]]


async def _all(
    place: Place, known: Known, bodies: int, seed: str
) -> tuple[Found, list[float], float]:
    queue = itertools.islice(requests(seed, known), bodies)
    found: Found = []
    times: list[float] = []
    begun = time.perf_counter()
    await asyncio.gather(
        *(_client(place.settings.port, queue, found, times) for _ in range(CONNECTIONS))
    )
    return found, times, time.perf_counter() - begun


async def _client(port: int, queue: Iterator[Asked], found: Found, times: list[float]) -> None:
    for asked in queue:
        begun = time.perf_counter()
        try:
            async with asyncio.timeout(PATIENCE):
                problem = problem_of(asked, *await _answer(port, asked))
        except (TimeoutError, OSError, EOFError) as error:
            problem = type(error).__name__
        times.append(time.perf_counter() - begun)
        if problem is not None:
            found.append((asked, problem))
        if len(times) % 2000 == 0:
            say(f"{len(times)} sent, {len(found)} bad, load {machine.load_average()}")


async def _answer(port: int, asked: Asked) -> tuple[int, str, bytes]:
    """One connection per request: what is broken must not reach the next one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"{asked.method} {asked.path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n"
        writer.write(head.encode())
        for name, value in asked.headers.items():
            writer.write(name.encode() + b": " + value + b"\r\n")
        writer.write(f"content-length: {len(asked.body)}\r\n\r\n".encode() + asked.body)
        answer = await reader.read()
    finally:
        writer.close()
    start, _, body = answer.partition(b"\r\n\r\n")
    lines = start.decode("latin-1").split("\r\n")
    kind = next((x[13:].strip() for x in lines if x.lower().startswith("content-type:")), "")
    return int(lines[0].split(" ")[1]), kind, body
