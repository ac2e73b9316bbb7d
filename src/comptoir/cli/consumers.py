"""`consumer`: shoppers of a company."""

from typing import Annotated

from cyclopts import App, Parameter

from comptoir import consumers
from comptoir.cli.office import (
    Cursor,
    Limit,
    actor_of,
    company_id,
    opened,
    show,
    show_one,
    tell_more,
)
from comptoir.kit import db, ids

consumers_app = App(name="consumer", help="Consumers: who pays.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@consumers_app.command(name="list")
async def list_consumers(
    company: str,
    search: str = "",
    *,
    live: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """Consumers of a company, newest first; SEARCH matches e-mail, name and shop id."""
    async with opened():
        actor = await actor_of(company, live=live)
        page = await consumers.list_consumers(actor, search=search, cursor=cursor, limit=limit)
    rows = [
        {"id": ids.typeid("con", c.id), "shop_id": c.shop_id, "name": c.name, "email": c.email}
        for c in page.rows
    ]
    show(rows, as_json=as_json, empty="No consumer matches")
    tell_more(page)


@consumers_app.command(name="create")
async def create_consumer(
    company: str,
    *,
    shop_id: str | None = None,
    name: str | None = None,
    email: str | None = None,
    live: bool = False,
    as_json: Json = False,
) -> None:
    """Add a consumer; a shop id or an e-mail at least."""
    async with opened():
        actor = await actor_of(company, live=live)
        async with db.transaction(company=await company_id(company)) as tx:
            made = await consumers.create_consumer(
                tx, actor, shop_id=shop_id, name=name, email=email
            )
    show_one({"id": ids.typeid("con", made.id), "email": made.email}, as_json=as_json)


@consumers_app.command(name="edit")
async def edit_consumer(
    company: str,
    consumer: str,
    *,
    name: str | None = None,
    note: str | None = None,
    live: bool = False,
    as_json: Json = False,
) -> None:
    """Change the name or the note of a consumer; what is left out stays."""
    async with opened():
        actor = await actor_of(company, live=live)
        async with db.transaction(company=await company_id(company)) as tx:
            now = await consumers.get_consumer(tx, actor, ids.untype("con", consumer))
            made = await consumers.edit_consumer(
                tx, actor, now.id, name=name or now.name, phone=now.phone, country=now.country,
                note=note or now.note,
            )  # fmt: skip
    show_one({"id": ids.typeid("con", made.id), "name": made.name}, as_json=as_json)
