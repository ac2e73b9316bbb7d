"""Batches on their way into the database: the next is planned and sent while one is being stored.

A plan builds on the one before it. So each batch says which one it follows, and the database
refuses it after any other; then it is planned again over what is really stored.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

import asyncpg

from comptoir.imports import lookup
from comptoir.imports.batch import Counts, LedOn, Step, send, store
from comptoir.imports.linking import Plan, plan
from comptoir.imports.reading import Batch
from comptoir.imports.runs import ImportBusy, Run, continue_run
from comptoir.kit import db, ids, log
from comptoir.kit.actor import Actor

T = TypeVar("T")
TRIES = 5
GROWTH = 5
# Somebody else added the same shopper or row, or refunded the same sale, between the look and the
# leap.
CONFLICTS = (
    asyncpg.SerializationError, asyncpg.DeadlockDetectedError, asyncpg.UniqueViolationError,
    asyncpg.CheckViolationError,
)  # fmt: skip

_log = log.get(__name__)


async def transact(company_id: UUID, work: Callable[[db.Tx], Awaitable[T]]) -> T:
    """Do it in one transaction; again, when a payment met one of its shoppers at that moment."""
    for _ in range(TRIES - 1):
        try:
            async with db.transaction(company=company_id) as tx:
                return await work(tx)
        except CONFLICTS:
            continue
    async with db.transaction(company=company_id) as tx:
        return await work(tx)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A batch on its way. `storing` gives whether it was stored as it was planned."""

    batch: Batch
    plan: Plan
    step: Step
    storing: asyncio.Task[bool]

    @property
    def failed(self) -> bool:
        return self.storing.done() and not self.storing.result()


class Pipeline:
    """Stores the batches of one reading in their order. `stored` hears of each, and of its plan."""

    def __init__(self, actor: Actor, run: Run, stored: Callable[[Batch, Plan], None]) -> None:
        self._actor = actor
        self._run = run
        self._stored = stored
        self._last = run.batch
        self._sent: _Sent | None = None
        self._under_way: set[asyncio.Task[bool]] = set()
        self._growth = _Growth()

    async def add(self, batch: Batch) -> None:
        """Plan a batch and send it; then wait until the one before it has been stored."""
        if self._sent is not None and self._sent.failed:
            await self.finish()  # Nothing is planned over a plan that was not kept.
        following = await self._send(batch)
        if self._sent is not None:
            await self._settle(self._sent, following)
        self._sent = following

    async def finish(self) -> None:
        """Wait until everything has been stored."""
        if self._sent is not None:
            await self._settle(self._sent, None)
            self._sent = None
        await self._growth.learning

    async def rest(self) -> None:
        """Leave nothing under way, whatever has happened."""
        await asyncio.gather(*self._under_way, self._growth.learning, return_exceptions=True)

    async def _send(self, batch: Batch) -> _Sent:
        """Planned over what is committed, and what the batch before is about to add."""
        run, step = self._run, Step(ids.new(), self._last)
        async with db.transaction(company=run.company_id) as tx:
            known = await lookup.look_up(tx, run, batch.rows)
        if self._sent is not None:
            known.remember(self._sent.plan)
        made = plan(batch.rows, known)
        self._last = step.id
        storing = asyncio.create_task(_as_planned(self._actor, run, made, batch.counts, step))
        self._under_way.add(storing)
        storing.add_done_callback(self._under_way.discard)
        return _Sent(batch, made, step, storing)

    async def _settle(self, sent: _Sent, following: _Sent | None) -> None:
        made = sent.plan
        if not await sent.storing:
            _log.info(
                "import_batch_again",
                import_id=ids.typeid("imp", self._run.id),
                line=sent.batch.counts.line,
            )
            if following is not None:
                await following.storing  # It is refused, before that which it follows is there.
            made = await transact(self._run.company_id, lambda tx: self._store_again(tx, sent))
        self._stored(sent.batch, made)
        self._growth.add(len(sent.batch.rows))

    async def _store_again(self, tx: db.Tx, sent: _Sent) -> Plan:
        run = await continue_run(tx, self._actor, self._run.id)
        if run.batch != sent.step.follows:
            raise ImportBusy(import_id=ids.typeid("imp", run.id))
        made = plan(sent.batch.rows, await lookup.look_up(tx, run, sent.batch.rows))
        await store(tx, self._actor, run, made, sent.batch.counts, step=sent.step)
        return made


async def _as_planned(actor: Actor, run: Run, made: Plan, counts: Counts, step: Step) -> bool:
    try:
        await send(actor, run, made, counts, step)
    except (*CONFLICTS, LedOn):
        return False
    return True


class _Growth:
    """Tells the planner of the database, each time that so many rows are new to it."""

    def __init__(self) -> None:
        self.learning: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.learning.set_result(None)
        self._known = self._rows = 0

    def add(self, rows: int) -> None:
        self._rows += rows
        if self._rows >= GROWTH * self._known and self.learning.done():
            self._known = self._rows
            self.learning = asyncio.create_task(self._learn(self._rows))

    async def _learn(self, rows: int) -> None:
        async with db.lookup() as tx:
            await tx.value("select learn_growth_v1($1)", rows)
