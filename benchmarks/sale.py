"""Payments per second through the API and the sandbox, beside pgbench running the same functions.

A real `comptoir web` on a real database with fsync; load, web and database share the machine. API
and pgbench take turns within one minute, several rounds, and what counts is the ratio.
"""

import itertools
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from benchmarks import load, machine, recorded
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
from benchmarks.table import Figure, at_least, at_most, median, say
from comptoir import gateways, payments
from comptoir.kit import ids
from comptoir.kit.money import Money

BUDGET_PER_SECOND = 700
BUDGET_RATIO = 0.35
BUDGET_P99 = 50  # Milliseconds.
WARM_UP = 3
FIRST_NUMBER = 1_500_000_000  # Far from the sequence's numbers.
_numbers = itertools.count(FIRST_NUMBER, 7_000_000)


@dataclass
class Rounds:
    """What the rounds with one number of connections came to."""

    loads: list[load.Load] = field(default_factory=list)
    pgbench: list[float] = field(default_factory=list)
    web_cpu: list[float] = field(default_factory=list)  # Microseconds per payment.
    database_cpu: list[float] = field(default_factory=list)
    pgbench_cpu: list[float] = field(default_factory=list)


async def measure(connections: list[int], *, rounds: int, seconds: int) -> list[Figure]:
    """One line of figures for each number of connections."""
    with fresh_home() as home:
        async with database(home) as place:
            async with opened(place):
                shop = await make_shop()
                script = await _script(shop)
            file = home / "payment.pgbench"
            file.write_text(script, encoding="utf-8")
            async with web(place) as pid:
                found = await _rounds(place, shop, file, pid, connections, rounds, seconds)
    return [
        line for number in connections for line in _figures(number, found[number], rounds, seconds)
    ]


async def _script(shop: Shop) -> str:
    """Two payments in this process: the first makes the shopper known, the second is recorded."""
    await _pay(shop)
    with recorded.spied() as calls:
        operation = await _pay(shop)
    constant = {shop.company_id, shop.originator_id, shop.account_id, operation.consumer_id}
    return recorded.script(calls, {str(each) for each in constant})


async def _pay(shop: Shop) -> payments.Operation:
    actor = shop_actor(shop)
    seller = await payments.get_seller(actor, shop.originator_id)
    asked = payments.Charge(
        kind=payments.Kind.SALE,
        order_id=f"recorded-{uuid4()}",
        amount=Money(1000, "EUR"),
        card=gateways.CardData("4111111111111111", 10, 2030, "123", None),
        shopper=payments.Shopper(email="shopper1@example.com", country="ES", ip="192.0.2.17"),
    )
    ask = payments.Ask(
        f"key-{uuid4()}", "POST /api/v1/payments", bytes(32), lambda found: (201, _answer(found))
    )
    operation, _ = await payments.charge(actor, seller, asked, ask)
    assert operation.status is payments.Status.SUCCEEDED, operation
    return operation


def _answer(found: payments.Operation) -> bytes:
    """As long as the API's answer is."""
    return ids.typeid("op", found.id).encode() + b" " * 600


async def _rounds(
    place: Place,
    shop: Shop,
    file: Path,
    web_pid: int,
    connections: list[int],
    rounds: int,
    seconds: int,
) -> dict[int, Rounds]:
    found = {number: Rounds() for number in connections}
    await _take(place, shop, connections=max(connections), seconds=WARM_UP)
    await _pgbench(place, file, clients=max(connections), seconds=WARM_UP)
    async with superuser(place) as connection:
        await connection.execute("vacuum analyze")  # As autovacuum does in the first minute.
    for place_in_order in range(rounds):
        for number in connections:
            kept = found[number]
            before = machine.cpu_seconds(web_pid), machine.cpu_seconds(place.postmaster)
            taken = await _take(place, shop, connections=number, seconds=seconds)
            after = machine.cpu_seconds(web_pid), machine.cpu_seconds(place.postmaster)
            assert not taken.bad, f"{taken.bad} answers were not a payment"
            kept.loads.append(taken)
            kept.web_cpu.append((after[0] - before[0]) * 1e6 / taken.requests)
            kept.database_cpu.append((after[1] - before[1]) * 1e6 / taken.requests)
            tps = await _pgbench(place, file, clients=number, seconds=seconds)
            spent = machine.cpu_seconds(place.postmaster) - after[1]
            kept.pgbench.append(tps)
            kept.pgbench_cpu.append(spent * 1e6 / (tps * seconds))
            say(
                f"round {place_in_order + 1}, {number} connections:"
                f" {taken.per_second:.0f}/s, pgbench {tps:.0f}/s, load {machine.load_average()}"
            )
    return found


async def _take(place: Place, shop: Shop, *, connections: int, seconds: int) -> load.Load:
    return await load.sales(
        place.settings.port, shop.authorization, connections=connections, seconds=seconds,
        run=f"b{time.time_ns()}",
    )  # fmt: skip


async def _pgbench(place: Place, file: Path, *, clients: int, seconds: int) -> float:
    assert place.settings.database_url is not None
    return await recorded.run_pgbench(
        place.bin_dir / "pgbench", place.settings.database_url, file,
        clients=clients, seconds=seconds, first_number=next(_numbers),
    )  # fmt: skip


def _figures(connections: int, found: Rounds, rounds: int, seconds: int) -> list[Figure]:
    command = (
        f"python -m benchmarks sale --connections {connections} --rounds {rounds}"
        f" --seconds {seconds}"
    )
    who = f"sale, {connections} connection{'s' if connections > 1 else ''}"
    rate = median([each.per_second for each in found.loads])
    ratios = [each.per_second / tps for each, tps in zip(found.loads, found.pgbench, strict=True)]
    ratio = median(ratios)
    p50 = median([each.p50 for each in found.loads])
    p99 = median([each.p99 for each in found.loads])
    spread = f"{min(ratios):.2f} to {max(ratios):.2f}"
    budgeted = connections > 1
    speed, share = f"{rate:.0f}/s", f"{ratio:.2f} ({spread})"
    return [
        at_least(f"{who}: payments", rate, BUDGET_PER_SECOND, command, speed)
        if budgeted
        else Figure(f"{who}: payments", speed, command),
        at_least(f"{who}: of pgbench", ratio, BUDGET_RATIO, command, share),
        Figure(f"{who}: pgbench", f"{median(found.pgbench):.0f}/s", command),
        Figure(f"{who}: p50", f"{p50:.1f} ms", command),
        at_most(f"{who}: p99", p99, BUDGET_P99, command, f"{p99:.1f} ms"),
        Figure(
            f"{who}: of pgbench, by CPU",
            f"{_cpu_share(found):.2f}",
            command,
        ),
        Figure(
            f"{who}: CPU of a payment",
            f"Python {median(found.web_cpu):.0f} + PostgreSQL {median(found.database_cpu):.0f} µs"
            f" (pgbench's PostgreSQL {median(found.pgbench_cpu):.0f})",
            command,
        ),
    ]


def _cpu_share(found: Rounds) -> float:
    """PostgreSQL's CPU for pgbench over all CPU of a payment: steadier than times are."""
    return median(found.pgbench_cpu) / (median(found.web_cpu) + median(found.database_cpu))
