"""Importing: a provider's history comes in, row by row in batches; what is bad is told, not lost.

Every batch is one transaction that also notes the line it reached, so a run that was killed goes
on from there, and a row that is already here is never added again.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from uuid import UUID

from comptoir import merchants
from comptoir.imports import lookup
from comptoir.imports.batch import Counts, store
from comptoir.imports.linking import Plan, plan
from comptoir.imports.mapping import Mapping, load_mapping
from comptoir.imports.pipeline import Pipeline, transact
from comptoir.imports.reading import BATCH, Batch, FileRows, Held
from comptoir.imports.refusals import Refusals, place_for
from comptoir.imports.row import EARLIEST
from comptoir.imports.runs import Run, continue_run, finish_run, open_run
from comptoir.imports.source import Layout, Survey, read_layout, survey
from comptoir.kit import db, ids, log
from comptoir.kit.actor import Actor

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an import is. `phase`: reading, linking, undoing."""

    phase: str
    rows: int
    rows_total: int
    bytes_done: int
    bytes_total: int


Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What this reading of a file did. `held` is what the file says, to compare with its owner."""

    import_id: UUID | None  # None after a dry run.
    rows: int
    added: int
    known: int
    refused: int
    ignored: int
    alone: int | None  # None after a dry run, which looks for no originals.
    held: list[Held]
    rejected: Path | None
    resumed: bool
    dry_run: bool
    seconds: float  # Of a stopwatch; not money.

    @property
    def id(self) -> str | None:
        return None if self.import_id is None else ids.typeid("imp", self.import_id)


@dataclass(frozen=True, slots=True)
class _Job:
    """A file that can be read, and whose history it is."""

    actor: Actor
    company_id: UUID
    originator_id: UUID
    account_id: UUID | None
    mapping: Mapping
    layout: Layout
    survey: Survey
    seed: bytes
    listener: Listener

    def tell(self, phase: str, rows: int, position: int, size: int) -> None:
        self.listener(Progress(phase, rows, max(rows, self.survey.rows), position, size))


async def run_import(
    actor: Actor,
    path: Path,
    originator_number: int,
    *,
    home: Path,
    mapping_path: Path | None = None,
    account_id: UUID | None = None,
    dry_run: bool = False,
    progress: Listener | None = None,
) -> ImportReport:
    """Import a file into the actor's mode. A dry run reads and checks all of it and adds nothing.

    Raises `BadFile` and `BadMapping` before anything is stored, `ImportBusy` when somebody else
    imports the same file.
    """
    started = time.monotonic()
    job = await _prepare(
        actor, path, originator_number, mapping_path, account_id, progress or _silent
    )
    refusals = Refusals(job.layout, await asyncio.to_thread(place_for, path, home))
    rows = FileRows(job.layout, job.mapping, job.survey, refusals, job.seed)
    try:
        report = await (_try_out(job, rows) if dry_run else _import(job, rows))
    finally:
        rejected = await asyncio.to_thread(refusals.finish)
    report = replace(report, rejected=rejected, seconds=time.monotonic() - started)
    _log.info(
        "import_read", import_id=report.id, added=report.added, known=report.known,
        refused=report.refused, dry_run=dry_run,
    )  # fmt: skip
    return report


def _silent(_: Progress) -> None:
    """Nobody watches."""


async def _prepare(
    actor: Actor,
    path: Path,
    originator_number: int,
    mapping_path: Path | None,
    account_id: UUID | None,
    listener: Listener,
) -> _Job:
    actor.needs("import.run")
    originator = await merchants.find_originator_by_number(actor, originator_number)
    if account_id is not None:
        async with db.transaction(company=originator.company_id) as tx:
            account = await merchants.get_account(tx, account_id)
        if account.live != actor.live:
            raise merchants.LiveMeetsTest("The account is of the other mode", field="account")
    mapping = load_mapping(mapping_path)
    layout = await asyncio.to_thread(read_layout, path, mapping)
    seed = originator.id.bytes + (b"live" if actor.live else b"test")
    surveyed = await asyncio.to_thread(survey, layout, seed)
    return _Job(
        actor, originator.company_id, originator.id, account_id, mapping, layout, surveyed, seed,
        listener,
    )  # fmt: skip


async def _try_out(job: _Job, rows: FileRows) -> ImportReport:
    """Read everything and look up what is known already, without storing anything."""
    known = accepted = refused = ignored = 0
    with closing(rows.batches(0)) as batches:
        while batch := await asyncio.to_thread(next, batches, None):
            async with db.transaction(company=job.company_id) as tx:
                found = await lookup.find_keys(tx, job.originator_id, batch.rows)
                named = await lookup.find_named(tx, job.originator_id, batch.rows)
            new = [row for row in batch.rows if row.key not in found]
            doubles = [r for r in new if (r.id, r.kind) in named and not job.mapping.identity]
            rows.note_doubles(doubles)
            known += len(found)
            accepted += len(batch.rows) - len(doubles)
            refused += batch.counts.refused + len(doubles)
            ignored += batch.counts.ignored
            job.tell("reading", accepted + refused + ignored, batch.position, rows.size)
    await asyncio.to_thread(rows.refuse_doubles)
    return ImportReport(
        None, job.survey.rows, accepted - known, known, refused, ignored, None, rows.held(), None,
        False, True, 0.0,
    )  # fmt: skip


async def _import(job: _Job, rows: FileRows) -> ImportReport:
    async with db.transaction(company=job.company_id) as tx:
        run = await open_run(
            tx, job.actor, originator_id=job.originator_id, account_id=job.account_id,
            path=job.layout.path, survey=job.survey, mapping=job.mapping.stored(),
        )  # fmt: skip
    resumed = run.line > 0
    await _read_rows(job, run, rows)
    await _link_waiting(job, run, rows)
    await asyncio.to_thread(rows.refuse_doubles)
    async with db.transaction(company=job.company_id) as tx:
        done = await finish_run(tx, job.actor, run.id)
    return ImportReport(
        done.id, job.survey.rows, done.added - done.added_before, done.known, done.refused,
        done.ignored, done.alone, rows.held(), None, resumed, False, 0.0,
    )  # fmt: skip


async def _read_rows(job: _Job, run: Run, rows: FileRows) -> None:
    """Store batch after batch, from the line that an earlier reading has reached."""
    done = run.added - run.added_before + run.known + run.refused + run.ignored

    def tell(batch: Batch, made: Plan) -> None:
        nonlocal done
        rows.note_doubles(made.doubles)
        done += len(batch.rows) + batch.counts.refused + batch.counts.ignored
        job.tell("reading", done, batch.position, rows.size)

    pipeline = Pipeline(job.actor, run, tell)
    with closing(rows.batches(run.line)) as batches:
        try:
            while batch := await _next(batches):
                await pipeline.add(batch)
            await pipeline.finish()
        finally:
            await pipeline.rest()


async def _next(batches: Iterator[Batch]) -> Batch | None:
    reading = asyncio.create_task(asyncio.to_thread(next, batches, None))
    try:
        return await asyncio.shield(reading)
    finally:
        await asyncio.wait({reading})  # No thread is left behind with the file open.


async def _link_waiting(job: _Job, run: Run, rows: FileRows) -> None:
    """Place the rows that wait, in the order of time, until a pass places none; then the rest."""
    final = False
    while True:
        placed = await _one_pass(job, run.id, rows, final=final)
        if final:
            return
        final = placed == 0


async def _one_pass(job: _Job, import_id: UUID, rows: FileRows, *, final: bool) -> int:
    """How many waiting rows found their place."""
    placed, after = 0, (EARLIEST, 0)
    while (linked := await _link_batch(job, import_id, after, final=final)) is not None:
        made, after = linked
        rows.note_doubles(made.doubles)
        number = len(made.placed) + len(made.known) + len(made.doubles)
        placed += number
        job.tell("linking", placed, 0, 0)
    return placed


async def _link_batch(
    job: _Job, import_id: UUID, after: tuple[datetime, int], *, final: bool
) -> tuple[Plan, tuple[datetime, int]] | None:
    """One transaction over rows that wait: what became of them, and where to go on."""

    async def link_once(tx: db.Tx) -> tuple[Plan, tuple[datetime, int]] | None:
        run = await continue_run(tx, job.actor, import_id)
        rows = await lookup.list_waiting(tx, import_id, after, BATCH)
        if not rows:
            return None
        made = plan(rows, await lookup.look_up(tx, run, rows), final=final)
        made.waiting = []  # They wait already.
        settled = [one.row.line for one in made.placed] + [
            row.line for row in made.known + made.doubles
        ]
        await store(tx, job.actor, run, made, Counts(run.line), placed=settled)
        return made, (rows[-1].at, rows[-1].line)

    return await transact(job.company_id, link_once)
