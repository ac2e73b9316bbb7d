"""The nouns of the story before they are rows: shops, shoppers, cards, payments, operations."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from comptoir.demo.cast import OfferPlan, ShopPlan
from comptoir.kit import ids

SYSTEM = "system:system:Comptoir"
SUCCESS = "000"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant account of the demo, on the sandbox."""

    id: UUID
    slug: str
    name: str
    currencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Shop:
    """An originator with what its operations are signed with."""

    plan: ShopPlan
    id: UUID
    actor: str
    accounts: tuple[Account, ...]
    offers: dict[str, UUID] = field(default_factory=dict)  # By their names.

    def account(self, currency: str) -> Account:
        return next(a for a in self.accounts if currency in a.currencies)


@dataclass(frozen=True, slots=True)
class Ground:
    """A company as the story finds it."""

    id: UUID
    slug: str
    country: str
    zone: ZoneInfo
    shops: tuple[Shop, ...]
    clerks: tuple[str, ...]  # Who refunds by hand: signatures of its people.


@dataclass(frozen=True, slots=True)
class Card:
    """A card that never had a number: its fingerprint is of an invented serial."""

    brand: str
    first6: str
    last4: str
    month: int
    year: int
    fingerprint: str  # Hexadecimal.


@dataclass(slots=True)
class Shopper:
    id: UUID
    at: datetime
    shop_id: str | None
    name: str
    email: str | None
    phone: str | None
    country: str
    ip: str
    cards: list[Card] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Member:
    """A subscription as far as it has come, and the moments that its log tells of."""

    id: UUID
    offer: OfferPlan
    first: "Operation"
    state: str
    period_start: datetime
    period_end: datetime
    next_at: datetime | None
    anchor_at: datetime | None
    iterations: int = 0
    retries: int = 0
    cancel_reason: int | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    number: int = 0
    moments: "list[Moment]" = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened to a subscription; `rebill` is the operation it tells of."""

    at: datetime
    what: str
    actor: str
    rebill: "Operation | None" = None
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class Payment:
    id: UUID
    shop: Shop
    shopper: Shopper
    order_id: str
    description: str
    amount_minor: int
    currency: str
    mode: str
    at: datetime
    operations: "list[Operation]" = field(default_factory=list)
    member: Member | None = None


@dataclass(slots=True, eq=False)
class Operation:
    """One operation. `own_*` is what we know, `gateway_*` what the sandbox knows."""

    id: UUID
    payment: Payment
    kind: str
    amount_minor: int
    at: datetime
    actor: str
    card: Card
    account: Account | None
    parent: "Operation | None" = None
    status: str = "sent"
    code: str | None = None
    finished_at: datetime | None = None
    reason: str | None = None
    number: int = 0
    # The authentication: how it went, until when the shopper was away.
    three_ds: str | None = None
    challenge: str | None = None  # open, passed, failed
    challenged_at: datetime | None = None
    # What the gateway knows; no id: it never heard of it.
    gateway_id: UUID | None = None
    gateway_status: str = "approved"
    gateway_code: str | None = None
    ready_at: datetime | None = None
    captured_minor: int = 0
    refunded_minor: int = 0
    released_minor: int = 0
    # An answer that was lost, and when the gateway was asked since.
    fault: str | None = None
    asked: list[datetime] = field(default_factory=list)
    next_try_at: datetime | None = None
    tries: int = 0
    capture_before: datetime | None = None
    token: UUID | None = None
    financial: str = "not_sent"
    sent_at: datetime | None = None
    settled_at: datetime | None = None
    blocked_by: str | None = None  # The kind of list entry that stopped it.

    @property
    def succeeded(self) -> bool:
        return self.status == "succeeded"


def milliseconds(at: datetime) -> int:
    """Since 1970: what a UUIDv7 begins with."""
    passed = at - EPOCH
    return passed.days * 86_400_000 + passed.seconds * 1000 + passed.microseconds // 1000


def new_id(dice: Random, at: datetime) -> UUID:
    """An id made at a moment of the story; the same for the same seed."""
    return ids.at(milliseconds(at), dice.getrandbits(74))


def chance(dice: Random, permille: int) -> bool:
    return dice.randrange(1000) < permille
