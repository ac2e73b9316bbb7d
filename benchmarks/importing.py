"""Rows of history per second, taken in by `comptoir import payments` as a person would run it."""

import asyncio
import csv
import gzip
import json
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.people import COUNTRIES, FIRST_NAMES, LAST_NAMES
from benchmarks.place import Place, database, fresh_home, make_shop, opened
from benchmarks.table import Figure, at_least, say
from comptoir import supervisor

BUDGET = 5000  # Rows per second, the start of the program included.
HEAD = (
    "created_at", "order_id", "kind", "amount", "currency", "customer_id", "customer_email",
    "customer_country",
)  # fmt: skip


def _write(file: Path, rows: int) -> None:
    """A year of sales and some refunds of them, oldest first."""
    random.seed(7)
    start, step = datetime(2025, 1, 1, tzinfo=UTC), timedelta(days=365) / rows
    with gzip.open(file, "wt", encoding="utf-8", newline="", compresslevel=1) as out:
        writer = csv.writer(out)
        writer.writerow(HEAD)
        for place in range(rows):
            shopper = random.randrange(rows // 4)
            first = FIRST_NAMES[shopper % len(FIRST_NAMES)]
            last = LAST_NAMES[shopper // 7 % len(LAST_NAMES)]
            writer.writerow(
                (
                    (start + step * place).isoformat(timespec="seconds"), f"H{place}", "sale",
                    f"{random.randrange(100, 40_000) / 100:.2f}", "EUR", shopper,
                    f"{first}.{last}{shopper}@example.com", random.choices(*COUNTRIES)[0],
                )
            )  # fmt: skip


async def measure(rows: int) -> list[Figure]:
    """One import into a fresh home."""
    with fresh_home() as home:
        async with database(home) as place:
            async with opened(place):
                shop = await make_shop()
            file = home / "history.csv.gz"
            await asyncio.to_thread(_write, file, rows)
            say(f"importing {rows} rows")
            seconds = await _import(place, file, shop.number, rows)
    command = f"python -m benchmarks import --rows {rows}"
    speed = rows / seconds
    return [at_least("import: rows", speed, BUDGET, command, f"{speed:.0f}/s")]


async def _import(place: Place, file: Path, originator: int, rows: int) -> float:
    begun = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "import", "payments", str(file),
        "--originator", str(originator), "--json",
        env=supervisor.environment(place.settings), stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    seconds = time.perf_counter() - begun
    said = json.loads(out)
    assert said["added"] == rows, said
    return seconds
