"""What is kept beside a payment's attempts: the shopper's steps, and who was told of each outcome.

Said where the shop asks with its key, and only there: a callback would tell of itself, and the
shopper's browser carries nobody's addresses.
"""

from typing import Any
from uuid import UUID

from comptoir import deliveries, payments
from comptoir.checkout.checkout import Step, first_operations, list_steps
from comptoir.checkout.results import state_of_operation
from comptoir.kit import db
from comptoir.payments import Operation

_RESULTS = {"delivered": "success", "failed": "failed", "waiting": "pending"}
_MEANS = {deliveries.CALLBACK: "callback"}  # Everything else goes by mail.
_SHOPPERS = frozenset({"receipt"})


async def add_kept(tx: db.Tx, payment_id: UUID, attempts: list[dict[str, Any]]) -> None:
    """Add `logs` and `notifications` to these attempts of one payment, where there are any."""
    operations = await payments.list_operations(tx, payment_id)
    by_number = {str(o.number): o for o in operations}
    steps = _by_attempt(first_operations(operations), await list_steps(tx, payment_id))
    told: dict[UUID, list[dict[str, Any]]] = {}
    by_id = {o.id: o for o in operations}
    for one in await deliveries.list_told(tx, payment_id):
        told.setdefault(one.operation_id, []).append(_notification(one, by_id[one.operation_id]))
    for attempt in attempts:
        operation = by_number[attempt["transactionID"]]
        for name, kept in (("logs", steps), ("notifications", told)):
            if operation.id in kept:
                attempt[name] = kept[operation.id]


def _by_attempt(firsts: list[Operation], steps: list[Step]) -> dict[UUID, list[dict[str, Any]]]:
    """Steps by the attempt they led to or followed: the first one takes what came before it."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for step in steps if firsts else ():
        begun = [o for o in firsts if o.occurred_at <= step.at]
        of = begun[-1] if begun else firsts[0]
        found.setdefault(of.id, []).append(_log(step))
    return found


def _log(step: Step) -> dict[str, Any]:
    told = {
        "ipAddress": step.ip, "date": int(step.at.timestamp() * 1000), "type": step.kind,
        "details": step.details,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _notification(told: deliveries.Told, operation: Operation) -> dict[str, Any]:
    return {
        "operation": str(operation.kind),
        "category": "shopper" if told.kind in _SHOPPERS else "merchant",
        "status": str(state_of_operation(operation)),
        "mean": _MEANS.get(told.kind, "email"),
        "recipient": told.url,
        "result": _RESULTS[told.state],
        "resultMessage": told.said,
        "date": int(told.at.timestamp() * 1000),
    }
