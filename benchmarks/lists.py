"""Lists, searches and details at ten million operations: p95 by company size and door."""

import contextlib
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import aiohttp

from benchmarks import history, machine, questions
from benchmarks.place import Place, database, opened, web
from benchmarks.questions import Asked, Scope
from benchmarks.table import Figure, at_most, percentile, say
from comptoir import identity, merchants, payments
from comptoir.identity import PlatformRole
from comptoir.kit import db, ids
from comptoir.settings import default_home
from comptoir.web import transaction

BUDGET = 100.0  # Milliseconds, p95.
PATIENCE = 5000.0  # Milliseconds for all samples of one kind; what is that slow needs no more.
WARM_UP = 2  # Questions of each kind that do not count.
COMPANIES = {"largest": 0, "medium": 120, "small": 499}  # Their places in the history, by size.
SCOPES = (*COMPANIES, "all")

Look = Callable[[], Awaitable[object]]


@contextlib.asynccontextmanager
async def filled(home: Path | None, operations: int) -> AsyncIterator[Place]:
    """The home with its history, made now if it is not there."""
    home = home or default_home().with_name("comptoir-bench")
    async with database(home) as place:
        mark = history.marker(home)
        if not mark.exists():
            say(f"making {operations} operations in {home}; this takes a while, once")
            await history.make(place, operations)
            mark.write_text(json.dumps({"operations": operations}), encoding="utf-8")
        yield place


async def measure(
    home: Path | None, operations: int, *, samples: int, only: str, scopes: list[str], seed: int
) -> list[Figure]:
    """p95 of every question, for three companies and for all, by function and over HTTP."""
    random.seed(seed)
    figures: list[Figure] = []
    async with (
        filled(home, operations) as place,
        opened(place),
        web(place),
        aiohttp.ClientSession(f"http://127.0.0.1:{place.settings.port}") as session,
    ):
        for scope, authorization in await _scopes(scopes):
            say(f"{scope.name}: load {machine.load_average()}")
            await questions.sample(scope, samples + WARM_UP)
            for what, looks in await _looks(scope, session, authorization, only):
                figures.append(await _figure(scope, what, looks, samples))
    return figures


async def _scopes(wanted: list[str]) -> list[tuple[Scope, aiohttp.BasicAuth]]:
    """The largest, a medium and a small company, and the platform; each with a key."""
    everybody = identity.command_line()
    found: list[tuple[Scope, aiohttp.BasicAuth]] = []
    for name, place in COMPANIES.items():
        if name not in wanted:
            continue
        company = await merchants.find_company_id(everybody, f"Company {place:03}")
        actor = replace(identity.command_line(company), platform=False)
        originator = (await merchants.list_originators(actor))[0]
        async with db.transaction(company=company) as tx:
            for key in await merchants.list_keys(tx, originator.id):
                if key.revoked_at is None:
                    await merchants.revoke_key(tx, everybody, originator.id, key.id)
            _, secret = await merchants.create_key(tx, everybody, originator.id, live=False)
        found.append((Scope(name, actor), aiohttp.BasicAuth(str(originator.number), secret)))
    _, secret = await identity.create_platform_key(everybody, "Bench", PlatformRole.ADMINISTRATOR)
    found.append((Scope("all", everybody), aiohttp.BasicAuth("platform", secret)))
    return [each for each in found if each[0].name in wanted]


async def _looks(
    scope: Scope, session: aiohttp.ClientSession, authorization: aiohttp.BasicAuth, only: str
) -> list[tuple[str, list[Look]]]:
    """Every measurement of a scope: its name, and one thing to do for each sample."""

    async def http(path: str) -> None:
        async with session.get(path, auth=authorization) as answer:
            body = await answer.read()
            assert answer.status == 200, body

    def page(asked: Asked) -> Look:
        query = payments.parse(asked.query)
        return lambda: payments.list_transactions(scope.actor, query, cursor=asked.cursor)

    def count(asked: Asked) -> Look:
        return lambda: payments.count_transactions(scope.actor, payments.parse(asked.query))

    def door(path: str) -> Look:
        return lambda: http(path)

    def address(asked: Asked) -> str:
        path = f"/api/v1/transactions?limit=50&q={quote(asked.query)}"
        return path + (f"&cursor={asked.cursor}" if asked.cursor else "")

    found: list[tuple[str, list[Look]]] = []
    for name, asked in (await questions.questions(scope)).items():
        found.append((f"list, {name}", [page(each) for each in asked]))
        found.append((f"count, {name}", [count(each) for each in asked]))
        found.append((f"API, {name}", [door(address(each)) for each in asked]))
    rows = scope.samples
    found.append(("detail", [_detail(scope, row) for row in rows]))
    paths = [f"/api/v1/payments/{ids.typeid('pay', row.payment_id)}" for row in rows]
    found.append(("API, detail", [door(path) for path in paths]))
    return [(name, looks) for name, looks in found if only in name]


def _detail(scope: Scope, row: payments.Transaction) -> Look:
    return lambda: transaction.load(scope.actor, row.id)


async def _figure(scope: Scope, what: str, looks: list[Look], samples: int) -> Figure:
    times: list[float] = []
    for place, look in zip(itertools.count(), looks, strict=False):
        begun = time.perf_counter()
        with contextlib.suppress(TimeoutError):  # It took as long as it may: that is its time.
            await look()
        took = (time.perf_counter() - begun) * 1000
        if place >= WARM_UP or took > PATIENCE:
            times.append(took)
        if sum(times) > PATIENCE:
            break
    p95 = percentile(times, 0.95)
    command = f"python -m benchmarks lists --samples {samples} --only '{what}'"
    shown = f"p95 {p95:.1f} ms (p50 {percentile(times, 0.5):.1f}, max {max(times):.1f})"
    if p95 > BUDGET:
        say(f"{what}, {scope.name}: {shown}")
    return at_most(f"{what}, {scope.name}", p95, BUDGET, command, shown)
