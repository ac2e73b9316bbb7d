"""Killed in the middle, started twice, undone: in the end every figure is as it should be."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from comptoir import imports
from comptoir.kit import db
from comptoir.kit.errors import Forbidden
from kit_imports import Books

DOOMED = Path(__file__).with_name("doomed_import.py")
SALES, REFUNDS = 3300, 2700
WHOLE = {
    "refund succeeded EUR": (REFUNDS, f"{REFUNDS}.00"),
    "sale succeeded EUR": (SALES, f"{SALES * 5}.00"),
}
Written = Callable[..., Path]


def history(written: Written) -> Path:
    """Newest first, so that every refund comes before its sale and waits for it."""
    header = "created_at,id,order_id,kind,amount,currency,reference,customer_id"
    day = "2024-{:02}-01T{:02}:{:02}:00Z"
    refunds = [
        f"{day.format(2, n // 60 % 24, n % 60)},R{n},,refund,1.00,EUR,S{n},"
        for n in reversed(range(REFUNDS))
    ]
    sales = [
        f"{day.format(1, n // 60 % 24, n % 60)},S{n},O{n},sale,5.00,EUR,,{n % 700}"
        for n in reversed(range(SALES))
    ]
    return written(header, *refunds, *sales)


class Doomed:
    """The other process."""

    def __init__(self, books: Books, database: str, what: str, subject: str) -> None:
        self.process = subprocess.Popen(
            [
                sys.executable, str(DOOMED), database, str(books.company.id), what, subject,
                str(books.originator.number),
            ],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=DOOMED.parent,
        )  # fmt: skip

    async def reaches(self, phase: str, rows: int) -> None:
        """Wait until it has said that it is that far; there it stands until `go_on`."""
        assert self.process.stdout is not None
        while line := await asyncio.to_thread(self.process.stdout.readline):
            words = line.split()
            if words[0] == phase and int(words[1]) >= rows:
                return
            self.go_on()
        raise AssertionError(f"ended before {phase} {rows}")

    def go_on(self) -> None:
        assert self.process.stdin is not None
        print("on", file=self.process.stdin, flush=True)

    async def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        assert await asyncio.to_thread(self.process.wait) == -signal.SIGKILL
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()


async def kill_within_a_batch(doomed: Doomed, database: str, phase: str, rows: int) -> None:
    """Hold the ledger, so that the process is killed with a batch half written."""
    await doomed.reaches(phase, rows)
    holder = await asyncpg.connect(database)
    try:
        async with holder.transaction():
            await holder.execute("lock table entry in exclusive mode")
            doomed.go_on()
            while not await holder.fetchval(
                "select count(*) from pg_stat_activity"
                " where pg_backend_pid() = any (pg_blocking_pids(pid))"
            ):
                assert doomed.process.poll() is None
            await doomed.kill()
    finally:
        await holder.close()


async def check_whole(books: Books) -> None:
    assert await books.totals() == WHOLE
    owed = f"{SALES * 5 - REFUNDS}.00"
    assert await books.balances() == {"payable EUR": f"-{owed}", "receivable EUR": owed}
    linked = await books.rows("kind:refund")
    assert linked
    assert all(row.refers_to is not None for row in linked)
    async with db.transaction(company=books.company.id) as tx:
        waiting = await tx.value("select count(*) from import_waiting")
        keys = await tx.value("select count(distinct import_key) from operation")
    assert (waiting, keys) == (0, SALES + REFUNDS)


@pytest.mark.slow
@pytest.mark.parametrize(("phase", "rows"), [("reading", 5000), ("linking", 1)])
async def test_an_import_that_was_killed_goes_on_to_the_same_totals(
    books: Books, written: Written, database: str, phase: str, rows: int
) -> None:
    path = history(written)
    await kill_within_a_batch(Doomed(books, database, "import", str(path)), database, phase, rows)
    before = await books.totals()
    assert before
    assert before != WHOLE
    report = await books.run(path)
    assert report.resumed
    assert (report.added, report.known, report.refused) == (SALES + REFUNDS, 0, 0)
    await check_whole(books)
    assert (await books.events()).count("import.started") == 1
    assert (await books.run(path)).added == 0


@pytest.mark.slow
async def test_an_undo_that_was_killed_goes_on(
    books: Books, written: Written, database: str
) -> None:
    path = history(written)
    report = await books.run(path)
    doomed = Doomed(books, database, "undo", str(report.import_id))
    await kill_within_a_batch(doomed, database, "undoing", 1000)
    with pytest.raises(imports.NotUndone):
        await books.run(path)
    undone = await books.undo(report)
    assert (undone.undone, undone.already) == (SALES + REFUNDS, False)
    assert (await books.totals(), await books.balances()) == ({}, {})
    await books.run(path)
    await check_whole(books)


async def test_two_runs_of_one_file_at_once_add_it_once(books: Books, written: Written) -> None:
    path = history(written)
    ended = await asyncio.gather(*[books.run(path) for _ in range(2)], return_exceptions=True)
    refused = [e for e in ended if isinstance(e, BaseException)]
    assert all(isinstance(e, imports.ImportBusy) for e in refused)
    assert len(refused) < 2
    await check_whole(books)


async def test_two_files_with_common_rows_at_once_add_them_once(
    books: Books, written: Written
) -> None:
    whole = history(written)
    half = whole.with_name("half.csv")
    lines = whole.read_text().splitlines()
    half.write_text("\n".join([lines[0], *lines[900:]]) + "\n")
    first, second = await asyncio.gather(books.run(whole), books.run(half))
    assert first.added + second.added == SALES + REFUNDS
    await check_whole(books)


async def test_an_undone_import_leaves_no_figure_and_can_come_again(
    books: Books, written: Written
) -> None:
    path = history(written)
    report = await books.run(path)
    undone = await books.undo(report)
    assert (undone.undone, undone.already) == (SALES + REFUNDS, False)
    assert (await books.totals(), await books.balances()) == ({}, {})
    shown = await books.totals(f"import:{report.id}")
    assert shown == WHOLE  # Nothing was deleted.
    assert (await books.events()).count("import.undone") == 1
    assert (await books.undo(report)).already
    again = await books.run(path)
    assert again.import_id != report.import_id
    assert again.added == SALES + REFUNDS
    await check_whole(books)
    found = await books.rows("S7")
    assert [row.undone_by for row in found] == [None]


async def test_opposite_entries_are_added_and_none_is_changed(
    books: Books, written: Written
) -> None:
    path = written(
        "created_at,kind,amount,currency,fee", "2024-01-01T10:00:00Z,sale,10.00,EUR,0.30"
    )
    await books.undo(await books.run(path))
    async with db.transaction(company=books.company.id) as tx:
        entries = await tx.rows(
            "select cause, account, amount_minor from entry order by cause, line"
        )
    posted = sorted((e["account"], e["amount_minor"]) for e in entries if e["cause"] != "undo")
    opposite = sorted((e["account"], -e["amount_minor"]) for e in entries if e["cause"] == "undo")
    assert posted == opposite
    assert len(posted) == 7


async def test_an_import_that_a_later_one_builds_on_is_undone_after_it(
    books: Books, written: Written
) -> None:
    header = "created_at,id,kind,amount,currency,reference"
    sale = await books.run(written(header, "2024-01-01T10:00:00Z,S1,sale,5.00,EUR,"))
    later = written(header, "2024-02-01T10:00:00Z,R1,refund,2.00,EUR,S1", name="later.csv")
    refund = await books.run(later)
    with pytest.raises(imports.ImportUsed):
        await books.undo(sale)
    await books.undo(refund)
    await books.undo(sale)
    assert await books.totals() == {}


async def test_nobody_without_the_permission_imports_or_undoes(
    books: Books, written: Written
) -> None:
    report = await books.run(
        written("date,kind,amount,currency", "2024-01-01T10:00:00Z,sale,1,EUR")
    )
    stranger = replace(books, actor=replace(books.actor, permissions=frozenset()))
    for attempt in (stranger.run(Path("x.csv")), stranger.undo(report)):
        with pytest.raises(Forbidden):
            await attempt
