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

from comptoir.kit import crypto

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


def is_token(text: str) -> bool:
    return _FORM.fullmatch(text) is not None


def token_hash(token: str) -> bytes:
    """What the directory knows of a token."""
    return hashlib.sha256(token.encode()).digest()
