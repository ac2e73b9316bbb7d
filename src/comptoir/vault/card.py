"""Cards in the vault: stored once per company, mode and expiry; destroyed by losing their key.

From the outside a card is its record: brand, first six, last four, expiry. The number comes back
only through `opening`, which belongs to the gateways' engine.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from comptoir import events
from comptoir.kit import db, ids, redact
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound, Unavailable
from comptoir.vault import envelope, keys

MAX_WORDS = 256  # Letters of who and why.
MAX_HOLDER = 128
ACCESSES = 500
_NUMBER = re.compile(r"[0-9]{12,19}")
_GAPS = re.compile(r"[ \-]")
# The networks' number ranges, the narrow ones first.
_BRANDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("amex", re.compile(r"3[47]")),
    ("diners", re.compile(r"3(0[0-5]|[689])")),
    ("jcb", re.compile(r"35(2[89]|[3-8])")),
    ("mastercard", re.compile(r"5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720")),
    ("unionpay", re.compile(r"62|81")),
    ("discover", re.compile(r"6(011|4[4-9]|5)")),
    ("maestro", re.compile(r"50|5[6-9]|6")),
    ("visa", re.compile(r"4")),
)


class Access(StrEnum):
    """What happened to a record."""

    STORED = "stored"
    KNOWN = "known"  # Given again: the record that was there serves.
    OPENED = "opened"
    UNREADABLE = "unreadable"  # Asked for, and not opened by the keys.
    REFUSED = "refused"  # Asked for, and not there: absent, destroyed, or of the other mode.
    DESTROYED = "destroyed"


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A stored card, as far as it may be shown."""

    id: UUID
    brand: str
    first6: str
    last4: str
    expiry_month: int
    expiry_year: int
    fingerprint: bytes = field(repr=False)
    destroyed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AccessLine:
    """One line of the access log."""

    record_id: UUID
    at: datetime
    act: Access
    who: str
    why: str


class NotACardNumber(Invalid):
    """Never repeats what was given."""

    code = "not_a_card_number"
    title = "This is not a card number: 12 to 19 digits, the last one checking the others"


class KeysBehind(Unavailable):
    """The vault went on to a generation that this process does not have."""

    code = "vault_keys_behind"
    title = "The vault's keys here are older than those in use; nothing was stored"


def clean_number(number: str) -> str:
    """The digits of a card number; raises `NotACardNumber`."""
    digits = _GAPS.sub("", number)
    if _NUMBER.fullmatch(digits) is None or not redact.luhn(digits):
        raise NotACardNumber(field="card.number")
    return digits


def brand_of(number: str) -> str:
    """The network that a number belongs to, `other` if its range is nobody's we know."""
    return next((brand for brand, begins in _BRANDS if begins.match(number)), "other")


async def store(
    tx: db.Tx,
    actor: Actor,
    number: str,
    month: int,
    year: int,
    holder: str | None = None,
    *,
    why: str = "kept",
) -> CardRecord:
    """Keep a card in the actor's mode; the same card and expiry again is the same record."""
    digits = clean_number(number)
    plain = envelope.Plain(digits, month, year, holder and holder[:MAX_HOLDER])
    known = keys.ring()
    stored = await _store(tx, actor, plain, known, why)
    if stored is None and keys.ring().newest != known.newest:
        known = keys.ring()
        stored = await _store(tx, actor, plain, known, why)
    if stored is None:
        raise KeysBehind
    return CardRecord(
        stored, brand_of(digits), digits[:6], digits[-4:], month, year,
        envelope.fingerprint(known, digits),
    )  # fmt: skip


async def _store(
    tx: db.Tx, actor: Actor, plain: envelope.Plain, known: keys.KeyRing, why: str
) -> UUID | None:
    record_id = ids.new()
    made = envelope.seal(known, tx.company, record_id, plain)
    found: UUID | None = await tx.value(
        "select vault_store_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tx.company, record_id, actor.live, envelope.fingerprint(known, plain.number),
        brand_of(plain.number), plain.number[:6], plain.number[-4:], plain.month, plain.year,
        made.sealed, made.generation, made.wrapped_key, who(actor), why[:MAX_WORDS],
    )  # fmt: skip
    return found


def who(actor: Actor) -> str:
    """An actor as the access log names it."""
    return events.signature(actor)[:MAX_WORDS]


async def destroy(tx: db.Tx, actor: Actor, record_id: UUID, why: str) -> None:
    """Throw a card's key away: the record stays, its number cannot be read again by anybody."""
    done = await tx.value(
        "select vault_destroy_v1($1, $2, $3, $4, $5)",
        tx.company, record_id, actor.live, who(actor), why[:MAX_WORDS],
    )  # fmt: skip
    if not done:
        raise NotFound


async def get_card(tx: db.Tx, actor: Actor, record_id: UUID) -> CardRecord:
    """A record without its number; destroyed ones too."""
    found = await tx.one(
        CardRecord,
        "select id, brand, first6, last4, expiry_month, expiry_year, fingerprint, destroyed_at"
        " from vault_card where company_id = $1 and id = $2 and live = $3",
        tx.company, record_id, actor.live,
    )  # fmt: skip
    if found is None:
        raise NotFound
    return found


async def list_accesses(tx: db.Tx, actor: Actor, record_id: UUID) -> list[AccessLine]:
    """Who did what to a record and why, newest first."""
    await get_card(tx, actor, record_id)
    return await tx.all(
        AccessLine,
        "select record_id, at, act, who, why from vault_access"
        " where company_id = $1 and record_id = $2 order by id desc limit $3",
        tx.company, record_id, ACCESSES,
    )  # fmt: skip
