"""Ctrl-C during an import: what to do next is said."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from kit_imports import Books


async def test_an_import_that_is_stopped_says_how_it_goes_on(
    books: Books, database: str, tmp_path: Path
) -> None:
    endless = tmp_path / "endless.csv"
    os.mkfifo(endless)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c",
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler);"
        " from comptoir.cli import main; main()",
        "import", "payments", str(endless), "--originator", str(books.originator.number), "--json",
        env={**os.environ, "COMPTOIR_HOME": str(books.home), "COMPTOIR_DATABASE_URL": database},
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    writing = await asyncio.to_thread(os.open, endless, os.O_WRONLY)  # Until it is being read.
    program.send_signal(signal.SIGINT)
    os.close(writing)
    _, err = await program.communicate()
    assert program.returncode == 130
    assert "start the same command again to go on" in err.decode()
