"""The worker process: jobs, schedules and followers, until it is told to stop.

Any number may run on one database. Each of the three sides begins again by itself after an error,
such as a database that was away; a job that a dead worker held is taken over after half a minute.
"""

import asyncio
import signal
from collections.abc import Awaitable, Callable

import asyncpg
from pgqueuer.core.qm import QueueManager

from comptoir import events, jobs, startup, wiring
from comptoir.kit import log
from comptoir.kit.migrate import pending
from comptoir.settings import BadSetting, Settings
from comptoir.worker import queue
from comptoir.worker.followers import Leader
from comptoir.worker.ticks import Ticker, pause

POOL = 12  # Connections for what jobs, schedules and followers do.
GRACE = 20.0  # Seconds that work under way has to finish after SIGTERM.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0  # Before a side that failed begins again.

_log = log.get("worker")


class Worker:
    """The three sides of a worker and the one word that stops them."""

    def __init__(
        self,
        url: str,
        tasks: list[jobs.Task],
        schedules: list[jobs.Schedule],
        followers: list[events.Follower],
        grace: float = GRACE,
    ) -> None:
        self._url = url
        self._tasks = tasks
        self._ticker = Ticker(url, schedules)
        self._leader = Leader(followers)
        self._grace = grace
        self._stopping = asyncio.Event()
        self._manager: QueueManager | None = None

    def stop(self) -> None:
        """Take nothing new, finish what is under way."""
        self._stopping.set()
        if self._manager is not None:
            self._manager.shutdown.set()

    async def run(self) -> None:
        """Work until `stop`. Needs the process's pool (`db.connect`) to be open."""
        pool = await queue.open_pool(self._url)
        try:
            sides = [
                asyncio.create_task(self._keep("queue", lambda: self._take_jobs(pool))),
                asyncio.create_task(
                    self._keep("schedules", lambda: self._ticker.run(self._stopping))
                ),
                asyncio.create_task(
                    self._keep("followers", lambda: self._leader.run(self._stopping))
                ),
            ]
            await self._stopping.wait()
            _, late = await asyncio.wait(sides, timeout=self._grace)
            for side in late:
                _log.warning("worker_stops_work_under_way")
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
        finally:
            await pool.close()

    async def _take_jobs(self, pool: asyncpg.Pool) -> None:
        self._manager = queue.build(pool, self._tasks)
        if self._stopping.is_set():
            return
        await queue.run(self._manager)

    async def _keep(self, name: str, work: Callable[[], Awaitable[None]]) -> None:
        """Run one side; after an error begin again, with growing pauses."""
        rest = FIRST_PAUSE
        while not self._stopping.is_set():
            begun = asyncio.get_running_loop().time()
            try:
                await work()
            except Exception as error:  # noqa: BLE001  One side must not stop the others.
                _log.error("worker_side_failed", side=name, exc_info=error)
                if asyncio.get_running_loop().time() - begun > LONGEST_PAUSE:
                    rest = FIRST_PAUSE
                await pause(self._stopping, rest)
                rest = min(rest * 2, LONGEST_PAUSE)


async def run(settings: Settings) -> None:
    """Run a worker with everything of `wiring`, until SIGTERM or SIGINT."""
    if settings.database_url is None:
        raise BadSetting("COMPTOIR_DATABASE_URL is needed: `comptoir up` sets it for its worker")
    log.configure(settings.log_level)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    worker = Worker(settings.database_url, wiring.TASKS, wiring.SCHEDULES, wiring.FOLLOWERS)

    def stop() -> None:
        stopping.set()
        worker.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await _until_migrated(settings.database_url, stopping)
    if stopping.is_set():
        return
    async with startup.running(settings, pool=POOL):
        _log.info("worker_started", tasks=len(wiring.TASKS), followers=len(wiring.FOLLOWERS))
        await worker.run()
        _log.info("worker_stopped")


async def _until_migrated(url: str, stopping: asyncio.Event) -> None:
    """Wait for the database and its migrations; only `up` and `migrate` apply them."""
    while not stopping.is_set():
        try:
            waiting = await pending(url)
        except (OSError, asyncpg.PostgresError) as error:
            _log.warning("worker_waits_for_database", trouble=log.describe(error))
        else:
            if not waiting:
                return
            _log.info("worker_waits_for_migrations", first=waiting[0])
        await pause(stopping, 1.0)
