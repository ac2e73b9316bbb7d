"""The fake gateway's front: requests as bytes in, answers as bytes out.

It behaves as gateways do: captures within the authorization, refunds within the capture, keys that
are honoured or not, answers that get lost. Registered by wiring as the transport of `sandbox://`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any, Literal
from urllib.parse import unquote
from uuid import UUID

import asyncpg
import msgspec

from comptoir.gateways.contract import HttpAnswer, HttpCall
from comptoir.gateways.reasons import SUCCESS
from comptoir.gateways.simulator import settlement, store
from comptoir.gateways.simulator.addresses import compared
from comptoir.gateways.simulator.answers import answered, refused, shown, spoilt
from comptoir.gateways.simulator.cards import (
    TestCard,
    ThreeDs,
    code_of_amount,
    find_test_card,
)
from comptoir.gateways.simulator.faults import (
    NOTHING_DONE,
    Fault,
    fault_of_amount,
    seeded,
    try_number,
)
from comptoir.kit import clock, ids
from comptoir.kit.errors import NotFound

LATE_SECONDS = 60  # How long after a "pending" the result is there.
CAPTURE_DAYS = 7
_CAVV = re.compile(r"[A-Za-z0-9+/]{27}=")  # Twenty bytes.
_ECI = frozenset({"02", "05"})  # Authenticated, as Mastercard and as the others write it.
_CHARGES = frozenset({"authorize", "sale", "rebill", "credit", "3dscheck"})


class _Card(msgspec.Struct):
    number: str
    month: int
    year: int
    cvc: str | None = None
    holder: str | None = None


class _Billing(msgspec.Struct):
    street: str | None = None
    postal_code: str | None = None


class _Request(msgspec.Struct):
    reference: str
    type: Literal[
        "authorize", "sale", "capture", "cancel", "refund", "rebill", "credit", "3dscheck"
    ]
    amount: int
    currency: str
    card: _Card | None = None
    billing: _Billing | None = None
    token: str | None = None
    original: str | None = None
    three_ds: Literal["auto", "force", "off", "done"] = "auto"
    cavv: str | None = None
    eci: str | None = None
    xid: str | None = None
    return_url: str | None = None
    method: str = "card"
    present: bool = False

    @property
    def avs(self) -> str | None:
        """What the issuer says of the address that came with a card."""
        if self.billing is None or self.card is None or self.type not in {"authorize", "sale"}:
            return None
        return compared(self.billing.street, self.billing.postal_code)

    @property
    def waits(self) -> bool:
        """Whether a wallet's holder has yet to confirm on the phone."""
        return self.method != "card" and not self.present

    @property
    def authenticated(self) -> bool:
        """Whether a proof of an authentication elsewhere looks like one that succeeded."""
        proof = _CAVV.fullmatch(self.cavv or "") is not None
        return self.three_ds == "done" and proof and self.eci in _ECI


@dataclass(frozen=True, slots=True)
class _Caller:
    """Which account asks, and how its gateway is set up."""

    company: UUID
    account: UUID
    options: Mapping[str, Any]
    at: datetime
    timeout: float

    @property
    def keyed(self) -> bool:
        return bool(self.options.get("honours_keys", True))


_request = msgspec.json.Decoder(_Request)
_options = msgspec.json.Decoder(dict[str, Any])


def _named(text: str | None, prefix: str) -> UUID | None:
    """The operation behind a name we gave out; a foreign name is nobody's."""
    if text is None:
        return None
    head, _, tail = text.partition("_")
    try:
        return UUID(hex=tail) if head == prefix and len(tail) == 32 else UUID(int=0)
    except ValueError:
        return UUID(int=0)


def _plan(asked: _Request, card: TestCard | None) -> tuple[str | None, str | None]:
    """The code that will come of it, and the way of the authentication. No code: the token's."""
    rule = code_of_amount(asked.amount)
    if card is None:
        flow = "challenge" if asked.three_ds == "force" and asked.token else None
        return rule, flow if asked.type in {"authorize", "sale"} else None
    if asked.type == "3dscheck":
        absent = card.three_ds is ThreeDs.NOT_ENROLLED
        return rule or ("650" if absent else SUCCESS), "not_enrolled" if absent else "enrolled"
    rule = rule or card.code
    if asked.type not in {"authorize", "sale"}:
        return rule, None
    if asked.authenticated:
        # Elsewhere: an issuer that wants to see its customer has seen them.
        return SUCCESS if rule == "065" else rule, "merchant"
    if asked.three_ds in {"off", "done"}:
        # An issuer that always wants to see its customer says so.
        soft = card.three_ds is ThreeDs.CHALLENGE and rule == SUCCESS
        return "065" if soft else rule, None
    if card.three_ds is ThreeDs.FRICTIONLESS and asked.three_ds == "force":
        return rule, "challenge"
    return rule, card.three_ds.value


def _fault(asked: _Request, card: TestCard | None, caller: _Caller) -> tuple[str | None, int]:
    """The fault to play, and the number of this try. An ordered one plays at the first try."""
    ordered = fault_of_amount(asked.amount) or (card.fault if card else None)
    rates = caller.options.get("faults") or {}
    seed = caller.options.get("seed")
    if ordered is None and not rates and seed is None:
        return None, 0
    attempt = try_number(caller.account.hex, asked.reference)
    if ordered is not None:
        return (ordered.value if attempt == 0 else None), attempt
    dealt = seeded(rates, int(seed or 0), asked.reference, attempt)
    return (dealt.value if dealt else None), attempt


def _new_id(caller: _Caller, reference: str, attempt: int) -> UUID:
    """A UUIDv7 at the caller's moment, so that a day's operations are a range of ids."""
    milliseconds = int(caller.at.timestamp() * 1000)
    seed = caller.options.get("seed")
    entropy = (
        os.urandom(10)
        if seed is None
        else blake2b(f"{seed}:{reference}:{attempt}".encode(), digest_size=10).digest()
    )
    return ids.at(milliseconds, int.from_bytes(entropy, "big"))


async def _open(caller: _Caller, asked: _Request) -> HttpAnswer:
    """A charge, credit or check."""
    card = None
    if asked.card is not None:
        card = find_test_card(asked.card.number)
        if card is None:
            return refused("not_a_test_card")
    source = _named(asked.token, "tok") or (_named(asked.original, "sbx") if card is None else None)
    if card is None and source is None and asked.method == "card":
        return refused("bad_request")
    fault, attempt = _fault(asked, card, caller)
    if fault is None and asked.waits:
        fault = Fault.LATE.value
    rule, flow = _plan(asked, card)
    days = int(caller.options.get("capture_days", CAPTURE_DAYS))
    row = await store.open_operation(
        caller.company, caller.account, _new_id(caller, asked.reference, attempt),
        asked.reference, caller.keyed, asked.type, asked.amount, asked.currency, source,
        rule,
        card.brand if card else None,
        card.number[:6] if card else None,
        card.number[-4:] if card else None,
        asked.card.month if asked.card else None,
        asked.card.year if asked.card else None,
        flow, asked.return_url, fault, NOTHING_DONE, caller.at,
        caller.at + timedelta(seconds=LATE_SECONDS), caller.at + timedelta(days=days),
        asked.avs,
    )  # fmt: skip
    return await _told(caller, asked, row)


async def _change(caller: _Caller, asked: _Request) -> HttpAnswer:
    """A capture, cancel or refund."""
    original = _named(asked.original, "sbx")
    if original is None:
        return refused("bad_request")
    fault, attempt = _fault(asked, None, caller)
    row = await store.change_operation(
        caller.company, caller.account, _new_id(caller, asked.reference, attempt),
        asked.reference, caller.keyed, asked.type, asked.amount, asked.currency, original,
        code_of_amount(asked.amount), fault, NOTHING_DONE, caller.at,
        caller.at + timedelta(seconds=LATE_SECONDS),
    )  # fmt: skip
    return await _told(caller, asked, row)


async def _told(caller: _Caller, asked: _Request | None, row: asyncpg.Record) -> HttpAnswer:
    """What the gateway says, or what becomes of it on the way."""
    if row["fault"] is not None:
        spoilt = await _spoil(Fault(row["fault"]), caller)
        if spoilt is not None:
            return spoilt
    if row["error"] is not None:
        return refused(row["error"])
    op = row["op"]
    if row["replayed"] and asked is not None:
        same = op["kind"] == asked.type and op["currency"] == asked.currency
        if not same or (asked.type != "cancel" and op["amount_minor"] != asked.amount):
            return refused("key_reused")
    status = 202 if op["status"] == "pending" else 200
    return answered(status, shown(op, replayed=row["replayed"], avs=row.get("avs")))


async def _spoil(fault: Fault, caller: _Caller) -> HttpAnswer | None:
    real = bool(caller.options.get("real_delays"))
    return await spoilt(fault, caller.timeout if real else 0)


def _dealt(caller: _Caller, reference: str) -> str | None:
    """The seeded fault of a request that has no amount: a query or a continuation."""
    rates = caller.options.get("faults") or {}
    if not rates:
        return None
    name = f"{reference}?"
    attempt = try_number(caller.account.hex, name)
    fault = seeded(rates, int(caller.options.get("seed") or 0), name, attempt)
    return fault.value if fault else None


async def _find(caller: _Caller, own: str | None, reference: str | None) -> HttpAnswer:
    fault, found = await store.find_operations(
        caller.company,
        caller.account,
        _named(own, "sbx"),
        reference,
        _dealt(caller, own or reference or ""),
        caller.at,
    )
    if fault is not None:
        spoilt = await _spoil(Fault(fault), caller)
        if spoilt is not None:
            return spoilt
    told = [shown(row["op"], avs=row["avs"]) for row in found]
    if own is not None:
        return answered(200, told[0]) if told else refused("not_found")
    return answered(200, {"operations": told})


async def _continue(caller: _Caller, own: str) -> HttpAnswer:
    operation = _named(own, "sbx")
    assert operation is not None
    row = await store.continue_operation(
        caller.company, caller.account, operation, _dealt(caller, own), caller.at
    )
    return await _told(caller, None, row)


async def _create(caller: _Caller, body: bytes | None) -> HttpAnswer:
    try:
        asked = _request.decode(body or b"")
    except msgspec.DecodeError:
        return refused("bad_request")
    if asked.amount < 0 or (asked.amount == 0 and asked.type not in {"3dscheck", "cancel"}):
        return refused("bad_request")
    return await (_open if asked.type in _CHARGES else _change)(caller, asked)


async def _settle(caller: _Caller, day: str, query: str) -> HttpAnswer:
    cursor = unquote(query.removeprefix("cursor=")) if query else None
    try:
        page = await settlement.page(caller.company, caller.account, day, cursor, caller.at)
    except ValueError:
        return refused("bad_request")
    return refused("not_ready") if page is None else answered(200, page)


async def transport(call: HttpCall) -> HttpAnswer:
    """One request to the fake gateway: sandbox://gateway/{company}/{account}/v1/…"""
    path, _, query = call.url.removeprefix("sandbox://gateway/").partition("?")
    parts = path.split("/")
    if len(parts) < 4 or parts[2] != "v1":
        return refused("not_found")
    key = call.headers.get("authorization", "").removeprefix("Bearer ")
    if not key or key.startswith("wrong"):
        return refused("unauthorized")
    options = call.headers.get("sandbox-options")
    caller = _Caller(
        UUID(hex=parts[0]),
        UUID(hex=parts[1]),
        _options.decode(options) if options else {},
        clock.now(),
        call.timeout,
    )
    try:
        return await _routed(call, caller, parts[3:], query)
    except NotFound:
        return refused("not_found")


async def _routed(call: HttpCall, caller: _Caller, parts: list[str], query: str) -> HttpAnswer:
    match (call.method, *parts):
        case ("POST", "operations"):
            return await _create(caller, call.body)
        case ("GET", "operations"):
            return await _find(caller, None, unquote(query.removeprefix("reference=")))
        case ("GET", "operations", own):
            return await _find(caller, own, None)
        case ("POST", "operations", own, "continue"):
            return await _continue(caller, own)
        case ("GET", "settlements", day):
            return await _settle(caller, day, query)
    return refused("not_found")
