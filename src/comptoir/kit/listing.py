"""Lists: constant SQL fragments put together, parameters numbered, pages by keyset, counts capped.

The only place where SQL is composed. Fragments come from the code alone; `?` marks a parameter,
and values never touch the text.
"""

import base64
import binascii
from collections.abc import AsyncIterator
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


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Rows of a list and the cursors of its neighbours (None at the ends)."""

    rows: list[T]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """A count that stops at 10 000; `text` reads `10 000+` then."""

    number: int
    capped: bool

    @property
    def text(self) -> str:
        shown = f"{min(self.number, COUNT_CAP):,}".replace(",", " ")
        return f"{shown}+" if self.capped else shown


class BadCursor(Invalid):
    code = "bad_cursor"
    title = "The cursor is not one that this list gave"


class Query:
    """A select over constant fragments, newest first by the `order` columns."""

    def __init__(
        self,
        columns: LiteralString,
        source: LiteralString,
        order: tuple[LiteralString, ...],
        counted: LiteralString | None = None,
    ) -> None:
        """`counted`: the source for counts and totals, when conditions need none of the joins."""
        self._columns = columns
        self._source = source
        self._counted = counted or source
        self._order = order
        self._where: list[str] = []
        self._args: list[object] = []

    def where(self, fragment: LiteralString, *values: object) -> "Query":
        """And a condition; each `?` in the fragment takes the next value."""
        parts = fragment.split("?")
        assert len(parts) == len(values) + 1, "a value for each question mark"
        text = parts[0]
        for value, part in zip(values, parts[1:], strict=True):
            self._args.append(value)
            text += f"${len(self._args)}{part}"
        self._where.append(text)
        return self

    def _sql(self, columns: str, extra: list[str], tail: str, source: str = "") -> str:
        conditions = " and ".join(f"({c})" for c in [*self._where, *extra]) or "true"
        return f"select {columns} from {source or self._source} where {conditions} {tail}"  # noqa: S608

    def _sorted(self, direction: str) -> str:
        return "order by " + ", ".join(f"{column} {direction}" for column in self._order)

    async def page(
        self, tx: db.Tx, kind: type[T], *, cursor: str | None = None, limit: int = 50
    ) -> Page[T]:
        """One page. A cursor begins with `n` (after, older) or `p` (before, newer)."""
        backwards, position = _read_cursor(cursor, len(self._order))
        args, extra = list(self._args), []
        if position is not None:
            places = [f"${len(args) + i + 1}" for i in range(len(position))]
            sign = ">" if backwards else "<"
            extra.append(f"({', '.join(self._order)}) {sign} ({', '.join(places)})")
            args.extend(position)
        keys = ", ".join(f"{column} as key_{i}" for i, column in enumerate(self._order))
        tail = f"{self._sorted('asc' if backwards else 'desc')} limit {int(limit) + 1}"
        try:
            rows = await tx.rows(self._sql(f"{self._columns}, {keys}", extra, tail), *args)
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
        )

    def _cursor(self, side: str, row: Any) -> str:
        keys = [row[f"key_{i}"] for i in range(len(self._order))]
        text = msgspec.json.encode([_plain(key) for key in keys])
        return side + base64.urlsafe_b64encode(text).decode().rstrip("=")

    async def count(self, tx: db.Tx) -> Count:
        """How many rows match, counted no further than the cap."""
        inner = self._sql("1 as one", [], f"limit {COUNT_CAP + 1}", self._counted)
        number = await tx.value(f"select count(*) from ({inner}) as counted", *self._args)  # noqa: S608
        return Count(number, number > COUNT_CAP)

    async def totals(
        self, tx: db.Tx, kind: type[T], columns: LiteralString, tail: LiteralString
    ) -> list[T]:
        """Figures over all matching rows, e.g. sums by currency (`tail` groups them)."""
        return await tx.all(kind, self._sql(columns, [], tail, self._counted), *self._args)

    async def stream(self, tx: db.Tx, kind: type[T]) -> AsyncIterator[T]:
        """Every matching row, newest first, by a server-side cursor: exports have no cap."""
        sql = self._sql(self._columns, [], self._sorted("desc"))
        async for row in tx.stream(kind, sql, *self._args):
            yield row


def like(text: str) -> str:
    """A contains-pattern for lower-case matching, with the wildcards of the text made harmless."""
    safe = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{safe}%"


def _plain(key: object) -> object:
    return key.isoformat() if isinstance(key, datetime) else str(key)


def _typed(text: str) -> object:
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
        keys = msgspec.json.decode(base64.urlsafe_b64decode(padded), type=list[str])
        if side not in {"n", "p"} or len(keys) != width:
            raise BadCursor
        return side == "p", [_typed(key) for key in keys]
    except (binascii.Error, msgspec.DecodeError, ValueError):
        raise BadCursor from None
