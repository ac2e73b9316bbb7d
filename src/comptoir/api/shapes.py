"""The JSON of our API: amounts in minor units, ids as TypeIDs, moments in RFC 3339 UTC."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from comptoir import consumers, gateways, merchants, payments
from comptoir.kit import ids
from comptoir.kit.money import Money

Amount = Annotated[int, Meta(ge=1, le=999_999_999_999, description="Minor units", examples=[1500])]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", examples=["EUR"], description="ISO 4217")]
OrderId = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\u0000]+$")]
Line = Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[^\u0000]+$")]
Text = Annotated[str, Meta(max_length=500, pattern=r"^[^\u0000]*$")]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=r"^[^@\s\u0000]+@[^@\s\u0000]+$")]


class Card(msgspec.Struct, frozen=True, omit_defaults=True):
    """A card as far as it may be shown."""

    brand: str | None
    first6: str | None
    last4: str | None
    token: str | None = None


class Operation(msgspec.Struct, frozen=True):
    """One row of the Transactions list."""

    id: str
    number: int
    payment: str
    kind: str
    status: str
    result_code: str | None
    result_text: str | None
    amount: int
    currency: str
    refers_to: str | None
    card: Card | None
    country: str | None
    reason: str | None
    action: dict[str, Any] | None
    financial_status: str
    capture_before: datetime | None
    live: bool
    source: str
    occurred_at: datetime
    finished_at: datetime | None


class Payment(msgspec.Struct, frozen=True):
    """What a shopper was asked to pay; `status` is derived from its operations.

    `operations` are the newest of `operations_total`; all are at `/payments/{id}/operations`.
    """

    id: str
    status: str
    order_id: str
    description: str | None
    amount: int
    currency: str
    captured: int
    refunded: int
    reversed: int
    mode: str
    method: str
    consumer: str | None
    email: str | None
    custom: str | None
    live: bool
    source: str
    created_at: datetime
    operations_total: int
    operations: list[Operation]


class Consumer(msgspec.Struct, frozen=True):
    id: str
    shop_id: str | None
    name: str | None
    email: str | None
    phone: str | None
    country: str | None
    note: str | None
    live: bool
    created_at: datetime


class Company(msgspec.Struct, frozen=True):
    id: str
    name: str
    legal_name: str | None
    country: str | None
    time_zone: str
    website: str | None
    support_email: str | None
    state: str
    created_at: datetime


class Originator(msgspec.Struct, frozen=True):
    id: str
    company: str
    number: int
    name: str
    descriptor: str | None
    website: str | None
    currency: str
    currencies: list[str]
    default_operation: str
    state: str
    created_at: datetime


class MerchantAccount(msgspec.Struct, frozen=True):
    id: str
    company: str
    name: str
    connector: str
    live: bool
    contract_number: str | None
    currencies: list[str]
    methods: list[str]
    capture_days: int
    options: dict[str, Any]
    state: str
    created_at: datetime


def _id(prefix: str, value: UUID | None) -> str | None:
    return None if value is None else ids.typeid(prefix, value)


def operation(found: payments.Operation) -> Operation:
    card = None
    if found.card_last4 is not None:
        token = _id("card", found.card_token)
        card = Card(found.brand, found.card_first6, found.card_last4, token)
    return Operation(
        id=ids.typeid("op", found.id),
        number=found.number,
        payment=ids.typeid("pay", found.payment_id),
        kind=found.kind,
        status=found.status,
        result_code=found.result_code,
        result_text=None if found.result_code is None else gateways.text_of(found.result_code),
        amount=found.amount.minor,
        currency=found.amount.currency,
        refers_to=_id("op", found.refers_to),
        card=card,
        country=found.country,
        reason=found.reason,
        action=found.action,
        financial_status=found.financial,
        capture_before=found.capture_before,
        live=found.live,
        source=found.source,
        occurred_at=found.occurred_at,
        finished_at=found.finished_at,
    )


def payment(found: payments.Payment, summary: payments.Summary) -> Payment:
    sums = payments.figures(summary.sums, found.amount.currency)
    return Payment(
        id=ids.typeid("pay", found.id),
        status=payments.payment_status(summary.sums, found.amount.currency),
        order_id=found.order_id,
        description=found.description,
        amount=found.amount.minor,
        currency=found.amount.currency,
        captured=sums.captured.minor,
        refunded=sums.refunded.minor,
        reversed=sums.reversed.minor,
        mode=found.mode,
        method=found.method,
        consumer=_id("con", found.consumer_id),
        email=found.email,
        custom=found.custom,
        live=found.live,
        source=found.source,
        created_at=found.occurred_at,
        operations_total=summary.number,
        operations=[operation(o) for o in summary.newest],
    )


def consumer(found: consumers.Consumer) -> Consumer:
    return Consumer(
        id=ids.typeid("con", found.id),
        shop_id=found.shop_id,
        name=found.name,
        email=found.email,
        phone=found.phone,
        country=found.country,
        note=found.note,
        live=found.live,
        created_at=found.created_at,
    )


def company(found: merchants.Company) -> Company:
    return Company(
        id=ids.typeid("com", found.id),
        name=found.name,
        legal_name=found.legal_name,
        country=found.country,
        time_zone=found.time_zone,
        website=found.website,
        support_email=found.support_email,
        state=found.state,
        created_at=found.created_at,
    )


def originator(found: merchants.Originator) -> Originator:
    return Originator(
        id=ids.typeid("ori", found.id),
        company=ids.typeid("com", found.company_id),
        number=found.number,
        name=found.name,
        descriptor=found.descriptor,
        website=found.website,
        currency=found.currency,
        currencies=list(found.currencies),
        default_operation=found.default_operation,
        state=found.state,
        created_at=found.created_at,
    )


def account(found: merchants.MerchantAccount) -> MerchantAccount:
    return MerchantAccount(
        id=ids.typeid("acc", found.id),
        company=ids.typeid("com", found.company_id),
        name=found.name,
        connector=found.connector,
        live=found.live,
        contract_number=found.contract_number,
        currencies=list(found.currencies),
        methods=list(found.methods),
        capture_days=found.capture_days,
        options=found.options,
        state=found.state,
        created_at=found.created_at,
    )


def money(amount: int | None, currency: str) -> Money | None:
    return None if amount is None else Money(amount, currency)
