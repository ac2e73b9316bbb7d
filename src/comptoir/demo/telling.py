"""Tells the whole story of a company: the same seed and the same end give the same story."""

from datetime import datetime
from random import Random

from comptoir.demo import rhythm, trouble
from comptoir.demo.charging import Stage, buy
from comptoir.demo.crowd import Crowd
from comptoir.demo.following import aftermath
from comptoir.demo.members import join
from comptoir.demo.orders import begin_payment
from comptoir.demo.stolen import tell_stolen
from comptoir.demo.story import Ground, Payment, Shop, chance
from comptoir.demo.unfinished import tell_unfinished

STOLEN_AT = "teide-online"


def tell(ground: Ground, seed: int, end: datetime) -> list[Payment]:
    """Ninety days of a company, in the order in which its payments began."""
    dice = Random(f"{seed}:{ground.slug}")  # noqa: S311  A story, the same when told again.
    stage = Stage(ground, dice, end, Crowd(dice), trouble.incidents(end, ground.zone))
    for at, shop in _visits(stage):
        _visit(stage, shop, at)
    for shop in ground.shops:
        if shop.plan.slug == STOLEN_AT:
            tell_stolen(stage, shop)
    tell_unfinished(stage)
    for payment in stage.told:
        payment.operations.sort(key=lambda operation: operation.at)
    return sorted(stage.told, key=lambda payment: payment.at)


def _visits(stage: Stage) -> list[tuple[datetime, Shop]]:
    """Who comes when, over all shops of the company; shoppers know more than one of them."""
    visits = [
        (at, shop)
        for shop in stage.ground.shops
        for at in rhythm.moments(stage.dice, shop.plan, stage.ground.zone, stage.end)
    ]
    return sorted(visits, key=lambda visit: visit[0])


def _visit(stage: Stage, shop: Shop, at: datetime) -> None:
    authorised = chance(stage.dice, shop.plan.authorised)
    mode = "recurrent" if shop.plan.members else "on_shipping" if authorised else "single"
    payment = begin_payment(stage, shop, at, mode=mode)
    charged = buy(stage, payment, "authorize" if authorised else "sale")
    if charged is not None and shop.plan.members:
        join(stage, charged)
    elif charged is not None:
        aftermath(stage, charged)
