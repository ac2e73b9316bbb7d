"""A rebill is judged like the charge it repeats: by its card, its e-mail and its country.

Nobody is at a screen, so no address of one is looked at: whoever has it now is somebody else.
"""

from dataclasses import replace
from typing import Any

from comptoir import risk
from comptoir.kit import db, ids
from comptoir.kit.money import Money
from comptoir.payments.operation import Operation, Status


async def judge_rebill(tx: db.Tx, origin: Operation, amount: Money) -> risk.Decision:
    """The decision over charging the payment of `origin` again; from reads only."""
    payment: Any = await tx.row(
        "select email, shopper ->> 'country' as country from payment"
        " where company_id = $1 and id = $2",
        tx.company, origin.payment_id,
    )  # fmt: skip
    country = payment["country"] or origin.country
    said = [(k, text) for k, text in (("email", payment["email"]), ("country", country)) if text]
    snapshot: Any = await tx.row(
        "select hits from payment_snapshot_v1($1, $2, $3, $4, $5, $6, $7, $8)",
        tx.company, origin.originator_id, origin.live,
        [kind for kind, _ in said], [risk.matched_value(kind, text) for kind, text in said],
        [], [], origin.card_token,
    )  # fmt: skip
    hits = tuple(
        risk.Hit(h["list"], h["kind"], h["scope"], h["id"]) for h in snapshot["hits"] or []
    )
    facts = {
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "card": f"{origin.card_first6}…{origin.card_last4}" if origin.card_first6 else None,
        "brand": origin.brand,
        "email": payment["email"],
        "ip": None,
        "country": country,
        "originator": str(origin.originator_id),
        "follows": str(origin.id),
    }
    return risk.decide(risk.Snapshot(facts, hits))


def refused(operation: Operation, decision: risk.Decision) -> Operation:
    """What was prepared, ended by the decision: no gateway hears of it."""
    return replace(
        operation, status=Status.DECLINED, result_code=decision.code, account_id=None,
        next_try_at=None, finished_at=operation.occurred_at,
    )  # fmt: skip


def decision_row(decision: risk.Decision) -> dict[str, Any]:
    """The decision as commit 1 keeps it."""
    return {
        "id": ids.new(),
        "kind": "risk",
        "version": decision.version,
        "outcome": decision.outcome,
        "inputs": decision.inputs,
        "reasons": decision.reasons,
    }
