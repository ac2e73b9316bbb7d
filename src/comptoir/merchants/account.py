"""Merchant accounts: contracts with an acquirer or gateway, live or test, never both.

Credentials are sealed with the installation's key; only the gateways' engine opens them.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from comptoir import events
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid, NotFound
from comptoir.kit.listing import Page, Query
from comptoir.kit.money import CODES
from comptoir.merchants.company import check_name

LIST_LIMIT = 10_000
PAGE_LIMIT = 200
ROUTES_LIMIT = 20
PURPOSE = "merchant-account"


@dataclass(frozen=True, slots=True)
class MerchantAccount:
    id: UUID
    company_id: UUID
    name: str
    connector: str
    live: bool
    contract_number: str | None
    currencies: tuple[str, ...]
    methods: tuple[str, ...]
    options: dict[str, Any]
    capture_days: int
    state: str
    created_at: datetime


class LiveMeetsTest(Conflict):
    code = "live_meets_test"
    title = "Test accounts serve test keys only, and live accounts live keys only"


async def create_account(
    tx: db.Tx,
    actor: Actor,
    name: str,
    connector: str,
    *,
    live: bool,
    currencies: tuple[str, ...],
    methods: tuple[str, ...] = ("card",),
    contract_number: str | None = None,
    credentials: dict[str, str] | None = None,
    options: dict[str, Any] | None = None,
    capture_days: int = 7,
) -> MerchantAccount:
    check_name(name)
    if live and connector == "sandbox":
        raise LiveMeetsTest("The sandbox is for test accounts only", field="connector")
    if not currencies or not set(currencies) <= CODES:
        raise Invalid("Name at least one ISO 4217 currency", field="currencies")
    account_id = ids.new()
    await tx.run(
        "insert into merchant_account (company_id, id, name, connector, live, contract_number,"
        " currencies, methods, credentials, options, capture_days, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        tx.company, account_id, name.strip(), connector, live, contract_number, sorted(currencies),
        list(methods), seal_credentials(account_id, credentials or {}), options or {},
        capture_days, clock.now(),
    )  # fmt: skip
    await tx.run(
        "insert into directory (kind, key_hash, company_id, target_id)"
        " values ('hook', sha256(convert_to($1, 'UTF8')), $2, $3)",
        ids.typeid("acc", account_id), tx.company, account_id,
    )  # fmt: skip
    await events.record(
        tx, actor, "account.created", account_id, live=live, name=name, connector=connector
    )
    return await get_account(tx, account_id)


async def edit_account(
    tx: db.Tx,
    actor: Actor,
    account_id: UUID,
    *,
    name: str,
    contract_number: str | None,
    currencies: tuple[str, ...],
    capture_days: int,
    state: str,
) -> MerchantAccount:
    check_name(name)
    if not currencies or not set(currencies) <= CODES:
        raise Invalid("Name at least one ISO 4217 currency", field="currencies")
    if state not in {"active", "disabled"} or not 1 <= capture_days <= 31:
        raise Invalid("A state is active or disabled; capture within 1 to 31 days")
    changed = await tx.run(
        "update merchant_account set name = $3, contract_number = $4, currencies = $5,"
        " capture_days = $6, state = $7 where company_id = $1 and id = $2 and live = $8",
        tx.company, account_id, name.strip(), contract_number, sorted(currencies), capture_days,
        state, actor.live,
    )  # fmt: skip
    if not changed:
        raise NotFound
    await events.record(tx, actor, "account.edited", account_id, live=actor.live, name=name)
    return await get_account(tx, account_id)


async def set_options(
    tx: db.Tx, actor: Actor, account_id: UUID, options: dict[str, Any], *, name: str
) -> MerchantAccount:
    """Options that were judged before; they are told to the connector with each call."""
    await tx.run(
        "update merchant_account set options = $3 where company_id = $1 and id = $2",
        tx.company, account_id, options,
    )  # fmt: skip
    await events.record(
        tx, actor, "account.edited", account_id, live=actor.live, name=name, options=options
    )
    return await get_account(tx, account_id)


async def set_route(
    tx: db.Tx, actor: Actor, originator_id: UUID, account_ids: tuple[UUID, ...], *, live: bool
) -> None:
    """The accounts that serve an originator in one mode, in order of preference."""
    if len(account_ids) > ROUTES_LIMIT:
        raise Invalid(f"At most {ROUTES_LIMIT} accounts", field="accounts")
    for account_id in account_ids:
        if (await get_account(tx, account_id)).live != live:
            raise LiveMeetsTest(account=str(account_id))
    await tx.run(
        "delete from originator_account where company_id = $1 and originator_id = $2"
        " and live = $3",
        tx.company, originator_id, live,
    )  # fmt: skip
    await tx.run(
        "insert into originator_account (company_id, originator_id, live, account_id, position)"
        " select $1, $2, $3, x.id, x.place from unnest($4::uuid[]) with ordinality as x(id, place)",
        tx.company, originator_id, live, list(account_ids),
    )  # fmt: skip
    await events.record(
        tx, actor, "originator.routed", originator_id, live=live,
        accounts=[str(account_id) for account_id in account_ids],
    )  # fmt: skip


async def get_account(tx: db.Tx, account_id: UUID, *, live: bool | None = None) -> MerchantAccount:
    """An account of the company; with a mode, only if it is of that mode. Or `NotFound`."""
    found = await tx.one(
        MerchantAccount,
        "select id, company_id, name, connector, live, contract_number, currencies, methods,"
        " options, capture_days, state, created_at from merchant_account"
        " where company_id = $1 and id = $2 and ($3::boolean is null or live = $3)",
        tx.company, account_id, live,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def list_accounts(actor: Actor, limit: int = LIST_LIMIT) -> list[MerchantAccount]:
    """Accounts of the actor's mode."""
    async with db.reads(actor) as tx:
        return await tx.all(
            MerchantAccount,
            "select id, company_id, name, connector, live, contract_number, currencies, methods,"
            " options, capture_days, state, created_at from merchant_account"
            " where ($1::uuid is null or company_id = $1) and live = $2 order by name, id limit $3",
            actor.company_id, actor.live, min(limit, LIST_LIMIT),
        )  # fmt: skip


async def page_accounts(
    actor: Actor, *, cursor: str | None = None, limit: int = 100
) -> Page[MerchantAccount]:
    """The same, page by page."""
    query = Query(
        "a.id, a.company_id, a.name, a.connector, a.live, a.contract_number, a.currencies,"
        " a.methods, a.options, a.capture_days, a.state, a.created_at",
        "merchant_account a", order=("a.name", "a.id"), rising=True,
    )  # fmt: skip
    query.where("a.live = ?", actor.live)
    if actor.company_id is not None:
        query.where("a.company_id = ?", actor.company_id)
    async with db.reads(actor) as tx:
        return await query.page(tx, MerchantAccount, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def list_route(tx: db.Tx, originator_id: UUID, *, live: bool) -> list[MerchantAccount]:
    return await tx.all(
        MerchantAccount,
        "select a.id, a.company_id, a.name, a.connector, a.live, a.contract_number, a.currencies,"
        " a.methods, a.options, a.capture_days, a.state, a.created_at"
        " from originator_account o"
        " join merchant_account a on a.company_id = o.company_id and a.id = o.account_id"
        " where o.company_id = $1 and o.originator_id = $2 and o.live = $3 order by o.position"
        " limit 20",
        tx.company, originator_id, live,
    )  # fmt: skip


async def find_hook(name: str) -> tuple[UUID, UUID]:
    """Company and account of a notification's address, before anybody is known; or `NotFound`."""
    async with db.lookup() as tx:
        found = await tx.row(
            "select company_id, target_id from directory_v1('hook', $1)",
            hashlib.sha256(name.encode()).digest(),
        )
    if found is None:
        raise NotFound
    return found["company_id"], found["target_id"]


async def sealed_credentials(tx: db.Tx, account_id: UUID) -> bytes:
    sealed: bytes | None = await tx.value(
        "select credentials from merchant_account where company_id = $1 and id = $2",
        tx.company, account_id,
    )  # fmt: skip
    if sealed is None:
        raise NotFound
    return sealed


def seal_credentials(account_id: UUID, credentials: dict[str, str]) -> bytes:
    return crypto.seal(PURPOSE, msgspec.json.encode(credentials), account_id.bytes)


def open_credentials(account_id: UUID, sealed: bytes) -> dict[str, str]:
    return msgspec.json.decode(
        crypto.open_sealed(PURPOSE, sealed, account_id.bytes), type=dict[str, str]
    )
