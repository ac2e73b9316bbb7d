"""Every list comes in its order from an index: none reads or sorts all there is to show a page.

The statements are those that the doors really send. Scans of whole tables and sorts are forbidden
while they are planned, so that a plan has one only where no index serves.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from comptoir import identity
from comptoir.kit import db
from comptoir.kit.actor import Actor
from payments.test_list_plans import nodes
from routes.test_query_counts import read
from routes.world import World

# What is large, or will be. Companies, originators, accounts and users are a few thousand rows.
LARGE = ("operation o", "payment p", "delivery d", "subscription s", "api_request r", "consumer c",
         "event")  # fmt: skip
OWN_TEST = "operation_all"  # Transactions are planned at size: tests/payments/test_list_plans.py.


@contextmanager
def lists() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """The sorted statements over large tables that reach the database meanwhile."""
    found: list[tuple[str, tuple[Any, ...]]] = []

    def note(record: Any) -> None:
        sql = record.query
        grouped = "group by" in sql  # Sums look at all rows, and say when there are too many.
        if "order by" in sql and not grouped and any(f"from {table}" in sql for table in LARGE):
            found.append((sql, tuple(record.args)))

    connections = [h._con for h in db.pool()._holders if h._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    yield found
    for connection in connections:
        connection.remove_query_logger(note)


async def faults(actor: Actor, sql: str, args: tuple[Any, ...]) -> list[str]:
    """What is sorted though no limit was put on it before, and what passes over other companies."""
    async with db.reads(actor) as tx:
        for what in ("seqscan", "sort", "bitmapscan", "hashjoin", "incremental_sort"):
            await tx.run("select set_config($1, 'off', true)", f"enable_{what}")
        text = await tx.value("explain (costs off, format json) " + sql, *args)
    every = list(nodes(json.loads(text)[0]["Plan"]))
    found = [
        f"sorts {node['Sort Key']}"
        for node in every
        if node["Node Type"] == "Sort" and all(n["Node Type"] != "Limit" for n in nodes(node))
    ]
    if actor.company_id is not None:  # What serves the list over all companies ends in `_all`.
        used = [str(node.get("Index Name")) for node in every]
        found += [f"reads {name}" for name in used if name.endswith("_all") and name != OWN_TEST]
    return found


async def test_every_list_comes_in_its_order_from_an_index(world: World) -> None:
    for person, company in (
        (world.here.people["owner"], world.here), (world.staff["administrator"], None),
    ):  # fmt: skip
        await world.look(person, live=False, company=company)
        actor, _, _ = await identity.session_actor(person.token)
        seen, bad = 0, []
        for route in read(world):
            if route.parameters or not route.page or route.needs not in person.allowed(False):
                continue
            with lists() as sent:
                await world.ask(route, world.here, person)
            for sql, args in sent:
                seen += 1
                bad += [f"{route}: {fault}: {sql}" for fault in await faults(actor, sql, args)]
        assert (seen >= 5, bad) == (True, []), person.role
