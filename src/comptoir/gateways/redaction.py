"""What is kept of an exchange: everything that explains it, nothing that could be used.

Card numbers keep their first six and last four digits. The secrets of the call itself are masked
wherever they stand, also as base64, URL-encoded or grouped in fours; fields with a secret's name
are masked whatever they hold.
"""

import re
from binascii import b2a_base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

from comptoir.gateways.contract import AccountContext, Act, HttpAnswer, HttpCall

MASK = "••••"
MAX_ARCHIVED = 16_384  # Characters of one body.
MAX_UNREADABLE = 500
_SECRET_NAMES = frozenset(
    "cvc cvv cvv2 csc pin password secret token api_key apikey key authorization signature"
    " access_token client_secret number pan card_number holder cryptogram cavv".split()
)
_NUMBER_NAMES = frozenset({"number", "pan", "card_number"})
_HEADERS_KEPT = frozenset(
    "content-type idempotency-key sandbox-options retry-after date request-id x-request-id".split()
)
# A run of 13 to 19 digits, perhaps grouped: a card number if its check digit is right.
_CARD_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_DIGITS_AND_SPACES = bytes(code if 48 <= code <= 57 else 32 for code in range(256))
_DIGITS = re.compile(r"[0-9]{3,}")
_SHORTEST_NUMBER = 10**12  # As an integer: 13 digits.
_SHORTEST_NAME = 4
_SHORTEST_SECRET = 6  # Shorter values are masked by their field's name only.


@dataclass(frozen=True, slots=True)
class _Search:
    """What to look for in a text: spellings with what replaces them, and card numbers or not."""

    secrets: Mapping[str, str]
    numbers: bool = True

    def within(self, raw: str) -> "_Search":
        """The part of it that occurs in a JSON text, so that its strings are searched faster."""
        if "\\" in raw:
            return self  # Escapes may hide a spelling from a look at the raw text.
        found = {spelling: shown for spelling, shown in self.secrets.items() if spelling in raw}
        return _Search(found, _may_hold_number(raw))

    def masked(self, text: str) -> str:
        for spelling, shown in self.secrets.items():
            if spelling in text:
                text = text.replace(spelling, shown)
        return _CARD_NUMBER.sub(_mask_run, text) if self.numbers else text


def _may_hold_number(text: str) -> bool:
    """A quick look for 13 digits together, perhaps grouped; most texts end here."""
    runs = text.encode().translate(_DIGITS_AND_SPACES, b" -").split()
    return max(map(len, runs), default=0) >= 13


def _alignments(value: bytes) -> Iterable[str]:
    """The part of base64 that a value leaves in any longer text, wherever it begins."""
    for start in range(3):
        core = value[start : start + (len(value) - start) // 3 * 3]
        if len(core) >= _SHORTEST_SECRET:
            text = b2a_base64(core, newline=False).decode()
            yield text
            if "+" in text or "/" in text:
                yield text.replace("+", "-").replace("/", "_")


@lru_cache(maxsize=256)
def _spellings(value: str) -> tuple[str, ...]:
    """How a credential may stand in a text. The same few are asked for all day."""
    if len(value) < _SHORTEST_SECRET:
        return ()
    coded = quote(value, safe="")
    return (value, *([coded] if coded != value else []), *_alignments(value.encode()))


def _number_spellings(number: str) -> Iterable[str]:
    """How a card number may stand in a text."""
    yield number
    yield "%" + number.encode().hex("%")
    grouped = " ".join([number[start : start + 4] for start in range(0, len(number), 4)])
    yield grouped
    for between in ("-", "+", "%20", ".", "\u00a0", "\\u00a0"):
        yield grouped.replace(" ", between)
    yield from _alignments(number.encode())


def search_of(act: Act | None, account: AccountContext, token: str | None = None) -> _Search:
    """Every spelling of what this call must not leave behind, with what stands there instead."""
    found: dict[str, str] = {}
    if act is not None and act.card is not None:
        shown = f"{act.card.first6}••••••{act.card.last4}"
        for spelling in _number_spellings(act.card.number):
            found[spelling] = shown
        if act.card.holder and len(act.card.holder) >= _SHORTEST_NAME:
            found[act.card.holder] = MASK
    street = None if act is None or act.billing is None else act.billing.street
    if street and len(street) >= _SHORTEST_SECRET:
        found[street] = MASK  # Also where a refusal repeats it.
    for value in account.credentials.values():
        for spelling in _spellings(value):
            found[spelling] = MASK
    for fresh in (act.token if act is not None else None, token):
        if fresh:
            found[fresh] = MASK
            for spelling in _alignments(fresh.encode()):
                found[spelling] = MASK
    return _Search(found)


def _mask_run(run: re.Match[str]) -> str:
    text = run.group()
    places = [at for at, character in enumerate(text) if character.isdigit()]
    if not _luhn([int(text[at]) for at in places]):
        return text
    hidden = set(places[6:-4])
    return "".join("•" if at in hidden else character for at, character in enumerate(text))


def _luhn(digits: list[int]) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        total += digit if index % 2 == 0 else digit * 2 - 9 * (digit > 4)
    return total % 10 == 0


def _without_named(value: Any, name: str, hidden: frozenset[str], dropped: list[str]) -> Any:
    """A value with its secretly named fields masked; what stood there goes to `dropped`."""
    if isinstance(value, dict):
        return {
            key: _without_named(item, key.lower(), hidden, dropped) for key, item in value.items()
        }
    if isinstance(value, list):
        return [_without_named(item, name, hidden, dropped) for item in value]
    if name not in hidden or value is None:
        nested = isinstance(value, str) and value[:1] in {"{", "["}
        return _nested(value, hidden, dropped) if nested else value
    text = str(value)
    dropped.append(text)
    card_number = name in _NUMBER_NAMES and 12 < len(text) < 20 and text.isdigit()
    return f"{text[:6]}••••••{text[-4:]}" if card_number else MASK


def _nested(text: str, hidden: frozenset[str], dropped: list[str]) -> Any:
    """JSON inside a string: gateways repeat a request that way when they refuse it."""
    try:
        parsed = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return _without_named(parsed, "", hidden, dropped)


def _searched(value: Any, search: _Search) -> Any:
    """A value with every text in it searched."""
    if isinstance(value, dict):
        return {search.masked(key): _searched(item, search) for key, item in value.items()}
    if isinstance(value, list):
        return [_searched(item, search) for item in value]
    if isinstance(value, str):
        return search.masked(value)
    if type(value) is int and abs(value) >= _SHORTEST_NUMBER:
        text = search.masked(str(value))
        return text if "•" in text else value
    return value


def _body(body: bytes | None, hidden: frozenset[str], search: _Search) -> Any:
    if not body:
        return None
    if len(body) > MAX_ARCHIVED:
        return f"{len(body)} bytes, too many to keep"
    text = body.decode("utf-8", "replace")
    try:
        parsed = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _unreadable(text, search)
    dropped: list[str] = []
    value = _without_named(parsed, "", hidden, dropped)
    for secret in dropped:
        # Once: the same value elsewhere still has to be found.
        text = text.replace(secret, "", 1)
    left = search.within(text)
    return _searched(value, left) if left.secrets or left.numbers else value


def _unreadable(text: str, search: _Search) -> str:
    """The beginning of a body nobody can read. Longer digit runs could be anything: masked."""
    shown = search.masked("".join(filter(str.isprintable, text)))[:MAX_UNREADABLE]
    return _DIGITS.sub(lambda run: "•" * len(run.group()), shown)


def _head(url: str, headers: Mapping[str, str], search: _Search) -> tuple[str, dict[str, str]]:
    """The address and the headers that may be kept, searched."""
    kept = {
        name: value if name.lower() in _HEADERS_KEPT else MASK for name, value in headers.items()
    }
    left = search.within("\n".join((url, *kept.values())).replace("\\", ""))
    if not left.secrets and not left.numbers:
        return url, kept
    return search.masked(url), {name: search.masked(value) for name, value in kept.items()}


def request_of(call: HttpCall, search: _Search) -> dict[str, Any]:
    """A request as it is archived."""
    url, headers = _head(call.url, call.headers, search)
    body = _body(call.body, _SECRET_NAMES | call.secret_fields, search)
    return {"method": call.method, "url": url, "headers": headers, "body": body}


def answer_of(call: HttpCall, answer: HttpAnswer, search: _Search) -> dict[str, Any]:
    """An answer as it is archived."""
    _, headers = _head("", answer.headers, search)
    body = _body(answer.body, _SECRET_NAMES | call.secret_fields, search)
    return {"status": answer.status, "headers": headers, "body": body}
