"""`import` and `export`: history in, transactions out."""

import sys
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import Progress

from comptoir import imports as importing
from comptoir import payments
from comptoir.cli.office import actor_of, opened, show, show_one
from comptoir.kit import ids

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
    dry_run: Annotated[bool, Parameter(negative="", help="Only check; nothing is stored.")] = False,
    as_json: Json = False,
) -> None:
    """Bring in payment history from a CSV file (plain, .gz or .zst); safe to run twice."""
    async with opened() as settings:
        actor = await actor_of(live=live)
        with Progress(console=Console(stderr=True), disable=as_json) as bar:
            task = bar.add_task("reading", total=None)
            report = await importing.run_import(
                actor, settings, file, originator, mapping_path=mapping, dry_run=dry_run,
                progress=lambda rows, done, total: bar.update(
                    task, completed=done, total=total, description=f"{rows} rows"
                ),
            )  # fmt: skip
    show_one(importing.facts(report), as_json=as_json)
    if report.refused:
        raise SystemExit(1)


@imports.command(name="list")
async def list_imports(
    *, company: str | None = None, live: bool = False, as_json: Json = False
) -> None:
    """The imports of a company, or of all, newest first."""
    async with opened():
        found = await importing.list_imports(await actor_of(company, live=live))
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


@imports.command(name="undo")
async def undo_import(run: str, *, live: bool = False, as_json: Json = False) -> None:
    """Reverse an import by adding: its rows leave all lists and figures, nothing is deleted."""
    async with opened():
        report = await importing.undo_import(
            await actor_of(live=live), ids.untype("imp", run), progress=None
        )
    show_one(importing.facts(report), as_json=as_json)


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
        stream = sys.stdout.buffer if output is None else output.open("wb")
        async for block in payments.export_csv(actor, payments.parse(q)):
            stream.write(block)
        stream.flush()
