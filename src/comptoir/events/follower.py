"""Followers: readers of the log that miss nothing and do everything once.

A follower's effects and the step of its cursor are one transaction. Two workers never step the
same follower at once: its row is locked, and who does not get it goes on to other work.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from comptoir.events.log import START, Cursor, Event, list_after
from comptoir.kit import clock, db, metrics

BATCH = 500
MAX_BATCH = 5000
MAX_FOLLOWERS = 200

Handler = Callable[[db.Tx, Sequence[Event]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Follower:
    """A named reader for `wiring.FOLLOWERS`. Its name is its cursor: a new name starts afresh.

    The handler writes in the transaction it is given (platform scope, all companies). It must be
    short: its open transaction holds back every other follower.
    """

    name: str
    handler: Handler
    batch: int = BATCH


class LogRestarted(RuntimeError):
    """The cursor is ahead of the server's transactions: a dump was restored; `migrate` mends it."""


async def follow(name: str, handler: Handler, batch: int = BATCH) -> int:
    """Hand the next events to `handler` and step the cursor with it; how many there were.

    0: nothing new, or another worker is at it. An error of the handler undoes its effects and
    leaves the cursor where it was.
    """
    assert 0 < batch <= MAX_BATCH, "a batch is bounded"
    async with db.platform() as tx:
        row = await tx.row(
            "select tx, seq, tx > pg_snapshot_xmax(pg_current_snapshot()) as ahead"
            " from follower where name = $1 for update skip locked",
            name,
        )
        if row is None:
            await _begin(tx, name)
            return 0
        if row["ahead"]:
            raise LogRestarted(f"{name} stands after the end of the log; run `comptoir migrate`")
        rows = await list_after(tx, Cursor(row["tx"], row["seq"]), batch)
        if not rows:
            return 0
        await handler(tx, rows)
        await tx.run(
            "update follower set tx = $2, seq = $3, moved_at = $4 where name = $1",
            name, *rows[-1].cursor, clock.now(),
        )  # fmt: skip
    metrics.FOLLOWED.labels(name).inc(len(rows))
    return len(rows)


async def _begin(tx: db.Tx, name: str, at: Cursor = START) -> None:
    """Give a new follower its cursor, at the start of the log. A locked row is left alone."""
    await tx.run(
        "insert into follower (name, tx, seq) values ($1, $2, $3) on conflict (name) do nothing",
        name, *at,
    )  # fmt: skip


async def list_behind(tx: db.Tx, names: list[str]) -> list[str]:
    """Which followers have something to read (new ones included), without taking any lock.

    Asked several times a second, so the next event of each is found by the log's index: an
    `exists` would read all of the log that has been read already.
    """
    rows = await tx.rows(
        "select n.name from unnest($1::text[]) as n(name) left join follower f on f.name = n.name"
        " left join lateral (select e.tx from event e where (e.tx, e.seq) > (f.tx, f.seq)"
        "  order by e.tx, e.seq limit 1) next on true"
        " where f.name is null or next.tx < pg_snapshot_xmin(pg_current_snapshot())"
        " or f.tx > pg_snapshot_xmax(pg_current_snapshot())",
        names,
    )
    return [row["name"] for row in rows]


@dataclass(frozen=True, slots=True)
class FollowerState:
    """Where a follower stands. `waiting_since`: the oldest event it has not seen."""

    name: str
    tx: int
    seq: int
    moved_at: datetime
    waiting_since: datetime | None


async def measure(tx: db.Tx) -> list[FollowerState]:
    """How far each follower is behind, for readiness and metrics. Platform scope."""
    states = await tx.all(
        FollowerState,
        "select f.name, f.tx, f.seq, f.moved_at, (select e.at from event e"
        " where (e.tx, e.seq) > (f.tx, f.seq) order by e.tx, e.seq limit 1) as waiting_since"
        " from follower f order by f.name limit $1",
        MAX_FOLLOWERS,
    )
    metrics.FOLLOWER_LAG.clear()
    now = clock.now()
    for state in states:
        lag = max((now - state.waiting_since).total_seconds(), 0) if state.waiting_since else 0
        metrics.FOLLOWER_LAG.labels(state.name).set(lag)
    return states
