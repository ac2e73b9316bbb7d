"""The two tokens of a prepared payment: 16 random bytes each, 22 URL-safe letters.

The customer's token is the page's address. The merchant's token reads the status and is the key of
the data that the shopper's browser carries back, so it is kept sealed; both are found by hash.
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from uuid import UUID

from comptoir.kit import crypto, db

TOKEN_BYTES = 16
MERCHANT, CUSTOMER = "merchant_token", "customer_token"
_PURPOSE = "checkout tokens"
_FORM = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Both tokens as they are written on the wire."""

    merchant: str = field(repr=False)
    customer: str = field(repr=False)


def new_tokens() -> Tokens:
    return Tokens(secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES))


def token_bytes(token: str) -> bytes:
    """The 16 bytes behind the letters."""
    return base64.urlsafe_b64decode(token + "==")


def seal_tokens(payment_id: UUID, tokens: Tokens) -> bytes:
    plain = token_bytes(tokens.merchant) + token_bytes(tokens.customer)
    return crypto.seal(_PURPOSE, plain, payment_id.bytes)


def open_tokens(payment_id: UUID, sealed: bytes) -> Tokens:
    plain = crypto.open_sealed(_PURPOSE, sealed, payment_id.bytes)
    return Tokens(_letters(plain[:TOKEN_BYTES]), _letters(plain[TOKEN_BYTES:]))


def _letters(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


async def note_tokens(tx: db.Tx, payment_id: UUID, tokens: Tokens) -> None:
    """Make the payment findable by its tokens."""
    await tx.run(
        "insert into directory (kind, key_hash, company_id, target_id)"
        " values ($3, $4, $1, $2), ($5, $6, $1, $2)",
        tx.company, payment_id, MERCHANT, _hash(tokens.merchant), CUSTOMER, _hash(tokens.customer),
    )  # fmt: skip


async def find_by_token(kind: str, token: str) -> tuple[UUID, UUID] | None:
    """Company and payment of a token; None for one that nobody was given."""
    if not _FORM.fullmatch(token):
        return None
    async with db.lookup() as tx:
        row = await tx.row(
            "select company_id, target_id from directory_v1($1, $2)", kind, _hash(token)
        )
    return None if row is None else (row["company_id"], row["target_id"])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
