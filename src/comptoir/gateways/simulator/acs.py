"""The bank's page of a 3-D Secure challenge: what it shows, and what a code leads to.

1234 authenticates, 0000 fails, anything else may be tried again. The web door draws the page at
`/sandbox/acs/{id}` and, when it is decided, sends the shopper to `return_url`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from comptoir.gateways.simulator import store
from comptoir.kit import clock, ids
from comptoir.kit.errors import NotFound
from comptoir.kit.money import Money

PASS_CODE = "1234"  # noqa: S105  Documented, for everybody.
FAIL_CODE = "0000"
CHALLENGE_MINUTES = 30
_PREFIX = "acs"


class ChallengeState(StrEnum):
    OPEN = "open"
    PASSED = "passed"
    FAILED = "failed"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ChallengePage:
    """Everything the page shows."""

    id: str
    amount: Money
    brand: str
    last4: str
    state: ChallengeState
    return_url: str | None
    expires_at: datetime
    wrong_code: bool = False


def challenge_id(company: UUID, operation: UUID) -> str:
    """The page's name. It carries the company, because a shopper brings nothing else."""
    return ids.typeid(_PREFIX, company) + ids.typeid("", operation).removeprefix("_")


def challenge_url(company: UUID, operation: UUID) -> str:
    return f"/sandbox/acs/{challenge_id(company, operation)}"


def _read(name: str) -> tuple[UUID, UUID]:
    split = len(_PREFIX) + 1 + 26
    if len(name) != split + 26:
        raise NotFound
    return ids.untype(_PREFIX, name[:split]), ids.untype("", "_" + name[split:])


async def _page(name: str, result: str | None, *, wrong: bool = False) -> ChallengePage:
    company, operation = _read(name)
    now = clock.now()
    row = await store.challenge(company, operation, result, now)
    if row is None:
        raise NotFound
    expires = row["at"] + timedelta(minutes=CHALLENGE_MINUTES)
    state = ChallengeState(row["challenge"])
    if state is ChallengeState.OPEN and (row["status"] != "challenge" or expires < now):
        state = ChallengeState.EXPIRED
    return ChallengePage(
        name,
        Money(row["amount_minor"], row["currency"]),
        row["brand"],
        row["last4"],
        state,
        row["return_url"],
        expires,
        wrong_code=wrong and state is ChallengeState.OPEN,
    )


async def page_data(name: str) -> ChallengePage:
    """The page of a challenge; raises `NotFound`."""
    return await _page(name, None)


async def submit(name: str, code: str) -> ChallengePage:
    """Take the shopper's code. A challenge that is decided stays as it is."""
    result = {PASS_CODE: "passed", FAIL_CODE: "failed"}.get(code.strip())
    return await _page(name, result, wrong=result is None)
