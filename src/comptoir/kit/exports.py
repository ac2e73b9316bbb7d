"""Exports: complete, a few at once in a process, holding nothing while their reader is slow.

Whoever streams a file asks for a place first, so that the refusal is an answer and not half a file.
"""

import time
import weakref
from collections.abc import AsyncIterator

from comptoir.kit.errors import TooMany

AT_ONCE = 4  # In one process.
FORGOTTEN = 1800.0  # Seconds after which a reader who stopped reading keeps nobody out.
RETRY_AFTER = 10

_begun: dict[int, float] = {}


class TooManyExports(TooMany):
    code = "too_many_exports"
    title = "Other exports are running already; try again when one of them is done"


class Export:
    """The blocks of a file. Its place is free at the end, or when nobody holds it any more."""

    def __init__(self, blocks: AsyncIterator[bytes]) -> None:
        self._blocks = blocks
        _begun[id(self)] = time.monotonic()
        self._leave = weakref.finalize(self, _begun.pop, id(self), None)

    def __aiter__(self) -> "Export":
        return self

    async def __anext__(self) -> bytes:
        over = True  # At its end or broken, unless there is a block.
        try:
            block = await anext(self._blocks)
            over = False
            return block
        finally:
            if over:
                self._leave()


def check_place() -> None:
    """Raises `TooManyExports` while as many run as may."""
    now = time.monotonic()
    if sum(now - begun < FORGOTTEN for begun in _begun.values()) >= AT_ONCE:
        raise TooManyExports(retry_after=RETRY_AFTER)
