"""Test cards, amounts and result codes for people, read from the sandbox's own tables."""

from dataclasses import dataclass

from comptoir import gateways
from comptoir.edge.i18n import message
from comptoir.gateways import TestCard

# What stands beside a card in the sandbox's table, for the catalogues.
NOTES = {
    "enrolled in 3-D Secure": message("enrolled in 3-D Secure"),
    "not enrolled": message("not enrolled"),
    "13 digits": message("13 digits"),
    "14 digits": message("14 digits"),
    "2 series": message("2 series"),
    "Cartes Bancaires and Visa": message("Cartes Bancaires and Visa"),
    "Cartes Bancaires and Mastercard": message("Cartes Bancaires and Mastercard"),
    "3-D Secure without the shopper": message("3-D Secure without the shopper"),
    "accepted after a challenge": message("accepted after a challenge"),
}
THREE_DS = {
    "frictionless": message("without the shopper"),
    "challenge": message("always asks the shopper"),
    "not_enrolled": message("not enrolled"),
    "failed": message("refused by the bank"),
}
FAULTS = {
    "delay": message("The answer is slow."),
    "timeout_before": message("No answer, and nothing was done."),
    "timeout_after": message("No answer, but the money was moved."),
    "reset": message("The connection broke after the money was moved."),
    "error_before": message("Error 500, and nothing was done."),
    "error_after": message("Error 500, but the money was moved."),
    "garbage": message("The money was moved; the answer cannot be read."),
    "duplicate": message("Answered, then notified twice."),
    "late": message("Answered as pending; the result comes a minute later by notification."),
    "refused": message("The gateway cannot be reached."),
    "busy": message("The gateway asks to try again later (429)."),
}


@dataclass(frozen=True, slots=True)
class Result:
    """A result code, the cards that give it, and the amount that asks for it."""

    code: str
    text: str
    cards: tuple[str, ...]
    amount: int | None


@dataclass(frozen=True, slots=True)
class Trouble:
    """A fault of the gateway on order."""

    fault: str
    text: str
    card: str
    amount: int


def usual() -> list[TestCard]:
    """Cards that shoppers would have, in the order of the sandbox's table."""
    return [c for c in _cards() if c.fault is None and not _generated(c)]


def results() -> list[Result]:
    """Every result that a transaction may carry."""
    given: dict[str, list[str]] = {}
    for card in _cards():
        if card.fault is None and _generated(card):
            given.setdefault(card.code, []).append(card.number)
    return [
        Result(code, text, tuple(given.get(code, ())),
               gateways.amount_of_code(code) if code in given else None)
        for code, text in sorted(gateways.RESULT_TEXTS.items())
    ]  # fmt: skip


def troubles() -> list[Trouble]:
    return [
        Trouble(card.fault, FAULTS[card.fault], card.number, gateways.amount_of_fault(card.fault))
        for card in _cards()
        if card.fault is not None
    ]


def _cards() -> list[TestCard]:
    return list(gateways.TEST_CARDS.values())


def _generated(card: TestCard) -> bool:
    """Whether the number itself says the code: 4000 0000 0051 000x."""
    return card.number[:9] in {"400000000", "520000000"} and card.number[9:12] == card.code
