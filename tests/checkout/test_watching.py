"""Waiting for a wallet's payment to end: what many who wait cost, and who waits no longer."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from comptoir import checkout, payments
from comptoir.checkout import watching
from comptoir.kit import clock
from comptoir.kit.errors import NotFound
from kit import Shop
from kit_wire import Wire
from routes.test_query_counts import counted

pytestmark = pytest.mark.usefixtures("own_database")

Place = tuple[Any, Any]


@pytest_asyncio.fixture(loop_scope="session")
async def place(shop: Shop) -> AsyncIterator[Place]:
    """A payment that waits for its shopper's phone."""
    wire = Wire(shop)
    prepared = await wire.prepare(paymentMethod="WeChat")
    path = f"/payment/{prepared['customerToken']}/process/wechat/direct"
    told = await wire.post(path, {"apiVersion": "002.73", "mode": "native"})
    yield checkout.read_address(told["webSocketUrl"].rsplit("/", 1)[1])


async def paid() -> None:
    """The phone confirms."""
    clock.advance(timedelta(seconds=61))
    try:
        await payments.bring_notifications()
    finally:
        clock.release()


def watchers(place: Place, number: int) -> list[asyncio.Task[Any]]:
    return [asyncio.create_task(checkout.wait_ended(*place)) for _ in range(number)]


async def test_all_who_watch_a_payment_share_its_looks(place: Place) -> None:
    now = asyncio.get_running_loop().time
    async with counted() as said:
        begun = now()
        waiting = watchers(place, watching.MAX_WATCHERS)
        await paid()
        told = await asyncio.gather(*waiting)
        looks = [one for one in said if "status = any($3) from operation" in one]
    assert {(one["status"], one["operation"]) for one in told} == {("Authorized", "sale")}
    assert len(looks) <= 2 + (now() - begun) / watching.pause_after(0, 1)


async def test_the_oldest_watcher_makes_room_for_the_newest(place: Place) -> None:
    """A page that is loaded again leaves a watcher behind that nobody listens to."""
    waiting = watchers(place, watching.MAX_WATCHERS + 3)
    assert await asyncio.gather(*waiting[:3]) == [None] * 3
    assert not any(one.done() for one in waiting[3:])
    await paid()
    assert all(await asyncio.gather(*waiting[3:]))


async def test_who_comes_when_it_is_over_is_told_at_once(place: Place) -> None:
    await paid()
    for _ in range(2):
        told = await checkout.wait_ended(*place)
        assert told is not None
        assert told["status"] == "Authorized"


async def test_nobody_looks_when_nobody_waits_any_more(place: Place) -> None:
    before = asyncio.all_tasks()
    waiting = watchers(place, 3)
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks() - before) == 4
    for one in waiting:
        one.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.wait(asyncio.all_tasks() - before or {asyncio.create_task(asyncio.sleep(0))})
    assert asyncio.all_tasks() <= before


def test_looks_become_rare_and_a_process_makes_so_many_at_most() -> None:
    seconds, looks = 0.0, 0
    while seconds < watching.WATCH_SECONDS:
        seconds += watching.pause_after(seconds, 1)
        looks += 1
    assert looks == 120 + 120 + 120  # Where there were 1800, for each who watched.
    for watched in (100, 1000, 5000):
        assert watched / watching.pause_after(0, watched) <= 2 * watching.LOOKS_PER_SECOND


@pytest.mark.parametrize("company", [True, False])
async def test_what_is_not_there_is_not_waited_for(place: Place, company: bool) -> None:
    other = (place[0], place[0]) if company else (place[1], place[1])
    with pytest.raises(NotFound):
        await checkout.wait_ended(*other)
