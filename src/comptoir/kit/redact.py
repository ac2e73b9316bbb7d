"""Take secrets out of anything that leaves the process: logs, errors, the archive of calls.

Better one harmless number too many than one card number. What is cut is said to be cut.
"""

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from uuid import UUID

CUT = "[redacted]"
MAX_DEPTH = 8
MAX_TEXT = 20_000
MAX_ITEMS = 500

# Words that make a name secret wherever they stand in it, and those that do so as its last word
# (`customer_token` is secret, `token_id` and `key_hint` are not).
_ANYWHERE = frozenset(
    "password passwd passphrase secret cvc cvv cvn authorization cookie credential credentials"
    " pan totp otp".split()
)
_LAST = frozenset("key keys token tokens".split())
_WHOLE = frozenset(
    "cardnumber card_number number_of_card pwd set_cookie cid security_code securitycode"
    " card_security_code cardsecuritycode verification_value verificationvalue verification_code"
    " verificationcode card_verification card_code cardcode card_cid csc cvd cav2 cvx".split()
)
_ENDINGS = ("_security_code", "_verification_value", "_verification_code", "_csc", "_cid")
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")

# A run of digits in groups, as people, forms and URLs write card numbers; UUIDs are let through.
_UUID = r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"
_GAP = r"(?:[ \-\u00a0_+]|%20|%2[dD])?"
_RUN = re.compile(rf"({_UUID})|(?<!\d)(\d(?:{_GAP}\d){{11,}})(?!\d)")
# The same with any one or two signs between the groups: 4111.1111/1111  1111.
_APART = re.compile(rf"({_UUID})|(\d(?:(?:%2[0-9a-fA-F]|[^0-9a-zA-Z]){{0,2}}\d){{11,}})")
_GROUP = re.compile(r"%2[0-9a-fA-F]|\d+")
_GAPS = re.compile(r"%20|%2[dD]|\D")
_SCHEME = re.compile(r"\b(basic|bearer)(\s+|%20)[A-Za-z0-9+/=._~\-]{6,}", re.IGNORECASE)
_LOGIN = re.compile(r"(://[^\s:/@]*):[^\s@/]+@")
# `name = value`, `"name": "value"`, also with the quotes of JSON inside JSON.
_NAMED = re.compile(r"""(?<![\w\-])([A-Za-z][\w\-]{1,64})\\?["']?\s*[=:]\s*""")
_VALUE = re.compile(
    r"""\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|(?:basic|bearer)\s+\S+|[^\s"'&,;{}\[\]\\)]+""",
    re.IGNORECASE,
)
# Too short for a card number, or a UUID, and nothing assigned: most values of most lines.
_PLAIN = re.compile(rf"[^=:]{{0,11}}|{_UUID}")
_BASE64 = re.compile(r"[A-Za-z0-9+/_\-]{16,4096}={0,2}")


def luhn(digits: str) -> bool:
    """Whether a run of digits has the check digit of a card number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _is_card(digits: str) -> bool:
    # Longer than any card: a card with its expiry or a zero before it. No honest number is so long.
    return len(digits) > 19 or (len(digits) >= 12 and luhn(digits))


# How the numbers of the large brands begin, and how many digits they have.
_BRANDS = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})"  # Visa.
    r"|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}"  # Mastercard.
    r"|3[47]\d{13}"  # American Express.
    r"|3(?:0[0-5]|[689]\d)\d{11}"  # Diners.
    r"|6(?:011|4[4-9]\d|5\d\d)\d{12,15}|62\d{14,17}"  # Discover, UnionPay.
    r"|35(?:2[89]|[3-8]\d)\d{12,15}"  # JCB.
    r"|(?:5018|5020|5038|5893|6304|6759|676[1-3])\d{9,15}"  # Maestro.
)
_TYPED = re.compile(rf"({_UUID})|(?<![\d.])(\d(?:[ \-]?\d){{12,18}})(?![ \-.]?\d)")


def holds_card_number(value: str, *, deep: bool = True) -> bool:
    """Whether a text that would be stored has a card number in it, as somebody types one.

    Also in base64, as programs pass on what they were given.

    Sharper than what is cut from logs, for here a wrong guess refuses a payment: the check digit
    must be right, and the number one that a known brand gives out.
    """
    for _, typed in _TYPED.findall(value):
        digits = re.sub(r"\D", "", typed)
        if digits and _BRANDS.fullmatch(digits) and luhn(digits):
            return True
    return deep and any(
        holds_card_number(_decoded(word), deep=False) for word in _BASE64.findall(value)
    )


def _decoded(word: str) -> str:
    """What a word of base64 says in plain text; nothing if it does not."""
    plain = word.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("ascii")
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _cut_run(match: re.Match[str]) -> str:
    if match.group(1) is not None:
        return match.group(1)
    return CUT if _is_card(_GAPS.sub("", match.group(2))) else match.group(2)


def _cut_apart(match: re.Match[str]) -> str:
    """Cut what a known brand gives out from groups of digits: others may stand before and after."""
    if match.group(1) is not None:
        return match.group(1)
    run = match.group(2)
    groups = [found for found in _GROUP.finditer(run) if not found[0].startswith("%")]
    parts, done = [], 0
    for place, first in enumerate(groups):
        digits = ""
        for last in groups[place : place + 19]:
            digits += last[0]
            if len(digits) > 19 or first.start() < done:
                break
            if _BRANDS.fullmatch(digits) and luhn(digits):
                parts.append(run[done : first.start()] + CUT)
                done = last.end()
                break
    return "".join([*parts, run[done:]])


def _cut_named(value: str) -> str:
    """Cut what is assigned to a secret name."""
    parts, done = [], 0
    for match in _NAMED.finditer(value):
        if match.start() < done or not is_secret(match.group(1)):
            continue
        assigned = _VALUE.match(value, match.end())
        if assigned is not None:
            parts.append(value[done : match.end()] + CUT)
            done = assigned.end()
    return "".join([*parts, value[done:]])


def _cut_encoded(match: re.Match[str]) -> str:
    """A card number may hide in base64: look into what decodes to plain text."""
    inside = _decoded(match.group(0))
    return CUT if inside.isprintable() and text(inside, deep=False) != inside else match.group(0)


def text(value: str, *, deep: bool = True) -> str:
    """The text without card numbers, passwords, keys and the like."""
    if _PLAIN.fullmatch(value):
        return value
    if len(value) > MAX_TEXT:
        # A number cut in two would not be known for one.
        value = value[:MAX_TEXT].rstrip("0123456789 -_+%") + "…"
    value = _SCHEME.sub(rf"\1 {CUT}", value)
    value = _LOGIN.sub(rf"\1:{CUT}@", value)
    value = _cut_named(value)
    value = _RUN.sub(_cut_run, value)
    value = _APART.sub(_cut_apart, value)
    return _BASE64.sub(_cut_encoded, value) if deep else value


def is_secret(name: str) -> bool:
    """Whether a field of this name is never shown, whatever it holds."""
    words = [word.lower() for word in _WORDS.findall(name) if not word.isdigit()]
    if not words:
        return False
    whole = "_".join(words)
    if whole in _WHOLE or whole.endswith(_ENDINGS):
        return True
    return words[-1] in _LAST or not _ANYWHERE.isdisjoint(words)


def value(item: object, depth: int = 0) -> object:
    """A copy of any value that is safe to write: bounded, in plain types, without secrets."""
    if item is None or isinstance(item, bool | UUID | datetime | date | timedelta):
        return item if isinstance(item, bool) or item is None else str(item)
    if isinstance(item, Enum):
        return value(item.value, depth)
    if isinstance(item, int | Decimal | float):
        return CUT if _is_card_as_number(item) else item
    if isinstance(item, str):
        return text(item)
    if isinstance(item, bytes | bytearray | memoryview):
        return f"[{len(item)} bytes]"
    if depth >= MAX_DEPTH:
        return "[too deep]"
    if isinstance(item, Mapping):
        return mapping(item, depth)
    if isinstance(item, list | tuple | set | frozenset):
        return [value(part, depth + 1) for part in list(item)[:MAX_ITEMS]]
    return text(str(item))


def _is_card_as_number(item: float | Decimal) -> bool:
    exact = Decimal(item)
    if exact.is_finite() and exact.adjusted() < 20 and exact == exact.to_integral_value():
        item = int(exact)  # 4111111111111111.0 is written with a digit more than the card's.
    return _is_card(re.sub(r"\D", "", str(item)))


def mapping(item: Mapping[object, object], depth: int = 0) -> dict[str, object]:
    """A dictionary without the values of secret names, and without secrets in the others."""
    safe: dict[str, object] = {}
    for name, content in list(item.items())[:MAX_ITEMS]:
        shown, secret = _name(str(name))
        safe[shown] = CUT if secret and content else value(content, depth + 1)
    return safe


@lru_cache(maxsize=2048)
def _name(name: str) -> tuple[str, bool]:
    return text(name), is_secret(name)
