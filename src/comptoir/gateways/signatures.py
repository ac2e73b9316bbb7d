"""Signed notifications: HMAC-SHA256 over `moment.body`, several secrets at once, constant time."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from comptoir.gateways.contract import NotificationRefused, RawNotification

FRESH_SECONDS = 300
MAX_SIGNATURES = 4


def timed_signature(body: bytes, secret: str, at: datetime) -> str:
    """The header `t=…,v1=…` of a body sent at a moment."""
    moment = str(int(at.timestamp())).encode()
    return f"t={moment.decode()},v1={_digest(secret, moment, body).decode()}"


def verify_timed_signature(note: RawNotification, header: str, secrets: Iterable[str]) -> None:
    """Refuse a notification that was not signed, lately, with one of the secrets."""
    moment = b""
    given: list[bytes] = []
    for part in note.headers.get(header, "").split(","):
        name, _, value = part.strip().partition("=")
        if name == "t":
            moment = value.encode()
        elif name == "v1":
            given.append(value.encode())
    if not moment.isdigit() or len(moment) > 12:
        raise NotificationRefused
    matches = 0
    for secret in secrets:
        expected = _digest(secret, moment, note.body)
        for offered in given[:MAX_SIGNATURES]:
            matches += hmac.compare_digest(expected, offered)  # No early end: constant time.
    if not matches:
        raise NotificationRefused
    if abs(int(note.at.timestamp()) - int(moment)) > FRESH_SECONDS:
        raise NotificationRefused("The notification is too old")


def _digest(secret: str, moment: bytes, body: bytes) -> bytes:
    signed = hmac.new(secret.encode(), moment + b"." + body, hashlib.sha256)
    return signed.hexdigest().encode()
