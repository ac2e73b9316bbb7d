"""`/api/v1/events`: who did what to what, oldest first, so that polling misses none."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar.params import QueryParameter

from comptoir import events
from comptoir.api.listing import ApiPage, Limit
from comptoir.edge.auth import company_of
from comptoir.edge.http import get
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.listing import BadCursor

After = Annotated[str | None, QueryParameter(name="after", max_length=50)]


class Event(msgspec.Struct, frozen=True):
    """`after` of the last event seen is the cursor of the next question."""

    after: str
    kind: str
    at: datetime
    live: bool
    payment: str | None
    subject: str
    actor: str
    data: dict[str, Any]


@get("/api/v1/events", needs=Permission.EVENT_READ, tags=["Events"])
async def list_events(actor: Actor, after: After = None, limit: Limit = 25) -> ApiPage[Event]:
    """Events of the company in the key's mode, oldest first."""
    async with db.transaction(company=company_of(actor)) as tx:
        found = await events.list_new(tx, actor, _cursor(after), limit)
    last = _text(found[-1]) if found else after
    return ApiPage([_shape(event) for event in found], last)


def _cursor(text: str | None) -> events.Cursor:
    if text is None:
        return events.START
    parts = text.split("-")
    if len(parts) != 2 or not all(p.isascii() and p.isdigit() and len(p) < 19 for p in parts):
        raise BadCursor(field="after")
    return events.Cursor(int(parts[0]), int(parts[1]))


def _text(event: events.Event) -> str:
    return f"{event.tx}-{event.seq}"


def _shape(event: events.Event) -> Event:
    return Event(
        after=_text(event),
        kind=event.kind,
        at=event.at,
        live=event.live,
        payment=None if event.payment_id is None else ids.typeid("pay", event.payment_id),
        subject=str(event.subject_id),
        actor=f"{event.actor_kind}: {event.actor_name}",
        data=event.data,
    )
