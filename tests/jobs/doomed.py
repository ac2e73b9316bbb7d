"""A worker that its own job kills. `run_doomed(url)` starts it as a process of its own."""

import asyncio
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from comptoir import jobs
from comptoir.kit import db
from comptoir.worker import Worker, queue

TAKE_OVER = timedelta(seconds=1)


@jobs.task(attempts=2)
async def kill_the_worker(company_id: UUID) -> None:
    """Die as by `kill -9`, in the middle of a job."""
    os.kill(os.getpid(), signal.SIGKILL)


async def work(url: str) -> None:
    queue.TAKE_OVER = TAKE_OVER
    await db.connect(url, size=4)
    await Worker(url, [kill_the_worker], [], []).run()


async def run_doomed(url: str) -> int:
    """Run such a worker until it dies; how it ended."""
    code = f"import asyncio, doomed; asyncio.run(doomed.work({url!r}))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=Path(__file__).parent
    )
    try:
        return await asyncio.wait_for(process.wait(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
