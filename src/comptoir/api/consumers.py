"""`/api/v1/consumers`: shoppers of the company, in the key's mode."""

from typing import Annotated

import msgspec
from litestar.params import QueryParameter
from msgspec import Meta

from comptoir import consumers
from comptoir.api import shapes
from comptoir.api.listing import ApiPage, Cursor, Limit
from comptoir.api.payments import check_texts
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post, put
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor

Phone = Annotated[str, Meta(max_length=32, pattern=r"^[^\u0000]*$")]
Country = Annotated[str, Meta(pattern="^[A-Z]{2}$")]


class NewConsumer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A shop id or an e-mail at least: they recognise the shopper."""

    shop_id: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\u0000]+$")] | None = (
        None
    )
    name: shapes.Line | None = None
    email: shapes.Email | None = None
    phone: Phone | None = None
    country: Country | None = None


class ConsumerChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: shapes.Line | None = None
    phone: Phone | None = None
    country: Country | None = None
    note: Annotated[str, Meta(max_length=2000, pattern=r"^[^\u0000]*$")] | None = None


@post("/api/v1/consumers", needs=Permission.CONSUMER_WRITE, status_code=201, tags=["Consumers"])
async def create_consumer(actor: Actor, data: NewConsumer) -> shapes.Consumer:
    """Add a shopper; one that is recognised already is a conflict."""
    check_texts(shop_id=data.shop_id, name=data.name, phone=data.phone)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await consumers.create_consumer(
            tx, actor, shop_id=data.shop_id, name=data.name, email=data.email, phone=data.phone,
            country=data.country,
        )  # fmt: skip
    return shapes.consumer(found)


@get("/api/v1/consumers", needs=Permission.CONSUMER_READ, tags=["Consumers"])
async def list_consumers(
    actor: Actor,
    q: Annotated[str, QueryParameter(name="q", max_length=254)] = "",
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ApiPage[shapes.Consumer]:
    """Shoppers, newest first; `q` looks into e-mail, name and shop id."""
    page = await consumers.list_consumers(actor, search=q, cursor=cursor, limit=limit)
    rows = [shapes.consumer(row) for row in page.rows]
    return ApiPage(rows, page.next, page.previous, not page.whole)


@get("/api/v1/consumers/{consumer_id:str}", needs=Permission.CONSUMER_READ, tags=["Consumers"])
async def get_consumer(actor: Actor, consumer_id: str) -> shapes.Consumer:
    """One shopper."""
    async with db.transaction(company=company_of(actor)) as tx:
        wanted = ids.untype("con", consumer_id)
        return shapes.consumer(await consumers.get_consumer(tx, actor, wanted))


@put("/api/v1/consumers/{consumer_id:str}", needs=Permission.CONSUMER_WRITE, tags=["Consumers"])
async def edit_consumer(actor: Actor, consumer_id: str, data: ConsumerChange) -> shapes.Consumer:
    """Change what is known of a shopper; what is left out becomes empty."""
    check_texts(name=data.name, phone=data.phone, note=data.note)
    async with db.transaction(company=company_of(actor)) as tx:
        found = await consumers.edit_consumer(
            tx, actor, ids.untype("con", consumer_id), name=data.name, phone=data.phone,
            country=data.country, note=data.note,
        )  # fmt: skip
    return shapes.consumer(found)
