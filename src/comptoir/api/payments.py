"""`/api/v1/payments`: take a payment, look payments up."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter
from msgspec import Meta

from comptoir import gateways, payments
from comptoir.api import shapes
from comptoir.api.listing import ApiPage, Cursor, Limit
from comptoir.edge.http import get, post
from comptoir.edge.idempotency import once
from comptoir.identity import Permission
from comptoir.kit import addresses, db, ids, redact
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Forbidden, Invalid
from comptoir.kit.money import CODES, Money

MAX_URL = 2048
Digits = Annotated[str, Meta(pattern="^[0-9]{12,19}$", examples=["4111111111111111"])]


class NewCard(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A card number (test mode: the documented test cards), or the token of an earlier payment."""

    number: Digits | None = None
    expiry_month: Annotated[int, Meta(ge=1, le=12)] | None = None
    expiry_year: Annotated[int, Meta(ge=2000, le=2099)] | None = None
    cvc: Annotated[str, Meta(pattern="^[0-9]{3,4}$")] | None = None
    holder: shapes.Line | None = None
    token: Annotated[str, Meta(pattern="^card_[0-9a-z]{26}$")] | None = None


class NewShopper(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays; recognised across payments by `id`, `email` or card."""

    id: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\u0000]+$")] | None = None
    name: shapes.Line | None = None
    email: shapes.Email | None = None
    phone: Annotated[str, Meta(max_length=32, pattern=r"^[^\u0000]*$")] | None = None
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | None = None
    ip: Annotated[str, Meta(pattern="^[0-9a-fA-F:.]{2,45}$")] | None = None


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    amount: shapes.Amount
    currency: shapes.Currency
    order_id: shapes.OrderId
    card: NewCard
    operation: Literal["sale", "authorize", "credit"] | None = None
    description: shapes.Text | None = None
    shopper: NewShopper = NewShopper()
    three_ds: Literal["auto", "force", "off"] = "auto"
    return_url: Annotated[str, Meta(max_length=MAX_URL, pattern="^https?://[^\\s]+$")] | None = None
    custom: Annotated[str, Meta(max_length=2048, pattern=r"^[^\u0000]*$")] | None = None


class CardNumberInText(Invalid):
    code = "card_number_in_text"
    title = "This holds what looks like a card number; such numbers go into the card only"


class KeyWithoutOriginator(Forbidden):
    code = "originator_key_needed"
    title = "Payments are made with an originator's key, not with a platform key"


def check_texts(**texts: str | None) -> None:
    """Refuse a card number in what is stored and shown as it is; by the field's name."""
    for name, text in texts.items():
        if text is not None and redact.holds_card_number(text):
            raise CardNumberInText(field=name.replace("__", "."))


def _charge(data: NewPayment, default: str) -> payments.Charge:
    check_texts(
        order_id=data.order_id, description=data.description, custom=data.custom,
        shopper__id=data.shopper.id, shopper__name=data.shopper.name,
        shopper__phone=data.shopper.phone, card__holder=data.card.holder,
    )  # fmt: skip
    if data.currency not in CODES:
        raise payments.WrongCurrency(field="currency")
    return payments.Charge(
        kind=payments.Kind(data.operation or default),
        order_id=data.order_id,
        amount=Money(data.amount, data.currency),
        card=_card(data.card),
        token=None if data.card.token is None else ids.untype("card", data.card.token),
        shopper=payments.Shopper(
            shop_id=data.shopper.id,
            name=data.shopper.name,
            email=data.shopper.email,
            phone=data.shopper.phone,
            country=data.shopper.country,
            ip=data.shopper.ip,
        ),
        description=data.description,
        three_ds=data.three_ds,
        return_url=_back(data.return_url),
        custom=data.custom,
    )


def _back(url: str | None) -> str | None:
    """Where the shopper returns to; read as an address of the payment page is."""
    try:
        return None if url is None else addresses.checked(url, MAX_URL)
    except ValueError:
        raise Invalid(field="return_url") from None


def _card(card: NewCard) -> gateways.CardData | None:
    if card.number is None:
        return None
    if card.expiry_month is None or card.expiry_year is None:
        raise payments.CardIncomplete(field="card.expiry_month")
    return gateways.CardData(
        card.number, card.expiry_month, card.expiry_year, card.cvc, card.holder
    )


NOT_OVER = {
    202: ResponseSpec(
        shapes.Operation,
        description="It is not over: its outcome comes later, or the shopper has to do something",
        generate_examples=False,
    )
}


def answer(found: payments.Operation) -> tuple[int, bytes]:
    """The answer to whoever asked for an operation: 202 while it is not over, else 201."""
    status = 201 if found.status in payments.FINAL else 202
    return status, msgspec.json.encode(shapes.operation(found))


def sent(answered: tuple[int, bytes]) -> Response[Any]:
    """The stored bytes as they are: every copy of an answer is the same."""
    return Response(answered[1], status_code=answered[0], media_type="application/json")


def seller_of(request: Request[Any, Any, Any]) -> payments.Seller:
    seller = getattr(request.state, "seller", None)
    if not isinstance(seller, payments.Seller):
        raise KeyWithoutOriginator
    return seller


@post(
    "/api/v1/payments",
    needs=Permission.PAYMENT_CREATE,
    status_code=201,
    responses=NOT_OVER,
    tags=["Payments"],
)
async def create_payment(
    request: Request[Any, Any, Any],
    actor: Actor,
    data: NewPayment,
    idempotency_key: Annotated[str | None, HeaderParameter(name="Idempotency-Key")] = None,
) -> Response[shapes.Operation]:
    """Take a payment by card. A decline is an answer too: 201 with status `declined`."""
    seller = seller_of(request)
    asked = _charge(data, seller.default_operation)
    return sent(
        await once(
            request, actor, seller.originator_id, idempotency_key,
            lambda ask: payments.charge(actor, seller, asked, ask), answer,
        )
    )  # fmt: skip


@get("/api/v1/payments", needs=Permission.TRANSACTION_READ, tags=["Payments"])
async def list_payments(
    actor: Actor,
    order_id: str | None = None,
    consumer: str | None = None,
    cursor: Cursor = None,
    limit: Limit = 25,
) -> ApiPage[shapes.Payment]:
    """Payments, newest first."""
    consumer_id = None if consumer is None else ids.untype("con", consumer)
    page, found = await payments.list_payments(
        actor, order_id=order_id, consumer_id=consumer_id, cursor=cursor, limit=limit
    )
    rows = [shapes.payment(row, found[row.id]) for row in page.rows]
    return ApiPage(rows, page.next, page.previous)


@get("/api/v1/payments/{payment_id:str}", needs=Permission.TRANSACTION_READ, tags=["Payments"])
async def get_payment(actor: Actor, payment_id: str) -> shapes.Payment:
    """One payment with its newest operations."""
    wanted = ids.untype("pay", payment_id)
    actor = await payments.within_payment(actor, wanted)
    async with db.reads(actor) as tx:
        found = await payments.get_payment(tx, actor, wanted)
        return shapes.payment(found, (await payments.summaries(tx, [found]))[found.id])


@get(
    "/api/v1/payments/{payment_id:str}/operations",
    needs=Permission.TRANSACTION_READ,
    tags=["Payments"],
)
async def list_operations(
    actor: Actor, payment_id: str, cursor: Cursor = None, limit: Limit = 25
) -> ApiPage[shapes.Operation]:
    """All operations of a payment, newest first."""
    wanted = ids.untype("pay", payment_id)
    actor = await payments.within_payment(actor, wanted)
    async with db.reads(actor) as tx:
        found = await payments.get_payment(tx, actor, wanted)
        page = await payments.page_operations(tx, found.id, cursor=cursor, limit=limit)
    return ApiPage([shapes.operation(row) for row in page.rows], page.next, page.previous)
