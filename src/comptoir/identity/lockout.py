"""Bad tries: after ten, of password or code, an account is locked for 30 minutes.

A try is counted before it is checked, so that many at once cannot get more than ten answers.
While locked, nothing is checked, counted or prolonged.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from comptoir.identity import security
from comptoir.identity.security import Happening
from comptoir.kit import background, clock, db

MAX_TRIES = 10
LOCKED_FOR = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Try:
    """A counted try; `locked` if it was the one too many, should it turn out bad."""

    user_id: UUID
    locked: bool


async def claim_try(user_id: UUID) -> Try | None:
    """Count a try, in its own commit; None while the account is locked."""
    async with db.lookup() as tx:
        return await tx.one(
            Try,
            "update app_user set"
            " failures = case when locked_until is null then failures + 1 else 1 end,"
            " locked_until ="
            "  case when locked_until is null and failures + 1 >= $3 then $2 + $4::interval end"
            " where id = $1 and (locked_until is null or locked_until <= $2)"
            " returning id as user_id, locked_until is not null as locked",
            user_id,
            clock.now(),
            MAX_TRIES,
            LOCKED_FOR,
        )


async def try_was_good(tx: db.Tx, this: Try) -> None:
    """Take one try back. The others stay counted until the whole sign-in is done."""
    await tx.run(
        "update app_user set failures = greatest(failures - 1, 0),"
        " locked_until = case when $2 then null else locked_until end where id = $1",
        this.user_id,
        this.locked,
    )


def try_was_bad(this: Try, kind: Happening, ip: str | None) -> None:
    """Write a bad try down, after the answer: a known address must not take a commit longer."""
    background.start(_write_down(this, kind, ip), "bad try")


async def _write_down(this: Try, kind: Happening, ip: str | None) -> None:
    async with db.lookup() as tx:
        await security.record(tx, kind, this.user_id, ip)
        if this.locked:
            await security.record(tx, Happening.LOCKED, this.user_id, ip)


async def clear(tx: db.Tx, user_id: UUID) -> None:
    """All tries are forgotten: a sign-in is complete, or an administrator says so."""
    await tx.run(
        "update app_user set failures = 0, locked_until = null where id = $1",
        user_id,
    )
