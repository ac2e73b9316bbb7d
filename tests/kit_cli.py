"""The command line as people type it: exit code, what it says, and what it says beside."""

import asyncio
import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Said:
    code: int
    out: str
    err: str

    @property
    def refusal(self) -> str:
        """The one line of an expected mistake."""
        assert self.code == 1, (self.code, self.out, self.err)
        (line,) = self.err.splitlines()
        assert line.startswith("comptoir: ")
        return line.removeprefix("comptoir: ")


@dataclass(frozen=True)
class Line:
    """`comptoir` with its own home, on a database."""

    home: Path
    database: str

    def environment(self, **settings: str) -> dict[str, str]:
        given = {"home": str(self.home), "database_url": self.database, **settings}
        ours = {f"COMPTOIR_{name.upper()}": text for name, text in given.items()}
        return {"PATH": os.environ["PATH"], "HOME": str(self.home), "COLUMNS": "80", **ours}

    async def __call__(self, *words: str, **settings: str) -> Said:
        program = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "comptoir", *words, env=self.environment(**settings),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        out, err = await program.communicate()
        assert program.returncode is not None
        return Said(program.returncode, out.decode(), err.decode())
