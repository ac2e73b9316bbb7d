"""Deliveries: one outcome told to one address, tried until the other side says that it has it.

waiting -> delivered | failed; a person may send a finished one again. Ten tries within about 75
hours, with growing pauses. Each try is kept with its request and its answer, redacted.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from operator import attrgetter
from typing import Any
from uuid import UUID

import msgspec

from comptoir import events, settings
from comptoir.kit import clock, db, http, ids, redact
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound

# Pauses after the 1st, 2nd, … failed try; after the tenth try it has failed.
LADDER = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=28),
)
CALLBACK = "callback"
TAKEN = timedelta(minutes=3)  # A try under way; should its process die, it is due again then.
TIMEOUT_SECONDS = 20
MAX_ANSWER = 65_536
KEPT_ANSWER = 4000
TRIES_LIMIT = 100
LIST_LIMIT = 200
_SELECT = (
    "select company_id, id, live, originator_id, payment_id, operation_id, kind, url, state,"
    " tries, next_try_at, created_at, finished_at, language from delivery"
)


class State(StrEnum):
    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Delivery:
    company_id: UUID
    id: UUID
    live: bool
    originator_id: UUID
    payment_id: UUID
    operation_id: UUID
    kind: str
    url: str
    state: State
    tries: int
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    language: str | None = None  # Of a mail.


@dataclass(frozen=True, slots=True)
class Try:
    """One exchange with a merchant's address."""

    id: UUID
    at: datetime
    milliseconds: int
    request: dict[str, Any]
    status: int | None
    answer: str | None
    fault: str | None
    acknowledged: bool


@dataclass(frozen=True, slots=True)
class Told:
    """A delivery as far as its last try tells it."""

    operation_id: UUID
    kind: str
    url: str
    state: State
    at: datetime
    said: str


async def note(
    tx: db.Tx,
    company_id: UUID,
    *,
    live: bool,
    originator_id: UUID,
    payment_id: UUID,
    operation_id: UUID,
    url: str,
    kind: str = CALLBACK,
    language: str | None = None,
) -> UUID | None:
    """Note that an outcome is to be told; None if it was noted before (platform scope).

    `url` is where it goes: an address of the web, or for a mail an e-mail address.
    """
    now = clock.now()
    found: UUID | None = await tx.value(
        "insert into delivery (company_id, id, live, originator_id, payment_id, operation_id,"
        " kind, url, next_try_at, created_at, language)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
        " on conflict (company_id, operation_id, kind) do nothing returning id",
        company_id, ids.new(), live, originator_id, payment_id, operation_id, kind, url,
        now + TAKEN, now, language,
    )  # fmt: skip
    return found


async def claim(tx: db.Tx, delivery_id: UUID) -> Delivery | None:
    """Take a delivery for one try; None when it is over."""
    await tx.run(
        "update delivery set next_try_at = $3 where company_id = $1 and id = $2"
        " and state = 'waiting'",
        tx.company, delivery_id, clock.now() + TAKEN,
    )  # fmt: skip
    return await tx.one(
        Delivery,
        _SELECT + " where company_id = $1 and id = $2 and state = 'waiting'",
        tx.company, delivery_id,
    )  # fmt: skip


async def send(delivery: Delivery, body: bytes, *, again: bool) -> bool:
    """One try, with no transaction open. `again`: whether a failed one is tried later.

    An address that is not called today is not called tomorrow either: that ends the delivery.
    """
    begun, started = clock.now(), time.perf_counter()
    answer: http.HttpAnswer | None = None
    fault: str | None = None
    try:
        answer = await http.send(
            "POST", delivery.url, headers={"Content-Type": "application/json; charset=utf-8"},
            body=body, timeout=TIMEOUT_SECONDS, max_bytes=MAX_ANSWER,
            allow_private=settings.load().allow_private_callbacks,
        )  # fmt: skip
    except http.TransportFault as error:
        fault = redact.text(str(error))[:256]
        again = again and error.kind is not http.FaultKind.BLOCKED
    done = answer is not None and is_acknowledged(answer.status, answer.body)
    kept = Try(
        ids.new(), begun, int((time.perf_counter() - started) * 1000), _shown(body),
        None if answer is None else answer.status, None if answer is None else _text(answer.body),
        fault, done,
    )  # fmt: skip
    await keep_try(delivery, kept, again=again)
    return done


async def keep_try(delivery: Delivery, kept: Try, *, again: bool) -> None:
    """Write a try down and move the delivery by it."""
    async with db.transaction(company=delivery.company_id) as tx:
        await _keep(tx, delivery, kept)
        await _move(tx, delivery, done=kept.acknowledged, again=again)


def is_acknowledged(status: int, body: bytes) -> bool:
    """`{"status":"OK"}` is a yes, another `status` a no; anything else counts if HTTP is 20x."""
    try:
        told = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        told = None
    if isinstance(told, dict) and "status" in told:
        return str(told["status"]).upper() == "OK"
    return 200 <= status < 210


def _shown(body: bytes) -> dict[str, Any]:
    return redact.mapping(msgspec.json.decode(body))


def _text(body: bytes) -> str:
    text = body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return redact.text(text)[:KEPT_ANSWER]


async def _keep(tx: db.Tx, delivery: Delivery, kept: Try) -> None:
    await tx.run(
        "insert into delivery_try (company_id, delivery_id, id, at, milliseconds, request, status,"
        " answer, fault, acknowledged) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.company, delivery.id, kept.id, kept.at, kept.milliseconds, kept.request, kept.status,
        kept.answer, kept.fault, kept.acknowledged,
    )  # fmt: skip


async def _move(tx: db.Tx, delivery: Delivery, *, done: bool, again: bool) -> None:
    now = clock.now()
    left = again and delivery.tries < len(LADDER)
    state = State.DELIVERED if done else State.WAITING if left else State.FAILED
    later = now + LADDER[delivery.tries] if state is State.WAITING else None
    await tx.run(
        "update delivery set tries = tries + 1, state = $3, next_try_at = $4, finished_at = $5"
        " where company_id = $1 and id = $2 and state = 'waiting'",
        tx.company, delivery.id, state, later, None if later else now,
    )  # fmt: skip


async def take_due(tx: db.Tx, limit: int) -> list[tuple[UUID, UUID, str]]:
    """Deliveries whose time has come, each handed out once for a while (platform scope).

    Company, id and kind of each.
    """
    now = clock.now()
    rows = await tx.rows(
        "update delivery set next_try_at = $2 where (company_id, id) = any("
        " select d.company_id, d.id from delivery d where d.next_try_at <= $1"
        " order by d.next_try_at limit $3 for update skip locked) returning company_id, id, kind",
        now, now + TAKEN, limit,
    )  # fmt: skip
    return [(row["company_id"], row["id"], row["kind"]) for row in rows]


async def send_again(tx: db.Tx, actor: Actor, delivery_id: UUID) -> None:
    """The button: a finished delivery is due once more, at once, with all its tries."""
    moved = await tx.value(
        "update delivery set state = 'waiting', tries = 0, next_try_at = $4, finished_at = null"
        " where company_id = $1 and id = $2 and live = $3 returning payment_id",
        tx.company, delivery_id, actor.live, clock.now(),
    )  # fmt: skip
    if moved is None:
        raise NotFound
    await events.record(tx, actor, "delivery.sent_again", delivery_id, moved)


async def list_for_payment(tx: db.Tx, payment_id: UUID) -> list[Delivery]:
    """A payment's deliveries, oldest first. The newest, where there are too many."""
    found = await tx.all(
        Delivery,
        _SELECT + " where company_id = $1 and payment_id = $2"
        " order by created_at desc, id desc limit $3",
        tx.company, payment_id, LIST_LIMIT,
    )  # fmt: skip
    return found[::-1]


async def list_told(tx: db.Tx, payment_id: UUID) -> list[Told]:
    """Whom a payment's outcomes were told, with the last try of each, oldest first.

    The newest, where there are too many.
    """
    found = await tx.all(
        Told,
        "select d.operation_id, d.kind, d.url, d.state, coalesce(t.at, d.created_at) as at,"
        " coalesce(t.fault, 'HTTP ' || t.status, '') as said from delivery d"
        " left join lateral (select at, fault, status from delivery_try"
        "  where company_id = d.company_id and delivery_id = d.id order by id desc limit 1) t"
        " on true where d.company_id = $1 and d.payment_id = $2"
        " order by d.created_at desc, d.id desc limit $3",
        tx.company, payment_id, LIST_LIMIT,
    )  # fmt: skip
    return found[::-1]


async def list_tries(tx: db.Tx, delivery_id: UUID) -> list[Try]:
    """The tries of a delivery, oldest first. The newest, where there are too many."""
    found = await tx.all(
        Try,
        "select id, at, milliseconds, request, status, answer, fault, acknowledged"
        " from delivery_try where company_id = $1 and delivery_id = $2 order by id desc limit $3",
        tx.company, delivery_id, TRIES_LIMIT,
    )  # fmt: skip
    found.reverse()
    found.sort(key=attrgetter("at"))  # Names made in the same millisecond are in no order.
    return found
