"""A table that handlers of these tests write to, so that their effects can be counted."""

from collections.abc import AsyncIterator

import asyncpg
import pytest_asyncio


@pytest_asyncio.fixture(loop_scope="session")
async def effects(database: str) -> AsyncIterator[asyncpg.Connection]:
    """`effect (follower, seq, company_id)` without a unique key: doing twice would show."""
    connection = await asyncpg.connect(database)
    await connection.execute(
        "create table effect (follower text, seq bigint, company_id uuid);"
        " grant select, insert on effect to comptoir_platform"
    )
    yield connection
    await connection.execute("drop table effect")
    await connection.close()
