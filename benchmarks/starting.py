"""`comptoir up`, from the command to the first page, and what it all holds in memory then."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks import machine
from benchmarks.place import free_port, fresh_home, status
from benchmarks.table import Figure, at_most, median, say
from comptoir import supervisor
from comptoir.settings import Settings

BUDGET_FIRST, BUDGET_SECOND = 15.0, 3.0  # Seconds.
BUDGET_MEMORY = 1000.0  # Megabytes.
PAGE = "/office/sign-in"
LIMIT = 300.0
WATCH = 30.0  # Seconds in which an idle home is watched.
SETTLE = 15.0  # Seconds after which a home that nobody uses is idle.


@asynccontextmanager
async def up(home: Path) -> AsyncIterator[tuple[int, float]]:
    """Everything, with demo data, until the first page answers; its pid and the seconds it took."""
    settings = Settings(home=home, port=free_port())
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "up",
        env=supervisor.environment(settings), start_new_session=True,
        stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(LIMIT):
            while await status(settings.port, PAGE) != 200:
                assert process.returncode is None, "`comptoir up` ended"
                await asyncio.sleep(0.02)
        yield process.pid, time.perf_counter() - begun
    finally:
        os.kill(process.pid, signal.SIGTERM)
        await process.wait()


async def measure_start(again: int) -> list[Figure]:
    """The first start of a fresh home, then the same home several times more."""
    with fresh_home() as home:
        async with up(home) as (_, first):
            say(f"first start {first:.1f} s, load {machine.load_average()}")
        later = []
        for _ in range(again):
            async with up(home) as (_, seconds):
                later.append(seconds)
    command = f"python -m benchmarks start --again {again}"
    second = median(later)
    return [
        at_most("up: first start to first page", first, BUDGET_FIRST, command, f"{first:.1f} s"),
        at_most("up: later start to first page", second, BUDGET_SECOND, command, f"{second:.1f} s"),
    ]


async def measure_memory() -> list[Figure]:
    """Proportional memory of every process of an idle home with demo data, and its processor."""
    with fresh_home() as home:
        async with up(home):
            pass
        async with up(home) as (pid, _):
            await asyncio.sleep(SETTLE)
            busy = machine.cpu_seconds(pid)
            await asyncio.sleep(WATCH)
            busy = (machine.cpu_seconds(pid) - busy) / WATCH
            sizes = {each: machine.pss_megabytes(each) for each in machine.tree(pid)}
            kinds: dict[str, float] = {}
            for each, size in sizes.items():
                kind = _kind(machine.command_of(each))
                kinds[kind] = kinds.get(kind, 0.0) + size
    total = sum(kinds.values())
    parts = ", ".join(f"{kind} {size:.0f}" for kind, size in sorted(kinds.items()))
    shown = f"{total:.0f} MB in {len(sizes)} processes ({parts})"
    command = "python -m benchmarks memory"
    return [
        at_most("memory, idle with demo data", total, BUDGET_MEMORY, command, shown),
        Figure("processor, idle with demo data", f"{busy:.1%} of a core", command),
    ]


def _kind(command: str) -> str:
    if "postgres" in command.split(" ", 1)[0]:
        return "PostgreSQL"
    if "comptoir.serving" in command:
        return "web"
    return "worker" if "worker" in command else "supervisor"
