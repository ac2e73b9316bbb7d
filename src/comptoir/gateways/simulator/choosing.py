"""A tester's choice: how something that waits for a person elsewhere will end.

A wallet is confirmed on a phone, a transfer is made in a bank's app: here a button is.
"""

import os
from datetime import datetime, timedelta
from uuid import UUID

from comptoir.gateways.simulator import store
from comptoir.kit import clock, ids

LATER = timedelta(seconds=60)


async def choose(company: UUID, account: UUID, reference: UUID, code: str, *, later: bool) -> bool:
    """Decide what waits, now or a minute from now; False for what waits no more."""
    due = clock.now() + (LATER if later else timedelta(0))
    return await store.decide(company, account, str(reference), code, due)


async def take_back(
    company: UUID, account: UUID, reference: UUID, original: UUID, at: datetime
) -> None:
    """A bank takes a collected debit back at a moment: the batch of that day tells it."""
    returned = ids.at(int(at.timestamp() * 1000), int.from_bytes(os.urandom(10), "big"))
    await store.take_back(company, account, returned, str(reference), str(original), at)
