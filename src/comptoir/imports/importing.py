"""Importing: a provider's history comes in, row by row in batches; what is bad is told, not lost.

Every batch is one transaction that also notes the line it reached, so a run that was killed goes
on from there, and a row that is already here is never added again.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import asyncpg

from comptoir import merchants
from comptoir.imports import lookup
from comptoir.imports.batch import Counts, Fields, arguments, store
from comptoir.imports.linking import Plan, plan
from comptoir.imports.mapping import Mapping, load_mapping
from comptoir.imports.reading import BATCH, Batch, FileRows, Held
from comptoir.imports.refusals import Refusals, place_for
from comptoir.imports.row import EARLIEST
from comptoir.imports.runs import ImportBusy, Run, finish_run, lock_company, lock_run, open_run
from comptoir.imports.source import Layout, Survey, read_layout, survey
from comptoir.kit import db, ids, log
from comptoir.kit.actor import Actor

T = TypeVar("T")
TRIES = 5
GROWTH = 5
# Somebody else added the same shopper or row between the look and the leap.
CONFLICTS = (
    asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError,
)  # fmt: skip

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
    alone: int
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
            known += len(found)
            accepted += len(batch.rows)
            refused += batch.counts.refused
            ignored += batch.counts.ignored
            job.tell("reading", accepted + refused + ignored, batch.position, rows.size)
    return ImportReport(
        None, job.survey.rows, accepted - known, known, refused, ignored, 0, rows.held(), None,
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
    await _link_waiting(job, run)
    async with db.transaction(company=job.company_id) as tx:
        done = await finish_run(tx, job.actor, run.id)
    return ImportReport(
        done.id, job.survey.rows, done.added - done.added_before, done.known, done.refused,
        done.ignored, done.alone, rows.held(), None, resumed, False, 0.0,
    )  # fmt: skip


@dataclass(slots=True)
class _Ready:
    """A batch that has been read and planned, and only needs to be stored."""

    batch: Batch
    plan: Plan
    told: list[list[Fields]]


async def _read_rows(job: _Job, run: Run, rows: FileRows) -> None:
    """Store batch after batch; the next one is read and planned while the database works."""
    reached, done = run.line, run.added - run.added_before + run.known + run.refused + run.ignored
    learnt = 0
    with closing(rows.batches(run.line)) as batches:
        ready = await _prepare_next(job, run, batches, None)
        while ready is not None:
            ahead = asyncio.create_task(_prepare_next(job, run, batches, ready.plan))
            try:
                as_planned = await _store_ready(job, run, ready, reached)
            finally:
                following = await ahead  # No thread is left behind with the file open.
            done += len(ready.batch.rows) + ready.batch.counts.refused + ready.batch.counts.ignored
            reached = ready.batch.counts.line
            job.tell("reading", done, ready.batch.position, rows.size)
            if following is not None and not as_planned:
                following = await _prepared(job, run, following.batch, None)
            ready, learnt = following, await _learn(learnt, done)


async def _prepare_next(
    job: _Job, run: Run, batches: Iterator[Batch], before: Plan | None
) -> _Ready | None:
    batch = await asyncio.to_thread(next, batches, None)
    return None if batch is None else await _prepared(job, run, batch, before)


async def _prepared(job: _Job, run: Run, batch: Batch, before: Plan | None) -> _Ready:
    """Planned over what is committed, and what the batch before is about to add."""
    async with db.transaction(company=job.company_id) as tx:
        known = await lookup.look_up(tx, run, batch.rows)
    if before is not None:
        known.remember(before)
    made = plan(batch.rows, known)
    return _Ready(batch, made, arguments(run, made))


async def _store_ready(job: _Job, run: Run, ready: _Ready, reached: int) -> bool:
    """One transaction. False if it had to be planned again, because others came in between."""
    try:
        async with db.transaction(company=job.company_id) as tx:
            await _continue(tx, job, run.id, reached)
            await store(tx, job.actor, run, ready.plan, ready.batch.counts, ready.told, [])
    except CONFLICTS:
        _log.info("import_batch_again", import_id=ids.typeid("imp", run.id), line=reached)
    else:
        return True

    async def store_again(tx: db.Tx) -> None:
        await _continue(tx, job, run.id, reached)
        made = plan(ready.batch.rows, await lookup.look_up(tx, run, ready.batch.rows))
        await store(tx, job.actor, run, made, ready.batch.counts, arguments(run, made), [])

    await _transact(job.company_id, store_again)
    return False


async def _learn(known: int, done: int) -> int:
    """Tell the planner each time that so many rows are new to it; how many it knows of."""
    if done < GROWTH * known:
        return known
    async with db.lookup() as tx:
        await tx.value("select learn_growth_v1($1)", done)
    return done


async def _transact(company_id: UUID, work: Callable[[db.Tx], Awaitable[T]]) -> T:
    """Do it in one transaction; again, when a payment met one of its shoppers at that moment."""
    for _ in range(TRIES - 1):
        try:
            async with db.transaction(company=company_id) as tx:
                return await work(tx)
        except CONFLICTS:
            continue
    async with db.transaction(company=company_id) as tx:
        return await work(tx)


async def _continue(tx: db.Tx, job: _Job, import_id: UUID, reached: int | None) -> Run:
    """The run, locked, if it is still where this process left it."""
    await lock_company(tx)
    run = await lock_run(tx, job.actor, import_id)
    if run.state != "running" or reached not in (None, run.line):
        raise ImportBusy(import_id=ids.typeid("imp", run.id))
    return run


async def _link_waiting(job: _Job, run: Run) -> None:
    """Place the rows that wait, in the order of time, until a pass places none; then the rest."""
    final = False
    while True:
        placed = await _one_pass(job, run.id, final=final)
        if final:
            return
        final = placed == 0


async def _one_pass(job: _Job, import_id: UUID, *, final: bool) -> int:
    """How many waiting rows found their place."""
    placed, after = 0, (EARLIEST, 0)
    while (linked := await _link_batch(job, import_id, after, final=final)) is not None:
        number, after = linked
        placed += number
        job.tell("linking", placed, 0, 0)
    return placed


async def _link_batch(
    job: _Job, import_id: UUID, after: tuple[datetime, int], *, final: bool
) -> tuple[int, tuple[datetime, int]] | None:
    """One transaction over rows that wait: how many were placed, and where to go on."""

    async def link_once(tx: db.Tx) -> tuple[int, tuple[datetime, int]] | None:
        run = await _continue(tx, job, import_id, None)
        rows = await lookup.list_waiting(tx, import_id, after, BATCH)
        if not rows:
            return None
        made = plan(rows, await lookup.look_up(tx, run, rows), final=final)
        made.waiting = []  # They wait already.
        settled = [one.row.line for one in made.placed] + [row.line for row in made.known]
        await store(tx, job.actor, run, made, Counts(run.line), arguments(run, made), settled)
        return len(settled), (rows[-1].at, rows[-1].line)

    return await _transact(job.company_id, link_once)
