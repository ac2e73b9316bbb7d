"""Names of things: UUIDv7 in the database, `pay_` + 26 characters at the edge (TypeID 0.3)."""

import os
import time
from uuid import UUID

from comptoir.kit.errors import NotFound

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's, in lower case.
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]  # Ten bits at a time.
_VALUE = {letter: index for index, letter in enumerate(_ALPHABET)}
_RANDOM_BITS = (1 << 74) - 1


def new() -> UUID:
    """A UUIDv7 (RFC 9562) made from the machine's clock, so that rows sort by creation."""
    return at(time.time_ns() // 1_000_000, int.from_bytes(os.urandom(10), "big"))


def at(milliseconds: int, entropy: int) -> UUID:
    """A UUIDv7 for a moment (milliseconds since 1970) and 74 bits of entropy."""
    rest = entropy & _RANDOM_BITS
    high, low = rest >> 62, rest & ((1 << 62) - 1)
    return UUID(int=milliseconds << 80 | 7 << 76 | high << 64 | 2 << 62 | low)


def typeid(prefix: str, value: UUID) -> str:
    """`typeid("pay", …)` → `pay_01h455vb4pex5vsknk084sn02q`."""
    number = value.int
    letters = "".join([_PAIRS[number >> shift & 1023] for shift in range(120, -1, -10)])
    return f"{prefix}_{letters}"


def untype(prefix: str, text: str) -> UUID:
    """Read a TypeID back. A malformed or foreign one names nothing: `NotFound`."""
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != 26 or tail[0] > "7":
        raise NotFound
    number = 0
    for letter in tail:
        if letter not in _VALUE:
            raise NotFound
        number = number << 5 | _VALUE[letter]
    return UUID(int=number)
