"""Fixtures everybody uses: one real PostgreSQL for the session, migrated, and a held clock."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from kit import Shop, make_shop
from litestar import Litestar

from comptoir import gateways, server, settings
from comptoir.gateways import simulator
from comptoir.kit import clock, crypto, db
from comptoir.kit.migrate import migrate

BIN = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    """A fresh server in a temporary folder; the database is migrated once."""
    home = Path(tempfile.mkdtemp(prefix="comptoir-tests-"))
    home.chmod(0o755)
    data = home / "data"
    data.mkdir()
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    for path in (home, data):
        os.chown(path, user.pw_uid, user.pw_gid)

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, capture_output=True, user=user.pw_uid, group=user.pw_gid
        )

    run(str(BIN / "initdb"), "-D", str(data), "-A", "trust", "-U", "comptoir", "-N")
    options = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=80"
    run(str(BIN / "pg_ctl"), "-D", str(data), "-o", options, "-l", str(home / "log"), "-w", "start")
    try:
        run(str(BIN / "createdb"), "-h", str(home), "-U", "comptoir", "comptoir")
        yield f"postgresql://comptoir@/comptoir?host={home}"
    finally:
        run(str(BIN / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def database(database_url: str) -> AsyncIterator[str]:
    """The migrated database, with the process's pool open on it."""
    await migrate(database_url)
    await db.connect(database_url, size=20)
    yield database_url
    await db.close()


@pytest.fixture
def held_clock() -> Iterator[None]:
    """The clock stands still at a known moment; `clock.advance` moves it."""
    clock.hold(datetime(2026, 3, 2, 10, 0, tzinfo=UTC))
    yield
    clock.release()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def app(database: str) -> AsyncIterator[Litestar]:
    """The whole application over the session's database, with the sandbox gateway."""
    crypto.load(bytes(range(32)))
    await simulator.connect(database, size=4)
    gateways.register_transport("sandbox", simulator.transport)
    yield server.build(settings.Settings(database_url=database), managed=False)
    await simulator.close()


@pytest_asyncio.fixture(loop_scope="session")
async def shop(app: Litestar) -> Shop:
    return await make_shop(app)


@pytest_asyncio.fixture(loop_scope="session")
async def other_shop(app: Litestar) -> Shop:
    return await make_shop(app, "Other shop")
