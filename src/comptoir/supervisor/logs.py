"""What web and worker write under `comptoir up`: files of the home, and a terminal that is free.

`logs/web.log` and `logs/worker.log`, JSON lines. A file that has grown is copied away and emptied
under its writer, who only ever appends; a line written in that moment may be lost.
"""

import asyncio
import os
import shutil
from pathlib import Path

LARGEST = 10_000_000  # Bytes of a file before it is put away.
KEPT = 5  # Files of each program that were put away.
LOOK_EVERY = 30.0  # Seconds between two looks.


class Logs:
    """A folder of log files, one for each program."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)

    def place(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def open(self, name: str) -> int:
        """A descriptor to append to; whoever asks closes it."""
        return os.open(self.place(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def keep(self) -> None:
        """Put away what has grown, for ever."""
        while True:
            await asyncio.to_thread(self.put_away)
            await asyncio.sleep(LOOK_EVERY)

    def put_away(self) -> None:
        """Every file that is larger than it should be becomes number 1, and 1 becomes 2."""
        for file in sorted(self.folder.glob("*.log")):
            if file.stat().st_size <= LARGEST:
                continue
            for number in range(KEPT, 1, -1):
                older = file.with_name(f"{file.name}.{number - 1}")
                if older.exists():
                    older.replace(file.with_name(f"{file.name}.{number}"))
            shutil.copy(file, file.with_name(f"{file.name}.1"))
            os.truncate(file, 0)
