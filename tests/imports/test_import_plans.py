"""An import into a company of which PostgreSQL's statistics know nothing yet."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import asyncpg

from comptoir.kit import db
from kit_imports import Books, make_books

ROWS = 6000
# Entries of indexes that were read for a row, in all questions about it.
BOUND = 100
Written = Callable[..., Path]


async def test_the_history_of_one_more_company_is_not_read_again_for_every_row(
    books: Books, written: Written, database: str, tmp_path: Path
) -> None:
    lines = [f"2024-01-01T10:00:00Z,{n},sale,1.00,EUR,{n % 700}" for n in range(ROWS)]
    path = written("created_at,order_id,kind,amount,currency,customer_id", *lines)
    await books.run(path)
    owner = await asyncpg.connect(database)
    try:
        await owner.execute("analyze")  # From here on every row is known to be the first company's.
        second = await make_books(tmp_path / "second", "Second")
        before = await _read(owner)
        await second.run(path)
        assert await _read(owner) - before < BOUND * ROWS
    finally:
        await owner.close()
    assert await second.totals() == await books.totals()


async def _read(owner: asyncpg.Connection) -> int:
    """Index entries read so far, of which every connection of the pool has been asked to tell."""
    size = db.pool().get_size()
    everybody = asyncio.Barrier(size)

    async def tell() -> None:
        async with db.lookup() as tx:
            await tx.run("select pg_stat_force_next_flush()")
            await everybody.wait()

    await asyncio.gather(*[tell() for _ in range(size)])
    read: int = await owner.fetchval("select sum(idx_tup_read)::bigint from pg_stat_user_indexes")
    return read
