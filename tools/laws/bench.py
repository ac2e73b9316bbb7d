"""Where laws are broken: a copy of the project, its changes, and pytest over the named tests.

What every run would repeat is done once: libraries are loaded by the process that runs are forks
of (`laws.warm`), and a database that was migrated by the same files is copied (`kit_database`).
"""

import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from laws.law import Change

# Only the plugins that laws need: the others take longer to load than most of these tests to run.
_PLUGINS = ("pytest_asyncio.plugin", "_hypothesis_pytestplugin", "laws.first_example")
_OPTIONS = ("-q", "-rf", "--tb=line", "-p", "no:cacheprovider", *(f"-p{p}" for p in _PLUGINS))
LIMIT = 300.0  # Seconds for one run of tests.
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", "__pycache__", ".hypothesis", "shots", "bench-home", "dist"
)
_RED = re.compile(r"^FAILED (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """What pytest said: its exit code, the tests that failed, its words."""

    code: int
    failed: frozenset[str]
    text: str


class Copy:
    """A copy of the project that may be broken; removed at the end."""

    def __init__(self, source: Path, place: Path) -> None:
        self.root = place
        shutil.copytree(source, place, ignore=_LEFT_OUT)
        self._check()
        self._warm = subprocess.Popen(
            [sys.executable, "-m", "laws.warm"], cwd=place, env=self._environment(),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._warm.stdin is not None
        assert self._warm.stdout is not None
        self._warm.stdin.close()
        self._warm.wait()
        self._warm.stdout.close()
        shutil.rmtree(self.root, ignore_errors=True)

    def _check(self) -> None:
        """The copy's own package must be the one that its tests import."""
        found = subprocess.run(
            [sys.executable, "-c", "import comptoir; print(comptoir.__file__)"],
            env=self._environment(), cwd=self.root, capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert found.stdout.startswith(str(self.root)), "the copy would test the original"

    def _environment(self) -> dict[str, str]:
        # Compiled files are told apart by second and size, which a mutation may leave as they are.
        path = f"{self.root / 'src'}:{self.root / 'tools'}"
        own = {
            "PYTHONPATH": path,
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TESTS_KEEP_DATABASES": str(self.root.with_name("databases")),
        }
        return {k: v for k, v in os.environ.items() if not k.startswith("COMPTOIR_")} | own

    def test(self, tests: tuple[str, ...], changes: tuple[Change, ...] = ()) -> Run:
        """Run tests with the changes applied, and take them back."""
        kept = {change.path: (self.root / change.path).read_text() for change in changes}
        try:
            for change in changes:
                change.apply(self.root)
            return self._pytest((*tests, "-x") if changes else tests)
        finally:
            for path, text in kept.items():
                (self.root / path).write_text(text)

    def _pytest(self, tests: tuple[str, ...]) -> Run:
        place = self.root.with_suffix(".words")
        asked = {"arguments": [*_OPTIONS, *tests], "place": str(place)}
        assert self._warm.stdin is not None
        self._warm.stdin.write(f"{json.dumps(asked)}\n".encode())
        pid = self._answer()
        assert pid is not None
        code = self._answer(LIMIT)
        if code is None:
            os.killpg(pid, signal.SIGKILL)
            self._answer()
        text = place.read_text(errors="replace")
        if code is None:
            return Run(-1, frozenset(), f"{text}\nno end after {LIMIT:.0f} s")
        return Run(code, frozenset(_RED.findall(text)), text)

    def _answer(self, limit: float | None = None) -> int | None:
        """The next number that the warm process says, or None after `limit` seconds of silence."""
        assert self._warm.stdout is not None
        if not select.select([self._warm.stdout], [], [], limit)[0]:
            return None
        said = self._warm.stdout.readline()
        assert said, "the process that runs the tests has died"
        return int(said)
