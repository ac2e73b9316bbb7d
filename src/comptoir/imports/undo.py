"""Undoing an import: nothing is deleted. Its operations are marked, opposite entries are posted.

Killed in the middle it goes on where it stopped. Afterwards the file can be imported again.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from comptoir import events
from comptoir.imports.importing import Listener, Progress
from comptoir.imports.runs import Run, find_run, lock_company, lock_run
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict

BATCH = 1000
_FIRST = UUID(int=0)


class ImportUsed(Conflict):
    code = "import_used"
    title = "Later operations refer to this import: undo or settle those first"


@dataclass(frozen=True, slots=True)
class UndoReport:
    import_id: UUID
    undone: int
    already: bool  # There was nothing left to undo.

    @property
    def id(self) -> str:
        return ids.typeid("imp", self.import_id)


async def undo_import(
    actor: Actor, import_id: UUID, *, progress: Listener | None = None
) -> UndoReport:
    """Take an import back. Raises `ImportUsed` when something else builds on its payments."""
    actor.needs("import.run")
    run = await find_run(actor, import_id)
    if run.state == "undone":
        return UndoReport(run.id, run.undone, already=True)
    run = await _begin(actor, run)
    after: UUID | None = _FIRST
    while after is not None:
        after = await _undo_batch(actor, run, after)
        run = await find_run(actor, import_id)
        if progress is not None:
            progress(Progress("undoing", run.undone, run.added, 0, 0))
    run = await _finish(actor, run)
    return UndoReport(run.id, run.undone, already=False)


async def _begin(actor: Actor, run: Run) -> Run:
    """From here on nothing more is imported into it, and its file counts as not yet imported."""
    async with db.transaction(company=run.company_id) as tx:
        await lock_company(tx)
        run = await lock_run(tx, actor, run.id)
        if run.state in {"undoing", "undone"}:
            return run
        await _check_unused(tx, run)
        await tx.run(
            "delete from import_waiting where company_id = $1 and import_id = $2",
            tx.company, run.id,
        )  # fmt: skip
        undo_id = ids.new()
        await tx.run(
            "update import_run set state = 'undoing', undo_id = $3"
            " where company_id = $1 and id = $2",
            tx.company, run.id, undo_id,
        )  # fmt: skip
    return replace(run, state="undoing", undo_id=undo_id)


async def _check_unused(tx: db.Tx, run: Run) -> None:
    number = await tx.value(
        "select x.number from operation o"
        " join operation x on x.company_id = o.company_id and x.refers_to = o.id"
        " where o.company_id = $1 and o.import_id = $2 and o.undone_by is null"
        " and x.import_id is distinct from $2 and x.undone_by is null limit 1",
        tx.company, run.id,
    )  # fmt: skip
    if number is not None:
        raise ImportUsed(f"Operation {number} refers to what this import brought", number=number)


async def _undo_batch(actor: Actor, run: Run, after: UUID) -> UUID | None:
    """One transaction; the last operation that it took back, None when there was none."""
    async with db.transaction(company=run.company_id) as tx:
        await lock_company(tx)
        if (await lock_run(tx, actor, run.id)).state == "undone":
            return None
        last: UUID | None = await tx.value(
            "select last from undo_import_rows_v1($1, $2, $3, $4, $5, $6)",
            tx.company, run.id, after, BATCH, clock.now(), events.signature(actor),
        )  # fmt: skip
    return last


async def _finish(actor: Actor, run: Run) -> Run:
    async with db.transaction(company=run.company_id) as tx:
        run = await lock_run(tx, actor, run.id)
        if run.state == "undone":
            return run
        now = clock.now()
        await tx.run(
            "update import_run set state = 'undone', undone_at = $3"
            " where company_id = $1 and id = $2",
            tx.company, run.id, now,
        )  # fmt: skip
        await events.record(
            tx, actor, "import.undone", run.id, undone=run.undone, undo=run.undo_id,
        )  # fmt: skip
    return replace(run, state="undone", undone_at=now)
