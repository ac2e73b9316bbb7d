"""The request log, read: one company's lines, newest first, and one of them whole.

Filters: method, path (a part of it), status (`200`, `4xx`), code, door, originator, id, ms, from,
to. Filters that no index serves look among the newest `WINDOW` lines before `to`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from comptoir.kit import db, ids, search, terms
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.listing import Page, Query
from comptoir.kit.search import BadQuery, Term

PAGE_LIMIT = 200
WINDOW = 50_000
DOORS = ("api", "wire")
_COLUMNS = (
    "r.company_id, r.id, r.at, r.door, r.originator_id, r.method, r.path, r.query, r.status,"
    " r.code, r.milliseconds, r.request_id, g.name as originator"
)
_SOURCE = (
    "api_request r left join originator g on g.company_id = r.company_id and g.id = r.originator_id"
)
_WHOLE = (
    "select r.company_id, r.id, r.at, r.door, r.originator_id, r.method, r.path, r.query,"
    " r.status, r.code, r.milliseconds, r.request_id, g.name as originator, r.request, r.answer"
    " from api_request r left join originator g on g.company_id = r.company_id"
    " and g.id = r.originator_id where r.company_id = $1 and r.live = $2 and r.id = $3"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the log."""

    company_id: UUID
    id: UUID
    at: datetime
    door: str
    originator_id: UUID | None
    method: str
    path: str
    query: str | None
    status: int
    code: str | None
    milliseconds: int
    request_id: str
    originator: str | None


@dataclass(frozen=True, slots=True)
class Exchange(Line):
    """A line with its bodies."""

    request: Any
    answer: Any


Filter = Callable[[Query, Term], None]


def _method(query: Query, term: Term) -> None:
    chosen = [part.strip().upper() for part in term.value.split(",")]
    query.where("r.method <> all(?)" if term.negated else "r.method = any(?)", chosen)


def _path(query: Query, term: Term) -> None:
    condition = "strpos(r.path, ?) = 0" if term.negated else "strpos(r.path, ?) > 0"
    query.where(condition, term.value)


def _status(query: Query, term: Term) -> None:
    """One code, or a class of them: `4xx`."""
    text = term.value.lower()
    if len(text) == 3 and text.endswith("xx") and text[0] in "12345":
        least = int(text[0]) * 100
        span = (least, least + 99)
    else:
        number = terms.number(term, 3)
        span = (number, number)
    condition = "r.status not between ? and ?" if term.negated else "r.status between ? and ?"
    query.where(condition, *span)


def _code(query: Query, term: Term) -> None:
    chosen = [part.strip() for part in term.value.split(",")]
    query.where(
        "r.code is distinct from all(?)" if term.negated else "r.code = any(?)", chosen
    )  # fmt: skip


def _door(query: Query, term: Term) -> None:
    query.where("r.door = any(?)", terms.one_of(term, {door: door for door in DOORS}))


def _originator(query: Query, term: Term) -> None:
    query.where("g.number = ?", terms.number(term, 9))


def _milliseconds(query: Query, term: Term) -> None:
    """At least so slow: `ms:>100` or `ms:100`."""
    text = term.value.lstrip(">=")
    if not terms.is_number(text, 7):
        raise BadQuery("ms: is a number such as >100", field="q")
    query.where("r.milliseconds >= ?", int(text))


_SCANNED: dict[str, Filter] = {
    "method": _method, "path": _path, "status": _status, "code": _code, "door": _door,
    "originator": _originator, "ms": _milliseconds,
}  # fmt: skip
FILTERS = frozenset(_SCANNED) | {"id", "from", "to"}


def parse(text: str) -> search.Search:
    return search.parse(text, FILTERS)


def _query(actor: Actor, company_id: UUID, asked: search.Search) -> Query:
    query = Query(_COLUMNS, _SOURCE, ("r.id",))
    query.within("r.company_id = ?", company_id).within("r.live = ?", actor.live)
    until = _bounds(actor, query, asked)
    if asked.free or any(term.name in _SCANNED for term in asked.terms):
        query.within(
            "r.id >= coalesce((select n.id from api_request n where n.company_id = ?"
            " and n.live = ? and n.id < ? order by n.id desc offset ? limit 1), ?)",
            company_id, actor.live, until, WINDOW - 1, _FIRST,
        )  # fmt: skip
    for term in asked.terms:
        if term.name in _SCANNED:
            _SCANNED[term.name](query, term)
        elif term.name == "id":
            query.where("r.request_id = ?", term.value)
    if asked.free:
        query.where("r.request_id = ? or strpos(r.path, ?) > 0", asked.free, asked.free)
    return query


_FIRST, _LAST = UUID(int=0), UUID(int=(1 << 128) - 1)


def _bounds(actor: Actor, query: Query, asked: search.Search) -> UUID:
    """The time of a line is in its id, so days are served by the list's own order."""
    until = _LAST
    for term in asked.terms:
        if term.name == "from":
            query.within("r.id >= ?", _at(terms.moment(term, actor.zone)))
        elif term.name == "to":
            until = _at(terms.moment(term, actor.zone, days=1))
            query.within("r.id < ?", until)
    return until


def _at(moment: datetime) -> UUID:
    return ids.at(max(int(moment.timestamp() * 1000), 0), 0)


async def list_page(
    actor: Actor, company_id: UUID, asked: search.Search, *, cursor: str | None = None,
    limit: int = 50,
) -> Page[Line]:  # fmt: skip
    """One page of a company's log, newest first."""
    async with db.transaction(company=company_id) as tx:
        query = _query(actor, company_id, asked)
        return await query.page(tx, Line, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def get_exchange(tx: db.Tx, actor: Actor, line_id: UUID) -> Exchange:
    """One request with its bodies; raises `NotFound` also for one that was forgotten."""
    found = await tx.one(Exchange, _WHOLE, tx.company, actor.live, line_id)
    if found is None:
        raise NotFound
    return found
