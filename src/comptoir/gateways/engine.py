"""The engine: the only place that talks to gateways.

It refuses to run while a database transaction is open, keeps the time, keeps a redacted archive of
every exchange, and decides what a missing answer means: `not_sent` only when nothing can have
reached the gateway, otherwise `unknown`. Never failed. Recovery asks until somebody knows.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import msgspec

from comptoir.gateways.connectors import get_connector
from comptoir.gateways.contract import (
    TERMINAL,
    AccountContext,
    Act,
    ActKind,
    CardData,
    Connector,
    FaultKind,
    HttpAnswer,
    HttpCall,
    NotificationResult,
    Outcome,
    OutcomeStatus,
    Payout,
    RawNotification,
    RecoveryStep,
    SettlementBatch,
    SettlementLine,
    SettlementUnbalanced,
    TransportFault,
    Unreadable,
    UnusableAccount,
)
from comptoir.gateways.reasons import Decline, Reason, reason_of
from comptoir.gateways.redaction import answer_of, request_of, search_of
from comptoir.kit import clock, db, http
from comptoir.kit.errors import Unavailable
from comptoir.kit.http import NOTHING_SENT
from comptoir.vault.opening import CardGone, open_card

GRACE_SECONDS = 6.0  # Beyond a call's own time-out: connecting, and the way home.
MAX_RETRY_AFTER = 3600
MAX_SETTLEMENT_PAGES = 2000
# An absent act may still be on its way. It counts as never sent when the gateway has denied it
# at this try or later; the ladder's waits make that at least ten minutes after the call.
ABSENT_IS_FINAL_AT_TRY = 2

Transport = Callable[[HttpCall], Awaitable[HttpAnswer]]
# Connector, act, what it came to, seconds, fault.
Observer = Callable[[str, ActKind, OutcomeStatus, float, FaultKind | None], None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back, redacted, as the archive keeps it."""

    purpose: str
    at: datetime
    milliseconds: int
    request: dict[str, Any]
    answer: dict[str, Any] | None
    fault: str | None


@dataclass(frozen=True, slots=True)
class Performed:
    """What an act came to, and every exchange it took."""

    outcome: Outcome
    exchanges: list[Exchange]


async def _over_http(call: HttpCall) -> HttpAnswer:
    return await http.send(
        call.method, call.url, headers=call.headers, body=call.body, timeout=call.timeout
    )


_transports: dict[str, Transport] = {"https": _over_http}
_observers: list[Observer] = []


def register_transport(scheme: str, transport: Transport) -> None:
    """Send addresses of that scheme another way: `sandbox://` goes to the simulator."""
    _transports[scheme] = transport


def observe(observer: Observer) -> None:
    """Call `observer` after every exchange, for the metrics."""
    _observers.append(observer)


async def perform(account: AccountContext, act: Act) -> Performed:
    """One act at the gateway of an account. Does not raise for anything the gateway does."""
    assert not db.in_transaction(), "no transaction may be open while a gateway is called"
    connector = get_connector(account.connector)
    refusal = _cannot(connector, account, act)
    if refusal is not None:
        return Performed(refusal, [])
    try:
        act = await _with_card(account, act)
        call = connector.build(act, account)
    except UnusableAccount as error:
        return Performed(_misconfigured(error.detail), [])
    except CardGone as error:
        return Performed(_no_card(error.detail), [])
    except Unavailable as error:
        return Performed(_no_keys(error.detail), [])
    exchanges: list[Exchange] = []
    outcome = await _exchange(connector, account, act, call, exchanges)
    return Performed(outcome, exchanges)


async def recover(account: AccountContext, act: Act, tries: int) -> Performed:
    """Find out what became of an act. `tries` counts the recoveries before this one.

    The answer is never `not_sent` merely because a question did not get through; time alone never
    turns unknown into failed.
    """
    assert not db.in_transaction(), "no transaction may be open while a gateway is called"
    connector = get_connector(account.connector)
    exchanges: list[Exchange] = []
    best = Outcome(OutcomeStatus.UNKNOWN)
    refusal: Outcome | None = None
    for step in connector.recover(act, account):
        if step.kind == "repeat" and act.vault_id is not None:
            continue  # A card leaves the vault for its first sending only.
        try:
            call = connector.build(step.act, account)
        except UnusableAccount:
            break
        outcome = await _exchange(connector, account, step.act, call, exchanges)
        if outcome.absent:
            return Performed(_absent(refusal, tries), exchanges)
        if outcome.status in {OutcomeStatus.REJECTED, OutcomeStatus.NOT_SENT}:
            # This question was refused; that says nothing of the act, unless a query agrees.
            refusal = _of_the_act(step, outcome)
            continue
        if outcome.status in TERMINAL:
            return Performed(outcome, exchanges)
        if outcome.status is not OutcomeStatus.UNKNOWN:
            best = outcome
        elif best.status is OutcomeStatus.UNKNOWN:
            best = replace(outcome, refs=outcome.refs or best.refs)
    return Performed(best, exchanges)


def gives_tokens(account: AccountContext) -> bool:
    """Whether the gateway keeps cards for us; if not, they are kept in the vault or not at all."""
    able = get_connector(account.connector).capabilities.tokens
    return able and account.options.get("tokens", True) is not False


def read_notification(account: AccountContext, note: RawNotification) -> NotificationResult:
    """The events in a notification; raises `NotificationRefused` unless it is signed rightly."""
    return get_connector(account.connector).events(note, account)


async def settlement(account: AccountContext, day: date) -> SettlementBatch:
    """What the gateway settled for a day. Raises `SettlementNotReady`, `SettlementUnbalanced`."""
    assert not db.in_transaction(), "no transaction may be open while a gateway is called"
    connector = get_connector(account.connector)
    payouts: list[Payout] = []
    lines: list[SettlementLine] = []
    cursor: str | None = None
    for _ in range(MAX_SETTLEMENT_PAGES):
        call = connector.settlement_call(day, cursor, account)
        try:
            page = connector.settlement(await _send(call), account)
        except (TransportFault, Unreadable, msgspec.MsgspecError):
            raise Unavailable("The gateway's settlement could not be read; ask again") from None
        payouts += page.payouts
        lines += page.lines
        cursor = page.cursor
        if cursor is None:
            return _balanced(day, payouts, lines)
    raise SettlementUnbalanced("The settlement has no end", pages=MAX_SETTLEMENT_PAGES)


def _balanced(day: date, payouts: list[Payout], lines: list[SettlementLine]) -> SettlementBatch:
    """Refuse the whole batch unless every line adds up, and every payout's lines sum to it."""
    left = {payout.ref: payout.amount for payout in payouts}
    for line in lines:
        due = left.get(line.payout_ref)
        if due is None or due.currency != line.net.currency:
            raise SettlementUnbalanced(payout=line.payout_ref)
        if line.gross - line.fee != line.net:
            raise SettlementUnbalanced(payout=line.payout_ref)
        left[line.payout_ref] = due - line.net
    for ref, rest in left.items():
        if rest.minor != 0:
            raise SettlementUnbalanced(payout=ref, difference=str(rest))
    return SettlementBatch(day, tuple(payouts), tuple(lines))


def _cannot(connector: Connector, account: AccountContext, act: Act) -> Outcome | None:
    """Why an act is refused before any call, or None."""
    able = connector.capabilities
    if act.kind not in able.operations:
        return _unsupported(f"{connector.title} has no {act.kind}")
    if able.currencies and act.amount.currency not in able.currencies:
        return _unsupported(f"{connector.title} does not take {act.amount.currency}")
    if account.live and not able.live:
        return _misconfigured(f"{connector.title} is for test mode only")
    return None


def _unsupported(why: str) -> Outcome:
    reason = Reason(Decline.TRANSACTION_NOT_PERMITTED, "unsupported", why)
    return Outcome(OutcomeStatus.REJECTED, "012", reason=reason)


def _misconfigured(why: str) -> Outcome:
    reason = Reason(Decline.MERCHANT_CONFIGURATION, "configuration", why)
    return Outcome(OutcomeStatus.REJECTED, "003", reason=reason)


async def _with_card(account: AccountContext, act: Act) -> Act:
    """The act with the card it needs from the vault, if it has neither card nor token."""
    if act.vault_id is None or act.card is not None or act.token is not None:
        return act
    opened = await open_card(
        account.company_id, act.vault_id, f"{act.kind} {act.key}", who=act.asked_by,
        live=account.live,
    )  # fmt: skip
    card = CardData(opened.number, opened.month, opened.year, None, opened.holder)
    return replace(act, card=card)


def _no_card(why: str) -> Outcome:
    return Outcome(OutcomeStatus.REJECTED, "056", reason=reason_of("056", why))


def _no_keys(why: str) -> Outcome:
    """The vault cannot be read now. Nothing was sent, and later it may be."""
    reason = Reason(Decline.MERCHANT_CONFIGURATION, "vault", why)
    return Outcome(OutcomeStatus.NOT_SENT, reason=reason)


def _absent(refusal: Outcome | None, tries: int) -> Outcome:
    """The gateway has never heard of the act."""
    if refusal is not None:
        return refusal
    if tries >= ABSENT_IS_FINAL_AT_TRY:
        return Outcome(OutcomeStatus.NOT_SENT)
    return Outcome(OutcomeStatus.UNKNOWN, absent=True)


def _of_the_act(step: RecoveryStep, outcome: Outcome) -> Outcome | None:
    """A refused repeat may be the act's own refusal; a refused query never is."""
    judged = outcome.status is OutcomeStatus.REJECTED and outcome.result_code not in {None, "003"}
    return outcome if step.kind == "repeat" and judged else None


async def _send(call: HttpCall) -> HttpAnswer:
    scheme = call.url.partition(":")[0]
    transport = _transports.get(scheme)
    if transport is None:
        raise TransportFault(FaultKind.BLOCKED, f"no way to send {scheme[:16]!r} addresses")
    try:
        async with asyncio.timeout(call.timeout + GRACE_SECONDS):
            return await transport(call)
    except TimeoutError:
        raise TransportFault(FaultKind.TIMEOUT, "no answer in time") from None


async def _exchange(
    connector: Connector,
    account: AccountContext,
    act: Act,
    call: HttpCall,
    exchanges: list[Exchange],
) -> Outcome:
    """One request, its answer or fault, what it means, and its line in the archive."""
    at, started = clock.now(), time.perf_counter()
    answer: HttpAnswer | None = None
    fault: TransportFault | None = None
    try:
        answer = await _send(call)
        outcome = _judge(connector, account, act, answer)
    except TransportFault as met:
        fault = met
        outcome = _lost(met)
    seconds = time.perf_counter() - started
    search = search_of(act, account, outcome.token.token if outcome.token else None)
    exchanges.append(
        Exchange(
            purpose=act.kind.value,
            at=at,
            milliseconds=round(seconds * 1000),
            request=request_of(call, search),
            answer=None if answer is None else answer_of(call, answer, search),
            fault=None if fault is None else str(fault.kind),
        )
    )
    kind = None if fault is None else fault.kind
    for observer in _observers:
        observer(connector.name, act.kind, outcome.status, seconds, kind)
    return outcome


def _lost(fault: TransportFault) -> Outcome:
    """What a call without an answer means."""
    status = OutcomeStatus.NOT_SENT if fault.kind in NOTHING_SENT else OutcomeStatus.UNKNOWN
    return Outcome(status)


def _judge(connector: Connector, account: AccountContext, act: Act, answer: HttpAnswer) -> Outcome:
    """What an answer means. One that cannot be read means unknown, whatever its status says."""
    if answer.status in {425, 429}:
        return Outcome(OutcomeStatus.NOT_SENT, retry_after=_retry_after(answer))
    if answer.status >= 500 or answer.status < 200:
        return Outcome(OutcomeStatus.UNKNOWN, retry_after=_retry_after(answer))
    try:
        return connector.parse(act, answer, account)
    except (Unreadable, msgspec.MsgspecError, ValueError, LookupError, TypeError):
        # Also a connector's own mistake: the money may have moved, so nobody may call it failed.
        return Outcome(OutcomeStatus.UNKNOWN)


def _retry_after(answer: HttpAnswer) -> int | None:
    text = answer.headers.get("retry-after", "")
    return min(int(text), MAX_RETRY_AFTER) if text.isascii() and text.isdigit() else None
