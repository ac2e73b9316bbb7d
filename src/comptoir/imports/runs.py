"""Runs: one import of one file for one originator and mode; reading the file again continues it.

running -> finished -> running (read again) ...; any of them -> undoing -> undone
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from comptoir import events
from comptoir.imports import cards
from comptoir.imports.source import Survey
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, NotFound

LIST_LIMIT = 200
# How a row's own id is kept among the gateway references: under its originator, with this kind.
OWN_ID = "imported_id"
# What of a mapping has a part in a row's identity. The rest may be mended between two runs.
TELLS_ROWS_APART = ("identity", "encoding", "delimiter")


class ImportBusy(Conflict):
    code = "import_busy"
    title = "This file is being imported or undone by somebody else right now"


class ReadOtherwise(Conflict):
    code = "import_read_otherwise"
    title = (
        "This file was imported with another identity, encoding or delimiter, which would add all"
        " of it again; undo that import first"
    )


class NotUndone(Conflict):
    code = "import_being_undone"
    title = "This import is being undone; finish that first"


@dataclass(frozen=True, slots=True)
class Run:
    id: UUID
    company_id: UUID
    originator_id: UUID
    account_id: UUID | None
    live: bool
    file_name: str
    mapping: dict[str, Any]
    state: str
    line: int
    added: int
    added_before: int
    known: int
    refused: int
    ignored: int
    alone: int
    undone: int
    batch: UUID | None
    undo_id: UUID | None
    started_at: datetime
    finished_at: datetime | None
    undone_at: datetime | None
    actor: str


_SELECT = (
    "select id, company_id, originator_id, account_id, live, file_name, mapping, state, line,"
    " added, added_before, known, refused, ignored, alone, undone, batch, undo_id, started_at,"
    " finished_at, undone_at, actor from import_run"
)


async def open_run(
    tx: db.Tx,
    actor: Actor,
    *,
    originator_id: UUID,
    account_id: UUID | None,
    path: Path,
    survey: Survey,
    mapping: dict[str, Any],
) -> Run:
    """The run of this file: the one that was interrupted, one to go through again, or a new one."""
    await lock_company(tx)
    run = await _find_by_file(tx, actor, originator_id, survey.fingerprint)
    if run is None:
        return await _begin(tx, actor, originator_id, account_id, path, survey, mapping)
    if run.state == "undoing":
        raise NotUndone(import_id=ids.typeid("imp", run.id))
    if run.added and any(run.mapping[name] != mapping[name] for name in TELLS_ROWS_APART):
        raise ReadOtherwise(import_id=ids.typeid("imp", run.id))
    if run.state == "running" and run.mapping == mapping and run.account_id == account_id:
        return run  # Where it stopped.
    await tx.run(
        "delete from import_waiting where company_id = $1 and import_id = $2", tx.company, run.id
    )
    await tx.run(
        "update import_run set state = 'running', mapping = $3, account_id = $4, line = 0,"
        " added_before = added, known = 0, refused = 0, ignored = 0, alone = 0"
        " where company_id = $1 and id = $2",
        tx.company, run.id, mapping, account_id,
    )  # fmt: skip
    return await get_run(tx, actor, run.id)


async def _begin(
    tx: db.Tx,
    actor: Actor,
    originator_id: UUID,
    account_id: UUID | None,
    path: Path,
    survey: Survey,
    mapping: dict[str, Any],
) -> Run:
    import_id = ids.new()
    name = cards.hide(path.name)[-256:]
    await tx.run(
        "insert into import_run (company_id, id, originator_id, account_id, live, file_name,"
        " file_hash, mapping, state, started_at, actor)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, 'running', $9, $10)",
        tx.company, import_id, originator_id, account_id, actor.live, name, survey.fingerprint,
        mapping, clock.now(), events.signature(actor),
    )  # fmt: skip
    await events.record(
        tx, actor, "import.started", import_id, file=name, rows=survey.rows,
        originator=originator_id,
    )  # fmt: skip
    return await get_run(tx, actor, import_id)


async def finish_run(tx: db.Tx, actor: Actor, import_id: UUID) -> Run:
    """Nothing is left to read and nothing waits."""
    run = await lock_run(tx, actor, import_id)
    if run.state != "running":
        raise ImportBusy(import_id=ids.typeid("imp", run.id))
    await tx.run(
        "update import_run set state = 'finished', finished_at = $3"
        " where company_id = $1 and id = $2",
        tx.company, import_id, clock.now(),
    )  # fmt: skip
    if run.finished_at is None or run.added > run.added_before:
        await events.record(
            tx, actor, "import.finished", import_id, added=run.added - run.added_before,
            known=run.known, refused=run.refused,
        )  # fmt: skip
    return await get_run(tx, actor, import_id)


async def lock_company(tx: db.Tx) -> None:
    """Batches of one company come one after the other, whatever files they are from."""
    await tx.value("select lock_imports_v1($1)::text", tx.company)


async def lock_run(tx: db.Tx, actor: Actor, import_id: UUID) -> Run:
    run = await tx.one(
        Run,
        _SELECT + " where company_id = $1 and id = $2 and live = $3 for update",
        tx.company, import_id, actor.live,
    )  # fmt: skip
    if run is None:
        raise NotFound
    return run


async def get_run(tx: db.Tx, actor: Actor, import_id: UUID) -> Run:
    run = await tx.one(
        Run,
        _SELECT + " where company_id = $1 and id = $2 and live = $3",
        tx.company, import_id, actor.live,
    )  # fmt: skip
    if run is None:
        raise NotFound
    return run


async def _find_by_file(
    tx: db.Tx, actor: Actor, originator_id: UUID, fingerprint: bytes
) -> Run | None:
    return await tx.one(
        Run,
        _SELECT + " where company_id = $1 and originator_id = $2 and live = $3"
        " and file_hash = $4 and state <> 'undone'",
        tx.company, originator_id, actor.live, fingerprint,
    )  # fmt: skip


async def find_run(actor: Actor, import_id: UUID) -> Run:
    """A run of the actor's mode and company, or of any company for platform staff."""
    async with db.reads(actor) as tx:
        run = await tx.one(
            Run,
            _SELECT + " where id = $1 and live = $2 and ($3::uuid is null or company_id = $3)",
            import_id, actor.live, actor.company_id,
        )  # fmt: skip
    if run is None:
        raise NotFound
    return run


async def list_imports(actor: Actor, limit: int = LIST_LIMIT) -> list[Run]:
    """Imports of the actor's mode, newest first."""
    actor.needs("import.run")
    async with db.reads(actor) as tx:
        return await tx.all(
            Run,
            _SELECT + " where live = $1 and ($2::uuid is null or company_id = $2)"
            " order by id desc limit $3",
            actor.live, actor.company_id, min(limit, LIST_LIMIT),
        )  # fmt: skip


async def continue_run(tx: db.Tx, actor: Actor, import_id: UUID) -> Run:
    """The run, locked. Raises `ImportBusy` unless it runs."""
    await lock_company(tx)
    run = await lock_run(tx, actor, import_id)
    if run.state != "running":
        raise ImportBusy(import_id=ids.typeid("imp", run.id))
    return run
