"""Charges of the story: authentication, the issuer's word, and a second try with another card."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from comptoir import payments
from comptoir.demo.crowd import Crowd, weighted
from comptoir.demo.story import SUCCESS, Card, Ground, Operation, Payment, chance, new_id
from comptoir.demo.trouble import Incident, met

CAPTURE_DAYS = timedelta(days=7)
_STRONG = frozenset("FR BE DE CH ES IT LU PT IE GB".split())  # Where strong authentication is law.
_FLOWS_STRONG = {"frictionless": 660, "challenge": 230, "not_enrolled": 102, "failed": 8}
_FLOWS_ELSEWHERE = {"frictionless": 330, "challenge": 90, "not_enrolled": 576, "failed": 4}
# Per mille of the issuers' refusals, by what the shopper's bank has seen of the shopper.
_REFUSED = {"frictionless": 88, "challenge": 52, "not_enrolled": 172}
_ABROAD = 70  # Per mille more for a card from another country than the shop's first one.
_CODES = {
    "051": 360, "005": 250, "007": 80, "054": 60, "062": 50, "034": 50, "014": 40, "091": 40,
    "001": 30, "041": 20, "043": 20,
}  # fmt: skip
_UNSEEN_CODES = {**_CODES, "065": 420}  # Without authentication some issuers ask for it.
_CHALLENGES = {"passed": 912, "failed": 28, "open": 60}
_TRIES = 3


@dataclass(slots=True)
class Stage:
    """The story as far as it has been told."""

    ground: Ground
    dice: Random
    end: datetime
    crowd: Crowd
    incidents: tuple[Incident, ...] = ()
    told: list[Payment] = field(default_factory=list)
    orders: dict[str, int] = field(default_factory=dict)  # The last number of each shop.

    def pause(self, least: int, most: int) -> timedelta:
        return timedelta(milliseconds=self.dice.randint(least, most))


def buy(stage: Stage, payment: Payment, kind: str) -> Operation | None:
    """Charge a shopper, again if the first card is declined. The operation that succeeded, if any.

    A payment that would end after the present moment has not begun: it is left out.
    """
    card = stage.dice.choice(payment.shopper.cards)
    last = attempt(stage, payment, kind, card, payment.at)
    if last is None:
        return None
    stage.told.append(payment)
    for _ in range(_TRIES - 1):
        last = _again(stage, last)
        if last is None:
            return None
        if last.succeeded:
            return last
    return None


def attempt(
    stage: Stage,
    payment: Payment,
    kind: str,
    card: Card,
    at: datetime,
    *,
    step_up: bool = False,
    verdict: str | None = None,
) -> Operation | None:
    """One charge at the gateway, with the issuer's `verdict` or one that fits the card."""
    account = payment.shop.account(payment.currency)
    operation = Operation(
        new_id(stage.dice, at), payment, kind, payment.amount_minor, at, payment.shop.actor, card,
        account,
    )  # fmt: skip
    done = at + stage.pause(260, 1900)
    if done > stage.end:
        return None
    incident = met(stage.incidents, stage.dice, account, at)
    if incident is not None and incident.status != "declined":
        operation.status, operation.code = incident.status, incident.code
        operation.fault, operation.finished_at = incident.fault, done
    else:
        operation.gateway_id = new_id(stage.dice, at)
        operation.three_ds = "challenge" if step_up else _flow(stage, card, payment)
        said = incident.code if incident is not None else None
        code = verdict or said or _verdict(stage, operation)
        if operation.three_ds == "challenge":
            _challenge(stage, operation, code, done)
        else:
            finish(stage, operation, "001" if operation.three_ds == "failed" else code, done)
    payment.operations.append(operation)
    return operation


def _flow(stage: Stage, card: Card, payment: Payment) -> str:
    strong = payment.shopper.country in _STRONG and card.brand != "unionpay"
    return weighted(stage.dice, _FLOWS_STRONG if strong else _FLOWS_ELSEWHERE)


def _verdict(stage: Stage, operation: Operation) -> str:
    payment, flow = operation.payment, operation.three_ds or "not_enrolled"
    refused = _REFUSED.get(flow, 0)
    if payment.shopper.country != next(iter(payment.shop.plan.countries)):
        refused += _ABROAD
    if not chance(stage.dice, refused):
        return SUCCESS
    return weighted(stage.dice, _UNSEEN_CODES if flow == "not_enrolled" else _CODES)


def _challenge(stage: Stage, operation: Operation, code: str, shown: datetime) -> None:
    """The shopper's bank asks; some answer, some fail, some leave, some have not answered yet."""
    way = weighted(stage.dice, _CHALLENGES)
    operation.challenged_at = shown
    if way == "open":
        # The bank's page ends after 30 minutes; the question after that one brings 032.
        decided = asked_at(operation.at)[3] + stage.pause(300, 4000)
    else:
        decided = shown + stage.pause(14_000, 140_000)
    operation.asked = [at for at in asked_at(operation.at) if at < min(decided, stage.end)]
    if decided > stage.end:
        wait(stage, operation, "action_required")
        operation.gateway_status, operation.challenge = "challenge", "open"
        return
    operation.challenge = way
    ended = {"passed": code, "failed": "001", "open": "032"}[way]
    finish(stage, operation, ended, decided)


def asked_at(at: datetime) -> list[datetime]:
    """When the gateway is asked for an operation without an outcome: the ladder, from the start."""
    moments, moment = [], at
    for step in payments.LADDER[:8]:
        moment += step + timedelta(seconds=3)
        moments.append(moment)
    return moments


def wait(stage: Stage, operation: Operation, status: str) -> None:
    """No outcome yet. The next question comes by the ladder, or at once if it is overdue."""
    operation.status = status
    operation.tries = 1 + len(operation.asked)
    due = asked_at(operation.at)[len(operation.asked)]
    operation.next_try_at = max(due, stage.end + timedelta(seconds=20))


def finish(stage: Stage, operation: Operation, code: str, at: datetime) -> None:
    """The gateway's last word, known on both sides."""
    good = code == SUCCESS
    operation.status, operation.code = ("succeeded" if good else "declined"), code
    operation.finished_at = at
    operation.gateway_status, operation.gateway_code = ("approved" if good else "declined"), code
    if good and operation.kind in {"sale", "rebill", "capture"}:
        operation.captured_minor = operation.amount_minor
    if good and operation.kind in {"sale", "authorize"}:
        operation.token = new_id(stage.dice, at)
    if good and operation.kind == "authorize":
        operation.capture_before = operation.at + CAPTURE_DAYS


def _again(stage: Stage, last: Operation) -> Operation | None:
    """What the shopper does after a refusal: authenticates, takes another card, or gives up."""
    dice, payment, done = stage.dice, last.payment, last.finished_at
    if last.succeeded:
        return last
    if done is None or last.status == "rejected":
        return None
    if last.code == "065":
        if not chance(dice, 900):
            return None
        at = done + stage.pause(4_000, 20_000)
        return attempt(stage, payment, last.kind, last.card, at, step_up=True, verdict=SUCCESS)
    at = done + stage.pause(40_000, 380_000)
    if last.status == "not_sent" or (last.code in {"001", "032"} and chance(dice, 450)):
        return attempt(stage, payment, last.kind, last.card, at, verdict=SUCCESS)
    if chance(dice, 120):
        return attempt(stage, payment, last.kind, last.card, at, verdict=last.code)
    if not chance(dice, 560):
        return None
    other = stage.crowd.card(payment.shopper.country, at)
    payment.shopper.cards.append(other)
    return attempt(
        stage, payment, last.kind, other, at, verdict=SUCCESS if chance(dice, 820) else None
    )
