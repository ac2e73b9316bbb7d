"""Cards kept by us: where a gateway gives no token of its own, the vault has the number.

The record, its token and the intention are one commit, so that a card token is there whatever
becomes of the call: an answer that comes late or after an authentication finds it. A card that
never paid anything is destroyed after a while: nobody has a reason to keep it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from comptoir import gateways, vault
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor, system
from comptoir.payments.operation import Kind, Operation, Status

CHARGES = frozenset({Kind.SALE, Kind.AUTHORIZE})  # What a rebill may follow.
CAME_TO_NOTHING = [Status.DECLINED, Status.REJECTED, Status.NOT_SENT]
UNUSED = timedelta(days=30)  # Within them a charge may be tried again with the card's token.
LOOKED_BACK = timedelta(days=120)
BATCH = 500


@dataclass(frozen=True, slots=True)
class Keeping:
    """A card that will be kept with its intention, under this token."""

    actor: Actor
    card: gateways.CardData = field(repr=False)
    fingerprint: bytes = field(repr=False)
    token: UUID


def keeping(
    actor: Actor,
    kind: Kind,
    account: gateways.AccountContext | None,
    card: gateways.CardData | None,
    fingerprint: bytes,
) -> Keeping | None:
    """Whether and how a charge's card is kept here; None when its gateway keeps it."""
    if card is None or account is None or kind not in CHARGES:
        return None
    if gateways.gives_tokens(account) or not vault.is_open():
        return None
    return Keeping(actor, card, fingerprint, ids.new())


async def keep(tx: db.Tx, operation: Operation, kept: Keeping) -> None:
    """Store the card, in the transaction of the intention `operation`."""
    card = kept.card
    record = await vault.store(
        tx, kept.actor, card.number, card.month, card.year, card.holder,
        why=f"{operation.kind} {operation.id}",
    )  # fmt: skip
    await tx.run(
        "insert into card_token (company_id, id, live, account_id, consumer_id, vault_id,"
        " fingerprint, brand, first6, last4, expiry_month, expiry_year, created_at, operation_id)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        tx.company, kept.token, operation.live, operation.account_id, operation.consumer_id,
        record.id, kept.fingerprint, operation.brand or record.brand, record.first6, record.last4,
        record.expiry_month, record.expiry_year, clock.now(), operation.id,
    )  # fmt: skip


async def find_vault_id(company_id: UUID, token: UUID) -> UUID | None:
    """The vault's record behind a card token; None for one that a gateway gave."""
    async with db.transaction(company=company_id) as tx:
        found: UUID | None = await tx.value(
            "select vault_id from card_token where company_id = $1 and id = $2", company_id, token
        )
    return found


@dataclass(frozen=True, slots=True)
class _Unused:
    company_id: UUID
    vault_id: UUID
    live: bool


async def destroy_unused_cards() -> int:
    """Destroy cards that every charge failed with and that were never opened since. A schedule."""
    before = clock.now() - UNUSED
    async with db.platform() as tx:
        found = await tx.all(
            _Unused,
            "select distinct t.company_id, t.vault_id, t.live from card_token t"
            " join operation o on o.company_id = t.company_id and o.id = t.operation_id"
            " join vault_card v on v.company_id = t.company_id and v.id = t.vault_id"
            " where t.vault_id is not null and t.created_at between $1 and $2"
            " and o.status = any($3) and v.destroyed_at is null"
            " and not exists (select from card_token u"
            "  left join operation p on p.company_id = u.company_id and p.id = u.operation_id"
            "  where u.company_id = t.company_id and u.vault_id = t.vault_id"
            "  and (u.created_at > $2 or p.status is null or p.status <> all($3)))"
            " and not exists (select from vault_access a where a.company_id = t.company_id"
            "  and a.record_id = t.vault_id and a.act = 'opened')"
            " limit $4",
            before - LOOKED_BACK, before, CAME_TO_NOTHING, BATCH,
        )  # fmt: skip
    for card in found:
        async with db.transaction(company=card.company_id) as tx:
            actor = system(card.company_id, card.live)
            await vault.destroy(tx, actor, card.vault_id, "no charge with it succeeded")
    return len(found)
