"""`/api/v1/companies`, `/originators`, `/merchant-accounts`: read with any key, write with a
platform key (user name `platform`; header `Comptoir-Company` chooses the company)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, to_builtins

from comptoir import gateways, merchants, payments
from comptoir.api import shapes
from comptoir.api.listing import ApiPage, Cursor, Limit
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post, put
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor

Currencies = Annotated[list[shapes.Currency], Meta(max_length=200)]
Zone = Annotated[str, Meta(max_length=64, pattern="^[A-Za-z0-9_+/-]+$", examples=["Europe/Madrid"])]


class NewCompany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: shapes.Line
    legal_name: shapes.Line | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    time_zone: Zone = "UTC"
    website: shapes.Line | None = None
    support_email: shapes.Email | None = None


class NewOriginator(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: shapes.Line
    currency: shapes.Currency
    currencies: Currencies = []
    descriptor: Annotated[str, Meta(max_length=25, pattern=r"^[^\u0000]*$")] | None = None
    website: shapes.Line | None = None


class NewAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: shapes.Line
    currencies: Annotated[list[shapes.Currency], Meta(min_length=1, max_length=200)]
    connector: Literal["sandbox"] = "sandbox"
    contract_number: Annotated[str, Meta(max_length=64, pattern=r"^[^\u0000]*$")] | None = None
    options: gateways.SandboxOptions | None = None


class NewKey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    live: bool = False


class Key(msgspec.Struct, frozen=True):
    """A key with its secret, which is shown this once."""

    id: str
    live: bool
    secret: str


class Route(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The merchant accounts that serve an originator in one mode, in order."""

    accounts: Annotated[
        list[Annotated[str, Meta(pattern="^acc_[0-9a-z]{26}$")]], Meta(max_length=20)
    ]
    live: bool = False


@get("/api/v1/companies", needs=Permission.COMPANY_READ, tags=["Companies"])
async def list_companies(
    actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> ApiPage[shapes.Company]:
    """The company of the key; all companies for a platform key."""
    page = await merchants.page_companies(actor, cursor=cursor, limit=limit)
    return ApiPage([shapes.company(row) for row in page.rows], page.next, page.previous)


@post("/api/v1/companies", needs=Permission.COMPANY_CREATE, status_code=201, tags=["Companies"])
async def create_company(actor: Actor, data: NewCompany) -> shapes.Company:
    """Add a company. Platform keys only."""
    return shapes.company(
        await merchants.create_company(
            actor, data.name, legal_name=data.legal_name, country=data.country,
            time_zone=data.time_zone, website=data.website, support_email=data.support_email,
        )
    )  # fmt: skip


@get("/api/v1/companies/{company_id:str}", needs=Permission.COMPANY_READ, tags=["Companies"])
async def get_company(actor: Actor, company_id: str) -> shapes.Company:
    """One company."""
    wanted = ids.untype("com", company_id)
    async with db.reads(actor) as tx:
        return shapes.company(await merchants.get_company(tx, wanted))


@put("/api/v1/companies/{company_id:str}", needs=Permission.COMPANY_WRITE, tags=["Companies"])
async def edit_company(actor: Actor, company_id: str, data: NewCompany) -> shapes.Company:
    """Change a company; what is left out becomes empty."""
    wanted = ids.untype("com", company_id)
    async with db.transaction(company=actor.company_id or wanted) as tx:
        found = await merchants.edit_company(
            tx, actor, wanted, name=data.name, legal_name=data.legal_name, country=data.country,
            time_zone=data.time_zone, website=data.website, support_email=data.support_email,
        )  # fmt: skip
    return shapes.company(found)


@get("/api/v1/originators", needs=Permission.ORIGINATOR_READ, tags=["Originators"])
async def list_originators(
    actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> ApiPage[shapes.Originator]:
    """Originators of the company, by number."""
    page = await merchants.page_originators(actor, cursor=cursor, limit=limit)
    return ApiPage([shapes.originator(row) for row in page.rows], page.next, page.previous)


@post(
    "/api/v1/originators", needs=Permission.ORIGINATOR_WRITE, status_code=201, tags=["Originators"]
)
async def create_originator(actor: Actor, data: NewOriginator) -> shapes.Originator:
    """Add an originator: a site, a shop, a terminal."""
    async with db.transaction(company=company_of(actor)) as tx:
        found = await merchants.create_originator(
            tx, actor, data.name, data.currency, currencies=tuple(data.currencies),
            descriptor=data.descriptor, website=data.website,
        )  # fmt: skip
    return shapes.originator(found)


@get(
    "/api/v1/originators/{originator_id:str}",
    needs=Permission.ORIGINATOR_READ,
    tags=["Originators"],
)
async def get_originator(actor: Actor, originator_id: str) -> shapes.Originator:
    """One originator."""
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("ori", originator_id)
        return shapes.originator(await merchants.get_originator(tx, wanted))


@post(
    "/api/v1/originators/{originator_id:str}/keys",
    needs=Permission.KEY_WRITE,
    status_code=201,
    tags=["Originators"],
)
async def create_key(actor: Actor, originator_id: str, data: NewKey) -> Key:
    """A new API key. The secret is in this answer and nowhere else."""
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("ori", originator_id)
        key, secret = await merchants.create_key(tx, actor, wanted, live=data.live)
    return Key(ids.typeid("key", key.id), key.live, secret)


@put(
    "/api/v1/originators/{originator_id:str}/route",
    needs=Permission.ORIGINATOR_WRITE,
    tags=["Originators"],
)
async def set_route(actor: Actor, originator_id: str, data: Route) -> list[shapes.MerchantAccount]:
    """Set the merchant accounts of an originator; live accounts for live, test for test."""
    wanted = ids.untype("ori", originator_id)
    accounts = tuple(dict.fromkeys(ids.untype("acc", name) for name in data.accounts))
    async with db.transaction(company=company_of(actor)) as tx:
        await merchants.get_originator(tx, wanted)
        await merchants.set_route(tx, actor, wanted, accounts, live=data.live)
        found = await merchants.list_route(tx, wanted, live=data.live)
    return [shapes.account(a) for a in found]


@get("/api/v1/merchant-accounts", needs=Permission.ACCOUNT_READ, tags=["Merchant accounts"])
async def list_accounts(
    actor: Actor, cursor: Cursor = None, limit: Limit = 100
) -> ApiPage[shapes.MerchantAccount]:
    """Merchant accounts of the key's mode."""
    page = await merchants.page_accounts(actor, cursor=cursor, limit=limit)
    return ApiPage([shapes.account(row) for row in page.rows], page.next, page.previous)


@post(
    "/api/v1/merchant-accounts",
    needs=Permission.ACCOUNT_WRITE,
    status_code=201,
    tags=["Merchant accounts"],
)
async def create_account(actor: Actor, data: NewAccount) -> shapes.MerchantAccount:
    """Add a merchant account on the sandbox."""
    async with db.transaction(company=company_of(actor)) as tx:
        found = await payments.open_account(
            tx, actor, data.name, data.connector, live=False, currencies=tuple(data.currencies),
            contract_number=data.contract_number, options=to_builtins(data.options or {}),
        )  # fmt: skip
    return shapes.account(found)


@put(
    "/api/v1/merchant-accounts/{account_id:str}/options",
    needs=Permission.ACCOUNT_WRITE,
    tags=["Merchant accounts"],
)
async def set_options(
    actor: Actor, account_id: str, data: gateways.SandboxOptions
) -> shapes.MerchantAccount:
    """Set how a sandbox account behaves; what is left out behaves as usual again."""
    wanted = ids.untype("acc", account_id)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await payments.set_account_options(tx, actor, wanted, to_builtins(data))
    return shapes.account(found)


@get(
    "/api/v1/merchant-accounts/{account_id:str}",
    needs=Permission.ACCOUNT_READ,
    tags=["Merchant accounts"],
)
async def get_account(actor: Actor, account_id: str) -> shapes.MerchantAccount:
    """One merchant account of the key's mode."""
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("acc", account_id)
        return shapes.account(await merchants.get_account(tx, wanted, live=actor.live))
