"""Lists: constant SQL fragments put together, parameters numbered, pages by keyset, counts capped.

The only place where SQL is composed. Fragments come from the code alone; `?` marks a parameter,
and values never touch the text.
"""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, LiteralString, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from comptoir.kit import db
from comptoir.kit.errors import Invalid

T = TypeVar("T")
COUNT_CAP = 10_000
LOOKED_AT = 20_000  # Of the newest rows, when what is frequent is counted.
BATCH = 1_000  # Rows of an export read in one transaction.
SUM_LIMIT = 10_000  # Milliseconds that adding up may take.


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of a list and the cursors of its neighbours (None at the ends)."""

    rows: list[T]
    next: str | None
    previous: str | None
    whole: bool = True  # False: a text matches more than was looked up; other pages lack it too.


@dataclass(frozen=True, slots=True)
class Count:
    """A count that stops at 10 000, or earlier where counting is long; `text` ends in `+` then."""

    number: int
    capped: bool

    @property
    def known(self) -> int:
        """How many there are at least."""
        return min(self.number, COUNT_CAP)

    @property
    def text(self) -> str:
        shown = f"{self.known:,}".replace(",", " ")
        return f"{shown}+" if self.capped else shown


class BadCursor(Invalid):
    code = "bad_cursor"
    title = "The cursor is not one that this list gave"


class TooManyToSum(Invalid):
    code = "too_many_to_sum"
    title = "There are too many to add up at once; narrow the dates"


@dataclass(frozen=True, slots=True)
class Chosen:
    """How the rows of a page are chosen in one large table, before anything is joined to them.

    The planner cannot foresee how many rows a join or several conditions leave, and one wrong guess
    reads the whole table. So nothing is left to guess: what is frequent is found among the newest
    `window` rows; what is not found there is rare, and indexes give all of it.
    """

    table: LiteralString  # With the alias that conditions use.
    key: LiteralString
    columns: LiteralString  # All that conditions may name.
    window: int
    frequent: int  # So many of the newest 20 000: all of them are more than a count may read.


class Query:
    """A select over constant fragments, newest first by the `order` columns."""

    def __init__(
        self,
        columns: LiteralString,
        source: LiteralString,
        order: tuple[LiteralString, ...],
        chosen: Chosen | None = None,
        *,
        rising: bool = False,
    ) -> None:
        """`chosen`: how to choose in a large table; all conditions are on it then.

        `rising`: by name or number from the first on, instead of newest first.
        """
        self._columns = columns
        self._source = source
        self._chosen = chosen
        self._counted = source if chosen is None else chosen.table
        self._order = order
        self._onwards, self._back = ("asc", "desc") if rising else ("desc", "asc")
        self._within: list[str] = []
        self._where: list[str] = []
        self._few = False
        self._partly = False
        self._args: list[object] = []

    def within(self, fragment: LiteralString, *values: object) -> "Query":
        """And a condition that the list's own order serves: company, mode, dates."""
        self._within.append(self._numbered(fragment, values))
        return self

    def where(self, fragment: LiteralString, *values: object) -> "Query":
        """And a condition that few or many rows may meet; each `?` takes the next value."""
        self._where.append(self._numbered(fragment, values))
        return self

    def exactly(self, fragment: LiteralString, *values: object) -> "Query":
        """And a condition that only few rows can meet, found by an index of its own."""
        self._few = True
        return self.where(fragment, *values)

    def partly(self) -> "Query":
        """What was looked up beforehand is not all there is: a count is a least one then."""
        self._partly = True
        return self

    def _numbered(self, fragment: str, values: tuple[object, ...]) -> str:
        parts = fragment.split("?")
        assert len(parts) == len(values) + 1, "a value for each question mark"
        text = parts[0]
        for value, part in zip(values, parts[1:], strict=True):
            self._args.append(value)
            text += f"${len(self._args)}{part}"
        return text

    def _sql(self, columns: str, extra: list[str], tail: str, source: str = "") -> str:
        conditions = _all([*self._within, *self._where, *extra])
        return f"select {columns} from {source or self._source} where {conditions} {tail}"

    def _sorted(self, direction: str) -> str:
        return "order by " + ", ".join(f"{column} {direction}" for column in self._order)

    async def page(
        self, tx: db.Tx, kind: type[T], *, cursor: str | None = None, limit: int = 50
    ) -> Page[T]:
        """One page. A cursor begins with `n` (after, older) or `p` (before, newer)."""
        backwards, position = _read_cursor(cursor, len(self._order))
        direction = self._back if backwards else self._onwards
        args, extra = list(self._args), []
        if position is not None:
            extra.append(self._beyond(direction))
            args.extend(position)
        try:
            rows = await self._rows(tx, extra, args, direction, limit + 1)
        except asyncpg.DataError:
            if position is None:
                raise
            raise BadCursor from None  # Its keys are of other types: another list's cursor.
        more, rows = len(rows) > limit, rows[:limit]
        if backwards:
            rows.reverse()
        read = db.reader(kind)
        older = more if not backwards else True
        newer = (more if backwards else position is not None) and bool(rows)
        return Page(
            [read(row) for row in rows],
            self._cursor("n", rows[-1]) if rows and older else None,
            self._cursor("p", rows[0]) if newer else None,
            not self._partly,
        )

    def _beyond(self, direction: str) -> str:
        """The condition for what comes after a place, whose keys are the last arguments."""
        places = [f"${len(self._args) + i + 1}" for i in range(len(self._order))]
        sign = ">" if direction == "asc" else "<"
        return f"({', '.join(self._order)}) {sign} ({', '.join(places)})"

    async def _rows(
        self, tx: db.Tx, extra: list[str], args: list[object], direction: str, wanted: int
    ) -> list[asyncpg.Record]:
        """Up to `wanted` rows: at once, or among the newest first and then among all."""
        shown, tail = self._shown(), f"{self._sorted(direction)} limit {wanted:d}"
        if self._chosen is None:
            return await tx.rows(self._sql(shown, extra, tail), *args)
        key = self._chosen.key
        steps = [self._sql(key, extra, tail, self._chosen.table)]
        if self._where:
            steps = [f"{self._every(extra)} select {key} from every as o {tail}"]
        if self._where and not self._few:
            newest = self._newest(extra, direction)
            steps.insert(0, f"select {key} from {newest} where {_all(self._where)} {tail}")
        rows: list[asyncpg.Record] = []
        for step in steps:
            sql = f"select {shown} from {self._source} where ({key}) in ({step}) {tail}"
            rows = await tx.rows(sql, *args)
            if len(rows) == wanted:
                break
        return rows

    def _shown(self) -> str:
        keys = ", ".join(f"{column} as key_{i}" for i, column in enumerate(self._order))
        return f"{self._columns}, {keys}"

    def _newest(self, extra: list[str], direction: str = "desc", window: int = 0) -> str:
        """The first rows of the list in its order, whatever else is asked of them."""
        assert self._chosen is not None
        scope = _all([*self._within, *extra])
        tail = f"{self._sorted(direction)} limit {window or self._chosen.window:d}"
        return (
            f"(select {self._chosen.columns} from {self._chosen.table} where {scope} {tail}) as o"
        )

    def _every(self, extra: list[str]) -> str:
        """All rows that match, in no order: planned for all of them, not for the first few."""
        assert self._chosen is not None
        names = ", ".join(dict.fromkeys([*self._chosen.key.split(", "), *self._order]))
        return f"with every as materialized ({self._sql(names, extra, '', self._chosen.table)})"

    def _cursor(self, side: str, row: Any) -> str:
        keys = [row[f"key_{i}"] for i in range(len(self._order))]
        text = msgspec.json.encode([_plain(key) for key in keys])
        return side + base64.urlsafe_b64encode(text).decode().rstrip("=")

    async def count(self, tx: db.Tx) -> Count:
        """How many rows match, counted no further than the cap."""
        capped = f"limit {COUNT_CAP + 1}"
        inner = self._sql("1 as one", [], capped, self._counted)
        if self._chosen is not None and self._where:
            frequent = None if self._few else await self._among_newest(tx)
            if frequent is not None:
                return frequent
            inner = f"{self._every([])} select 1 as one from every {capped}"
        number = await tx.value(f"select count(*) from ({inner}) as counted", *self._args)
        return Count(number, self._partly or number > COUNT_CAP)

    async def _among_newest(self, tx: db.Tx) -> Count | None:
        """All that match if the newest are all there is; at least so many if that is frequent."""
        assert self._chosen is not None
        newest = self._newest([], window=LOOKED_AT)
        sql = f"select count(*), count(*) filter (where {_all(self._where)}) from {newest}"
        row = await tx.row(sql, *self._args)
        looked, number = row or (0, 0)
        if looked < LOOKED_AT:
            return Count(number, self._partly or number > COUNT_CAP)
        return Count(number, capped=True) if number >= self._chosen.frequent else None

    async def totals(
        self, tx: db.Tx, kind: type[T], columns: LiteralString, tail: LiteralString
    ) -> list[T]:
        """Figures over all matching rows, e.g. sums by currency (`tail` groups them).

        Exact or not at all: raises `TooManyToSum` when the time for it is over.
        """
        await tx.run("select set_config('statement_timeout', $1, true)", str(SUM_LIMIT))
        try:
            return await tx.all(kind, self._sql(columns, [], tail, self._counted), *self._args)
        except asyncpg.QueryCanceledError:
            raise TooManyToSum from None

    async def batches(
        self, opened: Callable[[], AbstractAsyncContextManager[db.Tx]], kind: type[T]
    ) -> AsyncIterator[list[T]]:
        """Every matching row in the list's order, a transaction for each batch: no cap, no hold.

        Planned in the list's own order, not chosen among the newest: all rows are read anyway.
        """
        read, position = db.reader(kind), list[object]()
        tail = f"{self._sorted(self._onwards)} limit {BATCH:d}"
        while True:
            extra = [self._beyond(self._onwards)] if position else []
            async with opened() as tx:
                sql = self._sql(self._shown(), extra, tail)
                rows = await tx.rows(sql, *self._args, *position)
            if rows:
                yield [read(row) for row in rows]
            if len(rows) < BATCH:
                return
            position = [rows[-1][f"key_{i}"] for i in range(len(self._order))]


def _all(conditions: list[str]) -> str:
    return " and ".join(f"({c})" for c in conditions) or "true"


def like(text: str) -> str:
    """A contains-pattern for lower-case matching, with the wildcards of the text made harmless."""
    safe = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{safe}%"


def _plain(key: object) -> object:
    """A key as a cursor says it: a text stands in a list, so that it is not taken for an id."""
    if isinstance(key, str):
        return [key]
    if isinstance(key, int):
        return key
    return key.isoformat() if isinstance(key, datetime) else str(key)


def _typed(text: str | int | list[str]) -> object:
    if isinstance(text, int):
        return text
    if isinstance(text, list):
        return "".join(text)
    try:
        return UUID(text)
    except ValueError:
        pass
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _read_cursor(cursor: str | None, width: int) -> tuple[bool, list[object] | None]:
    if not cursor:
        return False, None
    side, body = cursor[:1], cursor[1:]
    try:
        padded = body + "=" * (-len(body) % 4)
        text = base64.urlsafe_b64decode(padded)
        keys = msgspec.json.decode(text, type=list[str | int | list[str]])
        if side not in {"n", "p"} or len(keys) != width:
            raise BadCursor
        return side == "p", [_typed(key) for key in keys]
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise BadCursor from None
