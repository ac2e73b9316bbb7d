"""Memberships of the demo: first charges, the rebills that followed, and how some of them ended.

They move by the rules of `subscriptions`, so that its jobs go on where the story ends.
"""

from datetime import datetime, timedelta
from typing import Any

from comptoir import subscriptions
from comptoir.demo.charging import Stage
from comptoir.demo.crowd import weighted
from comptoir.demo.following import disputed, follow, refunded
from comptoir.demo.story import SUCCESS, SYSTEM, Member, Moment, Operation, Payment, chance, new_id
from comptoir.kit import db
from comptoir.kit.period import Period

# Per mille.
_CHARGED, _CHARGED_AGAIN = 885, 260
_REFUSED = {"051": 700, "054": 210, "041": 90}
_LEAVES, _LEAVES_TRIAL = 90, 220
# Why members leave: reason codes of the wire.
_WHY = {"1011": 300, "1012": 150, "1016": 310, "1017": 90, "1018": 70, "1020": 80}
_LOST_CARD, _REFUSED_BY_BANK, _TAKEN_BACK = "041", 1000, 1004

_SUBSCRIPTIONS = """
insert into subscription (company_id, id, number, live, originator_id, payment_id, operation_id,
    offer_id, kind, state, currency, rebill_minor, rebill_period, rebill_max, trial_minor,
    trial_period, iterations, retries, started_at, period_start, period_end, next_at,
    cancel_reason, cancelled_at, ended_at, anchor_at)
select $1, x.id, x.number, false, x.originator_id, x.payment_id, x.operation_id, x.offer_id,
    x.kind, x.state, x.currency, x.rebill_minor, x.rebill_period, x.rebill_max, x.trial_minor,
    x.trial_period, x.iterations, x.retries, x.started_at, x.period_start, x.period_end, x.next_at,
    x.cancel_reason, x.cancelled_at, x.ended_at, x.anchor_at
from jsonb_to_recordset($2) as x(id uuid, number bigint, originator_id uuid, payment_id uuid,
    operation_id uuid, offer_id uuid, kind text, state text, currency text, rebill_minor bigint,
    rebill_period text, rebill_max int, trial_minor bigint, trial_period text, iterations int,
    retries int, started_at timestamptz, period_start timestamptz, period_end timestamptz,
    next_at timestamptz, cancel_reason int, cancelled_at timestamptz, ended_at timestamptz,
    anchor_at timestamptz)
"""
_NUMBERS = "select array_agg(nextval('subscription_number')) from generate_series(1, $1)"


def join(stage: Stage, first: Operation) -> None:
    """A first charge has succeeded: what came of it until now."""
    member = _begin(stage, first)
    charges = [first]
    while _may_be_due(stage, member):
        charged = _rebill(stage, member)
        if charged is None:
            break
        if charged.succeeded:
            charges.append(charged)
    for charge in charges:
        # A bank ends a membership when it takes money back: only the last charge meets that.
        last = charge is charges[-1] and member.cancelled_at is None and not member.retries
        if not refunded(stage, charge) and last:
            disputed(stage, charge)
            _taken_back(member)


def _begin(stage: Stage, first: Operation) -> Member:
    offer = next(o for o in first.payment.shop.plan.offers if o.name == first.payment.description)
    trial = offer.trial_period is not None
    end = Period.parse(offer.trial_period or offer.rebill_period).after(first.at)
    assert first.finished_at is not None, "it has succeeded"
    member = Member(
        new_id(stage.dice, first.finished_at), offer, first, "trial" if trial else "active",
        first.at, end, end, None if trial else first.at,
    )  # fmt: skip
    first.payment.member = member
    _tell(member, first.finished_at, "began")
    _leave(stage, member, _LEAVES_TRIAL if trial else _LEAVES)
    return member


def _leave(stage: Stage, member: Member, permille: int) -> None:
    """The member may cancel within the period that is paid; it ends with that period."""
    if not chance(stage.dice, permille):
        return
    paid = member.period_end - member.period_start
    at = member.period_start + paid * stage.dice.randrange(20, 900) / 1000
    if at > stage.end:
        return
    member.cancelled_at, member.cancel_reason = at, int(weighted(stage.dice, _WHY))
    _tell(
        member, at, "cancelled", actor=member.first.payment.shop.actor,
        reason=member.cancel_reason, at_once=False,
    )  # fmt: skip


def _may_be_due(stage: Stage, member: Member) -> bool:
    """Whether a rebill comes next; a member who has left is let go instead."""
    if member.next_at is None or member.next_at > stage.end:
        return False
    if member.cancelled_at is None:
        return True
    at = member.next_at + _soon(stage)
    if at <= stage.end:
        _end(member, "canceled", at)
        _tell(member, at, "canceled")
    return False


def _rebill(stage: Stage, member: Member) -> Operation | None:
    assert member.next_at is not None, "it is due"
    good = _CHARGED_AGAIN if member.retries else _CHARGED
    code = SUCCESS if chance(stage.dice, good) else weighted(stage.dice, _REFUSED)
    rebill = follow(
        stage, member.first, "rebill", member.offer.rebill_minor,
        member.next_at + _soon(stage), actor=SYSTEM, code=code, reason="subscription",
    )  # fmt: skip
    if rebill is not None and rebill.succeeded:
        _paid(stage, member, rebill)
    elif rebill is not None:
        _declined(member, rebill, code)
    return rebill


def _paid(stage: Stage, member: Member, rebill: Operation) -> None:
    assert rebill.finished_at is not None, "it has succeeded"
    start = min(member.period_end, rebill.at) if member.state == "trial" else member.period_end
    anchor = member.anchor_at or start
    end = Period.parse(member.offer.rebill_period).following(anchor, start)
    member.iterations, member.retries = member.iterations + 1, 0
    member.anchor_at, member.period_start, member.period_end = anchor, start, end
    member.state, member.next_at = "active", end
    _tell(member, rebill.finished_at, "renewed", rebill, iterations=member.iterations)
    if member.iterations == subscriptions.rebills(member.offer.kind, member.offer.rebill_max):
        _end(member, "finished", rebill.finished_at)
    else:
        _leave(stage, member, _LEAVES)


def _declined(member: Member, rebill: Operation, code: str) -> None:
    assert rebill.finished_at is not None, "it was declined"
    ladder = subscriptions.LADDER
    over = code == _LOST_CARD or member.retries >= len(ladder)
    member.state = "unpaid" if over else "retry"
    member.next_at = None if over else rebill.finished_at + ladder[member.retries]
    member.retries += 1
    _tell(member, rebill.finished_at, "declined", why=code, state=member.state)
    if code == _LOST_CARD:
        _end_by_bank(member, rebill.finished_at + timedelta(seconds=1), _REFUSED_BY_BANK)


def _taken_back(member: Member) -> None:
    operations = member.first.payment.operations
    taken = next((o for o in operations if o.kind == "chargeback" and o.succeeded), None)
    if taken is not None and member.ended_at is None:
        _end_by_bank(member, taken.at + timedelta(seconds=1), _TAKEN_BACK)


def _end_by_bank(member: Member, at: datetime, reason: int) -> None:
    _end(member, "canceled", at)
    member.cancelled_at, member.cancel_reason = at, reason
    _tell(member, at, "cancelled", reason=reason, at_once=True)


def _end(member: Member, state: str, at: datetime) -> None:
    member.state, member.next_at, member.ended_at = state, None, at


def _soon(stage: Stage) -> timedelta:
    """Due subscriptions are looked for each minute."""
    return timedelta(milliseconds=stage.dice.randrange(1_000, 55_000))


def _tell(
    member: Member, at: datetime, what: str, rebill: Operation | None = None,
    *, actor: str = SYSTEM, **data: Any,
) -> None:  # fmt: skip
    member.moments.append(Moment(at, what, actor, rebill, data))


async def number(tx: db.Tx, told: list[Payment]) -> list[Member]:
    """The members, each with a number of the one sequence, in the order in which they joined."""
    members = sorted(
        (payment.member for payment in told if payment.member is not None),
        key=lambda member: member.first.at,
    )
    if members:
        numbers = await tx.value(_NUMBERS, len(members))
        for member, drawn in zip(members, sorted(numbers), strict=True):
            member.number = drawn
    return members


async def write(tx: db.Tx, members: list[Member]) -> None:
    await tx.run(_SUBSCRIPTIONS, tx.company, [_row(member) for member in members])


def _row(member: Member) -> dict[str, Any]:
    offer, first = member.offer, member.first
    shop = first.payment.shop
    return {
        "id": member.id,
        "number": member.number,
        "originator_id": shop.id,
        "payment_id": first.payment.id,
        "operation_id": first.id,
        "offer_id": shop.offers[offer.name],
        "kind": offer.kind,
        "state": member.state,
        "currency": first.payment.currency,
        "rebill_minor": offer.rebill_minor,
        "rebill_period": offer.rebill_period,
        "rebill_max": offer.rebill_max,
        "trial_minor": offer.trial_minor,
        "trial_period": offer.trial_period,
        "iterations": member.iterations,
        "retries": member.retries,
        "started_at": first.at,
        "period_start": member.period_start,
        "period_end": member.period_end,
        "next_at": member.next_at,
        "cancel_reason": member.cancel_reason,
        "cancelled_at": member.cancelled_at,
        "ended_at": member.ended_at,
        "anchor_at": member.anchor_at,
    }
