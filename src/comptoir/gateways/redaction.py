"""What is kept of an exchange: everything that explains it, nothing that could be used.

Card numbers keep their first six and last four digits. The secrets of the call itself are masked
wherever they stand, also as base64, URL-encoded or grouped in fours; fields with a secret's name
are masked whatever they hold.
"""

import base64
import re
from collections.abc import Iterable, Mapping
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
_HEADERS_KEPT = frozenset(
    "content-type idempotency-key sandbox-options retry-after date request-id x-request-id".split()
)
# A run of 13 to 19 digits, perhaps grouped: a card number if its check digit is right.
_CARD_NUMBER = re.compile(r"(?<![0-9])[0-9](?:[ -]?[0-9]){12,18}(?![0-9])")
_SHORTEST_SECRET = 6  # Shorter values are masked by their field's name only.


def _alignments(value: bytes) -> Iterable[str]:
    """The part of base64 that a value leaves in any longer text, wherever it begins."""
    for before in range(3):
        whole = len(value) - (3 - before) % 3
        start = (3 - before) % 3
        core = value[start : start + whole // 3 * 3]
        if len(core) >= _SHORTEST_SECRET:
            text = base64.b64encode(core).decode()
            yield text
            if "+" in text or "/" in text:
                yield text.replace("+", "-").replace("/", "_")


def _spellings(value: str) -> Iterable[str]:
    """How a secret may stand in a text."""
    yield value
    coded = quote(value, safe="")
    if coded != value:
        yield coded
    yield from _alignments(value.encode())


def _digit_spellings(number: str) -> Iterable[str]:
    """How a card number may stand in a text, besides plainly."""
    yield "".join(f"%{ord(digit):02X}" for digit in number)
    yield "".join(f"%{ord(digit):02x}" for digit in number)
    groups = [number[start : start + 4] for start in range(0, len(number), 4)]
    for between in (" ", "-", "+", "%20", ".", "\u00a0", "\\u00a0"):
        yield between.join(groups)


def secrets_of(act: Act | None, account: AccountContext) -> dict[str, str]:
    """Every spelling of what this call must not leave behind, with what stands there instead."""
    found: dict[str, str] = {}
    if act is not None and act.card is not None:
        shown = f"{act.card.first6}••••••{act.card.last4}"
        for spelling in (*_spellings(act.card.number), *_digit_spellings(act.card.number)):
            found[spelling] = shown
    values = [value for value in account.credentials.values() if value]
    if act is not None and act.token:
        values.append(act.token)
    for value in values:
        if len(value) >= _SHORTEST_SECRET:
            for spelling in _spellings(value):
                found[spelling] = MASK
    return found


def _masked(text: str, secrets: Mapping[str, str]) -> str:
    for spelling, shown in secrets.items():
        if spelling in text:
            text = text.replace(spelling, shown)
    return _CARD_NUMBER.sub(_mask_run, text)


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


def _clean(value: Any, name: str, hidden: frozenset[str], secrets: Mapping[str, str]) -> Any:
    if name in hidden and not isinstance(value, dict | list) and value is not None:
        shown = _masked(str(value), secrets)
        return shown if "•" in shown else MASK
    if isinstance(value, dict):
        return {
            _masked(str(key), secrets): _clean(item, str(key).lower(), hidden, secrets)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_clean(item, name, hidden, secrets) for item in value]
    if isinstance(value, str):
        return _masked(value, secrets)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 10**11:
        text = _masked(str(value), secrets)
        return text if "•" in text else value
    return value


def _body(body: bytes | None, hidden: frozenset[str], secrets: Mapping[str, str]) -> Any:
    if not body:
        return None
    if len(body) > MAX_ARCHIVED:
        return f"{len(body)} bytes, too many to keep"
    try:
        parsed = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return _unreadable(body.decode("utf-8", "replace"), secrets)
    return _clean(parsed, "", hidden, secrets)


def _unreadable(text: str, secrets: Mapping[str, str]) -> str:
    """The beginning of a body nobody can read. Longer digit runs could be anything: masked."""
    text = _masked(text, secrets)[:MAX_UNREADABLE]
    out = []
    for word in _digit_runs(text):
        out.append("•" * len(word) if len(word) >= 3 and word.isdigit() else word)
    return "".join(out)


def _digit_runs(text: str) -> Iterable[str]:
    """The text in pieces that are all digits or have none."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or text[at].isdigit() != text[start].isdigit():
            yield text[start:at]
            start = at


def _kept_headers(headers: Mapping[str, str], secrets: Mapping[str, str]) -> dict[str, str]:
    return {
        name: _masked(value, secrets) if name.lower() in _HEADERS_KEPT else MASK
        for name, value in headers.items()
    }


def request_of(call: HttpCall, secrets: Mapping[str, str]) -> dict[str, Any]:
    """A request as it is archived."""
    hidden = _SECRET_NAMES | call.secret_fields
    return {
        "method": call.method,
        "url": _masked(call.url, secrets),
        "headers": _kept_headers(call.headers, secrets),
        "body": _body(call.body, hidden, secrets),
    }


def answer_of(call: HttpCall, answer: HttpAnswer, secrets: Mapping[str, str]) -> dict[str, Any]:
    """An answer as it is archived."""
    hidden = _SECRET_NAMES | call.secret_fields
    return {
        "status": answer.status,
        "headers": _kept_headers(answer.headers, secrets),
        "body": _body(answer.body, hidden, secrets),
    }
