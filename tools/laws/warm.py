"""A process that has loaded what is slow to load; every run of tests is a fork of it.

Of Comptoir it loads nothing: each fork reads the package anew, whole or broken. One line of JSON
comes in: pytest's arguments, and where its words go. Two lines go out: the fork's pid, then its
exit code.
"""

import importlib
import json
import os
import sys

import pytest

# What Comptoir and its tests import of others, packages with their slow parts.
OTHERS = (
    "aiohttp", "argon2", "asyncpg", "babel.support", "cryptography.fernet", "cryptography.x509",
    "granian.server.embed", "httpx", "hypothesis.strategies", "jinja2", "litestar",
    "litestar.openapi", "litestar.static_files", "msgspec", "pgqueuer", "pogo_core.util.migrate",
    "prometheus_client", "pyotp", "rich.console", "schwifty", "segno", "structlog", "uvloop",
    "zstandard",
)  # fmt: skip


def run(arguments: list[str], place: str) -> None:
    """Be the fork: pytest in a session of its own, so that all of it can be ended at once."""
    code = 3
    try:
        os.setsid()
        with open(place, "wb") as words, open(os.devnull, "rb") as nothing:
            os.dup2(nothing.fileno(), 0)
            os.dup2(words.fileno(), 1)
            os.dup2(words.fileno(), 2)
        code = pytest.main(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def main() -> None:
    for name in OTHERS:
        importlib.import_module(name)
    assert "comptoir" not in sys.modules, "each fork has to read its own"
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if pid == 0:
            run(asked["arguments"], asked["place"])
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    main()
