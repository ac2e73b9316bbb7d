"""Decimal operation numbers: drawn in blocks from one sequence, so payments never wait for it.

Below 2^31, because PayXpert's clients read them into signed 32-bit integers.
"""

from comptoir.kit import db

BLOCK = 64  # The sequence's increment.

_left: list[int] = []
_drawn_from: object = None  # The pool: another database has its own numbers.


async def next_number() -> int:
    """The next number of this process's block. Numbers are unique, not without gaps."""
    global _drawn_from  # noqa: PLW0603  A process has one block.
    if _drawn_from is not db.pool():
        _left.clear()
        _drawn_from = db.pool()
    while not _left:
        row = await db.call("select nextval('operation_number_block') as first")
        assert row is not None
        first: int = row["first"]
        _left.extend(range(first + BLOCK - 1, first - 1, -1))
    return _left.pop()
