"""How the fake gateway answers: operations and errors as JSON, and answers that go wrong."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import asyncpg
import msgspec

from comptoir.gateways.contract import FaultKind, HttpAnswer, TransportFault
from comptoir.gateways.reasons import text_of
from comptoir.gateways.simulator.acs import challenge_url
from comptoir.gateways.simulator.faults import Fault

DELAY_SECONDS = 2.0
RETRY_AFTER_SECONDS = 3
_JSON = {"content-type": "application/json"}
_encode = msgspec.json.Encoder().encode
_ERRORS: dict[str, tuple[int, str | None, str]] = {
    "unknown_token": (422, "056", "No such card token"),
    "unknown_original": (422, "012", "No such operation"),
    "wrong_state": (422, "012", "Not possible in the operation's state"),
    "wrong_currency": (422, "013", "Another currency than the operation's"),
    "nothing_left": (422, "080", "Nothing is left of the operation's amount"),
    "amount_too_large": (422, "064", "More than is left of the operation's amount"),
    "expired": (422, "032", "The authorization has expired"),
    "key_reused": (422, "094", "The idempotency key belongs to another request"),
    "not_a_test_card": (422, "014", "Not a documented test card number"),
    "bad_request": (400, "030", "The request is not readable"),
    "unauthorized": (401, None, "The API key is not valid"),
    "not_found": (404, None, "Nothing here"),
    "not_ready": (404, None, "The day is not closed yet"),
}


def answered(status: int, body: Mapping[str, Any]) -> HttpAnswer:
    return HttpAnswer(status, _JSON, _encode(body))


def refused(code: str) -> HttpAnswer:
    status, result, message = _ERRORS[code]
    return answered(status, {"error": {"code": code, "message": message, "result": result}})


def gateway_id(operation: UUID) -> str:
    return f"sbx_{operation.hex}"


def shown(op: asyncpg.Record, *, replayed: bool = False, avs: str | None = None) -> dict[str, Any]:
    """An operation as the gateway writes it. A repeated key gets the first answer again."""
    status = op["first_status"] if replayed else op["status"]
    code = op["code"] if status in {"approved", "declined"} else None
    name = gateway_id(op["id"])
    body: dict[str, Any] = {
        "id": name,
        "reference": op["reference"],
        "type": op["kind"],
        "status": status,
        "code": code,
        "message": text_of(code) if code else None,
        "amount": op["amount_minor"],
        "currency": op["currency"],
        "captured": op["captured_minor"],
        "refunded": op["refunded_minor"],
        "created_at": op["at"],
        "capture_before": op["capture_before"],
    }
    if op["last4"] is not None:
        body["card"] = {
            "token": f"tok_{op['id'].hex}",
            "brand": op["brand"],
            "first6": op["first6"],
            "last4": op["last4"],
            "month": op["month"],
            "year": op["year"],
        }
    if op["three_ds"] is not None:
        body["three_ds"] = _authentication(op["three_ds"], op["challenge"], op["brand"])
    if code and avs:
        body["avs"] = avs
    if status == "challenge":
        body["challenge"] = {"url": challenge_url(op["company_id"], op["id"])}
    return body


_FLOWS: dict[str, tuple[str, str, bool]] = {
    "frictionless": ("Y", "05", True),
    "failed": ("N", "07", True),
    "not_enrolled": ("U", "07", False),
    "enrolled": ("", "", True),
    "merchant": ("Y", "05", True),
}


def _authentication(flow: str, challenge: str | None, brand: str | None) -> dict[str, Any]:
    if flow == "challenge":
        status = {"passed": "Y", "failed": "N"}.get(challenge or "", "C")
        return {"flow": flow, "status": status, "eci": "05" if status == "Y" else "07",
                "enrolled": True, "version": "2.2.0"}  # fmt: skip
    status, eci, enrolled = _FLOWS[flow]
    if flow == "merchant" and brand == "mastercard":
        eci = "02"
    return {
        "flow": flow,
        "status": status,
        "eci": eci,
        "enrolled": enrolled,
        "version": "2.2.0" if enrolled else "",
    }


async def spoilt(fault: Fault, patience: float) -> HttpAnswer | None:
    """Play a fault; None when the answer comes through. Without patience nobody really waits."""
    if fault is Fault.DELAY:
        await asyncio.sleep(min(DELAY_SECONDS, patience))
        return None
    if fault in {Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER}:
        await asyncio.sleep(patience)
        raise TransportFault(FaultKind.TIMEOUT, "sandbox")
    if fault is Fault.RESET:
        raise TransportFault(FaultKind.RESET, "sandbox")
    if fault is Fault.REFUSED:
        raise TransportFault(FaultKind.REFUSED, "sandbox")
    if fault in {Fault.ERROR_BEFORE, Fault.ERROR_AFTER}:
        return answered(500, {"error": {"code": "internal", "message": "Internal error"}})
    if fault is Fault.GARBAGE:
        return HttpAnswer(200, {"content-type": "text/html"}, b"<html><p>It works!</p></ht")
    if fault is Fault.BUSY:
        busy = answered(429, {"error": {"code": "busy", "message": "Too many requests"}})
        return HttpAnswer(429, {**_JSON, "retry-after": str(RETRY_AFTER_SECONDS)}, busy.body)
    return None  # Duplicate and late: the answer is the gateway's own.
