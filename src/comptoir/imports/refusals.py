"""Refusals: the rows that could not be taken, in a file that a person can mend and import again.

It has our three columns (line, column, reason) and then the file's own. Nothing in it begins a
formula, and no card number gets into it. It is UTF-8 and says so by
its mark.
"""

import csv
import os
import re
import tempfile
from pathlib import Path

from comptoir.imports import cards
from comptoir.imports.mapping import FIELDS
from comptoir.imports.row import Refused
from comptoir.imports.source import OWN_COLUMNS, Layout, Line

_ENDINGS = (".gz", ".zst", ".csv", ".tsv", ".txt")
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
_NUMBER = re.compile(r"[-+]?\d[\d.,' ]*", re.ASCII)
MODE = 0o600


def place_for(path: Path, home: Path) -> Path:
    """Beside the input, or under home where that folder cannot be written."""
    name = path.name
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    folder = path.parent
    if not os.access(folder, os.W_OK):
        folder = home / "imports"
        folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{cards.hide(name)}.rejected.csv"


class Refusals:
    """Refused rows, kept aside while a file is read; nothing is left if the process dies."""

    def __init__(self, layout: Layout, target: Path) -> None:
        self._layout = layout
        self._target = target
        self._kept = tempfile.TemporaryFile(  # noqa: SIM115  Closed by `finish`.
            "w+", newline="", encoding="utf-8", errors="backslashreplace", dir=target.parent
        )
        self._rows = csv.writer(self._kept, delimiter=layout.delimiter)
        self._card = layout.places.get("card")
        self._own = {
            i for i, name in enumerate(layout.header) if name.strip().startswith(OWN_COLUMNS)
        }
        self.count = 0
        own = [OWN_COLUMNS + name for name in ("line", "column", "reason")]
        self._rows.writerow(own + self._safe(list(layout.header)))

    def add(self, line: Line, refused: Refused) -> None:
        self.count += 1
        cells = list(line.cells[: len(self._layout.header)])
        if self._card is not None and self._card < len(cells):
            cells[self._card] = cards.hide_card(cells[self._card])
        column = _guard(self.column_of(refused.field))
        self._rows.writerow([line.first, column, _guard(refused.reason), *self._safe(cells)])

    def column_of(self, field: str) -> str:
        """The header of the column that a refusal is about; our own word where there is none."""
        if field.startswith("#"):
            place: int | None = int(field[1:])
        else:
            place = self._layout.places.get(field) if field in FIELDS else None
        return field if place is None else cards.hide(self._layout.header[place].strip())

    def _safe(self, cells: list[str]) -> list[str]:
        return [_guard(cards.hide(cell)) for i, cell in enumerate(cells) if i not in self._own]

    def finish(self) -> Path | None:
        """Put the file in its place; without a refusal there is none."""
        with self._kept:
            if not self.count:
                return None
            self._kept.flush()
            self._kept.seek(0)
            handle, name = tempfile.mkstemp(prefix=".rejected-", dir=self._target.parent)
            with os.fdopen(handle, "w", newline="", encoding="utf-8-sig") as copy:
                while piece := self._kept.read(1 << 20):
                    copy.write(piece)
            Path(name).chmod(MODE)
            Path(name).replace(self._target)
        return self._target


def _guard(cell: str) -> str:
    """A spreadsheet runs what begins like a formula; a plain number does not."""
    return "'" + cell if cell.startswith(_FORMULA) and not _NUMBER.fullmatch(cell) else cell
