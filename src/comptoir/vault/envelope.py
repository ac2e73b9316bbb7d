"""Envelope encryption: a key per card seals the card, a key from outside wraps that key.

AES-256-GCM both times, and both times with the company's and the record's id as associated data:
moved into another row or company, nothing opens.
"""

import hmac
import os
from dataclasses import dataclass, field
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from comptoir.vault.keys import KEY_BYTES, Generation, KeyRing

NONCE_BYTES = 12
BLOCK = 128  # Sealed texts are padded to blocks: their length tells nothing of number and name.
_VERSION = b"\x01"  # First byte of all that is sealed or wrapped: how the rest is to be read.
_HEAD = len(_VERSION) + NONCE_BYTES


class NotOpened(ValueError):
    """Another key, another row, or changed since. Carries nothing of what is inside."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A card as the database keeps it."""

    sealed: bytes = field(repr=False)
    generation: str
    wrapped_key: bytes = field(repr=False)


class Plain(msgspec.Struct, frozen=True):
    """What is sealed. There is no place for a security code: it cannot be kept even by mistake."""

    number: str
    month: int
    year: int
    holder: str | None = None

    def __repr__(self) -> str:
        return "Plain(…)"


def seal(ring: KeyRing, company_id: UUID, record_id: UUID, plain: Plain) -> Envelope:
    """Seal a card under a key of its own, and wrap that key by the newest generation."""
    data_key = os.urandom(KEY_BYTES)
    text = msgspec.json.encode(plain)
    padded = text.ljust(-(-len(text) // BLOCK) * BLOCK)
    return Envelope(
        _encrypt(data_key, padded, _owner(b"card", company_id, record_id)),
        ring.newest.id,
        _encrypt(ring.newest.key, data_key, _owner(b"key", company_id, record_id)),
    )


def unseal(
    generation: Generation, company_id: UUID, record_id: UUID, sealed: bytes, wrapped_key: bytes
) -> Plain:
    """The card in an envelope; raises `NotOpened`."""
    data_key = _decrypt(generation.key, wrapped_key, _owner(b"key", company_id, record_id))
    text = _decrypt(data_key, sealed, _owner(b"card", company_id, record_id))
    return msgspec.json.decode(text, type=Plain)


def rewrap(
    old: Generation, new: Generation, company_id: UUID, record_id: UUID, wrapped_key: bytes
) -> bytes:
    """The same record key, wrapped by another generation; the card stays sealed."""
    owner = _owner(b"key", company_id, record_id)
    return _encrypt(new.key, _decrypt(old.key, wrapped_key, owner), owner)


def fingerprint(ring: KeyRing, number: str) -> bytes:
    """Recognises a number without knowing it: a keyed hash over all its digits."""
    return hmac.digest(ring.fingerprint, number.encode("ascii"), "sha256")


def _owner(what: bytes, company_id: UUID, record_id: UUID) -> bytes:
    return b"comptoir vault " + what + _VERSION + company_id.bytes + record_id.bytes


def _encrypt(key: bytes, plain: bytes, owner: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, owner)


def _decrypt(key: bytes, sealed: bytes, owner: bytes) -> bytes:
    if sealed[:1] != _VERSION or len(sealed) <= _HEAD:
        raise NotOpened("not sealed by this vault")
    try:
        return AESGCM(key).decrypt(sealed[len(_VERSION) : _HEAD], sealed[_HEAD:], owner)
    except InvalidTag:
        raise NotOpened("sealed under another key, for another row, or changed since") from None
