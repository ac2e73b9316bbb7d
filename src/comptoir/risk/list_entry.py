"""List entries: what a company blocks or trusts, per originator or for all of it; and globally."""

import contextlib
import ipaddress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.kit.listing import Page, Query

LIST_LIMIT = 500
KINDS = ("card", "email", "ip", "country")


@dataclass(frozen=True, slots=True)
class ListEntry:
    id: UUID
    originator_id: UUID | None
    list: str
    kind: str
    shown: str
    reason: str | None
    actor: str
    created_at: datetime


def list_value(kind: str, text: str) -> bytes:
    """What is kept for a list. Cards are keyed hashes, made elsewhere, never numbers."""
    if kind not in KINDS or kind == "card":
        raise Invalid("Cards are listed through a transaction, never by number", field="kind")
    value = matched_value(kind, text)
    if not 1 <= len(value) <= 254:
        raise Invalid("A value has 1 to 254 characters", field="value")
    return value


def matched_value(kind: str, text: str) -> bytes:
    """One spelling for each e-mail, address and country, so that no other one slips through."""
    plain = text.strip().lower()
    if kind == "ip":
        with contextlib.suppress(ValueError):
            address = ipaddress.ip_address(plain)
            plain = str(getattr(address, "ipv4_mapped", None) or address)
    return plain.encode()


async def add_entry(
    tx: db.Tx,
    actor: Actor,
    *,
    kind: str,
    value: bytes,
    shown: str,
    originator_id: UUID | None = None,
    list_name: str = "blacklist",
    reason: str | None = None,
) -> UUID:
    entry_id = ids.new()
    await tx.run(
        "insert into list_entry (company_id, id, live, originator_id, list, kind, value, shown,"
        " reason, actor, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        tx.company, entry_id, actor.live, originator_id, list_name, kind, value, shown, reason,
        actor.name, clock.now(),
    )  # fmt: skip
    await events.record(
        tx, actor, "list.entry_added", entry_id, live=actor.live, entry_kind=kind, shown=shown
    )
    return entry_id


async def remove_entry(tx: db.Tx, actor: Actor, entry_id: UUID) -> None:
    removed = await tx.run(
        "update list_entry set removed_at = $3 where company_id = $1 and id = $2"
        " and removed_at is null",
        tx.company, entry_id, clock.now(),
    )  # fmt: skip
    if not removed:
        raise NotFound
    await events.record(tx, actor, "list.entry_removed", entry_id, live=actor.live)


async def add_global_entry(
    actor: Actor, *, live: bool, kind: str, value: bytes, shown: str, reason: str | None = None
) -> UUID:
    """The provider's own list, for all companies. Platform staff only."""
    entry_id = ids.new()
    async with db.platform() as tx:
        await tx.run(
            "insert into global_list_entry (id, live, kind, value, shown, reason, actor,"
            " created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            entry_id, live, kind, value, shown, reason, actor.name, clock.now(),
        )  # fmt: skip
    return entry_id


async def list_entries(
    tx: db.Tx, actor: Actor, *, cursor: str | None = None, limit: int = 50
) -> Page[ListEntry]:
    """What a company lists now, newest first."""
    query = Query(
        "l.id, l.originator_id, l.list, l.kind, l.shown, l.reason, l.actor, l.created_at",
        "list_entry l", order=("l.created_at", "l.id"),
    )  # fmt: skip
    query.where("l.company_id = ?", tx.company).where("l.live = ?", actor.live)
    query.where("l.removed_at is null")
    return await query.page(tx, ListEntry, cursor=cursor, limit=min(limit, LIST_LIMIT))
