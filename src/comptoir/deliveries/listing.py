"""The Deliveries list: filters, capped counts, and one delivery with all its tries.

Filters: state, recipient (a host, or the domain of an e-mail), payment, kind, tries (`3`, `>=3`),
originator, order, from, to.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir.deliveries.delivery import LIST_LIMIT, TRIES_LIMIT, State, Try
from comptoir.kit import db, search, terms
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.listing import Count, Page, Query
from comptoir.kit.search import BadQuery, Term

PAGE_LIMIT = 200
_COLUMNS = (
    "d.company_id, d.id, d.live, d.originator_id, d.payment_id, d.operation_id, d.kind, d.url,"
    " d.recipient, d.state, d.tries, d.next_try_at, d.created_at, d.finished_at, p.order_id,"
    " o.number, o.kind as operation, o.result_code, g.name as originator, c.name as company"
)
_SOURCE = (
    "delivery d"
    " join payment p on p.company_id = d.company_id and p.id = d.payment_id"
    " join operation o on o.company_id = d.company_id and o.id = d.operation_id"
    " join originator g on g.company_id = d.company_id and g.id = d.originator_id"
    " join company c on c.id = d.company_id"
)


@dataclass(frozen=True, slots=True)
class Listed:
    """A row of the list: a delivery with what its payment and operation add."""

    company_id: UUID
    id: UUID
    live: bool
    originator_id: UUID
    payment_id: UUID
    operation_id: UUID
    kind: str
    url: str
    recipient: str
    state: State
    tries: int
    next_try_at: datetime | None
    created_at: datetime
    finished_at: datetime | None
    order_id: str
    number: int
    operation: str
    result_code: str | None
    originator: str
    company: str


Filter = Callable[[Actor, Query, Term], None]


def _state(_: Actor, query: Query, term: Term) -> None:
    chosen = terms.one_of(term, {str(state): str(state) for state in State})
    query.where("d.state <> all(?)" if term.negated else "d.state = any(?)", chosen)


def _recipient(_: Actor, query: Query, term: Term) -> None:
    """A host finds all that goes there, a whole address only itself."""
    text = term.value.strip()
    if "/" in text or "@" in text:
        query.where("d.url = ?", text)
    else:
        query.where("d.recipient = ?", text.lower())


def _payment(_: Actor, query: Query, term: Term) -> None:
    query.where("d.payment_id = ?", terms.identity(term, "pay"))


def _kind(_: Actor, query: Query, term: Term) -> None:
    query.where("d.kind = any(?)", [part.strip().lower() for part in term.value.split(",")])


def _tries(_: Actor, query: Query, term: Term) -> None:
    low, dots, high = term.value.partition("..")
    if dots:
        query.where("d.tries between ? and ?", _count(low), _count(high))
    elif term.value.startswith(">"):
        least = _count(term.value.lstrip(">=")) + (0 if term.value.startswith(">=") else 1)
        query.where("d.tries >= ?", least)
    elif term.value.startswith("<"):
        most = _count(term.value.lstrip("<=")) - (0 if term.value.startswith("<=") else 1)
        query.where("d.tries <= ?", most)
    else:
        query.where("d.tries = ?", _count(term.value))


def _count(text: str) -> int:
    if not terms.is_number(text, 6):
        raise BadQuery("tries: is a number such as 3, >=3, <=5 or 2..4", field="q")
    return int(text)


def _originator(_: Actor, query: Query, term: Term) -> None:
    query.where("g.number = ?", terms.number(term, 9))


def _order(_: Actor, query: Query, term: Term) -> None:
    query.where(
        "d.payment_id in (select q.id from payment q where q.order_id = ?)", term.value
    )  # fmt: skip


def _from(actor: Actor, query: Query, term: Term) -> None:
    query.within("d.created_at >= ?", terms.moment(term, actor.zone))


def _to(actor: Actor, query: Query, term: Term) -> None:
    query.within("d.created_at < ?", terms.moment(term, actor.zone, days=1))


_APPLY: dict[str, Filter] = {
    "state": _state, "status": _state, "recipient": _recipient, "payment": _payment,
    "kind": _kind, "tries": _tries, "originator": _originator, "order": _order, "from": _from,
    "to": _to,
}  # fmt: skip
FILTERS = frozenset(_APPLY)


def parse(text: str) -> search.Search:
    return search.parse(text, FILTERS)


def _query(actor: Actor, asked: search.Search) -> Query:
    query = Query(_COLUMNS, _SOURCE, ("d.created_at", "d.id"))
    query.within("d.live = ?", actor.live)
    if actor.company_id is not None:
        query.within("d.company_id = ?", actor.company_id)
    for term in asked.terms:
        _APPLY[term.name](actor, query, term)
    if asked.free:
        number = int(asked.free) if terms.is_number(asked.free) else 0
        query.where(
            "d.recipient = ? or d.payment_id in (select q.id from payment q where"
            " q.order_id = ?) or d.operation_id in (select w.id from operation w where"
            " w.number = ?)",
            asked.free.lower(), asked.free, number,
        )  # fmt: skip
    return query


async def list_page(
    actor: Actor, asked: search.Search, *, cursor: str | None = None, limit: int = 50
) -> Page[Listed]:
    """One page of the list, newest first."""
    async with db.reads(actor) as tx:
        return await _query(actor, asked).page(
            tx, Listed, cursor=cursor, limit=min(limit, PAGE_LIMIT)
        )


async def count_listed(actor: Actor, asked: search.Search) -> Count:
    """How many match, counted no further than 10 000."""
    async with db.reads(actor) as tx:
        return await _query(actor, asked).count(tx)


async def get_listed(tx: db.Tx, actor: Actor, delivery_id: UUID) -> Listed:
    """One of them as the list shows it; raises `NotFound`."""
    query = _query(actor, search.Search((), "")).where("d.id = ?", delivery_id)
    page = await query.page(tx, Listed, limit=1)
    if not page.rows:
        raise NotFound
    return page.rows[0]


async def list_tries_of_payment(tx: db.Tx, payment_id: UUID) -> dict[UUID, list[Try]]:
    """All tries of a payment's deliveries by delivery, the newest first: one question."""
    rows = await tx.rows(
        "select t.delivery_id, t.id, t.at, t.milliseconds, t.request, t.status, t.answer, t.fault,"
        " t.acknowledged from delivery d join delivery_try t on t.company_id = d.company_id"
        " and t.delivery_id = d.id where d.company_id = $1 and d.payment_id = $2"
        " order by t.id desc limit $3",
        tx.company, payment_id, LIST_LIMIT + TRIES_LIMIT,
    )  # fmt: skip
    read, found = db.reader(Try), dict[UUID, list[Try]]()
    for row in rows:
        found.setdefault(row["delivery_id"], []).append(read(row))
    return found
