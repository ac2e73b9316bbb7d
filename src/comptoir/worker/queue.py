"""The queue's side of a worker: PgQueuer over our tables, asking instead of listening."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self
from uuid import uuid4

import asyncpg
from pgqueuer.adapters.drivers.asyncpg import AsyncpgPoolDriver
from pgqueuer.adapters.persistence.qb import (
    QueryBuilderEnvironment,
    QueryQueueBuilder,
    QuerySchedulerBuilder,
)
from pgqueuer.adapters.persistence.queries import Queries
from pgqueuer.core.executors import AbstractEntrypointExecutor, EntrypointExecutorParameters
from pgqueuer.core.qm import QueueManager
from pgqueuer.domain.errors import RetryRequested
from pgqueuer.domain.models import Context, Job
from pgqueuer.domain.settings import DBSettings
from pgqueuer.domain.types import Channel
from pgqueuer.ports.driver import NotifyCallback

from comptoir import jobs
from comptoir.worker.perform import Attempt, perform

POLL = timedelta(milliseconds=200)
BATCH = 25
AT_ONCE = 100  # Jobs under way in one worker; most of them wait for somebody else.
TAKE_OVER = timedelta(seconds=30)  # Silence after which a job's worker is taken for dead.
CHANNEL = Channel("ch_pgqueuer")

# Every name is given: PgQueuer would else read variables such as CHANNEL or FUNCTION of the
# environment, which may mean something else there.
NAMES = DBSettings(
    prefix="",
    db_schema=None,
    channel=CHANNEL,
    function="fn_pgqueuer_changed",
    trigger="tg_pgqueuer_changed",
    statistics_table="pgqueuer_statistics",
    queue_status_type="pgqueuer_status",
    queue_table="pgqueuer",
    queue_table_log="pgqueuer_log",
    schedules_table="pgqueuer_schedules",
)


class JobGaveUp(Exception):
    """A job used up its attempts; says why, redacted."""


class QuietDriver(AsyncpgPoolDriver):
    """PgQueuer's driver without LISTEN and NOTIFY: what it tells itself stays in the process."""

    def __init__(self, pool: asyncpg.Pool) -> None:
        super().__init__(pool)
        self._callbacks: list[NotifyCallback] = []

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:  # noqa: ARG002  PgQueuer names them.
        self._callbacks.append(callback)

    async def remove_listener(self, channel: str, callback: NotifyCallback) -> None:  # noqa: ARG002  As above.
        if callback in self._callbacks:
            self._callbacks.remove(callback)

    async def notify(self, channel: str, payload: str) -> None:  # noqa: ARG002  As above.
        for callback in list(self._callbacks):
            callback(payload)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._callbacks.clear()


@dataclass
class Performer(AbstractEntrypointExecutor):
    """How PgQueuer runs a task of ours: retries are asked for, the last failure is raised."""

    parameters: EntrypointExecutorParameters

    async def execute(self, job: Job, context: Context) -> None:  # noqa: ARG002  As above.
        attempt = Attempt(job.id, job.entrypoint, job.payload, job.attempts, job.headers)
        try:
            failure = await perform(attempt)
        except asyncio.CancelledError:
            # The worker stops and its patience is over. PgQueuer would drop a cancelled job.
            raise RetryRequested(reason="the worker stopped") from None
        if failure is None:
            return
        if failure.pause is None:
            raise JobGaveUp(failure.trouble)
        raise RetryRequested(delay=failure.pause, reason=failure.trouble)


async def _no_function(_job: Job) -> None:
    raise AssertionError("the performer finds the function itself")


def build(pool: asyncpg.Pool, tasks: list[jobs.Task]) -> QueueManager:
    """A queue manager for these tasks. Failed jobs are held, for a person to look at."""
    queries = Queries(
        QuietDriver(pool),
        qbe=QueryBuilderEnvironment(settings=NAMES),
        qbq=QueryQueueBuilder(settings=NAMES),
        qbs=QuerySchedulerBuilder(settings=NAMES),
    )
    manager = QueueManager(queries, CHANNEL)
    for task in tasks:
        manager.entrypoint(
            task.name, on_failure="hold", accepts_context=False, executor_factory=Performer
        )(_no_function)
    return manager


async def run(manager: QueueManager) -> None:
    """Take jobs until the manager's `shutdown` is set; then finish those under way."""
    await manager.run(
        dequeue_timeout=POLL,
        batch_size=BATCH,
        max_concurrent_tasks=AT_ONCE,
        heartbeat_timeout=TAKE_OVER,
    )


async def open_pool(url: str) -> asyncpg.Pool:
    """The queue's own connections: jobs that use up the other pool must not stop the heartbeat."""

    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.execute("select set_config('role', 'comptoir_app', false)")

    async def keep_role(connection: asyncpg.Connection) -> None:
        """The role stays; nothing else is ever set here."""

    settings: dict[str, Any] = {
        "application_name": f"comptoir-queue-{uuid4().hex[:8]}",
        "timezone": "UTC",
        "jit": "off",
    }
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=3,
        init=prepare,
        reset=keep_role,
        command_timeout=30.0,
        server_settings=settings,
    )
