"""Originators: one source of income each (a site, a shop, a terminal), and their API keys.

An originator's number and a key are the credential of every API. Keys are 256 random bits, kept
as SHA-256; each belongs to live or to test, and none crosses.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from comptoir import events
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid, NotFound
from comptoir.kit.listing import Page, Query
from comptoir.kit.money import CODES
from comptoir.merchants.company import check_name

LIST_LIMIT = 10_000
PAGE_LIMIT = 200
KEYS_LIMIT = 20
KEYS_LISTED = 1_000
OVERLAP = timedelta(hours=24)  # How long a rolled key still works, unless said otherwise.
MAX_OVERLAP = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Originator:
    id: UUID
    company_id: UUID
    number: int
    name: str
    descriptor: str | None
    website: str | None
    currency: str
    currencies: tuple[str, ...]
    default_operation: str
    credit_allowed: bool
    credit_limit_minor: int | None
    state: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ApiKey:
    id: UUID
    originator_id: UUID
    live: bool
    hint: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TooManyKeys(Conflict):
    code = "too_many_keys"
    title = "Revoke a key first: there are already enough"


async def create_originator(
    tx: db.Tx,
    actor: Actor,
    name: str,
    currency: str,
    *,
    currencies: tuple[str, ...] = (),
    descriptor: str | None = None,
    website: str | None = None,
) -> Originator:
    check_name(name)
    allowed = check_currencies(currency, currencies)
    originator_id = ids.new()
    number = int(await tx.value("select nextval('originator_number')"))
    await tx.run(
        "insert into originator (company_id, id, number, name, descriptor, website, currency,"
        " currencies, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tx.company, originator_id, number, name.strip(), descriptor, website, currency, allowed,
        clock.now(),
    )  # fmt: skip
    await tx.run(
        "insert into directory (kind, key_hash, company_id, target_id)"
        " values ('originator', sha256(convert_to($1, 'UTF8')), $2, $3)",
        str(number), tx.company, originator_id,
    )  # fmt: skip
    await events.record(
        tx, actor, "originator.created", originator_id, live=False, number=number, name=name
    )
    return await get_originator(tx, originator_id)


async def edit_originator(
    tx: db.Tx,
    actor: Actor,
    originator_id: UUID,
    *,
    name: str,
    descriptor: str | None,
    website: str | None,
    currency: str,
    currencies: tuple[str, ...],
    default_operation: str,
    credit_allowed: bool,
    credit_limit_minor: int | None,
    state: str,
) -> Originator:
    check_name(name)
    allowed = check_currencies(currency, currencies)
    if default_operation not in {"sale", "authorize"} or state not in {"active", "disabled"}:
        raise Invalid("An operation is sale or authorize, a state active or disabled")
    changed = await tx.run(
        "update originator set name = $3, descriptor = $4, website = $5, currency = $6,"
        " currencies = $7, default_operation = $8, credit_allowed = $9, credit_limit_minor = $10,"
        " state = $11 where company_id = $1 and id = $2",
        tx.company, originator_id, name.strip(), descriptor, website, currency, allowed,
        default_operation, credit_allowed, credit_limit_minor, state,
    )  # fmt: skip
    if not changed:
        raise NotFound
    await events.record(
        tx, actor, "originator.edited", originator_id, live=actor.live, name=name, state=state
    )
    return await get_originator(tx, originator_id)


async def change_originator(
    tx: db.Tx, actor: Actor, originator_id: UUID, **changes: Any
) -> Originator:
    """Change some facts; the others stay."""
    known = await get_originator(tx, originator_id)
    kept = {
        "name": known.name, "descriptor": known.descriptor, "website": known.website,
        "currency": known.currency, "currencies": known.currencies,
        "default_operation": known.default_operation, "credit_allowed": known.credit_allowed,
        "credit_limit_minor": known.credit_limit_minor, "state": known.state,
    }  # fmt: skip
    assert changes.keys() <= kept.keys(), "only facts are changed"
    return await edit_originator(tx, actor, originator_id, **{**kept, **changes})


async def get_originator(tx: db.Tx, originator_id: UUID) -> Originator:
    found = await tx.one(
        Originator,
        "select id, company_id, number, name, descriptor, website, currency, currencies,"
        " default_operation, credit_allowed, credit_limit_minor, state, created_at"
        " from originator where company_id = $1 and id = $2",
        tx.company, originator_id,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def find_originator_by_number(actor: Actor, number: int) -> Originator:
    async with db.reads(actor) as tx:
        found = await tx.one(
            Originator,
            "select id, company_id, number, name, descriptor, website, currency, currencies,"
            " default_operation, credit_allowed, credit_limit_minor, state, created_at"
            " from originator where number = $1",
            number,
        )
    if found is None:
        raise NotFound(f"No originator has the number {number}")
    return found


async def list_originators(actor: Actor, limit: int = LIST_LIMIT) -> list[Originator]:
    async with db.reads(actor) as tx:
        return await tx.all(
            Originator,
            "select id, company_id, number, name, descriptor, website, currency, currencies,"
            " default_operation, credit_allowed, credit_limit_minor, state, created_at"
            " from originator where $1::uuid is null or company_id = $1"
            " order by number limit $2",
            actor.company_id, min(limit, LIST_LIMIT),
        )  # fmt: skip


async def page_originators(
    actor: Actor, *, cursor: str | None = None, limit: int = 100
) -> Page[Originator]:
    """The same, page by page."""
    query = Query(
        "o.id, o.company_id, o.number, o.name, o.descriptor, o.website, o.currency, o.currencies,"
        " o.default_operation, o.credit_allowed, o.credit_limit_minor, o.state, o.created_at",
        "originator o", order=("o.number",), rising=True,
    )  # fmt: skip
    if actor.company_id is not None:
        query.where("o.company_id = ?", actor.company_id)
    async with db.reads(actor) as tx:
        return await query.page(tx, Originator, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def create_key(
    tx: db.Tx, actor: Actor, originator_id: UUID, *, live: bool
) -> tuple[ApiKey, str]:
    """Make a key; the second value is the secret, shown this once and never stored."""
    await get_originator(tx, originator_id)
    standing = [
        k for k in await list_keys(tx, originator_id) if k.live == live and k.revoked_at is None
    ]
    if len(standing) >= KEYS_LIMIT:
        raise TooManyKeys(limit=KEYS_LIMIT)
    secret = ("live_" if live else "test_") + secrets.token_urlsafe(32)
    key = ApiKey(ids.new(), originator_id, live, secret[-4:], clock.now(), None, None)
    await tx.run(
        "insert into api_key (company_id, id, originator_id, live, secret_hash, hint, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7)",
        tx.company, key.id, originator_id, live, hashlib.sha256(secret.encode()).digest(),
        key.hint, key.created_at,
    )  # fmt: skip
    await events.record(tx, actor, "key.created", key.id, live=live, hint=key.hint)
    return key, secret


async def roll_key(
    tx: db.Tx, actor: Actor, originator_id: UUID, key_id: UUID, overlap: timedelta = OVERLAP
) -> tuple[ApiKey, str]:
    """A new key; the old one keeps working for a while, so that nothing stops."""
    if not timedelta(0) <= overlap <= MAX_OVERLAP:
        raise Invalid(
            "The old key works at most %(most)s days more", field="overlap", most=MAX_OVERLAP.days
        )
    old = await _get_key(tx, originator_id, key_id)
    until = clock.now() + overlap
    await tx.run(
        "update api_key set expires_at = $3 where company_id = $1 and id = $2"
        " and revoked_at is null and expires_at is null",
        tx.company, key_id, until,
    )  # fmt: skip
    await events.record(
        tx, actor, "key.rolled", key_id, live=old.live, hint=old.hint, works_until=until
    )
    return await create_key(tx, actor, originator_id, live=old.live)


async def revoke_key(tx: db.Tx, actor: Actor, originator_id: UUID, key_id: UUID) -> None:
    old = await _get_key(tx, originator_id, key_id)
    await tx.run(
        "update api_key set revoked_at = $3 where company_id = $1 and id = $2"
        " and revoked_at is null",
        tx.company, key_id, clock.now(),
    )  # fmt: skip
    await events.record(tx, actor, "key.revoked", key_id, live=old.live, hint=old.hint)


async def list_keys(tx: db.Tx, originator_id: UUID) -> list[ApiKey]:
    """Every standing key, and of the revoked ones the newest."""
    return await tx.all(
        ApiKey,
        "select id, originator_id, live, hint, created_at, expires_at, revoked_at from api_key"
        " where company_id = $1 and originator_id = $2 order by revoked_at is null desc,"
        " created_at desc limit $3",
        tx.company, originator_id, KEYS_LISTED,
    )  # fmt: skip


async def _get_key(tx: db.Tx, originator_id: UUID, key_id: UUID) -> ApiKey:
    key = await tx.one(
        ApiKey,
        "select id, originator_id, live, hint, created_at, expires_at, revoked_at from api_key"
        " where company_id = $1 and originator_id = $2 and id = $3",
        tx.company, originator_id, key_id,
    )  # fmt: skip
    if key is None:
        raise NotFound
    return key


def check_currencies(currency: str, currencies: tuple[str, ...]) -> list[str]:
    """The allowed set with the default in it; refuses codes that ISO 4217 does not know."""
    allowed = sorted({currency, *currencies})
    for code in allowed:
        if code not in CODES:
            raise Invalid(f"{code[:8]} is not an ISO 4217 currency", field="currency")
    return allowed
