"""Storing and opening as the tests write it."""

from uuid import UUID

from comptoir import vault
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.vault.opening import OpenedCard, open_card

CANARY = "4539578763621486"


async def kept(actor: Actor, number: str = CANARY, **more: object) -> vault.CardRecord:
    """A card stored for an actor."""
    given = {"month": 10, "year": 2030, "holder": "Ada Lovelace", **more}
    assert actor.company_id is not None
    async with db.transaction(company=actor.company_id) as tx:
        return await vault.store(tx, actor, number, **given)  # type: ignore[arg-type]


async def opened(
    actor: Actor, record_id: UUID, purpose: str = "rebill", *, live: bool | None = None
) -> OpenedCard:
    """A card as the engine would open it."""
    assert actor.company_id is not None
    return await open_card(
        actor.company_id, record_id, purpose, who="user:1:Grace",
        live=actor.live if live is None else live,
    )  # fmt: skip


async def acts(actor: Actor, record: vault.CardRecord) -> list[tuple[str, str, str]]:
    """The access log of a record, oldest first: act, who, why."""
    assert actor.company_id is not None
    async with db.transaction(company=actor.company_id) as tx:
        lines = await vault.list_accesses(tx, actor, record.id)
    return [(line.act.value, line.who, line.why) for line in reversed(lines)]


def numbered(place: int) -> str:
    """A card number that checks, a different one for each place."""
    digits = f"453957{place:09d}"
    total = sum(
        int(d) if i % 2 else sum(divmod(int(d) * 2, 10)) for i, d in enumerate(reversed(digits))
    )
    return digits + str(-total % 10)
