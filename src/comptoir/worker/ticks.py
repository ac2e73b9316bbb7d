"""The schedules' side of a worker: each due schedule is run by one worker at a time."""

import asyncio
from functools import partial

import asyncpg

from comptoir import jobs
from comptoir.kit import db, log, metrics

POLL = 0.25  # Seconds between two looks at the due moments.

_log = log.get("worker.schedules")


class Ticker:
    """Runs due schedules; its connection holds an advisory lock for each one under way."""

    def __init__(self, url: str, items: list[jobs.Schedule]) -> None:
        self._url = url
        self._items = {item.name: item for item in items}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()  # One statement at a time on the locks' connection.
        self._locks: asyncpg.Connection | None = None

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for due schedules until told to stop; then wait for those under way."""
        async with db.lookup() as tx:
            await jobs.register_schedules(tx, list(self._items.values()))
        self._locks = await asyncpg.connect(
            self._url, server_settings={"application_name": "comptoir-schedules"}
        )
        try:
            while not stopping.is_set():
                await self._look()
                await pause(stopping, POLL)
        finally:
            # Waits, and passes a cancellation on; the locks go with the connection.
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            await self._locks.close()

    async def _look(self) -> None:
        assert self._locks is not None, "run() opens the connection first"
        if self._locks.is_closed():
            raise ConnectionError("the connection that holds the schedules' locks is gone")
        waiting = [name for name in self._items if name not in self._running]
        async with db.lookup() as tx:
            due = await jobs.list_due_schedules(tx, waiting)
        for name in due:
            task = asyncio.get_running_loop().create_task(self._tick(self._items[name]))
            self._running[name] = task
            task.add_done_callback(partial(self._forget, name))

    def _forget(self, name: str, _task: asyncio.Task[None]) -> None:
        self._running.pop(name, None)

    async def _tick(self, item: jobs.Schedule) -> None:
        assert self._locks is not None, "run() opens the connection first"
        async with self._turn:
            mine = await jobs.lock_schedule(self._locks, item)
        if not mine:
            return
        try:
            if await jobs.begin_tick(item):
                await jobs.end_tick(item, await run_tick(item))
        except Exception as error:  # noqa: BLE001  The database is away; the next look says it.
            _log.error("schedule_not_noted", schedule=item.name, exc_info=error)
        finally:
            async with self._turn:
                if not self._locks.is_closed():
                    await jobs.unlock_schedule(self._locks, item)


async def run_tick(item: jobs.Schedule) -> str | None:
    """Run a schedule's function once; what went wrong, redacted, or None."""
    with log.bound(schedule=item.name):
        try:
            await item.function()
        except Exception as error:  # noqa: BLE001  One schedule must not stop the others.
            _log.error("schedule_failed", exc_info=error)
            metrics.TICKS.labels(item.name, "failed").inc()
            return log.describe(error)
        metrics.TICKS.labels(item.name, "succeeded").inc()
        return None


async def pause(stopping: asyncio.Event, seconds: float) -> None:
    """Wait, but not longer than until the worker is told to stop."""
    try:
        async with asyncio.timeout(seconds):
            await stopping.wait()
    except TimeoutError:
        return
