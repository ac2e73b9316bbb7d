"""The Transactions list: filters, free search, capped counts, totals and streamed export.

The same query text everywhere (see `kit.search`). Filters: status, kind, result, currency, amount,
country, brand, card (last four), email, order, consumer, originator, account, source, financial,
from, to, number, import.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from comptoir.kit import db, search, terms
from comptoir.kit.actor import Actor
from comptoir.kit.listing import Chosen, Count, Page, Query
from comptoir.kit.money import Money
from comptoir.payments.transaction_filters import FILTERS, ORIGINATOR_LENGTH, apply_terms

PAGE_LIMIT = 200

_COLUMNS = (
    "o.id, o.company_id, o.number, o.payment_id, o.originator_id, o.live, o.source, o.kind,"
    " o.status, o.result_code, o.refers_to, o.amount_minor, o.currency, o.method, o.brand,"
    " o.card_first6, o.card_last4, o.country, o.financial, o.consumer_id, o.occurred_at,"
    " o.undone_by, p.order_id, p.email, g.name as originator, g.number as originator_number,"
    " c.name as company"
)
_SOURCE = (
    "operation o"
    " join payment p on p.company_id = o.company_id and p.id = o.payment_id"
    " join originator g on g.company_id = o.company_id and g.id = o.originator_id"
    " join company c on c.id = o.company_id"
)
_FILTERED = (
    "o.company_id, o.id, o.number, o.payment_id, o.originator_id, o.account_id, o.consumer_id,"
    " o.live, o.source, o.kind, o.status, o.result_code, o.amount_units, o.currency, o.method,"
    " o.brand, o.card_last4, o.country, o.financial, o.occurred_at, o.import_id, o.undone_by"
)
_OF_COMPANY = Chosen("operation o", "o.company_id, o.id", _FILTERED, window=4_000, frequent=200)
# The newest of all lie side by side, and what is rare among all is still much.
_OF_ALL = Chosen("operation o", "o.company_id, o.id", _FILTERED, window=20_000, frequent=20)


@dataclass(frozen=True, slots=True)
class Transaction:
    """A row of the list: an operation with what its payment and originator add."""

    id: UUID
    company_id: UUID
    number: int
    payment_id: UUID
    originator_id: UUID
    live: bool
    source: str
    kind: str
    status: str
    result_code: str | None
    refers_to: UUID | None
    amount: Money
    method: str
    brand: str | None
    card_first6: str | None
    card_last4: str | None
    country: str | None
    financial: str
    consumer_id: UUID | None
    occurred_at: datetime
    undone_by: UUID | None
    order_id: str
    email: str | None
    originator: str
    originator_number: int
    company: str


@dataclass(frozen=True, slots=True)
class Total:
    """Sum of one kind and status in one currency."""

    kind: str
    status: str
    currency: str
    number: int
    sum_minor: int

    @property
    def amount(self) -> Money:
        return Money(self.sum_minor, self.currency)


@dataclass(frozen=True, slots=True)
class KnownConsumers:
    consumers: int
    without: int


def parse(text: str) -> search.Search:
    return search.parse(text, FILTERS)


async def _query(tx: db.Tx, actor: Actor, asked: search.Search, *, every: bool = False) -> Query:
    query = Query(
        _COLUMNS, _SOURCE, ("o.occurred_at", "o.id"),
        _OF_ALL if actor.company_id is None else _OF_COMPANY,
    )  # fmt: skip
    query.within("o.live = ?", actor.live)
    if actor.company_id is not None:
        query.within("o.company_id = ?", actor.company_id)
    if actor.originator_id is not None:
        query.within("o.originator_id = ?", actor.originator_id)
    if not any(term.name == "import" for term in asked.terms):
        query.within("o.undone_by is null")
    here = replace(actor, zone=await _zone(tx, actor, asked))
    await apply_terms(tx, here, query, asked, every=every)
    return query


async def list_transactions(
    actor: Actor, asked: search.Search, *, cursor: str | None = None, limit: int = 50
) -> Page[Transaction]:
    """One page of the list, newest first."""
    async with db.reads(actor) as tx:
        query = await _query(tx, actor, asked)
        return await query.page(tx, Transaction, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def count_transactions(actor: Actor, asked: search.Search) -> Count:
    """How many rows match, counted no further than 10 000."""
    async with db.reads(actor) as tx:
        return await (await _query(tx, actor, asked)).count(tx)


async def total_transactions(actor: Actor, asked: search.Search) -> list[Total]:
    """Exact sums by kind, status and currency over everything that matches."""
    async with db.reads(actor) as tx:
        query = await _query(tx, actor, asked, every=True)
        return await query.totals(
            tx, Total,
            "o.kind, o.status, o.currency::text as currency, count(*) as number,"
            " sum(o.amount_minor)::bigint as sum_minor",
            "group by o.kind, o.status, o.currency order by o.kind, o.status, o.currency"
            " limit 25000",
        )  # fmt: skip


async def count_consumers(actor: Actor, asked: search.Search) -> KnownConsumers:
    """How many different consumers stand behind what matches, and how many rows have none."""
    async with db.reads(actor) as tx:
        query = await _query(tx, actor, asked, every=True)
        found = await query.totals(
            tx, KnownConsumers,
            "count(distinct o.consumer_id) as consumers,"
            " count(*) filter (where o.consumer_id is null) as without",
            "",
        )  # fmt: skip
        return found[0]


async def export_transactions(
    actor: Actor, asked: search.Search
) -> AsyncIterator[list[Transaction]]:
    """Every matching row, newest first, without a cap. What cannot be searched is refused now."""
    async with db.reads(actor) as tx:
        query = await _query(tx, actor, asked, every=True)
    return query.batches(lambda: db.reads(actor), Transaction)


async def get_zone(actor: Actor, asked: search.Search) -> str:
    """Where the days that somebody asks for begin."""
    if actor.company_id is not None:
        return actor.zone
    async with db.reads(actor) as tx:
        return await _zone(tx, actor, asked)


async def _zone(tx: db.Tx, actor: Actor, asked: search.Search) -> str:
    """The company's zone, also where staff who look at all ask for one of its originators."""
    numbers = {t.value for t in asked.terms if t.name == "originator" and not t.negated}
    if actor.company_id is not None or len(numbers) != 1:
        return actor.zone
    number = numbers.pop()
    found: str | None = await tx.value(
        "select c.time_zone from originator g join company c on c.id = g.company_id"
        " where g.number = $1",
        int(number) if terms.is_number(number, ORIGINATOR_LENGTH) else 0,
    )
    return found or actor.zone
