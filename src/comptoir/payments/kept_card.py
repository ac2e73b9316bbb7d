"""Cards kept by us: where a gateway gives no token of its own, the vault has the number.

The record, its token and the intention are one commit, so that a card token is there whatever
becomes of the call: an answer that comes late or after an authentication finds it.
"""

from dataclasses import dataclass, field
from uuid import UUID

from comptoir import gateways, vault
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.payments.operation import Kind, Operation

CHARGES = frozenset({Kind.SALE, Kind.AUTHORIZE})  # What a rebill may follow.


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
        " fingerprint, brand, first6, last4, expiry_month, expiry_year, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        tx.company, kept.token, operation.live, operation.account_id, operation.consumer_id,
        record.id, kept.fingerprint, operation.brand or record.brand, record.first6, record.last4,
        record.expiry_month, record.expiry_year, clock.now(),
    )  # fmt: skip


async def find_vault_id(company_id: UUID, token: UUID) -> UUID | None:
    """The vault's record behind a card token; None for one that a gateway gave."""
    async with db.transaction(company=company_id) as tx:
        found: UUID | None = await tx.value(
            "select vault_id from card_token where company_id = $1 and id = $2", company_id, token
        )
    return found
