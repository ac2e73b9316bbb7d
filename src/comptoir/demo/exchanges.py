"""What the gateway keeps of the story, and what was exchanged with it.

Rows of the sandbox's own tables, so that captures and refunds of the demo really work, and redacted
calls in the form in which the engine archives them (a test compares the two).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from comptoir import gateways
from comptoir.demo.charging import CAPTURE_DAYS
from comptoir.demo.story import Account, Ground, Operation, new_id
from comptoir.gateways import simulator

MASK = "••••"
_CHARGES = frozenset({"sale", "authorize"})
_CARDED = _CHARGES | {"rebill", "credit"}
_JSON = {"content-type": "application/json"}
_FLOWS: dict[str, tuple[str, str, bool]] = {
    "frictionless": ("Y", "05", True),
    "failed": ("N", "07", True),
    "not_enrolled": ("U", "07", False),
}
_REFUSALS = {"003": (401, "unauthorized", "The API key is not valid")}


def sandbox_row(operation: Operation, account: Account) -> dict[str, Any]:
    """The operation in the gateway's own books."""
    parent, card = operation.parent, operation.card
    carded = operation.kind in _CARDED
    late = operation.challenged_at is not None and operation.finished_at is not None
    code = operation.gateway_code
    return {
        "account_id": account.id,
        "id": operation.gateway_id,
        "reference": str(operation.id),
        "kind": operation.kind,
        "status": operation.gateway_status,
        "first_status": "challenge" if operation.challenged_at else operation.gateway_status,
        "code": code,
        "rule": code or "000",
        "amount_minor": operation.amount_minor,
        "currency": operation.payment.currency,
        "original": None if parent is None else parent.gateway_id,
        "captured_minor": operation.captured_minor,
        "refunded_minor": operation.refunded_minor,
        "released_minor": operation.released_minor,
        "brand": card.brand if carded else None,
        "first6": card.first6 if carded else None,
        "last4": card.last4 if carded else None,
        "month": card.month if carded else None,
        "year": card.year if carded else None,
        "three_ds": operation.three_ds,
        "challenge": operation.challenge,
        "at": operation.at,
        "capture_before": _capture_before(operation),
        "finished_at": operation.finished_at if late else None,
        "ready_at": operation.ready_at,
    }


def _capture_before(operation: Operation) -> datetime | None:
    return operation.at + CAPTURE_DAYS if operation.kind == "authorize" else None


def gateway_name(operation: Operation) -> str:
    assert operation.gateway_id is not None, "only what the gateway knows has a name there"
    return f"sbx_{operation.gateway_id.hex}"


def token_name(operation: Operation) -> str:
    assert operation.gateway_id is not None, "only what the gateway knows has a token there"
    return f"tok_{operation.gateway_id.hex}"


def action(ground: Ground, operation: Operation) -> dict[str, Any] | None:
    """Where a shopper has to go who has not answered yet."""
    if operation.status != "action_required" or operation.gateway_id is None:
        return None
    url = simulator.acs.challenge_url(ground.id, operation.gateway_id)
    return {"kind": "redirect", "url": url, "method": "GET", "fields": {}}


def calls(ground: Ground, operation: Operation, dice: Random) -> Iterator[dict[str, Any]]:
    """Every exchange of an operation, oldest first."""
    account = operation.account
    reached = operation.gateway_id is not None or operation.status in {"rejected", "not_sent"}
    if account is None or not reached or operation.status == "sent":
        return  # A notice came to us; a sender that died left no record.
    base = f"sandbox://gateway/{ground.id.hex}/{account.id.hex}/v1"
    url = f"{base}/operations"
    final, first = operation.finished_at, operation.challenged_at or operation.finished_at
    answered = first if first is not None else operation.at + timedelta(milliseconds=900)
    request = _request("POST", url, _body(operation), operation)
    waiting = final is None or operation.challenged_at is not None
    answer = None if operation.fault else _answer(ground, operation, "first" if waiting else "end")
    yield _call(
        dice, operation, account.id, operation.kind, operation.at, answered, request, answer
    )
    asking = _request("GET", f"{url}/{_known(operation)}", None, operation)
    for at in operation.asked:
        heard = None if operation.fault else _answer(ground, operation, "first")
        late = at + timedelta(milliseconds=dice.randint(120, 700))
        yield _call(dice, operation, account.id, "query", at, late, asking, heard)
    if operation.challenged_at is not None and final is not None:
        ended = _answer(ground, operation, "end")
        begun = final - timedelta(milliseconds=dice.randint(150, 600))
        if operation.code == "032":
            yield _call(dice, operation, account.id, "query", begun, final, asking, ended)
        else:
            going = _request("POST", f"{url}/{gateway_name(operation)}/continue", {}, operation)
            yield _call(dice, operation, account.id, "continue", begun, final, going, ended)


def _known(operation: Operation) -> str:
    """How an operation is asked for: by the gateway's name once it has answered, else by ours."""
    if operation.fault or operation.gateway_id is None:
        return f"?reference={operation.id}"
    return gateway_name(operation)


def _call(
    dice: Random,
    operation: Operation,
    account_id: UUID,
    purpose: str,
    at: datetime,
    until: datetime,
    request: dict[str, Any],
    answer: dict[str, Any] | None,
) -> dict[str, Any]:
    lost = answer is None and operation.fault == "timeout"
    return {
        "id": new_id(dice, at),
        "operation_id": operation.id,
        "account_id": account_id,
        "purpose": purpose,
        "at": at,
        "milliseconds": 30_000 if lost else (until - at) // timedelta(milliseconds=1),
        "request": request,
        "answer": answer,
        "fault": operation.fault if answer is None else None,
    }


def _request(
    method: str, url: str, body: dict[str, Any] | None, operation: Operation
) -> dict[str, Any]:
    headers = {"authorization": MASK}
    if operation.kind in _CHARGES:
        headers["sandbox-options"] = '{"capture_days":7}'
    if body is not None:
        headers |= _JSON
    if body:
        headers["idempotency-key"] = str(operation.id)
    return {"method": method, "url": url.replace("/?", "?"), "headers": headers, "body": body}


def _body(operation: Operation) -> dict[str, Any]:
    payment, parent, card = operation.payment, operation.parent, operation.card
    body: dict[str, Any] = {
        "reference": str(operation.id),
        "type": operation.kind,
        "amount": operation.amount_minor,
        "currency": payment.currency,
        "order_id": payment.order_id,
    }
    if parent is None:
        body["descriptor"] = payment.shop.plan.descriptor
        body["card"] = {
            "number": f"{card.first6}••••••{card.last4}",
            "month": card.month,
            "year": card.year,
            "cvc": MASK,
            "holder": MASK,
        }
    elif operation.kind in {"rebill", "credit"}:
        body["token"] = MASK
    if parent is not None and parent.gateway_id is not None:
        body["original"] = gateway_name(parent)
    return body


def _answer(ground: Ground, operation: Operation, when: str) -> dict[str, Any]:
    """What the gateway said: at first, or in the end."""
    if operation.gateway_id is None:
        http, error, message = _REFUSALS[operation.code or "003"]
        told = {"error": {"code": error, "message": message, "result": None}}
        return {"status": http, "headers": _JSON, "body": told}
    undecided = when == "first" and operation.challenged_at is not None
    status = "challenge" if undecided else operation.gateway_status
    code = operation.gateway_code if status in {"approved", "declined"} else None
    charged = code == "000" and operation.kind in {"sale", "rebill", "capture"}
    card = operation.card
    body: dict[str, Any] = {
        "id": gateway_name(operation),
        "reference": str(operation.id),
        "type": operation.kind,
        "status": status,
        "code": code,
        "message": gateways.text_of(code) if code else None,
        "amount": operation.amount_minor,
        "currency": operation.payment.currency,
        "captured": operation.amount_minor if charged else 0,
        "refunded": 0,
        "created_at": operation.at,
        "capture_before": _capture_before(operation),
    }
    if operation.kind in _CARDED:
        body["card"] = {
            "token": MASK, "brand": card.brand, "first6": card.first6, "last4": card.last4,
            "month": card.month, "year": card.year,
        }  # fmt: skip
    if operation.three_ds is not None:
        body["three_ds"] = _authentication(operation, ended=when == "end")
    if status == "challenge":
        body["challenge"] = {"url": simulator.acs.challenge_url(ground.id, operation.gateway_id)}
    return {"status": 202 if status == "pending" else 200, "headers": _JSON, "body": body}


def _authentication(operation: Operation, *, ended: bool) -> dict[str, Any]:
    flow = operation.three_ds or "not_enrolled"
    if flow == "challenge":
        result = {"passed": "Y", "failed": "N"}.get(operation.challenge or "", "C")
        status = result if ended else "C"
        return {"flow": flow, "status": status, "eci": "05" if status == "Y" else "07",
                "enrolled": True, "version": "2.2.0"}  # fmt: skip
    status, eci, enrolled = _FLOWS[flow]
    return {
        "flow": flow, "status": status, "eci": eci, "enrolled": enrolled,
        "version": "2.2.0" if enrolled else "",
    }  # fmt: skip
