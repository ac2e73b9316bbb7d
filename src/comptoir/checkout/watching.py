"""Watching one payment attempt: an address that nobody can guess, for one operation."""

import base64
import binascii
from uuid import UUID

from comptoir.checkout.facts import load_facts
from comptoir.checkout.transaction import transaction_attempt
from comptoir.kit import crypto, db
from comptoir.kit.errors import NotFound
from comptoir.payments import FINAL, Operation
from comptoir.subscriptions import first_charge

MAX_ADDRESS = 200
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


async def find_ended(company_id: UUID, operation_id: UUID) -> dict[str, object] | None:
    """The attempt once it is over; None while it is not."""
    async with db.transaction(company=company_id) as tx:
        operation = await first_charge(tx, operation_id)
        if operation.status not in FINAL:
            return None
        return transaction_attempt(operation, await load_facts(tx, [operation]))
