"""What a gateway connector is: pure functions between our acts and a gateway's HTTP.

A connector builds a request and reads an answer; it touches neither network nor database. The
engine does all input and output, so no connector can forget redaction, time-outs or the rule that
a lost answer is unknown and never failed. All values here are frozen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Literal, Protocol
from uuid import UUID

from comptoir.gateways.address import Address, Avs
from comptoir.gateways.reasons import Reason
from comptoir.kit.errors import AppError, Conflict, Invalid
from comptoir.kit.http import FaultKind, HttpAnswer, TransportFault
from comptoir.kit.money import Money

__all__ = [
    "AccountContext",
    "Act",
    "ActKind",
    "Capabilities",
    "CardData",
    "CardTokenData",
    "Connector",
    "CredentialField",
    "FaultKind",
    "GatewayRef",
    "HttpAnswer",
    "HttpCall",
    "NotificationEvent",
    "NotificationRefused",
    "NotificationResult",
    "Outcome",
    "OutcomeStatus",
    "Payout",
    "RawNotification",
    "Reason",
    "RecoveryStep",
    "SettlementBatch",
    "SettlementLine",
    "SettlementNotReady",
    "SettlementPage",
    "SettlementUnbalanced",
    "TransportFault",
    "Unreadable",
    "UnusableAccount",
]


class ActKind(StrEnum):
    """What we ask of a gateway."""

    AUTHORIZE = "authorize"
    SALE = "sale"
    CAPTURE = "capture"
    CANCEL = "cancel"
    REFUND = "refund"
    REBILL = "rebill"
    CREDIT = "credit"
    CHECK = "3dscheck"
    CONTINUE = "continue"  # The shopper is back from an authentication.
    QUERY = "query"  # What became of an earlier act?


class OutcomeStatus(StrEnum):
    """What an act came to."""

    SUCCEEDED = "succeeded"
    DECLINED = "declined"  # Issuer, bank or risk said no.
    REJECTED = "rejected"  # Our request or configuration was refused; nothing happened.
    PENDING = "pending"  # Accepted; the result comes later.
    ACTION_REQUIRED = "action_required"  # The shopper has to do something.
    UNKNOWN = "unknown"  # It may have happened. Recovery asks.
    NOT_SENT = "not_sent"  # It provably never reached the gateway.


TERMINAL = frozenset(
    {
        OutcomeStatus.SUCCEEDED,
        OutcomeStatus.DECLINED,
        OutcomeStatus.REJECTED,
        OutcomeStatus.NOT_SENT,
    }
)


@dataclass(frozen=True, slots=True)
class GatewayRef:
    """One name that a gateway gave to something: kinds are `operation`, `authorization`, …"""

    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class CardData:
    """A card as the shopper typed it. Lives for one call; never shown, never stored."""

    number: str
    month: int
    year: int
    cvc: str | None = None
    holder: str | None = None

    def __repr__(self) -> str:
        return f"CardData({self.first6}…{self.last4})"

    @property
    def first6(self) -> str:
        return self.number[:6]

    @property
    def last4(self) -> str:
        return self.number[-4:]


@dataclass(frozen=True, slots=True)
class Authentication:
    """The proof of an authentication that was made elsewhere; the gateway judges it."""

    cavv: str = field(repr=False)
    eci: str
    xid: str | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """One thing asked of a gateway. `key` is our operation's id and the idempotency key.

    `refs` are the gateway's names of the operation this act is about: the sale that is refunded,
    the authorization that is captured; for a query or a continuation, the operation itself.
    """

    kind: ActKind
    key: UUID
    amount: Money
    refs: tuple[GatewayRef, ...] = ()
    card: CardData | None = None
    token: str | None = field(default=None, repr=False)
    vault_id: UUID | None = None  # Without card and token: the engine opens this record.
    asked_by: str = "system"  # For the vault's access log.
    three_ds: Literal["auto", "force", "off", "done"] = "auto"
    authentication: Authentication | None = None  # What is brought with "done".
    billing: Address | None = None  # Of the card's holder, for the issuer to compare.
    order_id: str = ""
    descriptor: str | None = None
    return_url: str | None = None
    continuation: Mapping[str, Any] = field(default_factory=dict, repr=False)
    method: str = "card"
    present: bool = False  # A wallet's code was shown to the seller: the result comes at once.

    def ref(self, kind: str = "operation") -> str | None:
        """The gateway's name of that kind, if it gave one."""
        return next((ref.value for ref in self.refs if ref.kind == kind), None)


@dataclass(frozen=True, slots=True)
class AccountContext:
    """A merchant account as the engine needs it, with its credentials opened."""

    company_id: UUID
    account_id: UUID
    connector: str
    credentials: Mapping[str, str] = field(repr=False)
    live: bool
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpCall:
    """A request, ready to send. Fields named in `secret_fields` are masked in the archive."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    timeout: float = 30.0
    secret_fields: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CardTokenData:
    """A card as the gateway keeps it for us."""

    token: str = field(repr=False)
    brand: str
    first6: str
    last4: str
    month: int
    year: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act came to, in our words, with the gateway's own words kept in `reason`."""

    status: OutcomeStatus
    result_code: str | None = None  # Three digits, PayXpert's table.
    refs: tuple[GatewayRef, ...] = ()
    amount_done: Money | None = None
    action: Mapping[str, Any] | None = None  # {"kind": "redirect", "url", "method", "fields"}
    reason: Reason | None = None
    token: CardTokenData | None = None
    capture_before: datetime | None = None
    retry_after: int | None = None  # Seconds.
    gateway_time: datetime | None = None
    three_ds: Mapping[str, Any] | None = None
    avs: Avs | None = None  # What the issuer says of the billing address.
    absent: bool = False  # A query's answer: the gateway does not know this act.

    def with_status(self, status: OutcomeStatus) -> "Outcome":
        return replace(self, status=status)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a connector can do. Screens draw themselves from it; the engine refuses the rest."""

    operations: frozenset[ActKind]
    partial_capture: bool = True
    several_captures: bool = True
    partial_refund: bool = True
    currencies: frozenset[str] = frozenset()  # Empty: every currency.
    methods: frozenset[str] = frozenset({"card"})
    capture_days: int = 7
    honours_keys: bool = True
    query_by_own_key: bool = True
    notifications: bool = True
    settlement: bool = True
    tokens: bool = True  # Keeps cards for us. One that does not is sent the card each time.
    live: bool = True


@dataclass(frozen=True, slots=True)
class CredentialField:
    """One box of the settings screen."""

    name: str
    label: str
    secret: bool = True
    required: bool = True
    hint: str = ""


@dataclass(frozen=True, slots=True)
class RecoveryStep:
    """One way to find out: repeat the act under the same key, or query."""

    kind: Literal["repeat", "query"]
    act: Act


@dataclass(frozen=True, slots=True)
class RawNotification:
    """A notification as it came in, byte for byte."""

    body: bytes
    headers: Mapping[str, str]  # Names in lower case.
    at: datetime


@dataclass(frozen=True, slots=True)
class NotificationEvent:
    """Evidence about one operation. It never sets a status by itself."""

    key: str  # The gateway's own id of the event: a second copy is dropped by it.
    operation_key: UUID | None
    refs: tuple[GatewayRef, ...]
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class NotificationResult:
    events: tuple[NotificationEvent, ...]


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One movement of a payout. Gross and net are signed from the merchant's side."""

    payout_ref: str
    kind: str  # sale, capture, refund, rebill, credit, chargeback, fee, adjustment
    refs: tuple[GatewayRef, ...]
    operation_key: UUID | None
    gross: Money
    fee: Money
    net: Money
    booked_on: date
    value_on: date


@dataclass(frozen=True, slots=True)
class Payout:
    ref: str
    amount: Money
    paid_on: date


@dataclass(frozen=True, slots=True)
class SettlementPage:
    payouts: tuple[Payout, ...]
    lines: tuple[SettlementLine, ...]
    cursor: str | None  # None: the last page.


@dataclass(frozen=True, slots=True)
class SettlementBatch:
    """Everything a gateway says about one day; each payout is the sum of its lines."""

    day: date
    payouts: tuple[Payout, ...]
    lines: tuple[SettlementLine, ...]


class Unreadable(ValueError):
    """An answer that does not say what happened. The engine makes it `unknown`."""


class UnusableAccount(Invalid):
    code = "merchant_account_unusable"
    title = "This merchant account cannot be used as it is"


class SettlementNotReady(Conflict):
    code = "settlement_not_ready"
    title = "The gateway has not closed this day yet"


class SettlementUnbalanced(Conflict):
    """The lines of a payout do not sum to it: nothing of the batch may be used."""

    code = "settlement_unbalanced"
    title = "The lines of a payout do not sum to the payout"


class NotificationRefused(AppError):
    """Unsigned, wrongly signed, stale or unreadable; nothing was stored."""

    code = "notification_refused"
    status = 401
    title = "The notification could not be verified"


class Connector(Protocol):
    """Both directions between our words and one gateway's. Pure: no network, no database."""

    name: str
    title: str
    api_version: str
    capabilities: Capabilities
    credential_fields: tuple[CredentialField, ...]

    def build(self, act: Act, account: AccountContext) -> HttpCall: ...

    def parse(self, act: Act, answer: HttpAnswer, account: AccountContext) -> Outcome: ...

    def recover(self, act: Act, account: AccountContext) -> Sequence[RecoveryStep]: ...

    def events(self, note: RawNotification, account: AccountContext) -> NotificationResult: ...

    def settlement_call(
        self, day: date, cursor: str | None, account: AccountContext
    ) -> HttpCall: ...

    def settlement(self, answer: HttpAnswer, account: AccountContext) -> SettlementPage: ...
