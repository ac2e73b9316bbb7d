"""A process of its own that rotates in small batches, slowly enough to be killed in the middle."""

import asyncio
import sys
from pathlib import Path

from comptoir import vault
from comptoir.kit import db


async def main(url: str, key_file: str, batch: str) -> None:
    vault.load(Path(key_file))
    await db.connect(url, size=2)
    await vault.rotate(lambda done, _all: print(done, flush=True), batch=int(batch))
    await db.close()


asyncio.run(main(*sys.argv[1:]))
