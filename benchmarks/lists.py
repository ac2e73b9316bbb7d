"""Lists, searches and details at ten million operations: p95 by company size and door."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks import history
from benchmarks.place import Place, database
from benchmarks.table import say


@contextlib.asynccontextmanager
async def filled(home: Path, operations: int) -> AsyncIterator[Place]:
    """The home with its history, made now if it is not there."""
    async with database(home) as place:
        mark = history.marker(home)
        if not mark.exists():
            say(f"making {operations} operations in {home}; this takes a while, once")
            await history.make(place, operations)
            mark.write_text(json.dumps({"operations": operations}), encoding="utf-8")
        yield place
