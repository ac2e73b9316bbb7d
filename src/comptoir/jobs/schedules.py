"""Schedules: functions that run every so often, on one worker at a time.

A tick that was missed (all workers were down) runs once, not once per missed moment. What must
happen for a row at a moment belongs to the row (`next_try_at`); a schedule only goes and looks.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from comptoir.kit import clock, db

SHORTEST = timedelta(milliseconds=200)
LOCK_SPACE = 0x7469636B  # "tick": keeps these advisory locks apart from all others.
MAX_TROUBLE = 500
MAX_LISTED = 500


@dataclass(frozen=True, slots=True)
class Schedule:
    """A named function without arguments, and how often it is wanted."""

    name: str
    every: timedelta
    function: Callable[[], Awaitable[object]]


def schedule(name: str, *, every: timedelta, function: Callable[[], Awaitable[object]]) -> Schedule:
    """A schedule for `wiring.SCHEDULES`."""
    assert every >= SHORTEST, "a schedule looks at most five times a second"
    return Schedule(name, every, function)


async def register_schedules(tx: db.Tx, schedules: list[Schedule]) -> None:
    """Note new schedules as due now; the due moments of known ones stay."""
    names = [item.name for item in schedules]
    assert len(set(names)) == len(names), "two schedules have the same name"
    await tx.run(
        "insert into job_schedule (name, due_at) select name, $2 from unnest($1::text[]) as name"
        " on conflict (name) do nothing",
        names, clock.now(),
    )  # fmt: skip


async def list_due_schedules(tx: db.Tx, names: list[str]) -> list[str]:
    """Which of these schedules are due, the longest due first."""
    rows = await tx.rows(
        "select name from job_schedule where name = any($1) and due_at <= $2 order by due_at, name",
        names, clock.now(),
    )  # fmt: skip
    return [row["name"] for row in rows]


async def lock_schedule(connection: asyncpg.Connection, item: Schedule) -> bool:
    """Take the right to run a schedule; it ends with the connection, so with its worker."""
    return bool(
        await connection.fetchval(
            "select pg_try_advisory_lock($1, hashtext($2))", LOCK_SPACE, item.name
        )
    )


async def unlock_schedule(connection: asyncpg.Connection, item: Schedule) -> None:
    await connection.execute("select pg_advisory_unlock($1, hashtext($2))", LOCK_SPACE, item.name)


async def begin_tick(item: Schedule) -> bool:
    """Claim the due tick and set the next moment; False: another worker was quicker."""
    now = clock.now()
    async with db.lookup() as tx:
        claimed = await tx.run(
            "update job_schedule set due_at = $2, started_at = $3 where name = $1 and due_at <= $3",
            item.name, now + item.every, now,
        )  # fmt: skip
    return claimed == 1


async def end_tick(item: Schedule, trouble: str | None) -> None:
    """Note how the tick ended; `trouble` must be redacted already."""
    async with db.lookup() as tx:
        await tx.run(
            "update job_schedule set finished_at = $2, trouble = $3 where name = $1",
            item.name, clock.now(), trouble[:MAX_TROUBLE] if trouble else None,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """What a person sees of a schedule."""

    name: str
    due_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    trouble: str | None


async def list_schedules(tx: db.Tx) -> list[ScheduleState]:
    """Every schedule that ever ran here, with its last trouble."""
    return await tx.all(
        ScheduleState,
        "select name, due_at, started_at, finished_at, trouble from job_schedule order by name"
        " limit $1",
        MAX_LISTED,
    )
