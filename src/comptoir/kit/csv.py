"""CSV that spreadsheets may open: formulas are made harmless, rows are streamed in blocks."""

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence

FLUSH = 64 * 1024  # Characters: no more than one block is held.
_STARTS = frozenset("=+-@\t\r")  # What a spreadsheet would run (OWASP ASVS 1.2.10).


def harmless(text: str) -> str:
    """A spreadsheet must not run what a shopper wrote: formulas become plain text."""
    return "'" + text if text[:1] in _STARTS else text


def line(values: Iterable[str]) -> str:
    """One row, quoted where needed, with harmless cells."""
    row = io.StringIO()
    csv.writer(row).writerow([harmless(value) for value in values])
    return row.getvalue()


async def blocks(header: Sequence[str], rows: AsyncIterator[Sequence[str]]) -> AsyncIterator[bytes]:
    """The file in blocks of bytes, as rows arrive."""
    block = [line(header)]
    size = 0
    async for row in rows:
        block.append(line(row))
        size += len(block[-1])
        if size > FLUSH:
            yield "".join(block).encode()
            block, size = [], 0
    yield "".join(block).encode()
