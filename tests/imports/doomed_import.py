"""An import or an undo in a process of its own: it says how far it is, and waits to hear "on"."""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

from comptoir import identity, imports
from comptoir.kit import db


def tell(progress: imports.Progress) -> None:
    print(progress.phase, progress.rows, flush=True)
    sys.stdin.readline()


async def work(url: str, company: str, what: str, subject: str, number: str) -> None:
    await db.connect(url, size=4)
    actor = identity.command_line(UUID(company))
    if what == "undo":
        await imports.undo_import(actor, UUID(subject), progress=tell)
    else:
        path = Path(subject)
        await imports.run_import(actor, path, int(number), home=path.parent, progress=tell)
    print("done", flush=True)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
