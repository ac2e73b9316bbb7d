"""Companies: the legal entities that own accounts and originators; the tenant."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from comptoir import events
from comptoir.kit import clock, countries, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.kit.listing import Page, Query

LIST_LIMIT = 10_000
PAGE_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Company:
    id: UUID
    name: str
    legal_name: str | None
    country: str | None
    time_zone: str
    website: str | None
    support_email: str | None
    state: str
    created_at: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


async def create_company(
    actor: Actor,
    name: str,
    *,
    legal_name: str | None = None,
    country: str | None = None,
    time_zone: str = "UTC",
    website: str | None = None,
    support_email: str | None = None,
) -> Company:
    """Add a company. Platform staff only; the caller has checked the permission."""
    check_zone(time_zone)
    check_name(name)
    check_country(country)
    company_id = ids.new()
    async with db.platform() as tx:
        await tx.run(
            "insert into company (id, name, legal_name, country, time_zone, website,"
            " support_email, created_at) values ($1, $2, $3, $4, $5, $6, $7, $8)",
            company_id, name.strip(), legal_name, country, time_zone, website, support_email,
            clock.now(),
        )  # fmt: skip
    async with db.transaction(company=company_id) as tx:
        await events.record(tx, actor, "company.created", company_id, live=False, name=name)
        return await get_company(tx, company_id)


async def edit_company(
    tx: db.Tx,
    actor: Actor,
    company_id: UUID,
    *,
    name: str,
    legal_name: str | None,
    country: str | None,
    time_zone: str,
    website: str | None,
    support_email: str | None,
) -> Company:
    check_zone(time_zone)
    check_name(name)
    check_country(country)
    changed = await tx.run(
        "update company set name = $2, legal_name = $3, country = $4, time_zone = $5,"
        " website = $6, support_email = $7 where id = $1",
        company_id, name.strip(), legal_name, country, time_zone, website, support_email,
    )  # fmt: skip
    if not changed:
        raise NotFound
    await events.record(tx, actor, "company.edited", company_id, live=actor.live, name=name)
    return await get_company(tx, company_id)


async def get_company(tx: db.Tx, company_id: UUID) -> Company:
    company = await tx.one(
        Company,
        "select id, name, legal_name, country, time_zone, website, support_email, state,"
        " created_at from company where id = $1",
        company_id,
    )
    if company is None:
        raise NotFound
    return company


async def list_companies(actor: Actor, limit: int = LIST_LIMIT) -> list[Company]:
    """Companies by name: all of them for platform staff, else the actor's own."""
    async with db.reads(actor) as tx:
        return await tx.all(
            Company,
            "select id, name, legal_name, country, time_zone, website, support_email, state,"
            " created_at from company where $1::uuid is null or id = $1 order by name, id limit $2",
            actor.company_id,
            min(limit, LIST_LIMIT),
        )


async def page_companies(
    actor: Actor, *, cursor: str | None = None, limit: int = 100
) -> Page[Company]:
    """The same, page by page."""
    query = Query(
        "c.id, c.name, c.legal_name, c.country, c.time_zone, c.website, c.support_email, c.state,"
        " c.created_at",
        "company c", order=("c.name", "c.id"), rising=True,
    )  # fmt: skip
    if actor.company_id is not None:
        query.where("c.id = ?", actor.company_id)
    async with db.reads(actor) as tx:
        return await query.page(tx, Company, cursor=cursor, limit=min(limit, PAGE_LIMIT))


async def find_company_id(actor: Actor, name: str) -> UUID:
    """The company of that exact name; `NotFound` for none, and for several."""
    async with db.reads(actor) as tx:
        found = await tx.rows("select id from company where name = $1 limit 2", name)
    if len(found) != 1:
        raise NotFound(f"{len(found) or 'No'} companies are called {name!r}; use the com_… id")
    company_id: UUID = found[0]["id"]
    return company_id


def check_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Invalid("That is not a time zone, e.g. Europe/Madrid", field="time_zone") from None


def check_country(code: str | None) -> None:
    if code is not None and not countries.is_code(code):
        raise Invalid("A country is its two capital letters, e.g. ES", field="country")


def check_name(name: str) -> None:
    if not 1 <= len(name.strip()) <= 128:
        raise Invalid("A name has 1 to 128 characters", field="name")
