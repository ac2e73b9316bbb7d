"""Child processes that die with us, and waiting for them without tying ourselves to a loop.

The kernel signals a child when the thread that made it ends. So children are made in the main
thread, by plain `Popen`, and looked after by polling.
"""

import asyncio
import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from comptoir.supervisor.home import Account

POLL = 0.05  # Seconds between two looks at a child.
PR_SET_PDEATHSIG = 1

# Linux alone has it. Elsewhere a child outlives a killed owner until the next start ends it.
_prctl = getattr(ctypes.CDLL(None), "prctl", None)


def tied(death: signal.Signals) -> Callable[[], None]:
    """What a child does before it becomes another program: die with us, and never dump core."""
    owner = os.getpid()

    def tie() -> None:
        if _prctl is not None:
            _prctl(PR_SET_PDEATHSIG, int(death), 0, 0, 0)
            if os.getppid() != owner:  # The owner died between the fork and the line above.
                os._exit(1)
        # A core file would hold the card numbers that pass through memory.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    return tie


def spawn_as(
    account: Account,
    argv: Sequence[str | Path],
    *,
    death: signal.Signals,
    output: int,
) -> subprocess.Popen[bytes]:
    """Start one of PostgreSQL's programs as its account, in a session and with nothing of ours."""
    return subprocess.Popen(
        [str(part) for part in argv],
        user=account.uid if account.dropped else None,
        group=account.gid if account.dropped else None,
        extra_groups=[] if account.dropped else None,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        cwd="/",
        umask=0o077,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
        preexec_fn=tied(death),  # noqa: PLW1509  Two system calls; prctl has no other door.
    )


def spawn(
    argv: Sequence[str], environ: Mapping[str, str], output: int | None = None
) -> subprocess.Popen[bytes]:
    """Start a program of ours in its own process group; its lines go where ours go, or there."""
    return subprocess.Popen(
        list(argv),
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        process_group=0,
        preexec_fn=tied(signal.SIGTERM),  # noqa: PLW1509  As above.
    )


async def run_as(account: Account, argv: Sequence[str | Path]) -> tuple[int, str]:
    """Run one of PostgreSQL's programs to its end; its exit code and what it said."""
    with tempfile.TemporaryFile() as output:
        child = spawn_as(account, argv, death=signal.SIGKILL, output=output.fileno())
        try:
            await ended(child)
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()
        output.seek(0)
        return child.returncode, output.read().decode(errors="replace")


async def ended(
    child: subprocess.Popen[bytes],
    patience: float = float("inf"),
    hurry: asyncio.Event | None = None,
) -> bool:
    """Wait until the child has ended, patience is over or somebody is in a hurry."""
    until = time.monotonic() + patience
    while child.poll() is None:
        if time.monotonic() >= until or (hurry is not None and hurry.is_set()):
            return False
        await asyncio.sleep(POLL)
    return True


def send(pid: int, sign: signal.Signals) -> None:
    """Signal a process that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, sign)


def send_group(group: int, sign: signal.Signals) -> None:
    """Signal a process group that may have ended meanwhile."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, sign)
