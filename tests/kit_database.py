"""PostgreSQL for tests: the embedded server in a temporary home, hasty, and migrated.

`TESTS_KEEP_DATABASES` names a folder: who is first keeps there what it has migrated, and those with
the same migrations copy it. One run of the tests has a folder of its own, unless a caller that runs
few tests many times (`tools/break_laws.py`) names one.
"""

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from comptoir import traffic
from comptoir.gateways import simulator
from comptoir.kit import db, migrate
from comptoir.settings import Settings
from comptoir.supervisor import Cluster

# Durability is proven where servers are killed; elsewhere the tests would only wait for the disk.
HASTE = "fsync = off\nfull_page_writes = off\n"


@contextmanager
def hasty_server(*, migrated: bool) -> Iterator[str]:
    """A server of its own, ended and forgotten afterwards; its URL."""
    home = Path(tempfile.mkdtemp(prefix="comptoir-tests-"))
    home.chmod(0o711)
    cluster = Cluster(home, Settings(home=home))
    try:
        yield _kept(cluster) if migrated and "TESTS_KEEP_DATABASES" in os.environ else _new(cluster)
    finally:
        asyncio.run(cluster.stop())
        shutil.rmtree(home, ignore_errors=True)


async def use(url: str, *, size: int = 20) -> None:
    """Let the application and the sandbox work on another database."""
    await traffic.flush()  # What is still to be written belongs to the database before.
    await db.close()
    await simulator.close()
    await db.connect(url, size=size)
    await simulator.connect(url, size=4)


def _new(cluster: Cluster) -> str:
    url = asyncio.run(cluster.start())
    (cluster.data / "own.conf").write_text(HASTE)
    assert cluster.pid is not None
    os.kill(cluster.pid, signal.SIGHUP)  # It reads its settings again.
    return url


def _kept(cluster: Cluster) -> str:
    """A copy of the database that a run with the same migrations has made, or the first of them."""
    kept = Path(os.environ["TESTS_KEEP_DATABASES"], _fingerprint())
    if not kept.exists():
        asyncio.run(migrate.migrate(_new(cluster)))
        asyncio.run(cluster.stop())
        kept.parent.mkdir(exist_ok=True)
        half = Path(tempfile.mkdtemp(dir=kept.parent))
        _copy(cluster.home, half)
        try:
            half.rename(kept)
        except OSError:  # Another run was quicker.
            shutil.rmtree(half)
    else:
        _copy(kept, cluster.home)
    return asyncio.run(cluster.start())


def _fingerprint() -> str:
    """What a migrated database is made from."""
    files = [*sorted(migrate.FOLDER.glob("*.sql")), Path(migrate.__file__)]
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)
