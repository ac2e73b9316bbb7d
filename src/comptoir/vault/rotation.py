"""Rotation: every card's key wrapped anew by the newest generation, while payments go on.

First the older generations are closed, which waits for cards that are just being stored under
them; then batches of records are wrapped anew, each batch one short transaction. Killed and begun
again, it goes on with what is left. Readers open a record before and after its batch alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from comptoir.kit import db, log
from comptoir.kit.errors import Conflict
from comptoir.vault import envelope, keys

BATCH = 500
_log = log.get(__name__)
_FIRST = UUID(int=0)

Progress = Callable[[int, int], None]  # Done so far, of how many.


class KeysReplaced(Conflict):
    code = "vault_keys_replaced"
    title = "These keys are old: their newest generation was already replaced by another one"


class GenerationUsed(Conflict):
    code = "vault_generation_used"
    title = "Cards are still wrapped by this generation: rotate first"


@dataclass(frozen=True, slots=True)
class GenerationStatus:
    """One generation: whether its key is at hand, and how many cards need it."""

    id: str
    made_on: date | None  # None: its key is not here.
    closed_at: datetime | None
    cards: int
    newest: bool

    @property
    def removable(self) -> bool:
        """Closed, so that nothing new can be wrapped by it, and nothing old is left."""
        return self.cards == 0 and self.closed_at is not None and not self.newest


@dataclass(frozen=True, slots=True)
class Status:
    """The vault as a whole."""

    generations: tuple[GenerationStatus, ...]
    destroyed: int

    @property
    def unreadable(self) -> int:
        """Cards whose generation's key is not here."""
        return sum(item.cards for item in self.generations if item.made_on is None)

    @property
    def waiting(self) -> int:
        """Cards that a rotation would wrap anew."""
        return sum(item.cards for item in self.generations if not item.newest)


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation came to."""

    generation: str
    wrapped: int
    left: int  # Their key is missing, or they were tampered with; named in the log.


@dataclass(frozen=True, slots=True)
class _Counted:
    id: str
    closed_at: datetime | None
    cards: int


@dataclass(frozen=True, slots=True)
class _Wrapped:
    company_id: UUID
    id: UUID
    wrapped_key: bytes


async def status() -> Status:
    """Which generations are there, and how many cards use each."""
    known = keys.ring()
    async with db.platform() as tx:
        counted = await tx.all(
            _Counted,
            "select g.id, g.closed_at, (select count(*) from vault_card c"
            " where c.generation = g.id and c.destroyed_at is null) as cards"
            " from vault_generation g order by g.seen_at desc, g.id limit 1000",
        )
        destroyed: int = await tx.value(
            "select count(*) from vault_card where destroyed_at is not null"
        )
    used = {item.id: item for item in counted}
    here = [
        GenerationStatus(
            item.id, item.made_on, used[item.id].closed_at if item.id in used else None,
            used[item.id].cards if item.id in used else 0, item == known.newest,
        )
        for item in known.generations
    ]  # fmt: skip
    missing = [
        GenerationStatus(item.id, None, item.closed_at, item.cards, newest=False)
        for item in counted
        if known.find(item.id) is None and item.cards
    ]
    return Status((*here, *missing), destroyed)


async def rotate(progress: Progress = lambda _done, _all: None, *, batch: int = BATCH) -> Rotated:
    """Wrap every card by the newest generation. Raises `KeysReplaced`, `VaultClosed`."""
    known = keys.ring()
    async with db.platform() as tx:
        if not await tx.value("select vault_rotate_to_v1($1)", known.newest.id):
            raise KeysReplaced
    before = await status()
    done = left = 0
    for old in before.generations:
        if old.newest or not old.cards:
            continue
        generation = known.find(old.id)
        if generation is None:
            _log.error("vault_generation_missing", generation=old.id, cards=old.cards)
            left += old.cards
            continue
        after = (_FIRST, _FIRST)
        while True:
            rows, failed = await _rewrap_batch(known.newest, generation, after, batch)
            if not rows:
                break
            after = (rows[-1].company_id, rows[-1].id)
            done, left = done + len(rows) - failed, left + failed
            progress(done, before.waiting)
    return Rotated(known.newest.id, done, left)


async def _rewrap_batch(
    newest: keys.Generation, old: keys.Generation, after: tuple[UUID, UUID], batch: int
) -> tuple[list[_Wrapped], int]:
    """One batch in one transaction: the rows it looked at, and how many could not be opened."""
    async with db.platform() as tx:
        rows = await tx.all(
            _Wrapped,
            "select company_id, id, wrapped_key from vault_card where generation = $1"
            " and destroyed_at is null and (company_id, id) > ($2, $3)"
            " order by company_id, id limit $4 for no key update",
            old.id, *after, batch,
        )  # fmt: skip
        fresh = [(row, _rewrapped(old, newest, row)) for row in rows]
        good = [(row, key) for row, key in fresh if key is not None]
        await tx.run(
            "update vault_card c set wrapped_key = w.key, generation = $1"
            " from unnest($2::uuid[], $3::uuid[], $4::bytea[]) as w(company_id, id, key)"
            " where c.company_id = w.company_id and c.id = w.id",
            newest.id, [row.company_id for row, _ in good], [row.id for row, _ in good],
            [key for _, key in good],
        )  # fmt: skip
    return rows, len(rows) - len(good)


def _rewrapped(old: keys.Generation, newest: keys.Generation, row: _Wrapped) -> bytes | None:
    try:
        return envelope.rewrap(old, newest, row.company_id, row.id, row.wrapped_key)
    except envelope.NotOpened:
        _log.error("vault_card_unreadable", generation=old.id, record_id=row.id)
        return None


async def check_unused(generation_id: str) -> None:
    """Raise `GenerationUsed` unless a generation can be forgotten without losing a card."""
    found = next((item for item in (await status()).generations if item.id == generation_id), None)
    if found is None:
        raise keys.GenerationUnknown(generation=generation_id)
    if found.newest:
        raise keys.LastGeneration
    if not found.removable:
        raise GenerationUsed(generation=generation_id, cards=found.cards)
