"""Founds the companies of the demo: shops, accounts, prices, keys, people, one block list.

Everything is dated before the story begins, except people: who was never seen for 90 days could
not sign in.
"""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from comptoir import accounting, events, identity, merchants, payments, risk, subscriptions
from comptoir.demo import trouble
from comptoir.demo.books import Tariff
from comptoir.demo.cast import PEOPLE, CompanyPlan, Person, ShopPlan
from comptoir.demo.rhythm import DAYS
from comptoir.demo.sign_ins import key_of, password_of
from comptoir.demo.story import Account, Ground, Shop
from comptoir.identity import CompanyRole, PlatformRole
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.actor import Actor, ActorKind

FOUNDED = timedelta(days=DAYS + 31)
_CLERKS = frozenset({CompanyRole.FINANCE, CompanyRole.SUPPORT, CompanyRole.OWNER})


async def found_company(plan: CompanyPlan, end: datetime) -> merchants.Company:
    """The company, made now or left by a start that was interrupted."""
    actor = identity.command_line()
    for known in await merchants.list_companies(actor):
        if known.name == plan.name:
            return known
    with clock.during(end - FOUNDED):
        return await merchants.create_company(
            actor, plan.name, legal_name=plan.legal_name, country=plan.country,
            time_zone=plan.time_zone, website=plan.website, support_email=plan.support_email,
        )  # fmt: skip


async def hire(companies: dict[str, UUID]) -> None:
    """Everybody who can sign in; who is there already stays as they are."""
    await asyncio.gather(*(_hire(person, companies) for person in PEOPLE))


async def _hire(person: Person, companies: dict[str, UUID]) -> None:
    staff = isinstance(person.role, PlatformRole)
    with suppress(identity.EmailTaken):  # By a start that was interrupted.
        await identity.create_user(
            identity.command_line(),
            email=person.email,
            name=person.name,
            password=password_of(person.email),
            role=None if staff else CompanyRole(person.role),
            company_id=None if person.company is None else companies[person.company],
            platform_role=PlatformRole(person.role) if staff else None,
            must_change_password=False,
            time_zone=person.time_zone,
        )


async def open_shops(tx: db.Tx, plan: CompanyPlan, end: datetime) -> Ground:
    """Accounts, prices, originators with their keys: all that the story needs of a company."""
    actor = identity.command_line(tx.company)
    with clock.during(end - FOUNDED):
        accounts = {}
        for known in plan.accounts:
            opened = await payments.open_account(
                tx, actor, known.name, "sandbox", live=False, currencies=known.currencies,
                contract_number=known.contract_number,
            )  # fmt: skip
            accounts[known.slug] = Account(opened.id, known.slug, known.name, known.currencies)
        shops = [await _open_shop(tx, actor, shop, accounts) for shop in plan.shops]
    await _set_prices(tx, actor, plan, accounts, end)
    return Ground(
        tx.company, plan.slug, plan.country, ZoneInfo(plan.time_zone), tuple(shops),
        await _clerks(tx, plan),
    )  # fmt: skip


async def _open_shop(tx: db.Tx, actor: Actor, plan: ShopPlan, accounts: dict[str, Account]) -> Shop:
    currencies = tuple(plan.also.values())
    opened = await merchants.create_originator(
        tx, actor, plan.name, plan.currency, currencies=currencies, descriptor=plan.descriptor,
        website=plan.website,
    )  # fmt: skip
    await merchants.edit_originator(
        tx, actor, opened.id, name=plan.name, descriptor=plan.descriptor, website=plan.website,
        currency=plan.currency, currencies=currencies,
        default_operation="authorize" if plan.authorised > 500 else "sale",
        credit_allowed=plan.credit_limit_minor is not None,
        credit_limit_minor=plan.credit_limit_minor, state="active",
    )  # fmt: skip
    route = tuple(accounts[slug] for slug in plan.accounts)
    await merchants.set_route(tx, actor, opened.id, tuple(a.id for a in route), live=False)
    key_id = await _add_key(tx, actor, opened.id, key_of(plan.slug))
    offers = {
        offer.name: (
            await subscriptions.create_offer(
                tx, actor, opened.id, offer.name, plan.currency,
                subscriptions.Terms(
                    offer.kind, offer.rebill_minor, offer.rebill_period, offer.rebill_max,
                    offer.trial_period,
                ),
                trial_minor=offer.trial_minor, description=offer.description,
            )
        ).id
        for offer in plan.offers
    }  # fmt: skip
    seller = Actor(
        ActorKind.KEY, ids.typeid("key", key_id), plan.name, tx.company, False, frozenset()
    )
    return Shop(plan, opened.id, events.signature(seller), route, offers)


async def _add_key(tx: db.Tx, actor: Actor, originator_id: UUID, secret: str) -> UUID:
    """A key whose secret is known before: `merchants.create_key` draws a new one."""
    key_id = ids.new()
    await tx.run(
        "insert into api_key (company_id, id, originator_id, live, secret_hash, hint, created_at)"
        " values ($1, $2, $3, false, $4, $5, $6)",
        tx.company, key_id, originator_id, crypto.digest(secret), secret[-4:], clock.now(),
    )  # fmt: skip
    await events.record(tx, actor, "key.created", key_id, live=False, hint=secret[-4:])
    return key_id


async def _set_prices(
    tx: db.Tx, actor: Actor, plan: CompanyPlan, accounts: dict[str, Account], end: datetime
) -> None:
    """Both lists, each price from the midnight of its day on."""
    for rate in plan.rates:
        since = datetime.combine((end - timedelta(days=rate.days_ago)).date(), time(), UTC)
        with clock.during(since):
            await accounting.set_price(
                tx, actor,
                side="price" if rate.account is None else "cost",
                account_id=None if rate.account is None else accounts[rate.account].id,
                currency=rate.currency, percent=rate.percent, fixed_minor=rate.fixed_minor,
                operation=rate.operation, brand=rate.brand, region=rate.region, valid_from=since,
            )  # fmt: skip


async def tariff(tx: db.Tx, plan: CompanyPlan) -> Tariff:
    return Tariff(plan.country, await accounting.list_prices(tx))


async def _clerks(tx: db.Tx, plan: CompanyPlan) -> tuple[str, ...]:
    """Signatures of those who refund by hand."""
    emails = [p.email for p in PEOPLE if p.company == plan.slug and p.role in _CLERKS]
    rows = await tx.rows(
        "select id, name from app_user where email = any($1) order by email", emails
    )
    return tuple(f"user:{ids.typeid('usr', row['id'])}:{row['name']}" for row in rows)


async def block(tx: db.Tx, end: datetime) -> dict[str, UUID]:
    """What the thieves' address and mailbox are listed as, from the next morning on."""
    actor = identity.command_line(tx.company)
    listed = {}
    with clock.during(end - timedelta(days=trouble.BLOCKED_DAYS_AGO, hours=14)):
        for kind, shown in (("ip", trouble.FRAUD_IP), ("email", trouble.FRAUD_EMAIL)):
            value = risk.list_value(kind, shown)
            listed[kind] = await risk.add_entry(
                tx, actor, kind=kind, value=value, shown=shown, reason="Stolen cards tried"
            )
    return listed
