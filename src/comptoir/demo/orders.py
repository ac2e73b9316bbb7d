"""What is ordered: a basket, its price in the shopper's currency, the shop's own order number."""

from datetime import datetime
from random import Random

from comptoir.demo.charging import Stage
from comptoir.demo.story import Payment, Shop, Shopper, chance, new_id
from comptoir.gateways import simulator

_PENCE_A_EURO = 86
_FIRST_ORDER = 10_400


def begin_payment(
    stage: Stage, shop: Shop, at: datetime, shopper: Shopper | None = None, mode: str = "single"
) -> Payment:
    """A shopper fills a basket. The payment is not told yet: its first charge decides that."""
    who = shopper or stage.crowd.somebody(shop, at)
    currency = shop.plan.also.get(who.country, shop.plan.currency)
    description, amount = _basket(stage.dice, shop)
    if currency != shop.plan.currency:
        amount = amount * _PENCE_A_EURO // 100
    stage.orders[shop.plan.slug] = order = stage.orders.get(shop.plan.slug, _FIRST_ORDER) + 1
    return Payment(
        new_id(stage.dice, at), shop, who, f"{shop.plan.orders}-{order}", description,
        plain(amount), currency, mode, at,
    )  # fmt: skip


def _basket(dice: Random, shop: Shop) -> tuple[str, int]:
    name, price = dice.choice(shop.plan.products)
    if shop.plan.members:
        return name, price
    pieces = 1 + chance(dice, 280) + chance(dice, 110)
    amount = price * pieces
    description = name if pieces == 1 else f"{pieces} × {name}"
    if chance(dice, 420):
        other, more = dice.choice(shop.plan.products)
        description, amount = f"{description}, {other}", amount + more
    return description, amount


def plain(amount: int) -> int:
    """The sandbox gives some amounts a meaning of their own; nobody here pays those."""
    while simulator.code_of_amount(amount) or simulator.fault_of_amount(amount):
        amount -= 1000
    return amount
