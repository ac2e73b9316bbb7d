"""The request log: what programs asked of the APIs, written beside the payments and never for them.

A request leaves its facts in this process's memory and goes on. A few times a second all that came
together is redacted and written in one statement. Memory is bounded, and so is the number of bodies
of one turn: under load lines are kept without bodies, and beyond that dropped and counted.
"""

import asyncio
import contextvars
import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from comptoir import settings
from comptoir.kit import clock, db, ids, log
from comptoir.kit.errors import Unavailable
from comptoir.traffic import redaction

PAUSE = 0.25  # Seconds between two turns of writing.
MAX_WAITING = 5_000  # Lines in memory.
MAX_BODIES = 10  # Requests of one turn whose bodies are kept.
PRUNED, PRUNES = 10_000, 100  # Rows of one statement, statements of one tick.
MAX_PATH, MAX_QUERY, MAX_ID = 512, 1024, 64

_log = log.get("traffic")
_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Heard:
    """One request and its answer, as the door heard them. Nothing is redacted yet."""

    company_id: UUID
    live: bool
    door: str
    originator_id: UUID | None
    method: str
    path: str
    query: str
    status: int
    milliseconds: int
    request_id: str
    at: datetime
    request: bytes | None = None
    answer: bytes | None = None
    packed: bool = False  # Whether the answer is gzip.


@dataclass(slots=True)
class _Waiting:
    """What waits in this process to be written."""

    lines: list[Heard] = field(default_factory=list)
    bodies: int = 0
    dropped: int = 0
    keeping: bool = True
    running: bool = False  # Whether turns come by themselves.
    alarm: asyncio.TimerHandle | None = None
    turn: "asyncio.Task[int] | None" = None


_waiting = _Waiting()


def start() -> None:
    """Write by itself from now on, unless the settings say that nothing is kept."""
    _waiting.keeping = settings.load().request_log_days > 0
    _waiting.running = True


async def stop() -> None:
    """Write what is left, before the database is closed."""
    _waiting.running = False
    if _waiting.alarm is not None:
        _waiting.alarm.cancel()
        _waiting.alarm = None
    if _waiting.turn is not None:
        await _waiting.turn
    await flush()


def wants_body() -> bool:
    """Whether a door should hold on to bodies now."""
    return _waiting.keeping and _waiting.bodies < MAX_BODIES


def note(heard: Heard) -> None:
    """Keep one line for the next turn. Costs an append; never waits and never fails."""
    if not _waiting.keeping:
        return
    if len(_waiting.lines) >= MAX_WAITING:
        _waiting.dropped += 1
        return
    if heard.request is not None or heard.answer is not None:
        if _waiting.bodies >= MAX_BODIES:
            heard = replace(heard, request=None, answer=None)
        else:
            _waiting.bodies += 1
    _waiting.lines.append(heard)
    if _waiting.running and _waiting.alarm is None:
        loop = asyncio.get_running_loop()
        # In a context of its own: the turn belongs to no request.
        _waiting.alarm = loop.call_later(PAUSE, _begin, context=contextvars.Context())


def _begin() -> None:
    _waiting.alarm = None
    if _waiting.turn is None or _waiting.turn.done():
        loop = asyncio.get_running_loop()
        _waiting.turn = loop.create_task(flush(), context=contextvars.Context())


async def flush() -> int:
    """Write what waits; how many lines. What cannot be written is gone: it is only a log."""
    lines, dropped = _waiting.lines, _waiting.dropped
    _waiting.lines, _waiting.bodies, _waiting.dropped = [], 0, 0
    if dropped:
        _log.warning("requests_not_logged", dropped=dropped)
    if not lines:
        return 0
    rows = []
    for heard in lines:
        rows.append(_row(heard))
        if heard.request is not None or heard.answer is not None:
            await asyncio.sleep(0)  # Payments that came meanwhile go first.
    try:
        await _write(rows)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, Unavailable) as error:
        _log.warning("requests_not_logged", dropped=len(rows), problem=type(error).__name__)
        return 0
    return len(rows)


def _row(heard: Heard) -> tuple[Any, ...]:
    asked = redaction.body(heard.request)
    told = redaction.body(heard.answer, packed=heard.packed)
    code = redaction.code_of(told)
    moment = int(heard.at.timestamp() * 1000)
    return (
        heard.company_id, ids.at(moment, int.from_bytes(os.urandom(10), "big")), heard.live,
        heard.at, heard.door, heard.originator_id, heard.method[:16],
        redaction.path(heard.path)[:MAX_PATH], redaction.text(heard.query)[:MAX_QUERY] or None,
        heard.status, heard.milliseconds, redaction.request_id(heard.request_id)[:MAX_ID], code,
        None if asked is None else _encode(asked).decode(),
        None if told is None else _encode(told).decode(),
    )  # fmt: skip


async def _write(rows: Sequence[tuple[Any, ...]]) -> None:
    """One statement. (COPY cannot write into a table with row-level security.)"""
    async with db.platform() as tx:
        await tx.run(
            "insert into api_request (company_id, id, live, at, door, originator_id, method, path,"
            " query, status, milliseconds, request_id, code, request, answer)"
            " select a, b, c, d, e, f, g, h, i, j, k, l, m, n::jsonb, o::jsonb from unnest("
            "$1::uuid[], $2::uuid[], $3::boolean[], $4::timestamptz[], $5::text[], $6::uuid[],"
            " $7::text[], $8::text[], $9::text[], $10::int[], $11::int[], $12::text[],"
            " $13::text[], $14::text[], $15::text[])"
            " as x(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)",
            *(list(column) for column in zip(*rows, strict=True)),
        )


async def prune() -> int:
    """Forget what is older than the settings say; how many lines that were."""
    until = clock.now() - timedelta(days=settings.load().request_log_days)
    gone = 0
    for _ in range(PRUNES):
        async with db.platform() as tx:
            removed = await tx.run(
                "delete from api_request where ctid = any(array("
                "select r.ctid from api_request r where r.at < $1 limit $2))",
                until, PRUNED,
            )  # fmt: skip
        gone += removed
        if removed < PRUNED:
            break
    return gone
