"""Web and worker under one roof: started, started again when they die, stopped in order.

Each child has its own process group and is ended as a group, because its own children (granian's
workers) would otherwise keep the port. A child never gets a password on its command line.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from comptoir.supervisor import leash, orphans
from comptoir.supervisor.logs import Logs

FIRST_PAUSE = 0.1  # Seconds before a program that died is started again; doubles up to:
LONGEST_PAUSE = 5.0
HEALTHY_AFTER = 10.0  # Seconds of life after which the pause begins anew.
GROUP_PATIENCE = 2.0  # Seconds for the rest of a group after its leader has ended.


@dataclass(frozen=True, slots=True)
class Program:
    """One program to keep running."""

    name: str
    argv: tuple[str, ...]
    patience: float = 15.0  # Seconds between the request to stop and the kill.


class Child:
    """A program kept running, and the process that is its present life."""

    def __init__(
        self,
        program: Program,
        environ: Mapping[str, str],
        say: Callable[[str], None],
        logs: Logs | None = None,
    ) -> None:
        self.program = program
        self._environ = environ
        self._say = say
        self._logs = logs
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process and self._process.poll() is None else None

    async def keep(self) -> None:
        """Start it, and again whenever it ends, for ever. Cancel this before `stop`."""
        pause = FIRST_PAUSE
        while True:
            begun = time.monotonic()
            self._process = self._spawn()
            await leash.ended(self._process)
            if time.monotonic() - begun > HEALTHY_AFTER:
                pause = FIRST_PAUSE
            self._say(
                f"{self.program.name} {_ending(self._process.returncode)};"
                f" it starts again in {pause:.1f} s{self._why()}"
            )
            await _end_group(self._process.pid)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _spawn(self) -> subprocess.Popen[bytes]:
        if self._logs is None:
            return leash.spawn(self.program.argv, self._environ)
        output = self._logs.open(self.program.name)
        try:
            return leash.spawn(self.program.argv, self._environ, output)
        finally:
            os.close(output)

    def _why(self) -> str:
        """Where a person may read why a program ended."""
        return "" if self._logs is None else f"; see {self._logs.place(self.program.name)}"

    async def stop(self, hurry: asyncio.Event) -> None:
        """Ask the whole group to end; kill it when patience is over or somebody hurries."""
        if self._process is None:
            return
        if self._process.poll() is None:
            leash.send_group(self._process.pid, signal.SIGTERM)
            if not await leash.ended(self._process, self.program.patience, hurry):
                leash.send_group(self._process.pid, signal.SIGKILL)
                await leash.ended(self._process)
        await _end_group(self._process.pid)
        self._process = None


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with code {code}"


async def _end_group(group: int) -> None:
    """End what is left of a group whose leader has ended."""
    await orphans.end(
        lambda: orphans.group_members(group),
        ((signal.SIGTERM, GROUP_PATIENCE), (signal.SIGKILL, GROUP_PATIENCE)),
    )
    leash.send_group(group, signal.SIGKILL)  # Where /proc does not show members.


class Crew:
    """All programs of one `up`, stopped one after the other in their order."""

    def __init__(
        self,
        programs: Sequence[Program],
        environ: Mapping[str, str],
        mark: str,
        say: Callable[[str], None],
        logs: Logs | None = None,
    ) -> None:
        self._logs = logs
        self._mark = mark
        marked = {**environ, orphans.MARK: mark}
        self.children = [Child(program, marked, say, logs) for program in programs]
        self._keepers: list[asyncio.Task[None]] = []

    async def start(self, *names: str) -> None:
        """Start these programs; first end what an earlier, killed `up` of this home left behind."""
        if not self._keepers:
            await sweep(self._mark)
        self._keepers += [
            asyncio.create_task(child.keep())
            for child in self.children
            if child.program.name in names
        ]

    async def run(self) -> None:
        """Wait for ever; a fault of a keeper comes out here."""
        if self._logs is not None:
            self._keepers.append(asyncio.create_task(self._logs.keep()))
        await asyncio.gather(*self._keepers)

    async def stop(self, hurry: asyncio.Event) -> None:
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)
        for child in self.children:
            await child.stop(hurry)
        await sweep(self._mark)


async def sweep(mark: str) -> None:
    """End every process that carries this home's mark: descendants that outlived their owner."""
    await orphans.end(
        lambda: orphans.marked_processes(mark),
        ((signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0)),
    )
