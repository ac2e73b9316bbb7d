"""PostgreSQL: one pool, transactions with a company scope, rows read into frozen values.

Row-level security sees `comptoir.company`, set for one transaction only. A transaction without a
scope raises, unless it says that it is a platform or a lookup transaction.
"""

import dataclasses
import types
import typing
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Any, TypeVar, cast
from uuid import UUID

import asyncpg
import msgspec

from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Unavailable
from comptoir.kit.money import Money
from comptoir.kit.together import Line

T = TypeVar("T")
_AS_ROLE = "select set_config('role', $1, true), set_config('plan_cache_mode', $2, true)"
_FOR_COMPANY = (
    "select set_config('comptoir.company', $1, true), set_config('plan_cache_mode', $2, true)"
)
# A plan made for everybody does not know the largest company, nor which values are rare.
EACH = "force_custom_plan"
COMMAND_TIMEOUT = 30.0  # Seconds: no statement of a request or a job may take longer.

_pool: asyncpg.Pool | None = None
_lines: dict[str, Line] = {}  # By statement; there are few, and all are constants.
_open: ContextVar[int] = ContextVar("open_transactions", default=0)


class NoScope(Conflict):
    """A transaction on tenant tables was asked for without a company."""

    code = "company_needed"
    title = "Choose one company first; this cannot be done over all of them"


async def connect(url: str, *, size: int = 10, role: str = "comptoir_app") -> None:
    """Open the process's pool. Every connection works as `role`, never as the login role."""
    global _pool  # noqa: PLW0603  One pool for a process.

    async def prepare(connection: asyncpg.Connection) -> None:
        await connection.set_type_codec(
            "jsonb",
            schema="pg_catalog",
            encoder=lambda value: b"\x01" + msgspec.json.encode(value),
            decoder=lambda data: msgspec.json.decode(data[1:]),
            format="binary",
        )
        await connection.execute("select set_config('role', $1, false)", role)

    _lines.clear()
    _pool = await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        init=prepare,
        reset=_keep_role,
        command_timeout=COMMAND_TIMEOUT,
        server_settings={"application_name": "comptoir", "timezone": "UTC", "jit": "off"},
    )


async def _keep_role(connection: asyncpg.Connection) -> None:
    """Leave a returned connection as it is: every scope is local to its transaction."""


async def close() -> None:
    global _pool  # noqa: PLW0603  The pool of the process.
    _lines.clear()
    if _pool is not None:
        await _pool.close()
        _pool = None


def pool() -> asyncpg.Pool:
    if _pool is None:
        raise Unavailable("The database is not connected")
    return _pool


def in_transaction() -> bool:
    """Whether this task holds a transaction open; the gateways' engine refuses to run then."""
    return _open.get() > 0


_readers: dict[Any, Callable[[asyncpg.Record], Any]] = {}


def reader(kind: Any) -> Callable[[asyncpg.Record], Any]:
    """How to read a row into `kind`: a Money field `x` reads the columns `x_minor`, `currency`."""
    if kind in _readers:
        return _readers[kind]
    hints = typing.get_type_hints(kind)
    readers: list[Callable[[asyncpg.Record], Any]] = []
    for item in dataclasses.fields(kind):
        readers.append(_field_reader(item.name, hints[item.name]))
    _readers[kind] = lambda row: kind(*[read(row) for read in readers])
    return _readers[kind]


def _field_reader(name: str, hint: Any) -> Callable[[asyncpg.Record], Any]:
    optional = typing.get_origin(hint) in (typing.Union, types.UnionType)
    bare = next(a for a in typing.get_args(hint) if a is not type(None)) if optional else hint
    if bare is Money:
        minor = name + "_minor"

        def money(row: asyncpg.Record) -> Money | None:
            return None if row[minor] is None else Money(row[minor], row["currency"])

        return money
    if isinstance(bare, type) and issubclass(bare, Enum):
        return lambda row: None if row[name] is None else bare(row[name])
    if typing.get_origin(bare) is tuple:
        return lambda row: tuple(row[name] or ())
    if typing.get_origin(bare) is frozenset:
        return lambda row: frozenset(row[name] or ())
    return lambda row: row[name]


class Tx:
    """A transaction under way, with its scope. First argument of every write and scoped read."""

    __slots__ = ("_company", "connection")

    def __init__(self, connection: asyncpg.Connection, company: UUID | None) -> None:
        self.connection = connection
        self._company = company

    @property
    def company(self) -> UUID:
        if self._company is None:
            raise NoScope
        return self._company

    async def one(self, kind: type[T], sql: str, *args: object) -> T | None:
        """The first row as `kind`, or None."""
        row = await self.connection.fetchrow(sql, *args)
        return None if row is None else cast("T", reader(kind)(row))

    async def all(self, kind: type[T], sql: str, *args: object) -> list[T]:
        read = reader(kind)
        return [read(row) for row in await self.connection.fetch(sql, *args)]

    async def value(self, sql: str, *args: object) -> Any:
        return await self.connection.fetchval(sql, *args)

    async def row(self, sql: str, *args: object) -> asyncpg.Record | None:
        return await self.connection.fetchrow(sql, *args)

    async def rows(self, sql: str, *args: object) -> list[asyncpg.Record]:
        return cast("list[asyncpg.Record]", await self.connection.fetch(sql, *args))

    async def run(self, sql: str, *args: object) -> int:
        """Execute; the number of rows touched."""
        status: str = await self.connection.execute(sql, *args)
        last = status.rsplit(" ", 1)[-1]
        return int(last) if last.isdigit() else 0


@asynccontextmanager
async def _transaction(
    company: UUID | None, role: str | None, plans: str = "auto"
) -> AsyncIterator[Tx]:
    async with pool().acquire() as connection:
        token = _open.set(_open.get() + 1)
        try:
            async with connection.transaction():
                if role is not None:
                    await connection.execute(_AS_ROLE, role, plans)
                if company is not None:
                    await connection.execute(_FOR_COMPANY, str(company), plans)
                yield Tx(connection, company)
        finally:
            _open.reset(token)


def transaction(*, company: UUID) -> typing.AsyncContextManager[Tx]:
    """A transaction in the scope of one company. Rows of others do not exist in it."""
    if not isinstance(company, UUID):
        raise NoScope
    return _transaction(company, None)


def platform() -> typing.AsyncContextManager[Tx]:
    """A transaction over all companies (platform pages, followers). Check first who asks."""
    return _transaction(None, "comptoir_platform")


def lookup() -> typing.AsyncContextManager[Tx]:
    """A transaction without scope: platform tables and the definer functions of the directory."""
    return _transaction(None, None)


def reads(actor: Actor) -> typing.AsyncContextManager[Tx]:
    """The scope that an actor may read: its company, or every company for platform staff."""
    if actor.company_id is not None:
        return _transaction(actor.company_id, None, EACH)
    if not actor.platform:
        raise NoScope
    return _transaction(None, "comptoir_platform", EACH)


async def call(sql: str, *args: object) -> asyncpg.Record:
    """One statement committed by itself, or together with others of its kind that wait now.

    For functions that set their scope themselves and give exactly one row (see `kit.together`).
    """
    line = _lines.get(sql)
    if line is None:
        line = _lines[sql] = Line(pool(), sql)
    return await line.call(args)
