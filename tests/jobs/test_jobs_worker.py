"""Real workers on the real queue: each job once, none lost, failures kept."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from doomed import TAKE_OVER, kill_the_worker, run_doomed
from pgqueuer.adapters.persistence.queries import Queries

from comptoir import events, jobs
from comptoir.jobs import tasks
from comptoir.kit import db, ids
from comptoir.kit.actor import system
from comptoir.worker import Worker, queue

COMPANY = ids.new()
CARD = "4111 1111 1111 1111"
done: Counter[str] = Counter()
began, may_end = asyncio.Event(), asyncio.Event()


@jobs.task
async def count(company_id: UUID, mark: str) -> None:
    done[mark] += 1


@jobs.task(attempts=2)
async def break_down(company_id: UUID, mark: str) -> None:
    done[mark] += 1
    raise ValueError(f"card {CARD}, key=abcdef")


@jobs.task
async def take_long(company_id: UUID, mark: str) -> None:
    began.set()
    await may_end.wait()
    done[mark] += 1


MINE = [count, break_down, take_long]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "PAUSES", (timedelta(milliseconds=10),))
    done.clear()
    began.clear()
    may_end.clear()


@asynccontextmanager
async def a_worker(
    url: str,
    wanted: list[jobs.Task] | None = None,
    schedules: list[jobs.Schedule] | None = None,
    followers: list[events.Follower] | None = None,
    grace: float = 5.0,
) -> AsyncIterator[Worker]:
    worker = Worker(url, wanted or MINE, schedules or [], followers or [], grace)
    running = asyncio.create_task(worker.run())
    try:
        yield worker
    finally:
        worker.stop()
        await asyncio.wait_for(running, 20)


async def ask(task: jobs.Task, mark: str, times: int = 1) -> None:
    async with db.transaction(company=COMPANY) as tx:
        for _ in range(times):
            await jobs.enqueue(tx, task, company_id=COMPANY, mark=mark)


async def until(true: Callable[[], Awaitable[object]]) -> None:
    """Wait for something another task or process brings about; ten seconds at most."""
    async with asyncio.timeout(10):
        while not await true():  # noqa: ASYNC110  Another process cannot set an event.
            await asyncio.sleep(0.02)


async def until_done(mark: str) -> None:
    async def is_done() -> bool:
        return done[mark] > 0

    await until(is_done)


async def left(task: jobs.Task, status: str) -> int:
    async with db.lookup() as tx:
        return await tx.value(
            "select count(*) from pgqueuer where entrypoint = $1 and status::text = $2",
            task.name, status,
        )  # fmt: skip


async def until_left(task: jobs.Task, status: str, number: int) -> None:
    async def is_left() -> bool:
        return await left(task, status) == number

    await until(is_left)


async def test_two_workers_run_every_job_once(database):
    marks = [f"m{number}" for number in range(60)]
    async with a_worker(database), a_worker(database):
        for mark in marks:
            await ask(count, mark)
        for mark in marks:
            await until_done(mark)
        await until_left(count, "picked", 0)
    assert done == Counter(marks)


async def test_a_job_that_gives_up_is_kept_with_its_trouble_and_without_secrets(database):
    async with a_worker(database):
        await ask(break_down, "broken")
        await until_left(break_down, "failed", 1)
    assert done["broken"] == 2
    async with db.lookup() as tx:
        (failed,) = [
            item
            for item in await jobs.list_failed(tx, system(COMPANY, live=False))
            if item.task == break_down.name
        ]
        kept = await tx.value(
            "select string_agg(traceback::text, ' ') from pgqueuer_log where job_id = $1", failed.id
        )
    assert failed.trouble == "ValueError: card [redacted], key=[redacted]"
    assert "1111" not in kept
    assert "abcdef" not in kept


async def test_a_worker_that_is_stopped_finishes_what_is_under_way(database):
    async with a_worker(database) as worker:
        await ask(take_long, "finished")
        await asyncio.wait_for(began.wait(), 10)
        worker.stop()
        may_end.set()
    assert done["finished"] == 1
    assert await left(take_long, "picked") == 0


async def test_a_worker_out_of_patience_gives_its_job_back(database):
    async with a_worker(database, grace=0.1) as worker:
        await ask(take_long, "given back")
        await asyncio.wait_for(began.wait(), 10)
        worker.stop()
    assert done["given back"] == 0
    assert await left(take_long, "queued") == 1
    may_end.set()
    async with a_worker(database):
        await until_done("given back")


async def test_a_worker_goes_on_after_its_connections_were_cut(database):
    async with a_worker(database):
        await ask(count, "before")
        await until_done("before")
        async with db.lookup() as tx:
            await tx.run("set local role none")  # Else a connection of the pool keeps it.
            await tx.run(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where application_name like 'comptoir-%' and pid <> pg_backend_pid()"
            )
        await ask(count, "after")
        await until_done("after")


@pytest.mark.slow
async def test_a_job_that_kills_every_worker_ends_as_failed(database, monkeypatch):
    monkeypatch.setattr(queue, "TAKE_OVER", TAKE_OVER)
    async with db.transaction(company=COMPANY) as tx:
        await jobs.enqueue(tx, kill_the_worker, company_id=COMPANY)
    assert await run_doomed(database) == -9
    assert await run_doomed(database) == -9
    async with a_worker(database, [kill_the_worker]):
        await until_left(kill_the_worker, "failed", 1)
    async with db.lookup() as tx:
        failed = await jobs.list_failed(tx, system(COMPANY, live=False))
    assert "WorkerDied" in next(f.trouble for f in failed if f.task == kill_the_worker.name)


async def test_a_schedule_runs_on_one_worker_at_a_time_until_that_one_is_gone(database):
    item = jobs.schedule("one at a time", every=timedelta(seconds=1), function=nothing_to_do)
    one, other = await asyncpg.connect(database), await asyncpg.connect(database)
    try:
        assert await jobs.lock_schedule(one, item)
        assert not await jobs.lock_schedule(other, item)
        await one.close()
        await until(lambda: jobs.lock_schedule(other, item))
    finally:
        await other.close()


async def nothing_to_do() -> None:
    """A schedule's function that finds nothing."""


async def test_schedules_and_followers_of_a_worker_run(database):
    ticked, followed = asyncio.Event(), asyncio.Event()

    async def tick() -> None:
        ticked.set()

    async def handle(tx: db.Tx, rows: Sequence[events.Event]) -> None:
        if any(row.company_id == COMPANY for row in rows):
            followed.set()

    async with db.transaction(company=COMPANY) as tx:
        await events.record(tx, system(COMPANY, live=False), "worker.seen", ids.new())
    item = jobs.schedule("ticks", every=timedelta(seconds=1), function=tick)
    follower = events.Follower("worker test", handle)
    async with a_worker(database, schedules=[item], followers=[follower]):
        await asyncio.wait_for(ticked.wait(), 10)
        await asyncio.wait_for(followed.wait(), 10)


async def test_a_schedule_that_fails_says_so_and_ticks_again(database):
    ticks, twice = 0, asyncio.Event()

    async def tick() -> None:
        nonlocal ticks
        ticks += 1
        if ticks > 1:
            twice.set()
        raise RuntimeError(f"no {CARD}")

    item = jobs.schedule("fails", every=timedelta(milliseconds=200), function=tick)
    async with a_worker(database, schedules=[item]):
        await asyncio.wait_for(twice.wait(), 10)
    async with db.lookup() as tx:
        (state,) = [s for s in await jobs.list_schedules(tx) if s.name == "fails"]
    assert state.trouble == "RuntimeError: no [redacted]"


async def test_our_tables_are_those_that_pgqueuer_declares(database):
    pool = await queue.open_pool(database)
    try:
        plan = await Queries(queue.QuietDriver(pool)).plan_upgrade()
    finally:
        await pool.close()
    wanted = [s for s in plan.statements if "fn_pgqueuer_changed" not in s and "TRIGGER" not in s]
    assert wanted == []
