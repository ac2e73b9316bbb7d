"""Reading: a file's rows in batches, with what was refused and what the file holds."""

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from uuid import UUID

from comptoir.imports.batch import Counts
from comptoir.imports.mapping import Mapping
from comptoir.imports.refusals import Refusals
from comptoir.imports.row import Refused, Row, RowReader
from comptoir.imports.source import Identities, Layout, Line, Reading, Survey

DOUBLE = "is known with another content; name the columns that tell rows apart in identity"
BATCH = 2500  # Rows of a transaction: half a second.


@dataclass(frozen=True, slots=True)
class Batch:
    rows: list[Row]
    counts: Counts
    position: int  # In stored bytes.


@dataclass(frozen=True, slots=True)
class Held:
    """What a file holds of one kind, status and currency, whether it was known or not."""

    kind: str
    status: str
    currency: str
    number: int
    sum_minor: int


@dataclass(slots=True)
class _Sums:
    number: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    minor: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def add(self, row: Row) -> None:
        key = (str(row.kind), str(row.status), row.currency)
        self.number[key] += 1
        self.minor[key] += row.amount


class FileRows:
    """The rows of a file, read once from its beginning. Blocking: asked from a thread."""

    def __init__(
        self, layout: Layout, mapping: Mapping, survey: Survey, refusals: Refusals, seed: bytes
    ) -> None:
        self._layout = layout
        self._reader = RowReader(layout, mapping)
        self._identities = Identities(layout, seed)
        self._repeated = survey.repeated
        self._times: Counter[bytes] = Counter()
        self._refusals = refusals
        self._sums = _Sums()
        self._doubles: set[int] = set()
        self.size = layout.path.stat().st_size

    def held(self) -> list[Held]:
        sums = self._sums
        return [Held(*key, sums.number[key], sums.minor[key]) for key in sorted(sums.number)]

    def batches(self, after: int) -> Generator[Batch]:
        """Batches of the rows after a line. Those before are read too, but were stored already."""
        reading = Reading(self._layout)
        try:
            rows: list[Row] = []
            refused = ignored = last = 0
            for line in reading.records():
                last = line.last
                row = self._read(line)
                if line.first <= after:
                    continue
                refused += row is False
                ignored += row is None
                if isinstance(row, Row):
                    rows.append(row)
                if len(rows) + refused + ignored >= BATCH:
                    yield Batch(rows, Counts(last, refused, ignored), reading.position)
                    rows, refused, ignored = [], 0, 0
            if rows or refused or ignored:
                yield Batch(rows, Counts(last, refused, ignored), reading.position)
        finally:
            reading.close()

    def note_doubles(self, rows: list[Row]) -> None:
        """Rows whose id is known, with another content: nobody can say which of the two is true."""
        self._doubles.update(row.line for row in rows)

    def refuse_doubles(self) -> None:
        """Put them among the refused rows as the file has them, which is read again for it."""
        reading = Reading(self._layout)
        try:
            for line in reading.records() if self._doubles else ():
                if line.first in self._doubles:
                    self._refusals.add(line, Refused("id", DOUBLE))
        finally:
            reading.close()

    def _read(self, line: Line) -> Row | bool | None:
        """The row; None if it is ignored, False if it is refused."""
        try:
            row = self._reader.read(line, self._key(line))
        except Refused as refused:
            self._refusals.add(line, refused)
            return False
        if row is not None:
            self._sums.add(row)
        return row

    def _key(self, line: Line) -> UUID:
        """What makes a row itself: its content, and for equal rows which of them it is."""
        if line.fault is not None:
            return UUID(int=0)
        identity = self._identities.of(line.cells)
        if identity in self._repeated:
            self._times[identity] += 1
            if self._times[identity] > 1:
                identity = self._identities.again(identity, self._times[identity])
        return UUID(bytes=identity)
