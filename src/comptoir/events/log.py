"""The event log: who did what to what. Rows are added, never changed.

`seq` is given when a row is written, not when it is committed, so it does not tell what is new.
Followers read in the order (tx, seq), and only transactions that no open one can precede any more.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid

MAX_LISTED = 500
TIME_LINE = 5_000  # Events of one payment that are read at once.


class Cursor(NamedTuple):
    """A place in the log: everything up to and with this row has been read."""

    tx: int
    seq: int

    def text(self) -> str:
        return f"{self.tx}.{self.seq}"

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read `text()` back; anything else is `Invalid`."""
        first, dot, second = text.partition(".")
        if not (dot and len(text) <= 40 and first.isdecimal() and second.isdecimal()):
            raise Invalid("This is not a place in the event log")
        place = cls(int(first), int(second))
        if place > END:
            raise Invalid("This is not a place in the event log")
        return place


START = Cursor(0, 0)
END = Cursor(2**64 - 1, 2**63 - 1)


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the log. `actor` reads kind:id:name, as `signature` writes it."""

    company_id: UUID
    seq: int
    tx: int
    at: datetime
    live: bool
    kind: str
    payment_id: UUID | None
    subject_id: UUID
    actor: str
    data: dict[str, Any]

    @property
    def cursor(self) -> Cursor:
        return Cursor(self.tx, self.seq)

    @property
    def actor_kind(self) -> str:
        return self.actor.split(":", 2)[0]

    @property
    def actor_name(self) -> str:
        """The name the actor had at that time."""
        return self.actor.split(":", 2)[-1]


def signature(actor: Actor) -> str:
    """How an actor is written into rows: `user:0190…:Ada Lovelace`. A name may contain colons."""
    return f"{actor.kind}:{actor.id}:{actor.name}"


async def record(
    tx: db.Tx,
    actor: Actor,
    kind: str,
    subject_id: UUID,
    /,
    payment_id: UUID | None = None,
    *,
    live: bool | None = None,
    **data: object,
) -> int:
    """Add an event in the transaction of what it tells; its `seq`. Mode is the actor's by default.

    Data holds facts to show (amounts, codes, old and new values), never a secret or a card number.
    """
    seq: int = await tx.value(
        "insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8) returning seq",
        tx.company, clock.now(), actor.live if live is None else live, kind, payment_id,
        subject_id, signature(actor), data,
    )  # fmt: skip
    return seq


async def list_for_payment(
    tx: db.Tx, actor: Actor, payment_id: UUID, limit: int = TIME_LINE
) -> list[Event]:
    """A payment's events, oldest first: its time line. The newest, where there are too many."""
    found = await tx.all(
        Event,
        "select company_id, seq, tx, at, live, kind, payment_id, subject_id, actor, data"
        " from event where company_id = $1 and payment_id = $2 and live = $3"
        " order by seq desc limit $4",
        _company(tx, actor), payment_id, actor.live, min(limit, TIME_LINE),
    )  # fmt: skip
    return found[::-1]


async def list_for_subject(
    tx: db.Tx, actor: Actor, subject_id: UUID, limit: int = MAX_LISTED
) -> list[Event]:
    """The newest events about one thing that is no payment (an account, a consumer, a key)."""
    return await list_for_subjects(tx, actor, [subject_id], limit)


async def list_for_subjects(
    tx: db.Tx, actor: Actor, subject_ids: list[UUID], limit: int = MAX_LISTED
) -> list[Event]:
    """The same about several that belong together: an originator and its keys."""
    return await tx.all(
        Event,
        "select company_id, seq, tx, at, live, kind, payment_id, subject_id, actor, data"
        " from event where company_id = $1 and live = $2 and subject_id = any($3::uuid[])"
        " and payment_id is null order by seq desc limit $4",
        _company(tx, actor), actor.live, subject_ids, min(limit, MAX_LISTED),
    )  # fmt: skip


async def list_events(
    tx: db.Tx, actor: Actor, before: Cursor | None = None, limit: int = MAX_LISTED
) -> list[Event]:
    """A company's events of the actor's mode, newest first, older than `before`."""
    return await tx.all(
        Event,
        "select company_id, seq, tx, at, live, kind, payment_id, subject_id, actor, data"
        " from event where company_id = $1 and live = $2 and (tx, seq) < ($3::xid8, $4)"
        " order by tx desc, seq desc limit $5",
        _company(tx, actor), actor.live, *(before or END), min(limit, MAX_LISTED),
    )  # fmt: skip


async def list_new(
    tx: db.Tx, actor: Actor, after: Cursor = START, limit: int = MAX_LISTED
) -> list[Event]:
    """A company's events of the actor's mode after a cursor, oldest first, for who polls.

    Rows that a transaction still open could precede are held back, so polling misses none. A place
    that this server has not reached is from before a restore: `Invalid`, the caller begins again.
    The key of an originator sees its own payments' events, and no others of its company.
    """
    found = await tx.all(
        Event,
        "select company_id, seq, tx, at, live, kind, payment_id, subject_id, actor, data"
        " from event where company_id = $1 and live = $2 and (tx, seq) > ($3::xid8, $4)"
        " and tx < pg_snapshot_xmin(pg_current_snapshot())"
        " and ($6::uuid is null or exists (select from payment p"
        "  where p.company_id = $1 and p.id = payment_id and p.originator_id = $6))"
        " order by tx, seq limit $5",
        _company(tx, actor), actor.live, *after, min(limit, MAX_LISTED), actor.originator_id,
    )  # fmt: skip
    if not found and await tx.value(
        "select $1::xid8 > pg_snapshot_xmax(pg_current_snapshot())", after.tx
    ):
        raise Invalid("This is not a place in the event log; begin again without it")
    return found


async def list_after(tx: db.Tx, after: Cursor, limit: int) -> list[Event]:
    """The next settled rows of the whole log, for followers (platform scope)."""
    return await tx.all(
        Event,
        "select company_id, seq, tx, at, live, kind, payment_id, subject_id, actor, data"
        " from event where (tx, seq) > ($1::xid8, $2)"
        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx, seq limit $3",
        *after, limit,
    )  # fmt: skip


def _company(tx: db.Tx, actor: Actor) -> UUID:
    return actor.company_id or tx.company
