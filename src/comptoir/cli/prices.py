"""`price`: what accounts cost, and what companies pay."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

from cyclopts import App, Parameter

from comptoir import accounting
from comptoir.cli.office import actor_of, company_id, opened, show
from comptoir.kit import db, ids
from comptoir.kit.errors import Invalid
from comptoir.kit.money import Money

prices = App(name="price", help="Prices: cost per merchant account, price per company.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@prices.command(name="list")
async def list_prices(company: str, *, as_json: Json = False) -> None:
    """Both price lists of a company, the newest first."""
    async with opened(), db.transaction(company=await company_id(company)) as tx:
        found = await accounting.list_prices(tx)
    rows = [
        {
            "side": p.side,
            "currency": p.currency,
            "percent": str(p.percent.normalize()),
            "fixed": Money(p.fixed_minor, p.currency).text(),
            "minimum": Money(p.minimum_minor, p.currency).text(),
            "operation": p.operation,
            "method": p.method,
            "brand": p.brand,
            "region": p.region,
            "account": None if p.account_id is None else ids.typeid("acc", p.account_id),
            "valid_from": p.valid_from.isoformat(timespec="minutes"),
        }
        for p in found
    ]
    show(rows, as_json=as_json, empty="No price set: comptoir price set COMPANY …")


@prices.command(name="set")
async def set_price(
    company: str,
    currency: str,
    percent: str,
    fixed: Annotated[str, Parameter(help="In major units, e.g. 0.25.")] = "0",
    *,
    minimum: str = "0",
    account: Annotated[str | None, Parameter(help="A cost of this account (acc_…).")] = None,
    operation: str | None = None,
    method: str | None = None,
    brand: str | None = None,
    region: str | None = None,
    valid_from: datetime | None = None,
) -> None:
    """Add a dated price: the company's, or with --account what that account costs."""
    try:
        rate = Decimal(percent)
        parts = [Money.parse(text, currency).minor for text in (fixed, minimum)]
    except (InvalidOperation, ValueError):
        given = ", ".join((percent, fixed, minimum))
        raise Invalid(
            f"A price is a percentage and amounts of {currency}, such as 1.4 and 0.25; not {given}"
        ) from None
    async with opened():
        actor = await actor_of(company)
        async with db.transaction(company=await company_id(company)) as tx:
            await accounting.set_price(
                tx, actor, side="price" if account is None else "cost", currency=currency,
                percent=rate, fixed_minor=parts[0], minimum_minor=parts[1],
                account_id=None if account is None else ids.untype("acc", account),
                operation=operation, method=method, brand=brand, region=region,
                valid_from=valid_from,
            )  # fmt: skip
