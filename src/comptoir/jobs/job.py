"""Jobs: work asked for in the caller's own transaction, done later by a worker.

queued -> picked -> done (the row goes) | queued again, later | failed (kept until a person says).
A job that is rolled back with its transaction never existed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import structlog

from comptoir.jobs.tasks import Task
from comptoir.kit import clock, db, metrics
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, NotFound

MAX_LISTED = 200
MAX_LINES = 1000  # Tasks and their states: as many as the code has, not as the data.
KEEP_LOG = timedelta(days=7)
KEEP_STATISTICS = timedelta(days=90)
PRUNE_AT_ONCE = 20_000


@dataclass(frozen=True, slots=True)
class FailedJob:
    """A job that used up its attempts, with what went wrong the last time."""

    id: int
    task: str
    company_id: UUID
    arguments: dict[str, Any]
    attempts: int
    created_at: datetime
    failed_at: datetime
    trouble: str | None


@dataclass(frozen=True, slots=True)
class QueueLine:
    """How many jobs of a task are in a state, and since when the oldest has been due."""

    task: str
    status: str
    jobs: int
    due_since: datetime


class JobAlreadyWaiting(Conflict):
    code = "job_already_waiting"
    title = "The same job waits or runs already"


async def enqueue(
    tx: db.Tx,
    task: Task,
    *,
    company_id: UUID,
    after: timedelta | None = None,
    dedupe: str | None = None,
    **ids: object,
) -> int | None:
    """Ask for a job in this transaction; it runs once the transaction is committed.

    `dedupe`: while a job of this task and company with the same key waits or runs, nothing is
    added and the answer is None. A running job may have read its rows already, so only use a key
    where a later look (a schedule, a next_try_at) catches what it missed.
    """
    context = structlog.contextvars.get_contextvars()
    headers = {"request_id": context["request_id"]} if context.get("request_id") else None
    added: int | None = await tx.value(
        "select enqueue_job_v1($1, $2, $3, $4, $5, $6)",
        company_id, task.name, task.pack(ids), clock.now() + (after or timedelta(0)), dedupe,
        headers,
    )  # fmt: skip
    return added


async def list_failed(tx: db.Tx, actor: Actor, limit: int = MAX_LISTED) -> list[FailedJob]:
    """Jobs that gave up, newest first: those of the actor's company, or all for the platform."""
    return await tx.all(
        FailedJob,
        "select j.id, j.entrypoint as task, (j.arguments ->> 'company_id')::uuid as company_id,"
        " j.arguments - 'company_id' as arguments, j.attempts + 1 as attempts,"
        " j.created as created_at, j.updated as failed_at,"
        " (select l.traceback ->> 'exception_message' from pgqueuer_log l"
        "  where l.job_id = j.id and l.traceback is not null"
        "  order by l.created desc, l.id desc limit 1) as trouble"
        " from (select p.id, p.entrypoint, p.attempts, p.created, p.updated,"
        "  convert_from(p.payload, 'UTF8')::jsonb as arguments"
        "  from pgqueuer p where p.status = 'failed') j"
        " where $1::uuid is null or j.arguments ->> 'company_id' = $1::text"
        " order by j.id desc limit $2",
        _company(actor), min(limit, MAX_LISTED),
    )  # fmt: skip


async def retry_failed(tx: db.Tx, actor: Actor, job_id: int) -> None:
    """Let a failed job begin again, with all its attempts. Absent and not-yours look alike."""
    try:
        moved = await tx.run(
            "update pgqueuer set status = 'queued', attempts = 0, execute_after = $3,"
            " updated = now(), queue_manager_id = null"
            " where id = $1 and status = 'failed' and ($2::uuid is null"
            "  or convert_from(payload, 'UTF8')::jsonb ->> 'company_id' = $2::text)",
            job_id, _company(actor), clock.now(),
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise JobAlreadyWaiting from None
    if not moved:
        raise NotFound


def _company(actor: Actor) -> UUID | None:
    assert actor.platform or actor.company_id is not None, "only the platform sees every company"
    return actor.company_id


async def measure(tx: db.Tx) -> list[QueueLine]:
    """How full the queue is, for readiness and metrics (which are set on the way)."""
    lines = await tx.all(
        QueueLine,
        "select entrypoint as task, status::text as status, count(*) as jobs,"
        " min(greatest(created, execute_after)) as due_since"
        " from pgqueuer group by entrypoint, status order by entrypoint, status limit $1",
        MAX_LINES,
    )
    metrics.QUEUE.clear()
    metrics.QUEUE_AGE.clear()
    now = clock.now()
    for line in lines:
        metrics.QUEUE.labels(line.task, line.status).set(line.jobs)
        if line.status == "queued":
            age = max((now - line.due_since).total_seconds(), 0)
            metrics.QUEUE_AGE.labels(line.task).set(age)
    return lines


async def prune() -> None:
    """Drop old lines of the queue's own log; what explains a failed job stays with it."""
    async with db.lookup() as tx:
        await tx.run(
            "delete from pgqueuer_log where id in (select l.id from pgqueuer_log l"
            " where l.created < $1 and l.aggregated and not exists"
            " (select from pgqueuer p where p.id = l.job_id) order by l.created limit $2)",
            clock.now() - KEEP_LOG, PRUNE_AT_ONCE,
        )  # fmt: skip
        await tx.run(
            "delete from pgqueuer_statistics where id in (select s.id from pgqueuer_statistics s"
            " where s.created < $1 order by s.id limit $2)",
            clock.now() - KEEP_STATISTICS, PRUNE_AT_ONCE,
        )  # fmt: skip
