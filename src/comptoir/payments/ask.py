"""Idempotency: one key, one operation, one answer, byte for byte.

The key row is written with the intention; the answer with the outcome. Refusals before the
intention store nothing, so the caller may correct the request and use the key again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from comptoir.kit import clock, db
from comptoir.kit.errors import Conflict, Invalid
from comptoir.payments.operation import FINAL, Operation

# Longer than any gateway may take: a copy that comes meanwhile hears that the first one runs.
LEASE = timedelta(seconds=150)
KEPT = timedelta(days=7)
PURGE_BATCH = 10_000
MAX_PURGES = 1000  # Batches of one hour: more keys than a day of a busy installation has.


@dataclass(frozen=True, slots=True)
class Ask:
    """A request with its key. `render` gives the status and the exact bytes of its answer."""

    key: str
    route: str
    body_hash: bytes
    render: Callable[[Operation], tuple[int, bytes]]

    def row(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "route": self.route,
            "body_hash": self.body_hash.hex(),
            "lease_until": clock.now() + LEASE,
        }


@dataclass(frozen=True, slots=True)
class Stored:
    """What is known of a key that was used before."""

    route: str
    body_hash: bytes
    operation_id: UUID
    lease_until: datetime
    answer_status: int | None
    answer: bytes | None


class KeyReused(Invalid):
    code = "idempotency_key_reused"
    title = "This Idempotency-Key was used with another request"


class StillRunning(Conflict):
    code = "still_running"
    title = "The first request with this Idempotency-Key is still running; ask again shortly"


class KeyTaken(Exception):
    """Two requests with one key arrived together; the other one was quicker."""


async def find_stored(company_id: UUID, originator_id: UUID, live: bool, key: str) -> Stored | None:
    async with db.transaction(company=company_id) as tx:
        return await tx.one(
            Stored,
            "select route, body_hash, operation_id, lease_until, answer_status, answer"
            " from idempotency where company_id = $1 and originator_id = $2 and live = $3"
            " and key = $4",
            tx.company, originator_id, live, key,
        )  # fmt: skip


def check_same(stored: Stored, ask: Ask) -> None:
    """Refuse another request under the same key, and one whose first copy still runs."""
    if stored.route != ask.route or stored.body_hash != ask.body_hash:
        raise KeyReused(key=ask.key)
    if stored.answer is None and stored.lease_until > clock.now():
        raise StillRunning(retry_after=1)


async def store_answer(operation: Operation, ask: Ask) -> tuple[int, bytes]:
    """Keep the answer rendered from the operation's present state; the first one wins."""
    status, body = ask.render(operation)
    async with db.transaction(company=operation.company_id) as tx:
        await tx.run(
            "update idempotency set answer = $5, answer_status = $6 where company_id = $1"
            " and originator_id = $2 and live = $3 and key = $4 and answer is null",
            tx.company, operation.originator_id, operation.live, ask.key, body, status,
        )  # fmt: skip
        row = await tx.row(
            "select answer_status, answer from idempotency where company_id = $1"
            " and originator_id = $2 and live = $3 and key = $4",
            tx.company, operation.originator_id, operation.live, ask.key,
        )  # fmt: skip
    if row is None or row["answer"] is None:
        return status, body
    return row["answer_status"], row["answer"]


async def purge_keys() -> int:
    """Forget keys older than seven days, in short transactions; how many there were. A schedule.

    The key of an operation in doubt stays: whoever asks again must not charge again.
    """
    before, gone = clock.now() - KEPT, 0
    for _ in range(MAX_PURGES):
        async with db.platform() as tx:
            deleted = await tx.run(
                "delete from idempotency where ctid = any(array(select i.ctid from idempotency i"
                " where i.created_at < $1 and not exists (select from operation o"
                "  where o.company_id = i.company_id and o.id = i.operation_id"
                "  and o.status <> all($3)) limit $2))",
                before, PURGE_BATCH, list(FINAL),
            )  # fmt: skip
        gone += deleted
        if deleted < PURGE_BATCH:
            break
    return gone
