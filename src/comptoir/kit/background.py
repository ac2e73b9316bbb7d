"""Work begun by a request that must not lengthen its answer, or betray by its length what it was.

It lives in this process only: what must survive a crash belongs in a job.
"""

import asyncio
import traceback
from collections.abc import Coroutine

import structlog

MAX_RUNNING = 500  # More than that is a flood; what comes on top is dropped and logged.

_running: set[asyncio.Task[None]] = set()
_log = structlog.get_logger("background")


def start(work: Coroutine[object, object, None], name: str) -> None:
    """Begin `work` and return at once. Its failure is logged, never raised to anybody."""
    if len(_running) >= MAX_RUNNING:
        work.close()
        _log.error("background work dropped", work=name, running=len(_running))
        return
    task = asyncio.get_running_loop().create_task(work, name=name)
    _running.add(task)
    task.add_done_callback(_finished)


def _finished(task: asyncio.Task[None]) -> None:
    _running.discard(task)
    error = None if task.cancelled() else task.exception()
    if error is not None:
        # Formatted here: a renderer that shows local variables would show what the work holds.
        trace = "".join(traceback.format_exception(error))
        _log.error("background work failed", work=task.get_name(), trace=trace)


async def drain() -> None:
    """Wait for everything under way: before a process stops, and in tests."""
    while _running:
        await asyncio.wait(list(_running))
