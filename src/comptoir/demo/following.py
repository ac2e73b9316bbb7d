"""What follows a charge: captures, cancels, expiry, refunds, rebills, credits and disputes."""

from datetime import datetime, timedelta

from comptoir.demo.charging import Stage, finish
from comptoir.demo.crowd import weighted
from comptoir.demo.rhythm import office_hour
from comptoir.demo.story import SUCCESS, SYSTEM, Operation, chance, new_id

# Per mille.
_AUTHORISATIONS = {"captured": 920, "cancelled": 42, "expired": 38}
_CAPTURES = {"full": 860, "partial": 80, "several": 60}
_REFUNDED, _MEMBER_REFUNDED = 55, 14
_REFUNDS = {"full": 620, "partial": 290, "two": 90}
_WHY = (
    "Returned by the customer", "Arrived damaged", "Wrong article", "Late delivery", "Goodwill",
    "Ordered twice",
)  # fmt: skip
_DISPUTED = {"fraud": 5, "chargeback": 5, "retrieval": 3, "dispute": 1, "nothing": 986}
_REASONS = {
    "visa": ("10.4 Other fraud, card absent", "13.1 Goods not received", "13.3 Not as described"),
    "mastercard": ("4837 No cardholder authorisation", "4853 Cardholder dispute"),
    "amex": ("F29 Card not present", "C08 Goods not received"),
}
_SETTLING = timedelta(days=4)  # Younger chargebacks are still on their way.


def follow(
    stage: Stage,
    parent: Operation,
    kind: str,
    amount: int,
    at: datetime,
    *,
    actor: str | None = None,
    code: str = SUCCESS,
    reason: str | None = None,
) -> Operation | None:
    """An operation on an earlier one, unless it lies in the future or before what it follows."""
    done = at + stage.pause(180, 1200)
    assert parent.finished_at is not None, "only what has ended can be followed"
    if done > stage.end or at <= parent.finished_at or amount <= 0:
        return None
    operation = Operation(
        new_id(stage.dice, at), parent.payment, kind, amount, at,
        actor or parent.payment.shop.actor, parent.card, parent.account, parent,
        reason=reason, gateway_id=new_id(stage.dice, at),
    )  # fmt: skip
    finish(stage, operation, code, done)
    operation.token = parent.token
    if operation.succeeded:
        reserve(parent, kind, amount)
    parent.payment.operations.append(operation)
    return operation


def reserve(parent: Operation, kind: str, amount: int) -> None:
    """What the gateway notes on the operation that an act refers to."""
    if kind == "capture":
        parent.captured_minor += amount
    elif kind == "cancel":
        parent.released_minor += amount
    elif kind == "refund":
        parent.refunded_minor += amount


def aftermath(stage: Stage, charge: Operation) -> None:
    """Everything that comes of a charge that succeeded, up to now."""
    if charge.kind == "authorize":
        charges = _shipped(stage, charge)
        _expire(stage, charge)
    else:
        charges = [charge]
    for moved in charges:
        if not refunded(stage, moved):
            disputed(stage, moved)


def _shipped(stage: Stage, authorisation: Operation) -> list[Operation]:
    dice, whole = stage.dice, authorisation.amount_minor
    way = weighted(dice, _AUTHORISATIONS)
    at = authorisation.at + timedelta(minutes=dice.randrange(120, 4300))
    if way == "cancelled":
        follow(stage, authorisation, "cancel", whole, at, reason="Cancelled by the customer")
        return []
    if way == "expired":
        return []
    how = weighted(dice, _CAPTURES)
    if how == "full" and chance(dice, 6):
        # The acquirer stumbled; an hour later it went through.
        follow(stage, authorisation, "capture", whole, at, code="096")
        at += timedelta(minutes=65)
    first = whole if how == "full" else whole * dice.randrange(45, 90) // 100
    captures = [follow(stage, authorisation, "capture", first, at)]
    if how == "several":
        later = at + timedelta(minutes=dice.randrange(600, 1900))
        captures.append(follow(stage, authorisation, "capture", whole - first, later))
    return [capture for capture in captures if capture is not None]


def _expire(stage: Stage, authorisation: Operation) -> None:
    """After its last day the rest of an authorisation falls away; nothing is sent for that."""
    last = authorisation.capture_before
    assert last is not None, "an accepted authorisation has a last day"
    at = last + timedelta(seconds=stage.dice.randrange(5, 290))
    if at > stage.end:
        return
    authorisation.capture_before = None
    left = authorisation.amount_minor - authorisation.captured_minor - authorisation.released_minor
    if left > 0:
        authorisation.payment.operations.append(
            Operation(
                new_id(stage.dice, at), authorisation.payment, "cancel", left, at, SYSTEM,
                authorisation.card, authorisation.account, authorisation, "succeeded", SUCCESS, at,
                "expired", token=authorisation.token,
            )
        )  # fmt: skip


def refunded(stage: Stage, charge: Operation) -> bool:
    """Whether money of a charge went back; who did it was a clerk or the shop's own system."""
    dice, plan = stage.dice, charge.payment.shop.plan
    if not chance(dice, _MEMBER_REFUNDED if plan.members else _REFUNDED):
        return _credited(stage, charge)
    how = weighted(dice, _REFUNDS)
    whole = charge.amount_minor
    part = whole if how == "full" else max(1, whole * dice.randrange(15, 60) // 100)
    days = dice.randrange(2, 22)
    done = _refund(stage, charge, part, days)
    if how == "two" and done:
        _refund(stage, charge, (whole - part) // 2, days + dice.randrange(1, 6))
    return True


def _refund(stage: Stage, charge: Operation, amount: int, days: int) -> bool:
    dice, zone = stage.dice, stage.ground.zone
    by_hand = chance(dice, 550)
    actor = dice.choice(stage.ground.clerks) if by_hand else None
    reason = dice.choice(_WHY) if by_hand else None
    day = charge.at.astimezone(zone).date() + timedelta(days=days)
    at = office_hour(dice, day, zone)
    if chance(dice, 25):
        follow(stage, charge, "refund", amount, at, actor=actor, code="047", reason=reason)
        at += timedelta(hours=20)
    return follow(stage, charge, "refund", amount, at, actor=actor, reason=reason) is not None


def _credited(stage: Stage, charge: Operation) -> bool:
    """A goodwill credit, where the shop may send money out."""
    limit = charge.payment.shop.plan.credit_limit_minor
    at = charge.at + timedelta(hours=stage.dice.randrange(30, 200))
    if limit is None or charge.kind == "rebill" or not chance(stage.dice, 3):
        return False
    amount = min(limit, 500 * stage.dice.randrange(1, 5))
    follow(stage, charge, "credit", amount, at, reason="Goodwill")
    return True


def disputed(stage: Stage, charge: Operation) -> None:
    dice = stage.dice
    first = weighted(dice, _DISPUTED)
    if first == "nothing":
        return
    at = charge.at + timedelta(minutes=dice.randrange(9 * 1440, 40 * 1440))
    if first in {"fraud", "retrieval", "dispute"}:
        notice(stage, charge, first, at)
        at += timedelta(minutes=dice.randrange(2 * 1440, 9 * 1440))
        if not chance(dice, 450 if first == "fraud" else 250):
            return
    charged_back(stage, charge, at)


def notice(stage: Stage, charge: Operation, kind: str, at: datetime) -> Operation | None:
    """Something that the acquirer tells: nothing is sent to a gateway."""
    if at > stage.end or charge.finished_at is None or at <= charge.finished_at:
        return None
    reasons = _REASONS.get(charge.card.brand, ("Fraudulent use", "Goods not received"))
    reason = reasons[0] if kind == "fraud" else stage.dice.choice(reasons)
    told = Operation(
        new_id(stage.dice, at), charge.payment, kind, charge.amount_minor, at, SYSTEM, charge.card,
        charge.account, charge, "succeeded", SUCCESS, at, reason, token=charge.token,
    )  # fmt: skip
    charge.payment.operations.append(told)
    return told


def charged_back(stage: Stage, charge: Operation, at: datetime) -> None:
    """The bank takes the money back; some shops defend themselves, and some of them win."""
    if at > stage.end - _SETTLING:
        return
    taken = notice(stage, charge, "chargeback", at)
    later = at + timedelta(minutes=stage.dice.randrange(7 * 1440, 15 * 1440))
    if taken is not None and chance(stage.dice, 380) and later <= stage.end - _SETTLING:
        won = notice(stage, taken, "representment", later)
        assert won is not None, "checked above"
        won.reason = "Defended with proof of delivery"
