"""What was said and decided: events in the order of time, decisions with their reasons."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from comptoir import risk, routing
from comptoir.demo.books import Tariff
from comptoir.demo.story import SYSTEM, Member, Operation, Payment, new_id

Happening = dict[str, Any]


def happenings(payments: list[Payment], tariff: Tariff, end: datetime) -> list[Happening]:
    """The event log of a company, oldest first."""
    found = [event for payment in payments for event in _of_payment(payment, tariff, end)]
    # Stable: what happened at one moment stays in the order in which it is told.
    return sorted(found, key=lambda event: event["at"])


def _of_payment(payment: Payment, tariff: Tariff, end: datetime) -> Iterator[Happening]:
    first = payment.operations[0]
    yield _event(
        payment.at, "payment.created", payment.id, payment.id, first.actor,
        order_id=payment.order_id, amount_minor=payment.amount_minor, currency=payment.currency,
    )  # fmt: skip
    for operation in payment.operations:
        yield from _of_operation(operation)
        if operation.settled_at is not None:
            yield _settled(operation, tariff, end)
    if payment.member is not None:
        yield from _of_member(payment.member)


def _of_member(member: Member) -> Iterator[Happening]:
    for moment in member.moments:
        number = member.number if moment.what == "began" else None
        data = moment.data if number is None else {"number": number}
        if moment.rebill is not None:
            data = {"number": moment.rebill.number, **data}
        yield _event(
            moment.at, "subscription." + moment.what, member.first.payment.id, member.id,
            moment.actor, **data,
        )  # fmt: skip


def _of_operation(operation: Operation) -> Iterator[Happening]:
    asked = operation.gateway_id is not None or operation.status in {"rejected", "not_sent"}
    if asked:
        yield _told(operation, operation.at, "sent", operation.actor)
    waiting = operation.status if operation.finished_at is None else "action_required"
    if operation.challenged_at is not None:
        yield _told(operation, operation.challenged_at, waiting, operation.actor)
    elif operation.status in {"unknown", "pending"}:
        heard = operation.at + timedelta(seconds=30 if operation.fault else 1)
        yield _told(operation, heard, waiting, operation.actor)
    for at in operation.asked:
        yield _told(operation, at, waiting, SYSTEM)
    if operation.finished_at is not None:
        alone = operation.code == "032"
        actor = SYSTEM if alone else operation.actor
        yield _told(operation, operation.finished_at, operation.status, actor)


def _told(operation: Operation, at: datetime, status: str, actor: str) -> Happening:
    code = operation.code if status in {"succeeded", "declined", "rejected"} else None
    return _event(
        at, "operation." + status, operation.payment.id, operation.id, actor,
        kind=operation.kind, number=operation.number, amount_minor=operation.amount_minor,
        currency=operation.payment.currency, result_code=code, reason=operation.reason,
        consumer_id=operation.payment.shopper.id, source="demo",
    )  # fmt: skip


def _settled(operation: Operation, tariff: Tariff, end: datetime) -> Happening:
    assert operation.settled_at is not None, "asked above"
    assert operation.account is not None, "only an account's operations are settled"
    cost = tariff.fee("cost", operation)
    day = operation.at.strftime("%Y%m%d")
    return _event(
        min(operation.settled_at + timedelta(minutes=25), end), "operation.settled",
        operation.payment.id, operation.id, SYSTEM,
        payout=f"po_{operation.account.id.hex[-12:]}_{day}_{operation.payment.currency}",
        fee_minor=0 if cost is None else cost.minor,
    )  # fmt: skip


def _event(
    at: datetime, what: str, payment_id: UUID, subject_id: UUID, actor: str, **data: object
) -> Happening:
    return {
        "at": at,
        "kind": what,
        "payment_id": payment_id,
        "subject_id": subject_id,
        "actor": actor,
        "data": data,
    }


def decisions(
    operation: Operation, dice: Random, entries: dict[str, UUID]
) -> Iterator[dict[str, Any]]:
    """Why a charge was let through or blocked, and which account took it: decided as for real."""
    payment, card = operation.payment, operation.card
    hits: tuple[risk.Hit, ...] = ()
    if operation.blocked_by is not None:
        entry = str(entries[operation.blocked_by])
        hits = (risk.Hit("blacklist", operation.blocked_by, "company", entry),)
    facts = {
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "card": f"{card.first6}…{card.last4}",
        "brand": card.brand,
        "email": payment.shopper.email,
        "ip": payment.shopper.ip,
        "country": payment.shopper.country,
        "originator": str(payment.shop.id),
    }
    decided = risk.decide(risk.Snapshot(facts, hits))
    yield _decision(
        operation, dice, "risk", decided.version, decided.outcome, decided.inputs, decided.reasons
    )
    choice = routing.choose(
        [
            routing.Candidate(a.id, a.name, a.currencies, ("card",), "active")
            for a in payment.shop.accounts
        ],
        currency=payment.currency,
        method="card",
    )
    chosen = str(choice.accounts[0]) if choice.accounts else "none"
    yield _decision(operation, dice, "routing", choice.version, chosen, {}, choice.reasons)


def _decision(
    operation: Operation,
    dice: Random,
    kind: str,
    version: str,
    outcome: str,
    inputs: dict[str, Any],
    reasons: list[dict[str, str]],
) -> dict[str, Any]:
    return {
        "id": new_id(dice, operation.at),
        "payment_id": operation.payment.id,
        "operation_id": operation.id,
        "kind": kind,
        "version": version,
        "outcome": outcome,
        "inputs": inputs,
        "reasons": reasons,
        "at": operation.at,
    }
