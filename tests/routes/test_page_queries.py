"""A page asks the database a fixed number of questions, however much there is to show."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from comptoir.edge.http import PUBLIC
from comptoir.kit import db
from routes.world import Person, Route, World, routes

MORE = 12
_NOT_QUESTIONS = ("begin", "commit", "rollback", "select set_config", "savepoint", "release")


@contextmanager
def asked() -> Iterator[list[str]]:
    """The statements that reach the database meanwhile, without those that open a scope."""
    found: list[str] = []

    def note(record: Any) -> None:
        text = record.query.strip().lower()
        if not text.startswith(_NOT_QUESTIONS):
            found.append(text)

    connections = [h._con for h in db.pool()._holders if h._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    try:
        yield found
    finally:
        for connection in connections:
            connection.remove_query_logger(note)


def pages(world: World, person: Person) -> list[Route]:
    allowed = person.allowed(live=False)
    return [
        route
        for route in routes(world.app)
        if route.page and route.method == "GET" and route.needs != PUBLIC and route.needs in allowed
    ]


async def count(world: World, route: Route, person: Person) -> tuple[int, list[str]]:
    await world.ask(route, world.here, person)  # What is read once and kept is read now.
    with asked() as statements:
        answer = await world.ask(route, world.here, person)
    assert answer.status_code in {200, 303}, route
    return len(statements), statements


@pytest.mark.slow
async def test_more_to_show_is_no_more_to_ask(world: World) -> None:
    owner = world.here.people["owner"]
    await world.look(owner, live=False)
    before = {str(r): await count(world, r, owner) for r in pages(world, owner)}
    assert sum(number for number, _ in before.values()) > len(before), "nothing was counted"
    shop = world.here.shop
    for number in range(MORE):
        sale = await shop.paid(shopper={"id": f"more-{number}", "email": f"m{number}@x.example"})
        await shop.follow(sale, "refunds", 100)
    first = {"id": world.here.objects["operation"]}
    for _ in range(4):  # The operation and the payment that the pages show have more in them too.
        await shop.follow(first, "refunds", 10)
    for route in pages(world, owner):
        number, statements = await count(world, route, owner)
        known, earlier = before[str(route)]
        assert number == known, f"{route}: {known} → {number}\n" + "\n".join(
            sorted({s for s in statements if statements.count(s) > earlier.count(s)})
        )
