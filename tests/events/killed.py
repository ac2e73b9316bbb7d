"""A follower whose process is killed after its effects and before its commit."""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from comptoir import events
from comptoir.kit import db

NAME = "killed between"


async def note(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    """The effect: a row for each event."""
    await tx.run(
        "insert into effect (follower, seq, company_id)"
        " select $1, * from unnest($2::bigint[], $3::uuid[])",
        NAME, [row.seq for row in rows], [row.company_id for row in rows],
    )  # fmt: skip


async def note_and_die(tx: db.Tx, rows: Sequence[events.Event]) -> None:
    await note(tx, rows)
    os.kill(os.getpid(), signal.SIGKILL)


async def work(url: str) -> None:
    await db.connect(url, size=2)
    while True:
        await events.follow(NAME, note_and_die)


async def run_killed(url: str) -> int:
    """Run such a process until it dies; how it ended."""
    code = f"import asyncio, killed; asyncio.run(killed.work({url!r}))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, cwd=Path(__file__).parent
    )
    try:
        return await asyncio.wait_for(process.wait(), 30)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def count(connection: object, company: UUID) -> list[int]:
    """The events of a company that the effects tell of."""
    rows = await connection.fetch(  # type: ignore[attr-defined]
        "select seq from effect where follower = $1 and company_id = $2 order by seq", NAME, company
    )
    return [row["seq"] for row in rows]
