"""A vault with a key file of its own, and actors of two companies."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from comptoir import identity, merchants, vault
from comptoir.kit.actor import Actor


@pytest.fixture
def key_file(tmp_path: Path) -> Iterator[Path]:
    """The vault is open with one generation; afterwards it is closed again."""
    file = tmp_path / "vault.key"
    vault.add_generation(file)
    vault.load(file)
    yield file
    vault.load(None)


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
