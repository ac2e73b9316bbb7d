"""What is kept of an API's body: what explains it, nothing that could be used.

Card data are cut by their names and found by their digits; tokens, keys and proofs of an
authentication by their names; tokens in addresses by where they stand.
"""

import gzip
import re
import zlib
from functools import lru_cache
from typing import Any

import msgspec

from comptoir.kit import redact

MAX_BODY = 16_384  # Bytes that are looked at; larger bodies are counted only.
_PACKED = 10 * MAX_BODY
# Numbers keep their first six and last four digits; everything else about a card is cut.
_NUMBERS = frozenset("number pan cardnumber card_number".split())
_CUT = frozenset(
    "cvc cvv cardsecuritycode holder cardholdername cardexpiremonth cardexpireyear expiry_month"
    " expiry_year accountnumber accountroutingnumber accountholdername iban cardnin pares cres"
    " pareq creq cavv xid threedssessiondata quickpaycode buyeridentitycode qrcode form"
    " paysign sign rawrequest nonce noncestr prepayid packagestr".split()
)
_OWN_ID = re.compile(r"(?!.*\d{12})[0-9a-f]{16}")
_TOKEN = re.compile(r"(/(?:payment|transaction)/)(?:watch/)?[A-Za-z0-9_\-]{22,}")


def body(raw: bytes | None, *, packed: bool = False) -> Any:
    """A body as it may be kept: redacted JSON, or a word about what it was."""
    if not raw:
        return None
    plain = _unpacked(raw) if packed else raw
    if plain is None or len(plain) > MAX_BODY:
        return f"[more than {MAX_BODY} bytes]"
    try:
        found = msgspec.json.decode(plain)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return f"[{len(plain)} bytes that are not JSON]"
    return _safe(found, "", 0)


def _unpacked(raw: bytes) -> bytes | None:
    try:
        return gzip.decompress(raw) if len(raw) <= _PACKED else None
    except (OSError, EOFError, zlib.error):
        return None


def _safe(value: Any, name: str, depth: int) -> Any:
    if name in _NUMBERS:
        return _number(value)
    if name in _CUT and value not in (None, ""):
        return redact.CUT
    if depth >= redact.MAX_DEPTH:
        return "[too deep]"
    if isinstance(value, dict):
        return {
            text(str(key)): redact.CUT
            if redact.is_secret(str(key)) and item
            and str(key).lower() not in _NUMBERS
            else _safe(item, str(key).lower(), depth + 1)
            for key, item in list(value.items())[: redact.MAX_ITEMS]
        }  # fmt: skip
    if isinstance(value, list):
        return [_safe(item, "", depth + 1) for item in value[: redact.MAX_ITEMS]]
    return text(value) if isinstance(value, str) else redact.value(value)


def _number(value: Any) -> Any:
    """A card number by its ends; a number of another kind as it is."""
    digits = str(value).replace(" ", "").replace("-", "")
    if not (digits.isascii() and digits.isdigit()):
        return redact.CUT
    if len(digits) < 12:
        return value if isinstance(value, int) else text(str(value))
    return f"{digits[:6]}••••••{digits[-4:]}" if len(digits) <= 19 else redact.CUT


def request_id(given: str) -> str:
    """An id of our own making at once; one that a client chose is looked at."""
    return given if _OWN_ID.fullmatch(given) else text(given)


@lru_cache(maxsize=2048)
def path(given: str) -> str:
    """A path, of which there are few that are asked for often."""
    return text(given)


def text(value: str) -> str:
    """A text without card numbers, secrets and tokens of addresses."""
    cut = redact.text(value.replace("\x00", "\N{REPLACEMENT CHARACTER}"))
    return _TOKEN.sub(rf"\1{redact.CUT}", cut)


def code_of(answer: Any) -> str | None:
    """What an answer says of itself: the wire's code, or a problem's."""
    if not isinstance(answer, dict):
        return None
    found = answer.get("errorCode") or answer.get("code")
    return str(found)[:64] if found else None
