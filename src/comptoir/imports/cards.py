"""Card numbers in files: masked ones are read, whole ones are refused and hidden.

A whole number is never stored, logged or written anywhere, so this is asked of every cell.
"""

import re

from comptoir.kit import redact

# Digits that may hold a card number, grouped as people, forms and URLs group them.
# Nothing is given back (`?+`): every cell of every row is asked, and most hold only a date.
_RUN = re.compile(r"\d(?:(?:[ .\-/_\u00a0\u202f+]|%20)?+\d){11,79}+")
_GAP = re.compile(r"%20|\D")
# Where the networks' numbers begin, and how long they are.
_ISSUED = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"
    r"|(?:5[1-5]\d{2}|222[1-9]|22[3-9]\d|2[3-6]\d{2}|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11,16}|35\d{14,17}"
    r"|6(?:011|4[4-9]\d|5\d{2})\d{12,15}|62\d{14,17}"
    r"|(?:50|5[6-9]|6\d)\d{10,17}|220[0-4]\d{12,15}|9792\d{12}"
)
LONGEST = 19
_LENGTHS = (13, 14, 15, 16, 19)
_MASK = "*xX•·#."
_VISIBLE = 12  # First eight and last four: more than that is no mask (PCI DSS 3.4.1).
_MASKED = re.compile(rf"(\d{{6}})?\d{{0,2}}[{re.escape(_MASK)}…]+(\d{{4}})?$", re.ASCII)
_LAST_FOUR = re.compile(r"(?<!\d)(\d{4})$", re.ASCII)


class WholeNumber(ValueError):
    """A cell with an unmasked card number. Carries nothing of it."""


def has_number(text: str) -> bool:
    """Whether a text holds what can only be a whole card number."""
    return any(_holds_number(match.group()) for match in _RUN.finditer(text))


def _holds_number(run: str) -> bool:
    """Whether any neighbouring groups of a run are a number: an expiry may stand behind it."""
    groups = ["".join(str(int(d)) for d in group) for group in _GAP.split(run)]
    for start in range(len(groups)):
        digits = ""
        for group in groups[start:]:
            digits += group
            if len(digits) > LONGEST:
                break
            if _is_number(digits):
                return True
    glued = [group for group in groups if len(group) > LONGEST]
    return any(_is_number(group[:length]) for group in glued for length in _LENGTHS)


def _is_number(digits: str) -> bool:
    return _ISSUED.fullmatch(digits) is not None and redact.luhn(digits)


def read_masked(text: str) -> tuple[str | None, str | None]:
    """First six and last four of a masked number, as far as they are there.

    Raises `WholeNumber` for an unmasked number, `ValueError` for what is no masked number.
    """
    cell = re.sub(r"[ \-\u00a0]", "", text)
    visible = sum(letter.isdigit() for letter in cell)
    if visible > _VISIBLE or has_number(text):
        raise WholeNumber
    last = _LAST_FOUR.search(cell)
    if visible <= 4 and last is not None:
        return None, last.group(1)  # `1111`, `****1111`, `Visa 1111`.
    masked = _MASKED.search(cell)
    if masked is None or (masked.group(1) is None and masked.group(2) is None):
        raise ValueError("a masked card number looks like 411111******1111")
    return masked.group(1), masked.group(2)


def hide(text: str) -> str:
    """The text without anything that may be a whole card number or another secret."""
    return redact.text(_RUN.sub(_cut, text))


def _cut(match: re.Match[str]) -> str:
    return redact.CUT if _holds_number(match.group()) else match.group()


def hide_card(text: str) -> str:
    """The content of a card column, which may be a mistyped whole number, fit to be shown."""
    return redact.CUT if sum(letter.isdigit() for letter in text) > _VISIBLE - 2 else hide(text)
