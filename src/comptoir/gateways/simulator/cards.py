"""The sandbox's test cards and test amounts: each gives one documented result, always.

Card numbers that are not in this table are refused before anything is stored: a number that looks
real may be real. The table is shown to people in docs/guide/test-cards.md.
"""

from dataclasses import dataclass
from enum import StrEnum

from comptoir.gateways.reasons import GATEWAY_CODES, SUCCESS
from comptoir.gateways.simulator.faults import Fault, fault_numbers, fault_of_number
from comptoir.kit.errors import Invalid

AMOUNT_CODES_FROM = 90_000  # 90 051 minor units of any currency: result code 051.


class ThreeDs(StrEnum):
    """What the issuer's 3-D Secure does with a card."""

    FRICTIONLESS = "frictionless"  # Authenticated without the shopper; a forced one challenges.
    CHALLENGE = "challenge"  # Always asks the shopper.
    NOT_ENROLLED = "not_enrolled"
    FAILED = "failed"  # The issuer refuses the authentication.


@dataclass(frozen=True, slots=True)
class TestCard:
    """One documented number and what it does."""

    __test__ = False  # Not a test class, whatever its name says to a collector.

    number: str
    brand: str
    code: str = SUCCESS
    three_ds: ThreeDs = ThreeDs.FRICTIONLESS
    fault: Fault | None = None
    note: str = ""


class NotATestCard(Invalid):
    code = "not_a_test_card"
    title = "Test mode accepts only the documented test card numbers; nothing was stored"


def luhn(number: str) -> bool:
    """Whether the last digit of a card number is right."""
    total = 0
    for index, digit in enumerate(reversed(number)):
        value = ord(digit) - 48
        if index % 2:
            value = value * 2 - 9 if value > 4 else value * 2
        total += value
    return total % 10 == 0


def _with_check_digit(digits: str) -> str:
    return next(digits + last for last in "0123456789" if luhn(digits + last))


_PLAIN = (
    TestCard("4111111111111111", "visa", note="enrolled in 3-D Secure"),
    TestCard("4012888888881881", "visa", three_ds=ThreeDs.NOT_ENROLLED, note="not enrolled"),
    TestCard("4242424242424242", "visa"),
    TestCard("4222222222222", "visa", note="13 digits"),
    TestCard("5555555555554444", "mastercard"),
    TestCard("5105105105105100", "mastercard"),
    TestCard("2223003122003222", "mastercard", note="2 series"),
    TestCard("378282246310005", "amex"),
    TestCard("371449635398431", "amex"),
    TestCard("4000002500001001", "cb", note="Cartes Bancaires and Visa"),
    TestCard("5555552500001001", "cb", note="Cartes Bancaires and Mastercard"),
    TestCard("6759649826438453", "maestro"),
    TestCard("6304000000000000", "maestro"),
    TestCard("30569309025904", "diners", note="14 digits"),
    TestCard("36227206271667", "diners", note="14 digits"),
    TestCard("6011111111111117", "discover"),
    TestCard("3566002020360505", "jcb"),
    TestCard("3530111333300000", "jcb"),
    TestCard("6200000000000005", "unionpay"),
    TestCard("4000000000003055", "visa", note="3-D Secure without the shopper"),
    TestCard("4000000000003220", "visa", three_ds=ThreeDs.CHALLENGE),
    TestCard("4000002500003155", "visa", three_ds=ThreeDs.CHALLENGE),
    TestCard("5200000000003225", "mastercard", three_ds=ThreeDs.CHALLENGE),
    TestCard("4000008260003178", "visa", code="051", three_ds=ThreeDs.CHALLENGE),
    TestCard("4000008400001629", "visa", code="001", three_ds=ThreeDs.FAILED),
    TestCard("4000002760003184", "visa", code="065", note="accepted after a challenge"),
    TestCard("4000000000000002", "visa", code="005"),
    TestCard("4000000000009995", "visa", code="051"),
    TestCard("4000000000009987", "visa", code="041"),
    TestCard("4000000000009979", "visa", code="043"),
    TestCard("4000000000000069", "visa", code="054"),
    TestCard("4000000000000127", "visa", code="007"),
)


def _table() -> dict[str, TestCard]:
    cards = list(_PLAIN)
    for code in sorted(GATEWAY_CODES):
        # 4000 0000 0051 000x and 5200 0000 0051 000x: the third group says the code.
        for start, brand in (("40000000", "visa"), ("52000000", "mastercard")):
            number = _with_check_digit(f"{start}0{code}000")
            cards.append(TestCard(number, brand, code=code))
    for place in fault_numbers():
        # 4000 0000 09nn 000x: fault number nn.
        number = _with_check_digit(f"4000000009{place:02d}000")
        cards.append(TestCard(number, "visa", fault=fault_of_number(place)))
    return {card.number: card for card in cards}


TEST_CARDS: dict[str, TestCard] = _table()


def find_test_card(number: str) -> TestCard | None:
    """The documented card of that number; spaces and dashes between groups do not matter."""
    return TEST_CARDS.get(number) or TEST_CARDS.get(number.replace(" ", "").replace("-", ""))


def check_test_number(number: str) -> TestCard:
    """The documented card of that number; raises `NotATestCard`, which does not repeat it."""
    card = find_test_card(number)
    if card is None:
        raise NotATestCard(guide="test-cards")
    return card


def amount_of_code(code: str) -> int:
    """The amount, in minor units of any currency, that asks for a result code."""
    return AMOUNT_CODES_FROM + int(code)


def code_of_amount(minor: int) -> str | None:
    """The result code an amount asks for: 90 000 + code, when the code is a documented one."""
    if not AMOUNT_CODES_FROM < minor < AMOUNT_CODES_FROM + 1000:
        return None
    code = f"{minor - AMOUNT_CODES_FROM:03d}"
    return code if code in GATEWAY_CODES else None
