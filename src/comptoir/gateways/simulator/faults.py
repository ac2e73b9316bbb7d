"""Scripted trouble: what a real gateway and the way to it do on a bad day, on order.

A fault is ordered by a documented amount or card, by a queue that a test fills, or by seeded
probability. The three-digit results of an issuer are not faults; they live with the cards.
"""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from enum import StrEnum

AMOUNT_FAULTS_FROM = 91_000  # 91 003 minor units of any currency: fault number 3.
_REMEMBERED = 20_000  # Requests whose number of tries is kept.
_SCALE = 1 << 64


class Fault(StrEnum):
    """The faults, in the order of their documented numbers, from 1."""

    DELAY = "delay"  # The answer is late; nothing else.
    TIMEOUT_BEFORE = "timeout_before"  # No answer, and nothing was done.
    TIMEOUT_AFTER = "timeout_after"  # No answer, but it was done.
    RESET = "reset"  # The connection broke after it was done.
    ERROR_BEFORE = "error_before"  # 500, and nothing was done.
    ERROR_AFTER = "error_after"  # 500, but it was done.
    GARBAGE = "garbage"  # It was done; the answer is not readable.
    DUPLICATE = "duplicate"  # Answered, and then notified twice.
    LATE = "late"  # Answered "pending"; the result comes by notification.
    REFUSED = "refused"  # Nobody listens.
    BUSY = "busy"  # 429 with Retry-After.


NOTHING_DONE = [
    Fault.TIMEOUT_BEFORE.value,
    Fault.ERROR_BEFORE.value,
    Fault.REFUSED.value,
    Fault.BUSY.value,
]
NO_FAULT = "none"  # In a script: let the next request pass.

_BY_NUMBER = dict(enumerate(Fault, start=1))
_tries: OrderedDict[tuple[str, str], int] = OrderedDict()


def fault_numbers() -> list[int]:
    return list(_BY_NUMBER)


def fault_of_number(number: int) -> Fault:
    return _BY_NUMBER[number]


def amount_of_fault(fault: Fault) -> int:
    """The amount, in minor units of any currency, that asks for a fault."""
    return AMOUNT_FAULTS_FROM + next(n for n, known in _BY_NUMBER.items() if known is fault)


def fault_of_amount(minor: int) -> Fault | None:
    """The fault an amount asks for."""
    return _BY_NUMBER.get(minor - AMOUNT_FAULTS_FROM)


def try_number(account: str, reference: str) -> int:
    """How often this process has seen a request of that reference before, from 0."""
    known = (account, reference)
    count = _tries.pop(known, -1) + 1
    _tries[known] = count
    if len(_tries) > _REMEMBERED:
        _tries.popitem(last=False)
    return count


def seeded(rates: Mapping[str, float], seed: int, reference: str, attempt: int) -> Fault | None:
    """The fault that a seed deals to a request: the same one whenever it is asked."""
    text = f"{seed}:{reference}:{attempt}".encode()
    draw = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest(), "big")
    reached = 0
    for name, rate in sorted(rates.items()):
        reached += int(rate * _SCALE)
        if draw < reached:
            return Fault(name)
    return None
