"""A production home (no demo), a key, an outbox and a clock that stands still."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from comptoir.kit import background, clock, crypto, db, mail
from identity.people import Mailbox


@pytest.fixture(scope="session", autouse=True)
def installation_key() -> None:
    if not crypto.is_loaded():
        crypto.load(bytes(range(32)))


@pytest_asyncio.fixture(autouse=True)
async def home(database: str, held_clock: None) -> AsyncIterator[None]:
    async with db.lookup() as tx:
        before = bool(await tx.value("select demo from provider where id = 1"))
    await set_demo(False)
    yield
    await background.drain()
    await set_demo(before)


@pytest_asyncio.fixture
async def demo_home(home: None) -> None:
    await set_demo(True)


@pytest_asyncio.fixture
async def nobody_yet(home: None) -> AsyncIterator[None]:
    """As on a first start: no administrator. Those of other tests come back afterwards."""
    async with db.lookup() as tx:
        others = await tx.rows(
            "update app_user set disabled_at = $1 where platform_role = 'administrator'"
            " and disabled_at is null returning id",
            clock.now(),
        )
    yield
    async with db.lookup() as tx:
        await tx.run(
            "update app_user set disabled_at = null where id = any($1)",
            [row["id"] for row in others],
        )


async def set_demo(demo: bool) -> None:
    async with db.lookup() as tx:
        await tx.run(
            "insert into provider (id, name, demo) values (1, 'Comptoir', $1)"
            " on conflict (id) do update set demo = $1",
            demo,
        )


@pytest.fixture(autouse=True)
def mailbox(tmp_path: Path) -> Iterator[Mailbox]:
    folder = tmp_path / "outbox"
    mail.configure(outbox=folder, smtp_url=None, sender="comptoir@office.example")
    return Mailbox(folder)
