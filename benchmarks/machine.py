"""What the machine says of processes: CPU time and memory, from /proc."""

import os
from collections.abc import Iterator
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")
MEGABYTE = 1_000_000


def _stat(pid: int) -> list[str]:
    """The fields after the name of a process, empty when it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return []
    return text.rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """A process and everything it started, in no order."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    return list(_below(root, children))


def _below(pid: int, children: dict[int, list[int]]) -> Iterator[int]:
    yield pid
    for child in children.get(pid, []):
        yield from _below(child, children)


def cpu_seconds(root: int) -> float:
    """CPU that a process tree has used so far, with what its finished children used."""
    ticks = 0
    for pid in tree(root):
        fields = _stat(pid)
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / TICK


def pss_megabytes(pid: int) -> float:
    """Proportional memory of a process: shared pages count once over all who share them."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    for line in text.splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / MEGABYTE
    return 0.0


def command_of(pid: int) -> str:
    """The command line of a process, arguments joined by spaces."""
    try:
        text = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""
    return text.replace("\0", " ").strip()


def load_average() -> str:
    """How busy the machine is with everything, ourselves included."""
    return f"{os.getloadavg()[0]:.1f}"
