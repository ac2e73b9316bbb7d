"""Stolen cards tried one night at one shop, what came of it, and the block list that ended it."""

from datetime import datetime, timedelta

from comptoir.demo import trouble
from comptoir.demo.charging import Stage, attempt
from comptoir.demo.following import charged_back, follow, notice
from comptoir.demo.orders import begin_payment
from comptoir.demo.rhythm import local
from comptoir.demo.story import SUCCESS, Operation, Payment, Shop, Shopper, chance, new_id

_TRIALS, _BLOCKED = 46, 17
_REFUSALS = ("005", "007", "014", "041", "043", "051", "062")


def tell_stolen(stage: Stage, shop: Shop) -> None:
    today = stage.end.astimezone(stage.ground.zone).date()
    night = today - timedelta(days=trouble.BURST_DAYS_AGO)
    at = local(night, stage.ground.zone, 3, 600)
    taken: list[Operation] = []
    for _ in range(_TRIALS):
        at += stage.pause(9_000, 48_000)
        tried = _trial(stage, shop, at)
        if tried is not None and tried.succeeded:
            taken.append(tried)
    _repaired(stage, taken, local(night, stage.ground.zone, 9, 1500))
    begins = local(today - timedelta(days=trouble.BLOCKED_DAYS_AGO), stage.ground.zone, 11)
    step = (stage.end - begins) // (_BLOCKED + 1)
    regular = stage.crowd.newcomer(begins, "US")
    regular.email, regular.ip = trouble.FRAUD_EMAIL, "198.51.100.23"
    for number in range(_BLOCKED):
        who = regular if chance(stage.dice, 300) else None
        _blocked(stage, shop, begins + step * number + stage.pause(0, 3_600_000), who)


def _stranger(stage: Stage, shop: Shop, at: datetime, known: Shopper | None = None) -> Payment:
    """Somebody with another name and card each time, always from the same address."""
    shopper = known or stage.crowd.newcomer(at, stage.dice.choice(("US", "GB", "KR", "DE")))
    if known is None:
        shopper.ip, shopper.shop_id, shopper.phone = trouble.FRAUD_IP, None, None
    payment = begin_payment(stage, shop, at, shopper)
    payment.currency = shop.plan.currency
    payment.description, payment.amount_minor = "Gorra Roque", 100 + stage.dice.randrange(200)
    return payment


def _trial(stage: Stage, shop: Shop, at: datetime) -> Operation | None:
    payment = _stranger(stage, shop, at)
    verdict = SUCCESS if chance(stage.dice, 170) else stage.dice.choice(_REFUSALS)
    tried = attempt(stage, payment, "sale", payment.shopper.cards[0], at, verdict=verdict)
    if tried is not None:
        stage.told.append(payment)
    return tried


def _repaired(stage: Stage, taken: list[Operation], morning: datetime) -> None:
    """A clerk sends back what was taken, except what the banks were quicker to claim."""
    for number, sale in enumerate(taken):
        if sale.finished_at is None:
            continue
        if number < 2:
            notice(stage, sale, "fraud", morning + timedelta(days=3, minutes=40 * number))
            charged_back(stage, sale, morning + timedelta(days=9, minutes=25 * number))
        else:
            at = morning + timedelta(minutes=4 * number)
            clerk = stage.ground.clerks[0]
            follow(stage, sale, "refund", sale.amount_minor, at, actor=clerk, reason="Stolen card")


def _blocked(stage: Stage, shop: Shop, at: datetime, regular: Shopper | None) -> None:
    """The same people again; now a list entry stops them before any gateway is asked."""
    if at >= stage.end:
        return
    payment = _stranger(stage, shop, at, regular)
    kind, code = ("ip", "502") if regular is None else ("email", "501")
    operation = Operation(
        new_id(stage.dice, at), payment, "sale", payment.amount_minor, at, shop.actor,
        payment.shopper.cards[0], None, status="declined", code=code, finished_at=at,
        blocked_by=kind,
    )  # fmt: skip
    payment.operations.append(operation)
    stage.told.append(payment)
