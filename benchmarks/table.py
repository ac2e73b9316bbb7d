"""The table of figures: one line per measurement, with its budget and the command for it alone."""

import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measurement. `met` is None where there is no budget."""

    what: str
    value: str
    command: str
    budget: str = ""
    met: bool | None = None


def at_least(what: str, value: float, budget: float, command: str, shown: str) -> Figure:
    """A figure that should be large, such as payments per second."""
    limit = f"≥ {budget:g}"
    return Figure(what, shown, command, limit, value >= budget)


def at_most(what: str, value: float, budget: float, command: str, shown: str) -> Figure:
    """A figure that should be small, such as milliseconds."""
    return Figure(what, shown, command, f"≤ {budget:g}", value <= budget)


def median(values: list[float]) -> float:
    """The middle one; the mean of the two in the middle of an even number."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def percentile(values: list[float], share: float) -> float:
    """The value that `share` of all do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def say(line: str) -> None:
    """Progress, beside the table."""
    sys.stderr.write(f"bench: {line}\n")
    sys.stderr.flush()


def print_table(figures: list[Figure]) -> None:
    """Columns as wide as they need to be; what misses its budget is marked."""
    head = ("what", "measured", "budget", "", "alone")
    marks = {True: "ok", False: "MISSED", None: ""}
    rows = [(f.what, f.value, f.budget, marks[f.met], f.command) for f in figures]
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(4)]
    for row in [head, *rows]:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
        sys.stdout.write("  ".join([*cells, row[4]]).rstrip() + "\n")
    sys.stdout.flush()
