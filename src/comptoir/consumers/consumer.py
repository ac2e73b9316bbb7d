"""Consumers: the shoppers of a company, recognised by shop id, e-mail or card across payments."""

import re
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid, NotFound
from comptoir.kit.listing import Page, Query, like

PAGE_LIMIT = 200
SEARCH_LIMIT = 1000
MAX_EMAIL = 254
_EMAIL = re.compile(r"[^@\s\0]+@[^@\s\0]+")

_COLUMNS = (
    "c.id, c.company_id, c.live, c.shop_id, c.name, c.email, c.phone, c.country, c.note,"
    " c.created_at"
)


@dataclass(frozen=True, slots=True)
class Consumer:
    id: UUID
    company_id: UUID
    live: bool
    shop_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    note: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ConsumerTotal:
    """What a consumer paid in one currency; made by a follower, seconds behind at most."""

    currency: str
    payments: int
    accepted_minor: int
    returned_minor: int
    last_at: datetime


class ConsumerKnown(Conflict):
    code = "consumer_known"
    title = "Another consumer already has this shop id or e-mail"


def recognition_keys(
    shop_id: str | None, email: str | None, card: bytes | None
) -> list[tuple[str, bytes]]:
    """What recognises a shopper, strongest first. `card` is a keyed fingerprint, never a number."""
    keys: list[tuple[str, bytes]] = []
    if shop_id:
        keys.append(("shop_id", shop_id.encode()))
    if email:
        keys.append(("email", email.strip().lower().encode()))
    if card:
        keys.append(("card", card))
    return keys


async def create_consumer(
    tx: db.Tx,
    actor: Actor,
    *,
    shop_id: str | None = None,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    country: str | None = None,
) -> Consumer:
    keys = recognition_keys(shop_id, email, None)
    if not keys:
        raise Invalid("A consumer needs a shop id or an e-mail", field="shop_id")
    if email and not (len(email) <= MAX_EMAIL and _EMAIL.fullmatch(email.strip())):
        raise Invalid("This is not an e-mail address", field="email")
    consumer_id = ids.new()
    for kind, value in keys:
        added = await tx.run(
            "insert into consumer_key (company_id, live, kind, value, consumer_id)"
            " values ($1, $2, $3, $4, $5) on conflict do nothing",
            tx.company, actor.live, kind, value, consumer_id,
        )  # fmt: skip
        if not added:
            raise ConsumerKnown(field=kind)
    await tx.run(
        "insert into consumer (company_id, id, live, shop_id, name, email, phone, country,"
        " created_at, originator_id) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.company, consumer_id, actor.live, shop_id, name, email and email.strip().lower(), phone,
        country, clock.now(), actor.originator_id,
    )  # fmt: skip
    await events.record(tx, actor, "consumer.created", consumer_id, live=actor.live)
    return await get_consumer(tx, actor, consumer_id)


async def edit_consumer(
    tx: db.Tx,
    actor: Actor,
    consumer_id: UUID,
    *,
    name: str | None,
    phone: str | None,
    country: str | None,
    note: str | None,
) -> Consumer:
    await get_consumer(tx, actor, consumer_id)
    changed = await tx.run(
        "update consumer set name = $4, phone = $5, country = $6, note = $7"
        " where company_id = $1 and id = $2 and live = $3",
        tx.company, consumer_id, actor.live, name, phone, country, note,
    )  # fmt: skip
    if not changed:
        raise NotFound
    await events.record(tx, actor, "consumer.edited", consumer_id, live=actor.live)
    return await get_consumer(tx, actor, consumer_id)


async def get_consumer(tx: db.Tx, actor: Actor, consumer_id: UUID) -> Consumer:
    """A consumer; for the key of an originator, one who paid there or whom it added."""
    found = await tx.one(
        Consumer,
        "select c.id, c.company_id, c.live, c.shop_id, c.name, c.email, c.phone, c.country, c.note,"
        " c.created_at from consumer c where c.company_id = $1 and c.id = $2 and c.live = $3"
        " and ($4::uuid is null or c.originator_id = $4 or exists (select from payment p"
        "  where p.company_id = c.company_id and p.consumer_id = c.id and p.originator_id = $4))",
        tx.company, consumer_id, actor.live, actor.originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def list_totals(tx: db.Tx, consumer_id: UUID) -> list[ConsumerTotal]:
    return await tx.all(
        ConsumerTotal,
        "select currency, payments, accepted_minor, returned_minor, last_at from consumer_total"
        " where company_id = $1 and consumer_id = $2 order by currency limit 200",
        tx.company, consumer_id,
    )  # fmt: skip


async def list_consumers(
    actor: Actor, *, search: str = "", cursor: str | None = None, limit: int = 50
) -> Page[Consumer]:
    """Consumers of the actor's mode, newest first; `search` matches e-mail, name and shop id."""
    query = Query(_COLUMNS, "consumer c", order=("c.id",))
    query.where("c.live = ?", actor.live)
    if actor.company_id is not None:
        query.where("c.company_id = ?", actor.company_id)
    if actor.originator_id is not None:
        query.where(
            "c.originator_id = ? or exists (select from payment p where p.company_id = c.company_id"
            " and p.consumer_id = c.id and p.originator_id = ?)",
            actor.originator_id, actor.originator_id,
        )  # fmt: skip
    async with db.reads(actor) as tx:
        if search and actor.company_id is not None:
            found = await tx.value(
                "select array_agg(id) from find_consumers_v1($1, $2, $3)",
                actor.live, like(search), SEARCH_LIMIT,
            )  # fmt: skip
            query.where("c.id = any(?::uuid[])", found or [])
            if len(found or []) >= SEARCH_LIMIT:
                query.partly()
        return await query.page(tx, Consumer, cursor=cursor, limit=min(limit, PAGE_LIMIT))
