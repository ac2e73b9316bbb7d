"""`import` and `export`: history in, transactions out."""

import asyncio
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress as Bar

from comptoir import imports as importing
from comptoir import payments
from comptoir.cli.office import MAX_LISTED, actor_of, opened, show, show_one
from comptoir.kit import ids
from comptoir.kit.money import Money

imports = App(name="import", help="Bring in history from another provider.")
exports = App(name="export", help="Take data out.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@imports.command(name="payments")
async def import_payments(
    file: Path,
    *,
    originator: Annotated[int, Parameter(help="The number of the originator it belongs to.")],
    mapping: Annotated[Path | None, Parameter(help="A TOML file that names the columns.")] = None,
    live: Annotated[bool, Parameter(negative="", help="Live history; else test.")] = False,
    account: Annotated[
        str | None, Parameter(help="The merchant account that can act on its references.")
    ] = None,
    dry_run: Annotated[bool, Parameter(negative="", help="Only check; nothing is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Bring in payment history from a CSV file (plain, .gz or .zst); safe to run twice."""
    _collect_seldom()
    async with opened() as settings:
        actor = await actor_of(live=live)
        with Bar(console=Console(stderr=True), disable=as_json) as bar:
            task = bar.add_task("reading", total=None)

            def moved(at: importing.Progress) -> None:
                words = f"{at.phase}: {at.rows} rows"
                bar.update(task, completed=at.bytes_done, total=at.bytes_total, description=words)

            with _saying_how_to_go_on():
                report = await importing.run_import(
                    actor, file, originator, home=settings.home, mapping_path=mapping,
                    account_id=None if account is None else ids.untype("acc", account),
                    dry_run=dry_run, progress=moved,
                )  # fmt: skip
    show_one(_facts(report), as_json=as_json)
    if not as_json:
        _show_held(report)
    if report.refused:
        raise SystemExit(1)


@contextmanager
def _saying_how_to_go_on() -> Iterator[None]:
    try:
        yield
    except asyncio.CancelledError:  # Ctrl-C.
        sys.stderr.write("comptoir: stopped; start the same command again to go on\n")
        raise


def _collect_seldom() -> None:
    """What is in memory lives as long as the program or a batch: looking often finds nothing."""
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def _facts(report: importing.ImportReport) -> dict[str, Any]:
    return {
        "import": None if report.import_id is None else ids.typeid("imp", report.import_id),
        "rows": report.rows,
        "added": report.added,
        "known_already": report.known,
        "refused": report.refused,
        "ignored": report.ignored,
        **({} if report.alone is None else {"without_their_original": report.alone}),
        "resumed": report.resumed,
        "refused_rows_in": None if report.rejected is None else str(report.rejected),
    }


def _show_held(report: importing.ImportReport) -> None:
    """What the file says, to compare with whoever made it."""
    rows = [
        {
            "kind": held.kind,
            "status": held.status,
            "number": held.number,
            "amount": Money(held.sum_minor, held.currency).text(),
            "currency": held.currency,
        }
        for held in report.held
    ]
    show(rows, as_json=False, empty="The file holds no operation")


@imports.command(name="list")
async def list_imports(
    *, company: str | None = None, live: bool = False, as_json: Json = False
) -> None:
    """The imports of a company, or of all, newest first."""
    async with opened():
        found = await importing.list_imports(await actor_of(company, live=live), MAX_LISTED)
    rows = [
        {
            "id": ids.typeid("imp", run.id),
            "file": run.file_name,
            "state": run.state,
            "added": run.added,
            "known": run.known,
            "refused": run.refused,
            "started": run.started_at.isoformat(timespec="seconds"),
        }
        for run in found
    ]
    show(rows, as_json=as_json, empty="Nothing was imported yet")
    if len(found) == MAX_LISTED:
        sys.stderr.write(f"more: these are the newest {MAX_LISTED}; --company narrows them\n")


@imports.command(name="undo")
async def undo_import(run: str, *, live: bool = False, as_json: Json = False) -> None:
    """Reverse an import by adding: its rows leave all lists and figures, nothing is deleted."""
    async with opened():
        report = await importing.undo_import(await actor_of(live=live), ids.untype("imp", run))
    facts = {"import": run, "undone": report.undone, "was_undone_before": report.already}
    show_one(facts, as_json=as_json)


@exports.command(name="transactions")
async def export_transactions(
    q: str = "",
    *,
    company: str | None = None,
    live: bool = False,
    output: Annotated[Path | None, Parameter(help="A file; else the terminal.")] = None,
) -> None:
    """Every transaction that matches Q, as CSV, without a cap."""
    async with opened():
        actor = await actor_of(company, live=live)
        blocks = await payments.export_csv(actor, payments.parse(q))
        with nullcontext(sys.stdout.buffer) if output is None else output.open("wb") as stream:
            async for block in blocks:
                stream.write(block)
            stream.flush()
