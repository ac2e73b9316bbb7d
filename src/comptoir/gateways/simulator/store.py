"""The simulator's memory: PostgreSQL behind its own small pool, one round trip per request.

It plays somebody else's computer, so it neither shares the product's transactions nor waits for
the disk: a payment's durability is the product's business, not the fake gateway's.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

import asyncpg

from comptoir.gateways.simulator.faults import NO_FAULT, NOTHING_DONE, Fault
from comptoir.kit.errors import Unavailable

STATEMENT_MILLISECONDS = 10_000  # The server's own clock: a client timer per call costs more.

MAX_TOGETHER = 32
_OPEN = (
    "select f.fault, f.error, f.replayed, f.op, case when $23::text is not null or f.replayed"
    " then sandbox_avs_v1($1, (f.op).id, $23) end as avs"
    " from sandbox_open_v1($1, $2, $3, $4, $5, $6, $7, $8,"
    " $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) f"
)

_pool: asyncpg.Pool | None = None


class _Counter:
    """New charges that wait at the same time go to the database together, in one commit.

    They lock no row of each other's, so a company of charges is as safe as each alone; one that
    fails is sent again by itself. (Pooled connections cost more here than the work itself.)
    """

    def __init__(self) -> None:
        self._waiting: list[tuple[tuple[object, ...], asyncio.Future[asyncpg.Record]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, arguments: tuple[object, ...]) -> asyncpg.Record:
        answer: asyncio.Future[asyncpg.Record] = asyncio.get_running_loop().create_future()
        self._waiting.append((arguments, answer))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._serve())
        return await answer

    async def _serve(self) -> None:
        while self._waiting:
            group = self._waiting[:MAX_TOGETHER]
            del self._waiting[:MAX_TOGETHER]
            try:
                rows = await _connected().fetchmany(_OPEN, [arguments for arguments, _ in group])
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, Unavailable):
                await self._one_by_one(group)
                continue
            for (_, answer), row in zip(group, rows, strict=True):
                if not answer.done():
                    answer.set_result(row)

    async def _one_by_one(
        self, group: list[tuple[tuple[object, ...], asyncio.Future[asyncpg.Record]]]
    ) -> None:
        for arguments, answer in group:
            try:
                row = await _connected().fetchrow(_OPEN, *arguments)
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, Unavailable) as error:
                if not answer.done():
                    answer.set_exception(error)
                continue
            if not answer.done():
                answer.set_result(row)


_counter = _Counter()


async def connect(url: str, *, size: int = 4, role: str = "comptoir_app") -> None:
    """Open the pool. Like the product's own, its connections work as `role`."""
    global _pool, _counter  # noqa: PLW0603  One of each for a process.
    _counter = _Counter()

    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.execute("select set_config('role', $1, false)", role)

    async def keep(connection: asyncpg.Connection) -> None:
        """Leave it as it is: every scope is local to one statement."""

    _pool = await asyncpg.create_pool(
        url,
        min_size=0,
        max_size=size,
        init=prepare,
        reset=keep,
        server_settings={
            "application_name": "comptoir-sandbox",
            "timezone": "UTC",
            "jit": "off",
            "synchronous_commit": "off",
            "statement_timeout": str(STATEMENT_MILLISECONDS),
        },
    )


async def close() -> None:
    global _pool  # noqa: PLW0603  The pool of the process.
    if _pool is not None:
        await _pool.close()
        _pool = None


def _connected() -> asyncpg.Pool:
    if _pool is None:
        raise Unavailable("The sandbox gateway is not running")
    return _pool


@asynccontextmanager
async def scope(company: UUID) -> AsyncIterator[asyncpg.Connection]:
    """Several statements within one company."""
    async with _connected().acquire() as connection, connection.transaction():
        await connection.execute("select set_config('comptoir.company', $1, true)", str(company))
        yield connection


async def open_operation(*arguments: object) -> asyncpg.Record:
    """A new charge, credit or check: fault, error, replayed, op, avs."""
    return await _counter.ask(arguments)


async def change_operation(*arguments: object) -> asyncpg.Record:
    """A capture, cancel or refund: fault, error, replayed, op."""
    return await _connected().fetchrow(
        "select fault, error, replayed, op from sandbox_change_v1($1, $2, $3, $4, $5, $6, $7, $8,"
        " $9, $10, $11, $12, $13, $14)",
        *arguments,
    )


async def continue_operation(
    company: UUID, account: UUID, operation: UUID, fault: str | None, at: datetime
) -> asyncpg.Record:
    return await _connected().fetchrow(
        "select f.fault, f.error, f.replayed, f.op, sandbox_avs_v1($1, (f.op).id, null) as avs"
        " from sandbox_continue_v1($1, $2, $3, $4, $5, $6) f",
        company, account, operation, fault, NOTHING_DONE, at,
    )  # fmt: skip


async def find_operations(
    company: UUID,
    account: UUID,
    operation: UUID | None,
    reference: str | None,
    fault: str | None,
    at: datetime,
) -> tuple[str | None, list[asyncpg.Record]]:
    """The fault to play, and every copy of what was asked for: op, avs."""
    rows = await _connected().fetch(
        "select f.fault, f.op, sandbox_avs_v1($1, (f.op).id, null) as avs"
        " from sandbox_find_v1($1, $2, $3, $4, $5, $6) f",
        company, account, operation, reference, fault, at,
    )  # fmt: skip
    return rows[0]["fault"], [row for row in rows if row["op"] and row["op"]["id"]]


async def challenge(
    company: UUID, operation: UUID, result: str | None, at: datetime
) -> asyncpg.Record | None:
    """The challenge of an operation; with a result, it is decided first."""
    row = await _connected().fetchrow(
        "select id, amount_minor, currency, last4, brand, status, challenge, return_url, at"
        " from sandbox_challenge_v1($1, $2, $3, $4)",
        company, operation, result, at,
    )  # fmt: skip
    return None if row is None or row["id"] is None else row


async def decide(company: UUID, account: UUID, reference: str, code: str, due: datetime) -> bool:
    """Set how a pending operation ends, and when; whether there was one."""
    async with scope(company) as connection:
        done: str = await connection.execute(
            "update sandbox_operation set rule = $4, ready_at = $5 where company_id = $1"
            " and account_id = $2 and reference = $3 and status = 'pending'",
            company, account, reference, code, due,
        )  # fmt: skip
    return done != "UPDATE 0"


async def take_back(
    company: UUID, account: UUID, returned: UUID, reference: str, original: str, at: datetime
) -> None:
    """A debit came back; told again, it came back once."""
    async with scope(company) as connection:
        await connection.execute(
            "select sandbox_return_v1($1, $2, $3, $4, $5, $6)",
            company, account, returned, reference, original, at,
        )  # fmt: skip


async def due_operations(
    company: UUID, account: UUID, at: datetime, limit: int
) -> list[asyncpg.Record]:
    """Operations whose notification is due, each handed out once: op, avs."""
    rows: list[asyncpg.Record] = await _connected().fetch(
        "select d as op, sandbox_avs_v1($1, d.id, null) as avs"
        " from sandbox_due_v1($1, $2, $3, $4) d",
        company, account, at, limit,
    )  # fmt: skip
    return rows


async def script(account: UUID, faults: Sequence[Fault | str]) -> None:
    """Order faults for the next requests of an account, in order; "none" lets one pass."""
    words = [NO_FAULT if fault == NO_FAULT else Fault(fault).value for fault in faults]
    async with _connected().acquire() as connection:
        await connection.executemany(
            "insert into sandbox_script (account_id, fault) values ($1, $2)",
            [(account, word) for word in words],
        )


async def clear_script(account: UUID) -> int:
    """Forget the faults still ordered for an account; how many there were."""
    async with _connected().acquire() as connection:
        done: str = await connection.execute(
            "delete from sandbox_script where account_id = $1", account
        )
    return int(done.rsplit(" ", 1)[-1])


async def charges(company: UUID, account: UUID, reference: str | None = None) -> int:
    """How many approved or pending money movements exist: what tests count double charges by."""
    async with scope(company) as connection:
        count: int = await connection.fetchval(
            "select count(*) from sandbox_operation where company_id = $1 and account_id = $2"
            " and ($3::text is null or reference = $3) and status in ('approved', 'pending')"
            " and kind not in ('3dscheck', 'reversal')",
            company, account, reference,
        )  # fmt: skip
    return count
