"""Places to measure in: a home with a real database (fsync on), a shop, and a web process on it."""

import asyncio
import base64
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import asyncpg

from benchmarks.table import say
from comptoir import identity, merchants, payments, startup, supervisor
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.migrate import migrate
from comptoir.settings import Settings

START_LIMIT = 60.0  # Seconds for a web process to be ready.


@dataclass(frozen=True, slots=True)
class Shop:
    """An originator with a sandbox account and a test key."""

    company_id: UUID
    originator_id: UUID
    account_id: UUID
    number: int
    secret: str

    @property
    def authorization(self) -> str:
        pair = f"{self.number}:{self.secret}".encode()
        return "Basic " + base64.b64encode(pair).decode()


@dataclass(frozen=True, slots=True)
class Place:
    """A running database in a home; `postmaster` is the pid of its first process."""

    settings: Settings
    postmaster: int
    bin_dir: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def fresh_home() -> Iterator[Path]:
    """A home that is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="comptoir-bench-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@asynccontextmanager
async def database(home: Path, *, workers: int = 2) -> AsyncIterator[Place]:
    """The embedded PostgreSQL of a home, migrated; stopped afterwards."""
    settings = Settings(home=home, port=free_port(), workers=workers, log_level="warning")
    cluster = supervisor.Cluster(home, settings, say)
    url = await cluster.start()
    try:
        await migrate(url)
        assert cluster.pid is not None
        assert cluster.binaries is not None
        yield Place(replace(settings, database_url=url), cluster.pid, cluster.binaries.bin_dir)
    finally:
        await cluster.stop()


@asynccontextmanager
async def superuser(place: Place) -> AsyncIterator[asyncpg.Connection]:
    """A connection that may do everything, as whoever owns the home has it."""
    connection = await asyncpg.connect(
        host=str(place.settings.home / "postgres" / "run"), port=5432, user="postgres",
        database="comptoir",
    )  # fmt: skip
    try:
        yield connection
    finally:
        await connection.close()


@asynccontextmanager
async def opened(place: Place) -> AsyncIterator[None]:
    """The domain's functions in this process, over the place's database."""
    async with startup.running(place.settings):
        yield


async def make_shop(name: str = "Bench") -> Shop:
    """A company that sells in EUR through the sandbox."""
    everybody = identity.command_line()
    company = await merchants.create_company(everybody, name, country="ES")
    async with db.transaction(company=company.id) as tx:
        originator = await merchants.create_originator(tx, everybody, f"{name} shop", "EUR")
        account = await payments.open_account(
            tx, everybody, f"{name} sandbox", "sandbox", live=False, currencies=("EUR",), options={}
        )
        await merchants.set_route(tx, everybody, originator.id, (account.id,), live=False)
        _, secret = await merchants.create_key(tx, everybody, originator.id, live=False)
    return Shop(company.id, originator.id, account.id, originator.number, secret)


def shop_actor(shop: Shop) -> Actor:
    """Whoever calls with the shop's key."""
    everybody = identity.command_line(shop.company_id)
    return replace(everybody, platform=False, originator_id=shop.originator_id)


@asynccontextmanager
async def web(place: Place) -> AsyncIterator[int]:
    """`comptoir web` in its own process group, ready to answer; gives its pid."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "web",
        env=supervisor.environment(place.settings), start_new_session=True,
    )  # fmt: skip
    try:
        await _ready(place.settings.port, process)
        yield process.pid
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _ready(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(START_LIMIT):
        while await status(port, "/readyz") != 200:
            assert process.returncode is None, "the web process ended"
            await asyncio.sleep(0.05)


async def status(port: int, path: str) -> int | None:
    """What a path answers, or None while nobody listens."""
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return None
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n\r\n".encode())
        line = await reader.readline()
        return int(line.split()[1]) if line else None
    except OSError:
        return None
    finally:
        writer.close()
