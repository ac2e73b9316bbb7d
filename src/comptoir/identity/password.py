"""Passwords: the rules they keep, argon2id, and the last four that may not come back.

12 to 128 characters (PCI DSS 8.3.6) with a small letter, a capital and a digit (the guide).
Hashing runs in two threads at most: it is heavy by intention, and must not take the machine.
"""

import asyncio
import functools
import secrets
import string
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import ParamSpec, TypeVar
from uuid import UUID

import argon2

from comptoir.kit import clock, db
from comptoir.kit.errors import Invalid, TooMany

P = ParamSpec("P")
T = TypeVar("T")

MIN_LENGTH = 12
MAX_LENGTH = 128
REMEMBERED = 4  # The present one and three before it.
MAX_WAITING = 64  # Hashes under way or waiting in this process; more is a flood.
GENERATED_LENGTH = 18

_HASHER = argon2.PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
# Verified for an unknown e-mail address, so that it takes as long as a known one. Of no password.
_NOBODY = (
    "$argon2id$v=19$m=32768,t=3,p=1"
    "$IrmE6O6j4HtpQFaItUhWaw$dGnJMSMxXnRzQxqtGm5xHjPXUN/lc00D0ezEDZwdoMA"
)
_LETTERS = "".join(sorted(set(string.ascii_letters) - set("lIO")))
_DIGITS = "23456789"

_waiting = 0


class Fault(StrEnum):
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    NO_LETTER = "no_letter"
    NO_CAPITAL = "no_capital"
    NO_DIGIT = "no_digit"
    IS_EMAIL = "is_email"
    USED_BEFORE = "used_before"


SENTENCES = {
    Fault.TOO_SHORT: f"at least {MIN_LENGTH} characters",
    Fault.TOO_LONG: f"at most {MAX_LENGTH} characters",
    Fault.NO_LETTER: "a small letter",
    Fault.NO_CAPITAL: "a capital letter",
    Fault.NO_DIGIT: "a digit",
    Fault.IS_EMAIL: "not your e-mail address",
    Fault.USED_BEFORE: f"none of your last {REMEMBERED} passwords",
}


class PasswordRefused(Invalid):
    code = "password_refused"
    title = "This password cannot be used"


@dataclass(frozen=True, slots=True)
class _Hash:
    password_hash: str


def faults(secret: str, email: str) -> list[Fault]:
    """Which rules a new password breaks. Pure; `USED_BEFORE` needs the database."""
    text = _normal(secret)
    address = email.lower()
    checks = {
        Fault.TOO_SHORT: len(text) < MIN_LENGTH,
        Fault.TOO_LONG: len(text) > MAX_LENGTH,
        Fault.NO_LETTER: not any(c.isalpha() and not c.isupper() for c in text),
        Fault.NO_CAPITAL: not any(c.isupper() for c in text),
        Fault.NO_DIGIT: not any(c.isdigit() for c in text),
        Fault.IS_EMAIL: address in text.lower() or text.lower() == address.partition("@")[0],
    }
    return [fault for fault, broken in checks.items() if broken]


def refuse_weak(secret: str, email: str) -> None:
    _refuse(faults(secret, email))


def _refuse(found: list[Fault]) -> None:
    if found:
        wanted = ", ".join(SENTENCES[fault] for fault in found)
        raise PasswordRefused(f"A password needs: {wanted}", faults=[str(f) for f in found])


def generate_password() -> str:
    """A password that keeps the rules and that can be read aloud: no l, I, O, 0 or 1."""
    while True:
        text = "".join(secrets.choice(_LETTERS + _DIGITS) for _ in range(GENERATED_LENGTH))
        if not faults(text, "@"):
            return text


async def hash_password(secret: str) -> str:
    return await _in_thread(_HASHER.hash, _normal(secret))


async def verify(hashed: str | None, secret: str) -> bool:
    """Whether it is this password. Nobody's hash costs the same time, and is never right."""
    text = _normal(secret[: 4 * MAX_LENGTH])
    right = await _in_thread(_verify, hashed or _NOBODY, text[:MAX_LENGTH])
    return right and hashed is not None and len(text) <= MAX_LENGTH


def _verify(hashed: str, text: str) -> bool:
    try:
        return _HASHER.verify(hashed, text)
    except (argon2.exceptions.VerificationError, argon2.exceptions.InvalidHashError):
        return False


def is_dated(hashed: str) -> bool:
    """Whether it was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(hashed)


async def _in_thread(work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    global _waiting  # noqa: PLW0603  Counted for the process: the threads are its own.
    if _waiting >= MAX_WAITING:
        raise TooMany
    _waiting += 1
    try:
        call = functools.partial(work, *args, **named)
        return await asyncio.get_running_loop().run_in_executor(_THREADS, call)
    finally:
        _waiting -= 1


def _normal(secret: str) -> str:
    """The same password typed on two keyboards is the same bytes."""
    return unicodedata.normalize("NFKC", secret)


async def new_hash(user_id: UUID, email: str, secret: str) -> str:
    """Check a new password against every rule and hash it; no transaction is open meanwhile."""
    refuse_weak(secret, email)
    async with db.lookup() as tx:
        used = await tx.all(
            _Hash,
            "(select password_hash from app_user where id = $1 and password_hash is not null)"
            " union all (select password_hash from old_password where user_id = $1"
            " order by retired_at desc limit $2)",
            user_id,
            REMEMBERED - 1,
        )
    for old in used:
        if await verify(old.password_hash, secret):
            _refuse([Fault.USED_BEFORE])
    return await hash_password(secret)


async def store_password(tx: db.Tx, user_id: UUID, hashed: str, *, must_change: bool) -> None:
    """Put the new hash in place; the present one joins the remembered ones."""
    await tx.run(
        "insert into old_password (user_id, password_hash, retired_at)"
        " select id, password_hash, $2 from app_user where id = $1 and password_hash is not null"
        " on conflict do nothing",
        user_id,
        clock.now(),
    )
    await tx.run(
        "delete from old_password where user_id = $1 and password_hash not in ("
        "select password_hash from old_password where user_id = $1"
        " order by retired_at desc limit $2)",
        user_id,
        REMEMBERED - 1,
    )
    await tx.run(
        "update app_user set password_hash = $2, password_changed_at = $3,"
        " must_change_password = $4 where id = $1",
        user_id,
        hashed,
        clock.now(),
        must_change,
    )
