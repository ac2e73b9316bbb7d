"""Acts as the tests write them."""

from typing import Any

from comptoir.gateways import Act, ActKind, CardData, Outcome
from comptoir.kit import ids
from comptoir.kit.money import Money

PLAIN = "4111111111111111"


def a_card(number: str = PLAIN) -> CardData:
    return CardData(number, 10, 2024, "000", "Ada Lovelace")


def an_act(kind: str = "sale", amount: str = "10.00 EUR", **more: Any) -> Act:
    """An act with a fresh key; a charge without a card or token gets the plain card."""
    needs_card = kind in {"sale", "authorize", "credit", "3dscheck"}
    if needs_card and "card" not in more and "token" not in more:
        more["card"] = a_card()
    if isinstance(more.get("card"), str):
        more["card"] = a_card(more["card"])
    more.setdefault("key", ids.new())
    money = Money.parse(amount)
    return Act(kind=ActKind(kind), amount=money, order_id="ORDER-1", **more)


def about(outcome: Outcome) -> dict[str, Any]:
    """The references with which a later act names this outcome's operation."""
    return {"refs": outcome.refs}
