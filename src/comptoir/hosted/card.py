"""The card form: what was typed, read and judged before anything is sent.

What is wrong is said beside its box. A number or a security code is never written back.
"""

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from comptoir import checkout, gateways, vault
from comptoir.edge.i18n import message
from comptoir.kit import clock

MAX_HOLDER = 128
_GAPS = re.compile(r"[\s\u00a0\-.]")
_NUMBER = re.compile(r"[0-9]{12,19}")
_EXPIRY = re.compile(r"(0?[1-9]|1[0-2])[/\-](?:20)?([0-9]{2})|(0[1-9]|1[0-2])(?:20)?([0-9]{2})")
_CODE = re.compile(r"[0-9]{3,4}")
_NO_CODE = frozenset({"maestro"})  # Some of its cards have none.

NUMBER_MISSING = message("Enter the number on your card.")
NUMBER_WRONG = message("This is not a card number. Look at its digits again.")
NUMBER_NOT_TEST = message("In test mode only the documented test cards work.")
EXPIRY_MISSING = message("Enter the month and the year, for example 09/29.")
EXPIRED = message("This card has expired. Use another one.")
CODE_MISSING = message("Enter the three digits on the back of your card, or the four on the front.")
CODE_LENGTH = message("The security code of this card has another length.")
HOLDER_MISSING = message("Enter the name on the card.")


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it came; `card` or `signed` when nothing is wrong with it."""

    errors: Mapping[str, str]
    kept: Mapping[str, str] = field(default_factory=dict)
    card: gateways.CardData | None = field(default=None, repr=False)
    signed: checkout.Signature | None = None


def read_card(form: Mapping[str, str]) -> Typed:
    """The card in a form, or what is wrong with it, box by box."""
    number = _GAPS.sub("", form.get("number", ""))
    holder = read_holder(form)
    code = form.get("code", "").strip()
    month, year = _expiry(form.get("expiry", ""))
    errors = {
        "number": _number_error(number),
        "expiry": _expiry_error(month, year),
        "code": _code_error(code, number),
        "holder": "" if holder else HOLDER_MISSING,
    }
    errors = {name: text for name, text in errors.items() if text}
    kept = {
        "holder": holder,
        "expiry": "" if "expiry" in errors else f"{month:02d}/{year % 100:02d}",
    }
    if errors:
        return Typed(errors, kept)
    card = gateways.CardData(number, month, year, code or None, holder)
    return Typed({}, kept, card)


def read_holder(form: Mapping[str, str]) -> str:
    """The name typed. One that is a number is a number typed into the wrong box: no name."""
    name = " ".join(form.get("holder", "").split())
    return "" if _NUMBER.search(re.sub(r"[\W_]", "", name)) else name[:MAX_HOLDER]


def _expiry(text: str) -> tuple[int, int]:
    """Month and year; zeros when it cannot be read."""
    found = _EXPIRY.fullmatch(re.sub(r"\s", "", text))
    if found is None:
        return 0, 0
    return int(found[1] or found[3]), 2000 + int(found[2] or found[4])


def _number_error(number: str) -> str:
    if not number:
        return NUMBER_MISSING
    try:
        vault.clean_number(number)
    except vault.NotACardNumber:
        return NUMBER_WRONG
    return ""


def _expiry_error(month: int, year: int) -> str:
    if not month:
        return EXPIRY_MISSING
    today = clock.now().date()
    last = calendar.monthrange(year, month)[1]
    return EXPIRED if (year, month, last) < (today.year, today.month, today.day) else ""


def _code_error(code: str, number: str) -> str:
    brand = vault.brand_of(number)
    if not code:
        return "" if brand in _NO_CODE else CODE_MISSING
    if _CODE.fullmatch(code) is None:
        return CODE_MISSING
    return CODE_LENGTH if len(code) != (4 if brand == "amex" else 3) else ""
