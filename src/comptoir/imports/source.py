"""Files of other providers: opened plain or compressed, read row by row, whatever their size.

A file is surveyed once before anything is stored: that finds what can never be read, makes its
fingerprint, and remembers which rows come more than once.
"""

import codecs
import csv
import gzip
import hashlib
import io
import struct
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import zstandard

from comptoir.imports import cards, words
from comptoir.imports.mapping import DELIMITERS, FIELDS, Mapping
from comptoir.kit.errors import Invalid

MAX_COLUMNS = 500
MAX_ROWS = 2_000_000_000  # Lines are counted in 32 bits.
HEAD = 65_536
OWN_COLUMNS = "rejected_"  # Our own, in a file of rejected rows that somebody mended.
SEPARATOR = "\x1f"

_GZIP, _ZSTD, _ZIP = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"PK\x03\x04"
_SIEVE_BITS = 1 << 27  # 16 MB, whatever the size of the file.


class BadFile(Invalid):
    code = "bad_file"
    title = "The file cannot be read"


class Line(NamedTuple):
    """One record of a file: where it begins and ends, and its cells, or why there are none."""

    first: int
    last: int
    cells: list[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out: its header, and the place of each of our fields in it."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    places: dict[str, int]
    identity: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """What one reading of the whole file has shown."""

    fingerprint: bytes
    rows: int
    repeated: frozenset[bytes]  # Identities that may come more than once.


class Reading:
    """An open file: yields its records, and says how far it has come in stored bytes."""

    def __init__(self, layout: Layout) -> None:
        self._stored = layout.path.open("rb")
        self.size = layout.path.stat().st_size
        plain = _expand(self._stored)
        text = io.TextIOWrapper(
            plain, encoding=layout.encoding, errors="surrogateescape", newline=""
        )
        self._lines = csv.reader(text, delimiter=layout.delimiter, strict=True)
        self._header = layout.header

    @property
    def position(self) -> int:
        return min(self._stored.tell(), self.size)

    def records(self) -> Iterator[Line]:
        """Every record after the header. One that cannot be read brings its fault instead."""
        columns = len(self._header)
        read_header = False
        while True:
            first = self._lines.line_num + 1
            try:
                cells = next(self._lines)
            except StopIteration:
                return
            except csv.Error as error:
                yield Line(first, self._lines.line_num, [], _fault(first, self, str(error)))
                continue
            except (EOFError, OSError, zlib.error, zstandard.ZstdError) as error:
                raise BadFile(f"The file is cut off or damaged: {error}") from None
            if not cells or not any(cells):
                continue
            if not read_header:
                read_header = True
                continue
            last = self._lines.line_num
            if len(cells) != columns and (len(cells) < columns or any(cells[columns:])):
                fault = f"{len(cells)} cells, but the header has {columns}"
                yield Line(first, last, cells, _fault(first, self, fault))
            else:
                yield Line(first, last, cells)

    @property
    def last_line(self) -> int:
        return self._lines.line_num

    def close(self) -> None:
        self._stored.close()


def _fault(first: int, reading: Reading, text: str) -> str:
    last = reading.last_line
    return text if last <= first else f"{text} (lines {first} to {last} were read as one)"


def _expand(stored: BinaryIO) -> BinaryIO:
    """The plain bytes of a file, recognised by how it begins, not by its name."""
    start = stored.read(4)
    stored.seek(0)
    if start.startswith(_GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=stored, mode="rb"))
    if start == _ZSTD:
        opened = zstandard.ZstdDecompressor().stream_reader(stored, read_across_frames=True)
        return cast("BinaryIO", io.BufferedReader(cast("io.RawIOBase", opened)))
    if start == _ZIP:
        raise BadFile("This is a spreadsheet or an archive: save it as CSV first")
    return stored


def read_layout(path: Path, mapping: Mapping) -> Layout:
    """Find the delimiter and the columns. Raises `BadFile` saying which column is missing."""
    head, encoding = _head(path, mapping.encoding)
    best: tuple[int, str, list[str]] = (-1, ",", [])
    for delimiter in [mapping.delimiter] if mapping.delimiter else DELIMITERS:
        try:
            header = next(csv.reader([head], delimiter=delimiter), [])
        except csv.Error:
            continue
        found = _find_columns(header, mapping)
        if len(found) > best[0]:
            best = (len(found), delimiter, header)
    _, delimiter, header = best
    places = _find_columns(header, mapping)
    _check_columns(header, places, mapping)
    return Layout(path, encoding, delimiter, tuple(header), places, _identity(header, mapping))


def _head(path: Path, encoding: str) -> tuple[str, str]:
    """The first line that is not empty, and the encoding: a mark at the beginning decides it."""
    try:
        with path.open("rb") as stored:
            start = _expand(stored).read(HEAD)
    except OSError as error:
        raise BadFile(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, zlib.error, zstandard.ZstdError) as error:
        raise BadFile(f"The file is cut off or damaged: {error}") from None
    marked = "utf-8-sig" if start.startswith(codecs.BOM_UTF8) else encoding
    text = start.decode(marked, errors="surrogateescape")
    first = next((line for line in text.splitlines() if line.strip(", ;\t|")), "")
    if not first:
        raise BadFile("The file is empty")
    if any("\udc80" <= letter <= "\udcff" or letter == "\0" for letter in first):
        raise BadFile(f"The header is not {encoding} text; name the encoding in the mapping file")
    return first, marked


def _name(header: str) -> str:
    return words.plain(header)


def _find_columns(header: Sequence[str], mapping: Mapping) -> dict[str, int]:
    names = [_name(cell) for cell in header]
    found: dict[str, int] = {}
    for field, usual in FIELDS.items():
        chosen = mapping.columns.get(field)
        if chosen == "":
            continue  # Switched off.
        for name in [chosen] if chosen is not None else usual.split():
            if _name(name) in names:
                found[field] = names.index(_name(name))
                break
    return found


def _check_columns(header: Sequence[str], places: dict[str, int], mapping: Mapping) -> None:
    # A file without a header begins with a payment, which may hold anything.
    shown = ", ".join(cards.hide(cell.strip())[:40] for cell in header[:40])
    if len(header) > MAX_COLUMNS:
        raise BadFile(f"A file has at most {MAX_COLUMNS} columns")
    names = [_name(cell) for cell in header]
    for field, chosen in mapping.columns.items():
        if chosen and field not in places:
            raise BadFile(f"No column is called {chosen} ({field}); the file has: {shown}")
    for field, place in places.items():
        if names.count(names[place]) > 1:
            raise BadFile(f"Two columns are called {cards.hide(header[place].strip())} ({field})")
    for field in ("amount", "fee"):
        usual = [name for name in FIELDS[field].split() if _name(name) in names]
        if field not in mapping.columns and len(usual) > 1:
            found = ", ".join(usual)
            raise BadFile(f"Which column has the {field}: {found}? Name one in the mapping")
    for field in ("date", "amount"):
        if field not in places:
            raise BadFile(f"No column has the {field}: name it in the mapping; found: {shown}")
    if "currency" not in places and mapping.defaults.currency is None:
        raise BadFile(f"No column has the currency, and defaults.currency is not set: {shown}")
    if "kind" not in places and mapping.defaults.kind is None:
        raise BadFile(f"No column has the kind, and defaults.kind is not set: {shown}")


def _identity(header: Sequence[str], mapping: Mapping) -> tuple[int, ...]:
    """The columns that tell rows apart: all of them, in the order of their names, or the chosen."""
    names = [_name(cell) for cell in header]
    if mapping.identity:
        missing = [name for name in mapping.identity if _name(name) not in names]
        if missing:
            raise BadFile(f"No column is called {missing[0]} (identity)")
        return tuple(names.index(_name(name)) for name in mapping.identity)
    kept = [i for i, name in enumerate(names) if not name.startswith(_name(OWN_COLUMNS))]
    return tuple(sorted(kept, key=lambda i: (names[i], i)))


class Identities:
    """The identity of each row: a hash of its cells, the same whatever the mapping is."""

    def __init__(self, layout: Layout, seed: bytes) -> None:
        names = SEPARATOR.join(_name(layout.header[i]) for i in layout.identity)
        self._start = hashlib.blake2b(seed + names.encode("utf-8", "replace"), digest_size=16)
        # A getter of one column gives the cell itself, of several a tuple.
        self._cells = itemgetter(*layout.identity) if len(layout.identity) > 1 else None
        self._only = layout.identity[0]

    def of(self, cells: list[str]) -> bytes:
        chosen = self._cells(cells) if self._cells is not None else (cells[self._only],)
        text = SEPARATOR.join([cell.strip() for cell in chosen])
        whole = self._start.copy()
        whole.update(text.encode("utf-8", "surrogateescape"))
        return whole.digest()

    def again(self, identity: bytes, time: int) -> bytes:
        """The identity of the second, third, … of equal rows."""
        return hashlib.blake2b(identity + b"%d" % time, digest_size=16).digest()


class Sieve:
    """Remembers in a fixed space what may have been seen before; never forgets what has been."""

    def __init__(self) -> None:
        self._bits = bytearray(_SIEVE_BITS // 8)

    def seen(self, identity: bytes) -> bool:
        """Whether it may have been here; now it has been."""
        bits, seen = self._bits, True
        for number in _FOUR.unpack(identity):
            place, mask = (number & (_SIEVE_BITS - 1)) >> 3, 1 << (number & 7)
            if not bits[place] & mask:
                bits[place] |= mask
                seen = False
        return seen


_FOUR = struct.Struct("<4I")


def survey(layout: Layout, seed: bytes) -> Survey:
    """Read the whole file once. Raises `BadFile` for one that is damaged."""
    identities, sieve = Identities(layout, seed), Sieve()
    repeated: set[bytes] = set()
    rows = 0
    reading = Reading(layout)
    try:
        for line in reading.records():
            rows += 1
            if line.fault is None:
                identity = identities.of(line.cells)
                if sieve.seen(identity):
                    repeated.add(identity)
        if reading.last_line > MAX_ROWS:
            raise BadFile("The file has too many lines")
    finally:
        reading.close()
    return Survey(_fingerprint(layout.path), rows, frozenset(repeated))


def _fingerprint(path: Path) -> bytes:
    """A hash of the plain content: the same file compressed differently is the same file."""
    whole = hashlib.sha256()
    with path.open("rb") as stored:
        plain = _expand(stored)
        while piece := plain.read(1 << 20):
            whole.update(piece)
    return whole.digest()
