"""The sandbox connector: speaks to our own simulator as if it were a gateway far away.

Pure, like every connector. It shares no type with the simulator: both know only the JSON between
them, so that this pair proves the contract that real gateways have to fit.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import quote
from uuid import UUID

import msgspec

from comptoir.gateways.address import Address, avs_of
from comptoir.gateways.contract import (
    AccountContext,
    Act,
    ActKind,
    Capabilities,
    CardTokenData,
    CredentialField,
    GatewayRef,
    HttpAnswer,
    HttpCall,
    NotificationEvent,
    NotificationRefused,
    NotificationResult,
    Outcome,
    OutcomeStatus,
    Payout,
    RawNotification,
    RecoveryStep,
    SettlementLine,
    SettlementNotReady,
    SettlementPage,
    Unreadable,
    UnusableAccount,
)
from comptoir.gateways.reasons import Decline, Reason, reason_of
from comptoir.gateways.signatures import verify_timed_signature
from comptoir.kit.money import CODES, Money

AUTHORIZE_SECONDS = 30.0
QUERY_SECONDS = 15.0
OPERATION = "operation"
# Cards, proofs, and the parts of an address that name a person.
_SECRET_FIELDS = frozenset("number cvc holder token cavv street postal_code city state".split())
# What may be sent again under its key: everything that needs no card in hand.
_REPEATABLE = frozenset(
    {ActKind.CAPTURE, ActKind.CANCEL, ActKind.REFUND, ActKind.REBILL, ActKind.CREDIT}
)


class _Card(msgspec.Struct):
    number: str
    month: int
    year: int
    cvc: str | None
    holder: str | None


class _Request(msgspec.Struct, omit_defaults=True):
    reference: str
    type: str
    amount: int
    currency: str
    order_id: str = ""
    descriptor: str | None = None
    card: _Card | None = None
    billing: Address | None = None
    token: str | None = None
    original: str | None = None
    three_ds: str = "auto"
    cavv: str | None = None
    eci: str | None = None
    xid: str | None = None
    return_url: str | None = None
    method: str = "card"
    present: bool = False


class _TokenCard(msgspec.Struct):
    token: str
    brand: str
    first6: str
    last4: str
    month: int
    year: int


class _Challenge(msgspec.Struct):
    url: str


class _Operation(msgspec.Struct):
    id: str
    reference: str
    type: str
    status: str
    amount: int
    currency: str
    created_at: datetime
    code: str | None = None
    message: str | None = None
    card: _TokenCard | None = None
    three_ds: dict[str, str | bool] | None = None
    challenge: _Challenge | None = None
    capture_before: datetime | None = None
    avs: str | None = None


class _Operations(msgspec.Struct):
    operations: list[_Operation]


class _Error(msgspec.Struct):
    code: str
    message: str
    result: str | None = None


class _Errors(msgspec.Struct):
    error: _Error


class _Event(msgspec.Struct):
    id: str
    operation: _Operation


class _Line(msgspec.Struct):
    payout: str
    type: str
    operation: str
    reference: str
    gross: int
    fee: int
    net: int
    currency: str
    booked_on: date
    value_on: date


class _Payout(msgspec.Struct):
    id: str
    amount: int
    currency: str
    paid_on: date


class _Settlement(msgspec.Struct):
    payouts: list[_Payout]
    lines: list[_Line]
    next: str | None = None


_encode = msgspec.json.Encoder().encode
_operation = msgspec.json.Decoder(_Operation)
_operations = msgspec.json.Decoder(_Operations)
_errors = msgspec.json.Decoder(_Errors)
_event = msgspec.json.Decoder(_Event)
_settlement = msgspec.json.Decoder(_Settlement)
_WORDS = {
    "approved": OutcomeStatus.SUCCEEDED,
    "declined": OutcomeStatus.DECLINED,
    "pending": OutcomeStatus.PENDING,
    "challenge": OutcomeStatus.ACTION_REQUIRED,
}


def _base(account: AccountContext) -> str:
    return f"sandbox://gateway/{account.company_id.hex}/{account.account_id.hex}/v1"


def _headers(account: AccountContext) -> dict[str, str]:
    key = account.credentials.get("api_key")
    if not key:
        raise UnusableAccount("The sandbox account has no API key")
    headers = {"authorization": f"Bearer {key}"}
    if account.options:
        # A real gateway keeps such settings on its side; the sandbox is told with each call.
        headers["sandbox-options"] = _encode(account.options).decode()
    return headers


def _query(act: Act, account: AccountContext) -> HttpCall:
    own = act.ref(OPERATION)
    path = f"/operations/{own}" if own else f"/operations?reference={act.key}"
    return HttpCall("GET", _base(account) + path, _headers(account), None, QUERY_SECONDS)


def _outcome(seen: _Operation, account: AccountContext) -> Outcome:
    """Our words for one operation of the gateway. A status never seen before is unknown."""
    status = _WORDS.get(seen.status)
    refs = (GatewayRef(OPERATION, seen.id),)
    finished = status in {OutcomeStatus.SUCCEEDED, OutcomeStatus.DECLINED}
    if status is None or (finished and not seen.code):
        reason = Reason(Decline.MERCHANT_CONFIGURATION, seen.code, f"status {seen.status[:32]!r}")
        return Outcome(OutcomeStatus.UNKNOWN, refs=refs, reason=reason)
    if finished and (status is OutcomeStatus.SUCCEEDED) != (seen.code == "000"):
        raise Unreadable("the status contradicts the code")
    declined = status is OutcomeStatus.DECLINED
    # An account may play a gateway that keeps no cards.
    card = seen.card if account.options.get("tokens", True) else None
    return Outcome(
        status,
        result_code=seen.code,
        refs=refs,
        amount_done=(
            Money(seen.amount, seen.currency) if status is OutcomeStatus.SUCCEEDED else None
        ),
        action=(
            {"kind": "redirect", "url": seen.challenge.url, "method": "GET", "fields": {}}
            if seen.challenge is not None
            else None
        ),
        reason=reason_of(seen.code or "", seen.message) if declined else None,
        token=(
            CardTokenData(card.token, card.brand, card.first6, card.last4, card.month, card.year)
            if card is not None
            else None
        ),
        capture_before=seen.capture_before,
        gateway_time=seen.created_at,
        three_ds=seen.three_ds,
        avs=avs_of(seen.avs),
    )


def _refused(answer: HttpAnswer) -> Outcome:
    """A 4xx that says why: nothing happened."""
    error = _errors.decode(answer.body).error
    if answer.status == 409:
        return Outcome(OutcomeStatus.UNKNOWN, retry_after=2)
    if answer.status in {401, 403}:
        reason = Reason(Decline.MERCHANT_CONFIGURATION, error.code, error.message)
        return Outcome(OutcomeStatus.REJECTED, "003", reason=reason)
    reason = Reason(
        reason_of(error.result).decline if error.result else Decline.MERCHANT_CONFIGURATION,
        error.code,
        error.message,
    )
    return Outcome(OutcomeStatus.REJECTED, error.result, reason=reason)


def _found(act: Act, body: bytes) -> _Operation | None:
    """The operation a query is about. Of several copies the one that took money counts."""
    if act.ref(OPERATION):
        return _operation.decode(body)
    known = _operations.decode(body).operations
    return min(known, key=lambda seen: seen.status == "declined", default=None)


class Sandbox:
    """See `contract.Connector`."""

    name = "sandbox"
    title = "Sandbox"
    api_version = "1"
    capabilities = Capabilities(
        operations=frozenset(ActKind),
        methods=frozenset({"card", "wechat", "alipay", "upi", "bank_transfer", "direct_debit"}),
        live=False,
    )
    credential_fields: tuple[CredentialField, ...] = (
        CredentialField("api_key", "API key", hint="Any word; “wrong…” is refused"),
        CredentialField("webhook_secret", "Notification secret", required=False),
        CredentialField("webhook_secret_previous", "Previous secret", required=False),
    )

    def build(self, act: Act, account: AccountContext) -> HttpCall:
        if act.kind is ActKind.QUERY:
            return _query(act, account)
        headers = _headers(account)
        headers["content-type"] = "application/json"
        if act.kind is ActKind.CONTINUE:
            own = act.ref(OPERATION)
            assert own is not None, "a continuation names the operation it continues"
            url = f"{_base(account)}/operations/{own}/continue"
            return HttpCall("POST", url, headers, b"{}", AUTHORIZE_SECONDS)
        headers["idempotency-key"] = str(act.key)
        card, brought = act.card, act.authentication
        request = _Request(
            reference=str(act.key),
            type=act.kind.value,
            amount=act.amount.minor,
            currency=act.amount.currency,
            order_id=act.order_id,
            descriptor=act.descriptor,
            card=_Card(card.number, card.month, card.year, card.cvc, card.holder) if card else None,
            billing=act.billing,
            token=act.token,
            original=act.ref(OPERATION),
            three_ds=act.three_ds,
            cavv=brought.cavv if brought else None,
            eci=brought.eci if brought else None,
            xid=brought.xid if brought else None,
            return_url=act.return_url,
            method=act.method,
            present=act.present,
        )
        return HttpCall(
            "POST",
            f"{_base(account)}/operations",
            headers,
            _encode(request),
            AUTHORIZE_SECONDS,
            _SECRET_FIELDS,
        )

    def parse(
        self,
        act: Act,
        answer: HttpAnswer,
        account: AccountContext,
    ) -> Outcome:
        if answer.status == 404 and act.kind is ActKind.QUERY:
            _errors.decode(answer.body)  # Only the gateway itself may say so.
            return Outcome(OutcomeStatus.UNKNOWN, absent=True)
        if 400 <= answer.status < 500:
            return _refused(answer)
        if answer.status not in {200, 201, 202}:
            raise Unreadable(f"status {answer.status}")
        if act.kind is ActKind.QUERY:
            seen = _found(act, answer.body)
            if seen is None:
                return Outcome(OutcomeStatus.UNKNOWN, absent=True)
        else:
            seen = _operation.decode(answer.body)
        if seen.reference != str(act.key) or seen.currency not in CODES:
            raise Unreadable("the answer is about another operation")
        return _outcome(seen, account)

    def recover(self, act: Act, account: AccountContext) -> Sequence[RecoveryStep]:
        """Ask; send again only what the gateway drops when it has it already."""
        query = RecoveryStep(
            "query", replace(act, kind=ActKind.QUERY, card=None, token=None, refs=())
        )
        repeatable = act.kind in _REPEATABLE and act.card is None and bool(act.token or act.refs)
        honoured = bool(account.options.get("honours_keys", True))
        if (repeatable and honoured) or (act.kind is ActKind.CONTINUE and act.refs):
            # A continuation only reads the bank's verdict: asking twice does nothing twice.
            return (RecoveryStep("repeat", act), query)
        return (query,)

    def events(self, note: RawNotification, account: AccountContext) -> NotificationResult:
        verify_timed_signature(note, "sandbox-signature", _secrets(account))
        try:
            event = _event.decode(note.body)
            key = UUID(event.operation.reference)
        except (msgspec.DecodeError, ValueError):
            raise NotificationRefused("The notification is not readable") from None
        outcome = _outcome(event.operation, account)
        return NotificationResult((NotificationEvent(event.id, key, outcome.refs, outcome),))

    def settlement_call(self, day: date, cursor: str | None, account: AccountContext) -> HttpCall:
        query = f"?cursor={quote(cursor, safe='')}" if cursor else ""
        url = f"{_base(account)}/settlements/{day.isoformat()}{query}"
        return HttpCall("GET", url, _headers(account), None, AUTHORIZE_SECONDS)

    def settlement(
        self,
        answer: HttpAnswer,
        account: AccountContext,  # noqa: ARG002  The contract gives it; not needed here.
    ) -> SettlementPage:
        if answer.status == 404:
            raise SettlementNotReady
        if answer.status != 200:
            raise Unreadable(f"status {answer.status}")
        page = _settlement.decode(answer.body)
        return SettlementPage(
            tuple(Payout(p.id, Money(p.amount, p.currency), p.paid_on) for p in page.payouts),
            tuple(_line(line) for line in page.lines),
            page.next,
        )


def _line(line: _Line) -> SettlementLine:
    return SettlementLine(
        line.payout,
        line.type,
        (GatewayRef(OPERATION, line.operation),),
        UUID(line.reference),
        Money(line.gross, line.currency),
        Money(line.fee, line.currency),
        Money(line.net, line.currency),
        line.booked_on,
        line.value_on,
    )


def _secrets(account: AccountContext) -> list[str]:
    """The notification secrets in force: the present one, and the one it replaces."""
    names = ("webhook_secret", "webhook_secret_previous")
    return [account.credentials[name] for name in names if account.credentials.get(name)]


SANDBOX = Sandbox()
