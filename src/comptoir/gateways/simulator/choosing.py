"""A tester's choice: how something that waits for a person elsewhere will end.

A wallet is confirmed on a phone, a transfer is made in a bank's app: here a button is.
"""

from datetime import timedelta
from uuid import UUID

from comptoir.gateways.simulator import store
from comptoir.kit import clock

LATER = timedelta(seconds=60)


async def choose(company: UUID, account: UUID, reference: UUID, code: str, *, later: bool) -> bool:
    """Decide what waits, now or a minute from now; False for what waits no more."""
    due = clock.now() + (LATER if later else timedelta(0))
    return await store.decide(company, account, str(reference), code, due)
