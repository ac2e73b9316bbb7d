"""Jobs and schedules on the held clock: order, pauses, giving up."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from comptoir import jobs
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import system
from comptoir.kit.errors import Conflict
from kit_jobs import in_, run_jobs

COMPANY = ids.new()
seen: list[tuple[str, datetime]] = []


@pytest.fixture(autouse=True)
def _nothing_seen(held_clock: None) -> None:
    seen.clear()


@jobs.task
async def note(company_id: UUID, mark: str) -> None:
    assert not db.in_transaction()
    seen.append((mark, clock.now()))


@jobs.task(attempts=3)
async def refuse(company_id: UUID, mark: str) -> None:
    seen.append((mark, clock.now()))
    raise Conflict("4111 1111 1111 1111 is not possible now")


async def ask(task: jobs.Task, mark: str, after: timedelta | None = None) -> int | None:
    async with db.transaction(company=COMPANY) as tx:
        return await jobs.enqueue(tx, task, company_id=COMPANY, after=after, mark=mark)


async def test_jobs_run_when_they_are_due_and_not_before(database):
    begun = clock.now()
    await ask(note, "later", timedelta(hours=2))
    await ask(note, "soon", timedelta(minutes=5))
    await ask(note, "now")
    await run_jobs()
    assert [mark for mark, _ in seen] == ["now"]
    await run_jobs(until=in_(hours=1), schedules=[])
    assert seen[1:] == [("soon", begun + timedelta(minutes=5))]
    await run_jobs(until=in_(hours=1), schedules=[])
    assert seen[2:] == [("later", begun + timedelta(hours=2))]


async def test_a_failing_job_is_tried_again_with_growing_pauses_and_then_kept(database):
    begun = clock.now()
    job = await ask(refuse, "again")
    await run_jobs(until=in_(days=1), schedules=[])
    assert [(at - begun).total_seconds() for _, at in seen] == [0, 2, 12]
    async with db.lookup() as tx:
        failed = {item.id: item for item in await jobs.list_failed(tx, system(COMPANY, live=False))}
        await jobs.retry_failed(tx, system(COMPANY, live=False), job)
    assert failed[job].attempts == 3
    assert failed[job].task == refuse.name
    assert failed[job].arguments == {"mark": "again"}
    assert failed[job].trouble == "Conflict: [redacted] is not possible now"
    await run_jobs()
    assert len(seen) == 4


async def test_schedules_run_in_the_order_of_their_moments_while_time_passes(database):
    ticks: list[tuple[str, datetime]] = []
    begun = clock.now()

    async def often() -> None:
        ticks.append(("often", clock.now()))

    async def rarely() -> None:
        ticks.append(("rarely", clock.now()))
        await ask(note, "from a tick")

    schedules = [
        jobs.schedule("rarely", every=timedelta(minutes=25), function=rarely),
        jobs.schedule("often", every=timedelta(minutes=10), function=often),
    ]
    await run_jobs(until=begun + timedelta(minutes=30), schedules=schedules)
    minutes = [(name, (at - begun).total_seconds() / 60) for name, at in ticks]
    assert minutes == [("often", 10), ("often", 20), ("rarely", 25), ("rarely", 30), ("often", 30)]
    assert [(at - begun).total_seconds() / 60 for _, at in seen] == [25, 30]


async def test_a_tick_that_is_due_is_claimed_once(database):
    item = jobs.schedule("claimed once", every=timedelta(minutes=1), function=ask_nothing)
    async with db.lookup() as tx:
        await jobs.register_schedules(tx, [item])
        assert await jobs.list_due_schedules(tx, [item.name]) == [item.name]
    assert [await jobs.begin_tick(item), await jobs.begin_tick(item)] == [True, False]
    clock.advance(timedelta(hours=5))  # Missed moments are one tick, not three hundred.
    assert [await jobs.begin_tick(item), await jobs.begin_tick(item)] == [True, False]


async def ask_nothing() -> None:
    """A schedule's function that finds nothing to do."""
