"""Secrets at rest: sealing, keyed hashes and random tokens, all under one key file.

The installation's key never leaves this module. Each purpose works with its own sub-key (HKDF), so
that what was sealed for one thing can never be opened as another, nor its hashes be compared.
"""

import hashlib
import hmac
import os
import secrets
from functools import cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
NONCE_BYTES = 12
KEY_ID_BYTES = 4
_VERSION = b"\x01"  # First byte of everything sealed: how the rest is to be read.
_HEAD = len(_VERSION) + KEY_ID_BYTES + NONCE_BYTES

_master: bytes | None = None


class BadKey(ValueError):
    """The key file is missing, unreadable, open to others or of the wrong length."""


class NotOurs(ValueError):
    """Sealed under another key, for another purpose or owner, or changed since."""


def ensure_key_file(path: Path) -> bytes:
    """The key of this installation; made on the first start, readable by its owner only."""
    if not path.exists():
        _create(path)
    try:
        if path.stat().st_mode & 0o007:
            raise BadKey(f"{path} can be read by every user of this machine; chmod 600 it")
        return _decode(path.read_text(encoding="ascii"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(f"{path} cannot be read: {type(error).__name__}") from None


def _create(path: Path) -> None:
    """Write aside and link, so that two processes starting at once end up with one whole key."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        pass  # The other process was first; its key is the key.
    finally:
        draft.unlink()


def _decode(text: str, path: Path) -> bytes:
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} does not hold a key: {KEY_BYTES * 2} hexadecimal digits are expected")
    return key


def load(key: bytes) -> None:
    """Work with this key from now on."""
    global _master  # noqa: PLW0603  One key for a process.
    if len(key) != KEY_BYTES:
        raise BadKey(f"a key has {KEY_BYTES} bytes")
    _master = key
    _sub_key.cache_clear()


def is_loaded() -> bool:
    return _master is not None


@cache
def _sub_key(purpose: str) -> bytes:
    if _master is None:
        raise BadKey("no key was loaded")
    info = b"comptoir:" + purpose.encode()
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(_master)


def _key_id() -> bytes:
    """Names the key in sealed data without telling anything about it."""
    return hmac.digest(_sub_key("key id"), b"", "sha256")[:KEY_ID_BYTES]


def seal(purpose: str, plain: bytes, associated: bytes) -> bytes:
    """Encrypt. `associated` (an id, say) is bound to it: moved to another row it does not open."""
    nonce = os.urandom(NONCE_BYTES)
    head = _VERSION + _key_id() + nonce
    return head + AESGCM(_sub_key("seal:" + purpose)).encrypt(nonce, plain, associated)


def open_sealed(purpose: str, sealed: bytes, associated: bytes) -> bytes:
    """What was sealed for this purpose and owner; `NotOurs` otherwise."""
    if sealed[:1] != _VERSION or len(sealed) <= _HEAD:
        raise NotOurs("this was not sealed by Comptoir")
    if sealed[1 : 1 + KEY_ID_BYTES] != _key_id():
        raise NotOurs("sealed under another key than the one in the key file")
    nonce = sealed[1 + KEY_ID_BYTES : _HEAD]
    try:
        return AESGCM(_sub_key("seal:" + purpose)).decrypt(nonce, sealed[_HEAD:], associated)
    except InvalidTag:
        raise NotOurs("sealed for something else, or changed since") from None


def fingerprint(purpose: str, text: str) -> bytes:
    """A keyed hash: equal texts can be recognised, and not guessed without the key."""
    return hmac.digest(_sub_key("fingerprint:" + purpose), text.encode(), "sha256")


def new_secret() -> str:
    """256 random bits as text: tokens of sessions and links, API keys."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """SHA-256 of a secret made by `new_secret`: what the database keeps of it."""
    return hashlib.sha256(secret.encode()).digest()
