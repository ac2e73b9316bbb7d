"""`bench`: the benchmarks, from a checkout; they are not part of the installed package."""

import os
import sys
from pathlib import Path

from comptoir.kit.errors import NotFound


def bench(*arguments: str) -> None:
    """Run the benchmarks and print a table (see docs/operate/benchmarks.md)."""
    if not Path("benchmarks/__main__.py").exists():
        raise NotFound("The benchmarks are in the source checkout: run this at its root")
    os.execv(sys.executable, [sys.executable, "-m", "benchmarks", *arguments])  # noqa: S606  No shell.
