"""A vault with a key file of its own, and actors of two companies."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest_asyncio

from comptoir import identity, merchants, vault
from comptoir.kit.actor import Actor


@pytest_asyncio.fixture
async def key_file(tmp_path: Path, database: str) -> AsyncIterator[Path]:
    """The vault is open with one generation; afterwards it is closed and has no card."""
    file = tmp_path / "vault.key"
    vault.add_generation(file)
    vault.load(file)
    yield file
    vault.load(None)
    connection = await asyncpg.connect(database)
    await connection.execute("set role comptoir_owner")
    await connection.execute(
        "update vault_card set wrapped_key = null, generation = null, destroyed_at = now()"
        " where destroyed_at is null"
    )
    await connection.execute("delete from vault_generation")
    await connection.close()


@pytest_asyncio.fixture
async def make_actor(database: str) -> AsyncIterator[Callable[..., object]]:
    """Makes actors, each of a company of its own."""

    async def make(*, live: bool = False) -> Actor:
        everybody = identity.command_line()
        company = await merchants.create_company(everybody, "Vaulted", country="ES")
        return replace(everybody, company_id=company.id, live=live, platform=False)

    yield make


@pytest_asyncio.fixture
async def actor(make_actor: Callable[..., object]) -> Actor:
    return await make_actor()  # type: ignore[misc, no-any-return]
