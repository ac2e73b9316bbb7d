"""The Subscriptions list: filters, search, capped counts, streamed export.

Filters: state, type, reason, currency, number, originator, consumer, offer, email, order, from, to
(the day it began), due (the next charge is on that day or before).
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir import payments
from comptoir.kit import csv, db, exports, ids, search, terms
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.listing import Count, Page, Query
from comptoir.kit.money import CODES, Money
from comptoir.kit.search import BadQuery, Term
from comptoir.subscriptions.subscription import State
from comptoir.subscriptions.terms import TYPES, rebills

PAGE_LIMIT = 200
HEADER = (
    "number", "state", "type", "amount", "currency", "period", "iterations", "iterations_left",
    "next_charge", "reason", "consumer", "order", "originator", "company", "began", "cancelled",
    "ended", "subscription", "payment",
)  # fmt: skip
_COLUMNS = (
    "s.id, s.company_id, s.number, s.live, s.originator_id, s.payment_id, s.kind, s.state,"
    " s.rebill_minor, s.currency::text as currency, s.rebill_period, s.rebill_max, s.iterations,"
    " s.retries, s.next_at, s.cancel_reason, s.cancelled_at, s.ended_at, s.started_at, p.order_id,"
    " p.email, p.consumer_id, g.name as originator, g.number as originator_number,"
    " c.name as company"
)
_SOURCE = (
    "subscription s"
    " join payment p on p.company_id = s.company_id and p.id = s.payment_id"
    " join originator g on g.company_id = s.company_id and g.id = s.originator_id"
    " join company c on c.id = s.company_id"
)
# The words of the back office beside those of the wire.
_STATES = {str(state): str(state) for state in State} | {
    "cancelled": "canceled", "failed": "unpaid", "expired": "finished",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list: a subscription with what its payment and originator add."""

    id: UUID
    company_id: UUID
    number: int
    live: bool
    originator_id: UUID
    payment_id: UUID
    kind: str
    state: State
    rebill: Money
    rebill_period: str | None
    rebill_max: int | None
    iterations: int
    retries: int
    next_at: datetime | None
    cancel_reason: int | None
    cancelled_at: datetime | None
    ended_at: datetime | None
    started_at: datetime
    order_id: str
    email: str | None
    consumer_id: UUID | None
    originator: str
    originator_number: int
    company: str

    @property
    def iterations_left(self) -> int | None:
        """How many rebills will come; None: no limit."""
        limit = rebills(self.kind, self.rebill_max)
        return None if limit is None else limit - self.iterations

    @property
    def next_charge(self) -> datetime | None:
        """When money is asked for next; one that is cancelled only ends then."""
        return self.next_at if self.cancel_reason is None and self.iterations_left != 0 else None


Filter = Callable[[Actor, Query, Term], None]


def _state(_: Actor, query: Query, term: Term) -> None:
    chosen = terms.one_of(term, _STATES)
    query.where("s.state <> all(?)" if term.negated else "s.state = any(?)", chosen)


def _type(_: Actor, query: Query, term: Term) -> None:
    chosen = terms.one_of(term, {kind: kind for kind in TYPES})
    query.where("s.kind <> all(?)" if term.negated else "s.kind = any(?)", chosen)


def _reason(_: Actor, query: Query, term: Term) -> None:
    query.where("s.cancel_reason = ?", terms.number(term, 4))


def _currency(_: Actor, query: Query, term: Term) -> None:
    codes = [part.strip().upper() for part in term.value.split(",")]
    if not set(codes) <= CODES:
        raise BadQuery("currency: is an ISO 4217 code such as EUR", field="q")
    query.where("s.currency = any(?)", codes)


def _number(_: Actor, query: Query, term: Term) -> None:
    query.where("s.number = ?", terms.number(term))


def _originator(_: Actor, query: Query, term: Term) -> None:
    query.where("g.number = ?", terms.number(term, 9))


def _consumer(_: Actor, query: Query, term: Term) -> None:
    query.where("p.consumer_id = ?", terms.identity(term, "con"))


def _offer(_: Actor, query: Query, term: Term) -> None:
    query.where(
        "s.offer_id in (select f.id from offer f where f.number = ?)", terms.number(term)
    )  # fmt: skip


def _from(actor: Actor, query: Query, term: Term) -> None:
    query.where("s.started_at >= ?", terms.moment(term, actor.zone))


def _to(actor: Actor, query: Query, term: Term) -> None:
    query.where("s.started_at < ?", terms.moment(term, actor.zone, days=1))


def _due(actor: Actor, query: Query, term: Term) -> None:
    query.where("s.cancel_reason is null and s.next_at < ?", terms.moment(term, actor.zone, days=1))


_APPLY: dict[str, Filter] = {
    "state": _state, "status": _state, "type": _type, "reason": _reason, "currency": _currency,
    "number": _number, "originator": _originator, "consumer": _consumer, "offer": _offer,
    "from": _from, "to": _to, "due": _due,
}  # fmt: skip
_LOOKED_UP = frozenset({"email", "order"})
FILTERS = frozenset(_APPLY) | _LOOKED_UP


def parse(text: str) -> search.Search:
    return search.parse(text, FILTERS)


async def _query(tx: db.Tx, actor: Actor, asked: search.Search, *, every: bool = False) -> Query:
    query = Query(_COLUMNS, _SOURCE, ("s.started_at", "s.id"))
    query.within("s.live = ?", actor.live)
    if actor.company_id is not None:
        query.within("s.company_id = ?", actor.company_id)
    if actor.originator_id is not None:
        query.within("s.originator_id = ?", actor.originator_id)
    for term in asked.terms:
        if term.name in _LOOKED_UP:
            await payments.apply_text(
                tx, actor, query, term.value, "s.payment_id = any(?::uuid[])", every=every
            )
        else:
            _APPLY[term.name](actor, query, term)
    if asked.free:
        number = int(asked.free) if terms.is_number(asked.free) else 0
        await payments.apply_text(
            tx, actor, query, asked.free, "s.number = ? or s.payment_id = any(?::uuid[])",
            number, every=every,
        )  # fmt: skip
    return query


async def list_page(
    actor: Actor, asked: search.Search, *, cursor: str | None = None, limit: int = 50
) -> Page[Listed]:
    """One page of the list, what began last first."""
    async with db.reads(actor) as tx:
        query = await _query(tx, actor, asked)
        return await query.page(tx, Listed, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def count_listed(actor: Actor, asked: search.Search) -> Count:
    """How many match, counted no further than 10 000."""
    async with db.reads(actor) as tx:
        return await (await _query(tx, actor, asked)).count(tx)


async def get_listed(tx: db.Tx, actor: Actor, subscription_id: UUID) -> Listed:
    """One of them as the list shows it; raises `NotFound`."""
    query = await _query(tx, actor, search.Search((), ""))
    page = await query.where("s.id = ?", subscription_id).page(tx, Listed, limit=1)
    if not page.rows:
        raise NotFound
    return page.rows[0]


async def export_csv(actor: Actor, asked: search.Search) -> exports.Export:
    """Every match as a file, in blocks. Amounts in major units, moments in UTC.

    Raises `TooManyExports` while others take up this process.
    """
    exports.check_place()
    async with db.reads(actor) as tx:
        query = await _query(tx, actor, asked, every=True)
    batches = query.batches(lambda: db.reads(actor), Listed)
    return exports.Export(csv.blocks(HEADER, _rows(batches)))


async def _rows(batches: AsyncIterator[list[Listed]]) -> AsyncIterator[tuple[str, ...]]:
    async for batch in batches:
        for row in batch:
            yield _row(row)


def _row(row: Listed) -> tuple[str, ...]:
    left = row.iterations_left
    return (
        str(row.number), row.state, row.kind, row.rebill.text(), row.rebill.currency,
        row.rebill_period or "", str(row.iterations), "" if left is None else str(left),
        _moment(row.next_charge), str(row.cancel_reason or ""), row.email or "", row.order_id,
        row.originator, row.company, _moment(row.started_at), _moment(row.cancelled_at),
        _moment(row.ended_at), ids.typeid("sub", row.id), ids.typeid("pay", row.payment_id),
    )  # fmt: skip


def _moment(at: datetime | None) -> str:
    return "" if at is None else at.isoformat()
