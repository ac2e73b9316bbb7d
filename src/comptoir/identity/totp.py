"""The second factor: six digits from an authenticator app (RFC 6238), each good for one use.

The secret is sealed under its user's id. While it is being enrolled it belongs to the session that
shows it: a stranger who learnt the password first cannot plant a secret and wait.
"""

import hmac
from uuid import UUID

import pyotp

from comptoir.kit import clock, crypto, db

PERIOD = 30  # Seconds that a code lasts.
DIGITS = 6
WINDOW = 1  # Periods that a phone's clock may be early or late.
ISSUER = "Comptoir"
_PURPOSE = "totp"


def new_sealed(user_id: UUID) -> bytes:
    return crypto.seal(_PURPOSE, pyotp.random_base32().encode(), user_id.bytes)


def open_secret(user_id: UUID, sealed: bytes) -> str:
    return crypto.open_sealed(_PURPOSE, sealed, user_id.bytes).decode()


def address(secret: str, email: str) -> str:
    """The otpauth:// address that an app reads from the QR code."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=ISSUER)


def step_of(secret: str, code: str) -> int | None:
    """The period whose code this is, if it is now or next to now. Looks at all of them always."""
    digits = "".join(code.split())
    present = int(clock.now().timestamp()) // PERIOD
    found: int | None = None
    for step in range(present - WINDOW, present + WINDOW + 1):
        expected = pyotp.HOTP(secret, digits=DIGITS).at(step)
        if hmac.compare_digest(expected.encode(), digits.encode()):
            found = step
    return found


async def use_step(tx: db.Tx, user_id: UUID, step: int) -> bool:
    """Spend a period: false if it, or a later one, was spent before. Safe for two at once."""
    spent = await tx.run(
        "update app_user set totp_last_step = $2"
        " where id = $1 and (totp_last_step is null or totp_last_step < $2)",
        user_id,
        step,
    )
    return spent == 1


async def accept(tx: db.Tx, user_id: UUID, code: str) -> bool:
    """Whether the code is right and unused; it is spent by that."""
    sealed: bytes | None = await tx.value(
        "select totp_secret from app_user where id = $1 and totp_confirmed_at is not null", user_id
    )
    if sealed is None:
        return False
    step = step_of(open_secret(user_id, sealed), code)
    return step is not None and await use_step(tx, user_id, step)


async def enrol(tx: db.Tx, user_id: UUID, sealed: bytes, step: int) -> bool:
    """Make a secret the user's own; false if another session was first."""
    done = await tx.run(
        "update app_user set totp_secret = $2, totp_confirmed_at = $3, totp_last_step = $4"
        " where id = $1 and totp_confirmed_at is null",
        user_id,
        sealed,
        clock.now(),
        step,
    )
    return done == 1


async def forget(tx: db.Tx, user_id: UUID) -> None:
    """A lost phone: the next sign-in enrols a new one."""
    await tx.run(
        "update app_user set totp_secret = null, totp_confirmed_at = null, totp_last_step = null"
        " where id = $1",
        user_id,
    )
