"""`comptoir import` as a script runs it."""

import asyncio
import json
import os
import sys
from pathlib import Path

from kit_imports import Books

MIXED = Path(__file__).with_name("data") / "mixed.csv"


async def test_a_script_reads_the_report_and_nothing_else(books: Books, database: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "import", "payments", str(MIXED),
        "--originator", str(books.originator.number),
        "--mapping", str(MIXED.with_suffix(".toml")), "--json",
        env={**os.environ, "COMPTOIR_HOME": str(books.home), "COMPTOIR_DATABASE_URL": database},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await process.communicate()
    report = json.loads(said)
    assert report["rows"] == report["added"] + report["refused"] + report["ignored"]
    assert len(await books.rows()) > 0
