"""`company`, `originator`, `account`: who sells, through which accounts, with which keys."""

from typing import Annotated, Any

import msgspec
from cyclopts import App, Parameter

from comptoir import merchants, payments
from comptoir.cli.office import actor_of, company_id, opened, show, show_one
from comptoir.kit import db, ids

companies = App(name="company", help="Companies: the businesses that sell.")
originators = App(
    name="originator", help="Originators: a company's sites and shops, and their keys."
)
accounts = App(name="account", help="Merchant accounts: contracts with gateways.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Options = Annotated[
    str, Parameter(help='Of the sandbox, as JSON: {"honours_keys": false, "faults": {"busy": 0.1}}')
]


@companies.command(name="list")
async def list_companies(*, as_json: Json = False) -> None:
    """All companies."""
    async with opened():
        found = await merchants.list_companies(await actor_of())
    rows = [
        {
            "id": ids.typeid("com", c.id),
            "name": c.name,
            "country": c.country,
            "time_zone": c.time_zone,
            "state": c.state,
        }
        for c in found
    ]
    show(rows, as_json=as_json, empty="No company yet: comptoir company create NAME")


@companies.command(name="create")
async def create_company(
    name: str, *, country: str | None = None, time_zone: str = "UTC", as_json: Json = False
) -> None:
    """Add a company."""
    async with opened():
        made = await merchants.create_company(
            await actor_of(), name, country=country, time_zone=time_zone
        )
    show_one({"id": ids.typeid("com", made.id), "name": made.name}, as_json=as_json)


@companies.command(name="edit")
async def edit_company(
    company: str,
    *,
    name: str | None = None,
    country: str | None = None,
    time_zone: str | None = None,
    as_json: Json = False,
) -> None:
    """Change a company; what is left out stays."""
    async with opened():
        chosen = await company_id(company)
        actor = await actor_of(company)
        async with db.transaction(company=chosen) as tx:
            now = await merchants.get_company(tx, chosen)
            made = await merchants.edit_company(
                tx, actor, chosen, name=now.name if name is None else name,
                legal_name=now.legal_name, country=now.country if country is None else country,
                time_zone=time_zone or now.time_zone,
                website=now.website, support_email=now.support_email,
            )  # fmt: skip
    show_one({"id": ids.typeid("com", made.id), "name": made.name}, as_json=as_json)


@originators.command(name="list")
async def list_originators(*, company: str | None = None, as_json: Json = False) -> None:
    """Originators of a company, or of all."""
    async with opened():
        found = await merchants.list_originators(await actor_of(company))
    rows = [
        {
            "number": o.number,
            "name": o.name,
            "currency": o.currency,
            "state": o.state,
            "id": ids.typeid("ori", o.id),
            "company": ids.typeid("com", o.company_id),
        }
        for o in found
    ]
    show(rows, as_json=as_json, empty="No originator yet: comptoir originator create")


@originators.command(name="create")
async def create_originator(
    company: str,
    name: str,
    currency: str,
    *,
    also: Annotated[tuple[str, ...], Parameter(help="Further currencies.")] = (),
    account: Annotated[str | None, Parameter(help="Test account to route to (acc_…).")] = None,
    as_json: Json = False,
) -> None:
    """Add an originator, with a test key that is shown this once."""
    async with opened():
        actor = await actor_of(company)
        async with db.transaction(company=await company_id(company)) as tx:
            made = await merchants.create_originator(tx, actor, name, currency, currencies=also)
            if account is not None:
                chosen = (ids.untype("acc", account),)
                await merchants.set_route(tx, actor, made.id, chosen, live=False)
            _, secret = await merchants.create_key(tx, actor, made.id, live=False)
    facts = {"number": made.number, "id": ids.typeid("ori", made.id), "test_key": secret}
    show_one(facts, as_json=as_json)


@originators.command(name="key")
async def create_key(number: int, *, live: bool = False, as_json: Json = False) -> None:
    """A new API key of an originator; the secret is shown this once."""
    async with opened():
        actor = await actor_of()
        found = await merchants.find_originator_by_number(actor, number)
        async with db.transaction(company=found.company_id) as tx:
            key, secret = await merchants.create_key(
                tx, actor.within(found.company_id), found.id, live=live
            )
    facts = {"number": number, "live": key.live, "key": secret}
    show_one(facts, as_json=as_json)


@originators.command(name="route")
async def set_route(number: int, *account: str, live: bool = False) -> None:
    """The merchant accounts that serve an originator, in order of preference."""
    async with opened():
        actor = await actor_of()
        found = await merchants.find_originator_by_number(actor, number)
        chosen = tuple(ids.untype("acc", name) for name in account)
        async with db.transaction(company=found.company_id) as tx:
            await merchants.set_route(
                tx, actor.within(found.company_id), found.id, chosen, live=live
            )


@accounts.command(name="list")
async def list_accounts(
    *, company: str | None = None, live: bool = False, as_json: Json = False
) -> None:
    """Merchant accounts, test ones unless --live."""
    async with opened():
        found = await merchants.list_accounts(await actor_of(company, live=live))
    rows = [
        {
            "id": ids.typeid("acc", a.id),
            "name": a.name,
            "connector": a.connector,
            "currencies": ", ".join(a.currencies),
            "state": a.state,
            "company": ids.typeid("com", a.company_id),
        }
        for a in found
    ]
    show(rows, as_json=as_json, empty="No merchant account yet: comptoir account create")


@accounts.command(name="create")
async def create_account(
    company: str,
    name: str,
    *currency: str,
    connector: str = "sandbox",
    contract_number: str | None = None,
    options: Options = "{}",
    as_json: Json = False,
) -> None:
    """Add a test account on the sandbox gateway."""
    async with opened():
        actor = await actor_of(company)
        async with db.transaction(company=await company_id(company)) as tx:
            made = await payments.open_account(
                tx, actor, name, connector, live=False, currencies=currency,
                contract_number=contract_number, options=_options(options),
            )  # fmt: skip
    facts = {"id": ids.typeid("acc", made.id), "name": made.name, "options": made.options}
    show_one(facts, as_json=as_json)


@accounts.command(name="options")
async def set_options(company: str, account: str, options: str, *, as_json: Json = False) -> None:
    """Set how a sandbox account (acc_…) behaves; what OPTIONS leaves out is as usual again."""
    async with opened():
        actor = await actor_of(company)
        async with db.transaction(company=await company_id(company)) as tx:
            made = await payments.set_account_options(
                tx, actor, ids.untype("acc", account), _options(options)
            )
    facts = {"id": ids.typeid("acc", made.id), "name": made.name, "options": made.options}
    show_one(facts, as_json=as_json)


def _options(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except msgspec.DecodeError as error:
        raise payments.OptionRefused(f"Options are a JSON object: {error}") from None
