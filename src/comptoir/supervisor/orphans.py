"""What a killed owner left behind, found by what the processes say about themselves.

A pid proves nothing: it may be a zombie that nobody reaps, or by now another program. So a
PostgreSQL is ours if its command line names our data folder, or if its title (a child's) carries
our cluster name; a child of ours is known by a mark in its environment. Both can be read in
/proc without privileges. Without /proc there are no orphans to see, and PostgreSQL's own lock
file decides.
"""

import asyncio
import hashlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from comptoir.supervisor import leash
from comptoir.supervisor.trouble import DatabaseFailed

PROC = Path("/proc")
MARK = "_COMPTOIR_UP"  # In the environment of web and worker, and so of all their children.
TICK = os.sysconf("SC_CLK_TCK")


def cluster_name(data: Path) -> str:
    """Shown in the title of every PostgreSQL process of this data folder."""
    return "comptoir-" + hashlib.sha256(os.fsencode(data)).hexdigest()[:12]


def postgres_processes(data: Path) -> list[int]:
    """Living PostgreSQL processes of this data folder; a zombie has no command line any more."""
    title = b"postgres: " + cluster_name(data).encode() + b":"
    folder = os.fsencode(data)

    def ours(pid: int) -> bool:
        line = _read(pid, "cmdline")
        words = line.split(b"\0")
        postmaster = words[0].endswith(b"postgres") and folder in words[1:]
        return postmaster or line.startswith(title)

    return list(_processes(ours))


def marked_processes(mark: str) -> list[int]:
    """Living descendants of an `up` with this mark, except ourselves and our ancestors."""
    entry = f"{MARK}={mark}".encode()
    family = set(_ancestors())
    return [
        pid
        for pid in _processes(lambda pid: entry in _read(pid, "environ").split(b"\0"))
        if pid not in family
    ]


def group_members(group: int) -> list[int]:
    """Living processes of a process group; zombies do not count."""

    def member(pid: int) -> bool:
        state = _stat(pid)
        return len(state) > 2 and state[0] not in {"Z", "X"} and int(state[2]) == group

    return list(_processes(member))


def work_done(pids: list[int]) -> int:
    """Processor time that these processes have used, in ticks: it grows while they work."""
    states = [_stat(pid) for pid in pids]
    return sum(int(state[11]) + int(state[12]) for state in states if len(state) > 12)


def _processes(wanted: Callable[[int], bool]) -> Iterator[int]:
    if not PROC.exists():
        return
    for name in os.listdir(PROC):
        if name.isdigit() and wanted(int(name)):
            yield int(name)


def _read(pid: int, what: str) -> bytes:
    """A file of /proc; nothing if the process ended meanwhile or belongs to somebody else."""
    try:
        return (PROC / str(pid) / what).read_bytes()
    except OSError:
        return b""


def _stat(pid: int) -> list[str]:
    """The fields of /proc/…/stat after the name (which may contain anything): state, parent, …"""
    return _read(pid, "stat").decode(errors="replace").rpartition(")")[2].split()


def _ancestors() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        state = _stat(pid)
        pid = int(state[1]) if len(state) > 1 else 0


async def end(
    find: Callable[[], list[int]], steps: tuple[tuple[signal.Signals, float], ...]
) -> bool:
    """Signal the processes, wait, signal harder; whether all are gone."""
    for sign, patience in steps:
        for pid in find():
            leash.send(pid, sign)
        until = time.monotonic() + patience
        while find():
            if time.monotonic() >= until:
                break
            await asyncio.sleep(leash.POLL)
        else:
            return True
    return not find()


async def put_to_rest(data: Path, run: Path) -> None:
    """End every PostgreSQL of a dead owner, then take away lock files that would lie.

    The caller holds our lock, so nobody living owns what is found here. Ending a PostgreSQL in any
    of these ways loses no commit: what was acknowledged is in the write-ahead log.
    """
    steps = ((signal.SIGINT, 20.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
    if not await end(lambda: postgres_processes(data), steps):
        raise DatabaseFailed(
            f"An earlier PostgreSQL still runs on {data} and cannot be stopped (processes"
            f" {postgres_processes(data)})."
        )
    # PostgreSQL asks only whether the pid in these files exists. A zombie or a stranger with the
    # same number would keep it from starting for good. A pid that is gone it sees through itself.
    for path in (data / "postmaster.pid", run / ".s.PGSQL.5432.lock"):
        if _names_a_living_pid(path):
            path.unlink()


def _names_a_living_pid(path: Path) -> bool:
    try:
        pid = int(path.read_text(encoding="ascii", errors="replace").split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return False
    return (PROC / str(abs(pid))).exists()
