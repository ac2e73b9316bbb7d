"""Watching one payment attempt: an address that nobody can guess, for one operation.

A socket cannot hear that its client left while it may have to speak, so one that nobody listens to
waits until the end like any other. That must cost nothing: all who watch an operation share its
looks, which become rare with time, and only the newest few of them are kept.
"""

import asyncio
import base64
import binascii
from dataclasses import dataclass, field
from uuid import UUID

from comptoir.checkout.facts import load_facts
from comptoir.checkout.transaction import transaction_attempt
from comptoir.kit import crypto, db
from comptoir.kit.errors import NotFound
from comptoir.payments import FINAL, Operation
from comptoir.subscriptions import first_charge

MAX_ADDRESS = 200
WATCH_SECONDS = 900.0  # A quarter of an hour, then a socket is closed without a word.
MAX_WATCHERS = 20  # Of one operation: a page that is loaded again leaves one behind each time.
LOOKS_PER_SECOND = 100  # Of a whole process, however much is watched.
_PACES = ((60.0, 0.5), (300.0, 2.0), (WATCH_SECONDS, 5.0))  # Until then, so many seconds apart.
_PURPOSE, _BOUND = "watched operation", b"address"


def watch_address(operation: Operation) -> str:
    """Sealed, so it tells nothing and cannot be made up."""
    plain = operation.company_id.bytes + operation.id.bytes
    sealed = crypto.seal(_PURPOSE, plain, _BOUND)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_address(text: str) -> tuple[UUID, UUID]:
    """Company and operation of an address; raises `NotFound` for any other text."""
    if len(text) > MAX_ADDRESS:
        raise NotFound
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        plain = crypto.open_sealed(_PURPOSE, sealed, _BOUND)
    except (binascii.Error, ValueError):
        raise NotFound from None
    return UUID(bytes=plain[:16]), UUID(bytes=plain[16:])


@dataclass(slots=True)
class _Watch:
    """One operation, looked at by one task for all who wait for its end."""

    looking: asyncio.Task[dict[str, object]]
    waiting: list[asyncio.Future[None]] = field(default_factory=list)


_watched: dict[UUID, _Watch] = {}


async def wait_ended(company_id: UUID, operation_id: UUID) -> dict[str, object] | None:
    """The attempt as soon as it is over; None for who waited too long, or was followed by many."""
    watch = _watched.get(operation_id)
    if watch is None:
        watch = _Watch(asyncio.create_task(_look(company_id, operation_id)))
        _watched[operation_id] = watch
    left = asyncio.get_running_loop().create_future()
    watch.waiting.append(left)
    if len(watch.waiting) > MAX_WATCHERS:
        watch.waiting.pop(0).set_result(None)
    try:
        await asyncio.wait(
            (watch.looking, left), timeout=WATCH_SECONDS, return_when=asyncio.FIRST_COMPLETED
        )
        return watch.looking.result() if watch.looking.done() else None
    finally:
        if left in watch.waiting:
            watch.waiting.remove(left)
        if not watch.waiting:
            watch.looking.cancel()
            if _watched.get(operation_id) is watch:
                del _watched[operation_id]


async def _look(company_id: UUID, operation_id: UUID) -> dict[str, object]:
    """Look again and again until the attempt is over; who waits no longer ends it."""
    now = asyncio.get_running_loop().time
    begun = now()
    while True:
        told = await _find_ended(company_id, operation_id)
        if told is not None:
            return told
        await asyncio.sleep(pause_after(now() - begun, len(_watched)))


def pause_after(seconds: float, watched: int) -> float:
    """How long until the next look: longer with time, and with how much this process watches."""
    pace = next((pause for until, pause in _PACES if seconds < until), _PACES[-1][1])
    return max(pace, watched / LOOKS_PER_SECOND)


async def _find_ended(company_id: UUID, operation_id: UUID) -> dict[str, object] | None:
    """The attempt once it is over; None while it is not."""
    async with db.transaction(company=company_id) as tx:
        ended = await tx.value(
            "select status = any($3) from operation where company_id = $1 and id = $2",
            tx.company, operation_id, sorted(FINAL),
        )  # fmt: skip
        if ended is False:
            return None
        operation = await first_charge(tx, operation_id)
        return transaction_attempt(operation, await load_facts(tx, [operation]))
