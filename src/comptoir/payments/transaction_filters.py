"""The filters of the Transactions list, each one condition on the operation's own columns."""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import LiteralString
from uuid import UUID
from zoneinfo import ZoneInfo

from comptoir.kit import countries, db, ids, terms
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.kit.listing import Query, like
from comptoir.kit.money import CODES, MAX_MINOR, Money
from comptoir.kit.search import BadQuery, Search, Term
from comptoir.payments.operation import Kind, Status

FOUND_LIMIT = 1000  # Free text finds at most this many at once, the newest; a count says so.
EVERY_LIMIT = 100_000  # What an export finds by text: all of it, or it says that it cannot.
LAST_FOUR = 4
ORIGINATOR_LENGTH = 9  # And those of an originator.
NUMBER_LENGTH = 10  # Digits that an operation's number has at most.
# How much of a text the search index is asked for: enough to be rare, little enough to be quick.
TELLING_LEAST, TELLING_MOST = 3, 10

# The guide's words beside ours.
_STATUS_WORDS = {
    "accepted": Status.SUCCEEDED,
    "success": Status.SUCCEEDED,
    "authorized": Status.SUCCEEDED,
    "waiting": Status.ACTION_REQUIRED,
}

_SOURCES = {"own": "own", "imported": "imported", "demo": "demo"}
_FINANCIAL = {"not_sent": "not_sent", "sent": "sent", "settled": "settled"}

Filter = Callable[[Actor, Query, Term], None]


def _status(_: Actor, query: Query, term: Term) -> None:
    known = {str(s): str(s) for s in Status} | {k: str(v) for k, v in _STATUS_WORDS.items()}
    chosen = terms.one_of(term, known)
    if len(chosen) == 1 and not term.negated:
        query.where("o.status = ?", chosen[0])
    elif term.negated:
        query.where("o.status <> all(?)", chosen)
    else:
        query.where("o.status = any(?)", chosen)


def _kind(_: Actor, query: Query, term: Term) -> None:
    chosen = terms.one_of(term, {str(k): str(k) for k in Kind})
    if len(chosen) == 1 and not term.negated:
        query.where("o.kind = ?", chosen[0])
    elif term.negated:
        query.where("o.kind <> all(?)", chosen)
    else:
        query.where("o.kind = any(?)", chosen)


def _text(column: str) -> Filter:
    equal: dict[str, tuple[str, str]] = {
        "brand": ("o.brand = any(?)", "o.brand <> all(?)"),
        "method": ("o.method = any(?)", "o.method <> all(?)"),
        "source": ("o.source = any(?)", "o.source <> all(?)"),
        "financial": ("o.financial = any(?)", "o.financial <> all(?)"),
    }
    # Brands and methods are as many as other providers' histories bring along.
    few = {"source": _SOURCES, "financial": _FINANCIAL}.get(column)

    def apply(_: Actor, query: Query, term: Term) -> None:
        if few is not None:
            values = terms.one_of(term, few)
        else:
            values = [part.strip().lower() for part in term.value.split(",")]
        query.where(equal[column][term.negated], values)

    return apply


def _digits(text: str) -> bool:
    """Digits that PostgreSQL and `int` know; other scripts have digits too."""
    return text.isascii() and text.isdigit()


def _result(_: Actor, query: Query, term: Term) -> None:
    codes = [part.strip().zfill(3) for part in term.value.split(",")]
    if any(len(code) != 3 or not _digits(code) for code in codes):
        raise BadQuery("result: is a code of three digits", field="q")
    if len(codes) == 1 and not term.negated:
        query.where("o.result_code = ?", codes[0])
    else:
        query.where("o.result_code <> all(?)" if term.negated else "o.result_code = any(?)", codes)


def _currency(_: Actor, query: Query, term: Term) -> None:
    codes = [part.strip().upper() for part in term.value.split(",")]
    if not set(codes) <= CODES:
        raise BadQuery("currency: is an ISO 4217 code such as EUR", field="q")
    query.where("o.currency <> all(?)" if term.negated else "o.currency = any(?)", codes)


def _country(_: Actor, query: Query, term: Term) -> None:
    country = countries.resolve(term.value)
    if country is None:
        query.where("o.country is not null" if term.negated else "o.country is null")
    elif term.negated:
        query.where("o.country is distinct from ?", country)
    else:
        query.where("o.country = ?", country)


def _card(_: Actor, query: Query, term: Term) -> None:
    if len(term.value) != LAST_FOUR or not _digits(term.value):
        raise BadQuery("card: takes the last four digits", field="q")
    query.where("o.card_last4 = ?", term.value)


def _amount(_: Actor, query: Query, term: Term) -> None:
    """In major units: each currency compares with its own number of decimals."""
    low, dots, high = term.value.partition("..")
    if dots:
        if _compare(query, ">=", low) > _compare(query, "<=", high):
            raise BadQuery("amount: begins above its end, nothing is in between", field="q")
        return
    for sign in (">=", "<=", ">", "<"):
        if term.value.startswith(sign):
            _compare(query, sign, term.value.removeprefix(sign))
            return
    _compare(query, "=", term.value)


def _compare(query: Query, sign: str, text: str) -> int:
    try:
        units = Money.parse(text, "CLF").minor  # Four decimals, as many as any currency has.
    except ValueError:
        raise BadQuery(
            "amount: is a number such as 12.50, >100, <=20 or 10..20", field="q"
        ) from None
    if abs(units) > MAX_MINOR * 10_000:
        raise BadQuery("amount: is larger than any amount", field="q")
    conditions = {
        "=": "o.amount_units = ?",
        ">": "o.amount_units > ?",
        "<": "o.amount_units < ?",
        ">=": "o.amount_units >= ?",
        "<=": "o.amount_units <= ?",
    }
    query.where(conditions[sign], units)
    return units


def _consumer(_: Actor, query: Query, term: Term) -> None:
    if term.value in {"known", "unknown"}:
        known = (term.value == "known") != term.negated
        query.where("o.consumer_id is not null" if known else "o.consumer_id is null")
    elif term.negated:
        raise BadQuery("-consumer: takes known or unknown", field="q")
    else:
        query.within("o.consumer_id = ?", _uuid("con", term))


def _uuid(prefix: str, term: Term) -> UUID:
    try:
        return ids.untype(prefix, term.value)
    except NotFound:
        raise BadQuery(f"{term.name}: takes an id such as {prefix}_…", field="q") from None


def _date(term: Term, actor: Actor, days: int = 0) -> datetime:
    """Midnight of a date in the zone of what is looked at, `days` later, or an exact moment."""
    zone = ZoneInfo(actor.zone)
    try:
        if _whole_day(term):
            day = date.fromisoformat(term.value) + timedelta(days=days)
            return datetime.combine(day, time(), zone).astimezone(UTC)
        moment = datetime.fromisoformat(term.value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery(f"{term.name}: takes a date such as 2026-01-31", field="q") from None


def _whole_day(term: Term) -> bool:
    return len(term.value) == len("2026-01-01")


def _from(actor: Actor, query: Query, term: Term) -> None:
    query.within("o.occurred_at >= ?", _date(term, actor))


def _to(actor: Actor, query: Query, term: Term) -> None:
    """A date is meant whole, so `to:` ends with that day; a moment is meant exactly."""
    query.within("o.occurred_at < ?", _date(term, actor, days=1))


def _number(_: Actor, query: Query, term: Term) -> None:
    if not _digits(term.value) or len(term.value) > 10:
        raise BadQuery(f"{term.name}: takes a number", field="q")
    query.exactly("o.number = ?", int(term.value))


def _originator(_: Actor, query: Query, term: Term) -> None:
    if not _digits(term.value) or len(term.value) > ORIGINATOR_LENGTH:
        raise BadQuery("originator: takes its number", field="q")
    query.within(
        "o.originator_id = (select g2.id from originator g2 where g2.number = ?)", int(term.value)
    )


def _account(_: Actor, query: Query, term: Term) -> None:
    query.where("o.account_id = ?", _uuid("acc", term))


def _import(_: Actor, query: Query, term: Term) -> None:
    query.where("o.import_id = ?", _uuid("imp", term))


def _payment(_: Actor, query: Query, term: Term) -> None:
    query.exactly("o.payment_id = ?", _uuid("pay", term))


_APPLY: dict[str, Filter] = {
    "status": _status,
    "kind": _kind,
    "operation": _kind,
    "result": _result,
    "currency": _currency,
    "country": _country,
    "card": _card,
    "amount": _amount,
    "brand": _text("brand"),
    "method": _text("method"),
    "source": _text("source"),
    "financial": _text("financial"),
    "consumer": _consumer,
    "from": _from,
    "to": _to,
    "number": _number,
    "originator": _originator,
    "account": _account,
    "import": _import,
    "payment": _payment,
}
_LOOKED_UP = frozenset({"email", "order"})
FILTERS = frozenset(_APPLY) | _LOOKED_UP
_NEGATED = frozenset(  # Those that a `-` turns round.
    "status kind operation result currency country brand method source financial consumer".split()
)


class TooWide(Invalid):
    """An export is complete or it is not made."""

    code = "search_too_wide"
    title = "So many payments contain this text that they cannot all be exported; use filters"


@dataclass(frozen=True, slots=True)
class Found:
    """What a text was found in, and whether that is all."""

    operations: list[UUID]
    payments: list[UUID]
    whole: bool


async def apply_terms(
    tx: db.Tx, actor: Actor, query: Query, asked: Search, *, every: bool = False
) -> None:
    """Put every filter and the free text of a search into the query.

    `every`: nothing that a text is found in may be missing (exports), else `TooWide`.
    """
    _check_together(actor, asked)
    for term in asked.terms:
        if term.name in _LOOKED_UP:
            found = await _payments_by_text(tx, actor, term.value, every=every)
            query.exactly("o.payment_id = any(?::uuid[])", found.payments)
            _mark(query, found, every=every)
        else:
            _APPLY[term.name](actor, query, term)
    if asked.free:
        found = await _find(tx, actor, asked.free, every=every)
        query.exactly(
            "o.id = any(?::uuid[]) or o.payment_id = any(?::uuid[])",
            found.operations, found.payments,
        )  # fmt: skip
        _mark(query, found, every=every)


def _check_together(actor: Actor, asked: Search) -> None:
    """Refuse what reads as a filter and is none: a `-` that is not heard, days that end before."""
    for term in asked.terms:
        if term.negated and term.name not in _NEGATED:
            raise BadQuery(f"-{term.name}: cannot be excluded, only looked for", field="q")
    begins = [_date(term, actor) for term in asked.terms if term.name == "from"]
    ends = [_date(term, actor, days=1) for term in asked.terms if term.name == "to"]
    if begins and ends and max(begins) >= min(ends):
        raise BadQuery("from: is after to:, nothing is in between", field="q")


def _mark(query: Query, found: Found, *, every: bool) -> None:
    if not found.whole and every:
        raise TooWide(limit=EVERY_LIMIT, field="q")
    if not found.whole:
        query.partly()


async def apply_text(
    tx: db.Tx,
    actor: Actor,
    query: Query,
    text: str,
    fragment: LiteralString,
    *beside: object,
    every: bool,
) -> None:
    """For other lists: those of the payments that a text is found in, as `apply_terms` has them.

    `fragment` takes what is `beside`, then the payments.
    """
    found = await _payments_by_text(tx, actor, text, every=every)
    query.where(fragment, *beside, found.payments)
    _mark(query, found, every=every)


async def _payments_by_text(tx: db.Tx, actor: Actor, text: str, *, every: bool) -> Found:
    """Payments whose e-mail or order id contains the text, through the search index."""
    sql = {
        (False, False): "select ids, whole from find_payments_v1($1, $2, $3, $4)",
        (False, True): "select ids, whole from find_every_payment_v1($1, $2, $3, $4)",
        (True, False): "select ids, whole from find_payments_anywhere_v1($1, $2, $3, $4)",
        (True, True): "select ids, whole from find_every_payment_anywhere_v1($1, $2, $3, $4)",
    }[actor.company_id is None, every]
    most = EVERY_LIMIT if every else FOUND_LIMIT
    row = await tx.row(sql, actor.live, like(text), like(_telling(text)), most)
    assert row is not None, "the function gives one row"
    return Found([], row["ids"], row["whole"])


def _telling(text: str) -> str:
    """The part of a text that says most: the end of what stands before the @."""
    local = text.partition("@")[0]
    return (local if len(local) >= TELLING_LEAST else text)[-TELLING_MOST:]


async def _find(tx: db.Tx, actor: Actor, text: str, *, every: bool) -> Found:
    """What a clerk may paste: operations and payments by id, number, order, e-mail, reference.

    What is found as a whole is meant as a whole; only else the text may be a part of something.
    """
    most = EVERY_LIMIT if every else FOUND_LIMIT
    prefix, value = _typed_id(text)
    if prefix == "op":
        return Found([value], [], whole=True)
    if prefix == "pay":
        return Found([], [value], whole=True)
    operations: list[UUID] = await tx.value(
        "select array_agg(operation_id) from gateway_reference where value = $1", text
    ) or []  # fmt: skip
    if _digits(text) and len(text) <= NUMBER_LENGTH:
        operations += await tx.value(
            "select array_agg(id) from operation where number = $1", int(text)
        ) or []  # fmt: skip
    payments: list[UUID] = await tx.value(
        "select array_agg(id) from (select id from payment where order_id = $1 and live = $2"
        " order by occurred_at desc limit $3) x",
        text, actor.live, most,
    ) or []  # fmt: skip
    if operations or payments:
        return Found(operations, payments, len(payments) < most)
    if _digits(text) and len(text) == LAST_FOUR:
        operations = await _by_last_four(tx, actor, text, most)
    found = await _payments_by_text(tx, actor, text, every=every)
    return Found(operations, found.payments, found.whole and len(operations) < most)


async def _by_last_four(tx: db.Tx, actor: Actor, text: str, most: int) -> list[UUID]:
    """The newest operations of such cards."""
    return await tx.value(
        "with every as materialized (select id, occurred_at from operation where card_last4 = $1"
        " and live = $2 and ($3::uuid is null or company_id = $3))"
        " select array_agg(id) from (select id from every order by occurred_at desc limit $4) x",
        text, actor.live, actor.company_id, most,
    ) or []  # fmt: skip


def _typed_id(text: str) -> tuple[str, UUID]:
    """The kind of an id of ours and its value; an empty kind for any other text."""
    for prefix in ("pay", "op"):
        with contextlib.suppress(NotFound):
            return prefix, ids.untype(prefix, text)
    return "", UUID(int=0)
