"""Opening a card: for the gateways' engine alone, and never without a line in the access log.

`import-linter` lets only the engine import this module; it is no part of the package's contract.
"""

from dataclasses import dataclass, field
from uuid import UUID

import msgspec

from comptoir.kit import db, log
from comptoir.kit.errors import Conflict, Unavailable
from comptoir.vault import envelope, keys
from comptoir.vault.card import MAX_WORDS, Access

_log = log.get(__name__)


@dataclass(frozen=True, slots=True)
class OpenedCard:
    """A card for one call. It has no security code: the vault never had one."""

    number: str = field(repr=False)
    month: int
    year: int
    holder: str | None = field(default=None, repr=False)


class CardGone(Conflict):
    code = "card_gone"
    title = "The card is not kept any more"


class CardUnreadable(Unavailable):
    """The keys at hand do not open the card: one is missing, or the row was tampered with."""

    code = "card_unreadable"
    title = "The card cannot be read with the vault's keys"


async def open_card(
    company_id: UUID, record_id: UUID, purpose: str, *, who: str, live: bool
) -> OpenedCard:
    """The card of a record. Raises `VaultClosed`, `CardGone`, `CardUnreadable`.

    The reading is committed to the access log before the card is handed out.
    """
    keys.ring()
    who, purpose = who[:MAX_WORDS], purpose[:MAX_WORDS]
    async with db.transaction(company=company_id) as tx:
        row = await tx.row(
            "select sealed, generation, wrapped_key from vault_open_v1($1, $2, $3, $4, $5)",
            company_id, record_id, live, who, purpose,
        )  # fmt: skip
        plain = None if row is None else _unseal(company_id, record_id, *row)
        if row is not None and plain is None:
            await tx.run(
                "insert into vault_access (company_id, record_id, act, who, why)"
                " values ($1, $2, $3, $4, $5)",
                company_id, record_id, Access.UNREADABLE, who, purpose,
            )  # fmt: skip
    if row is None:
        raise CardGone
    if plain is None:
        raise CardUnreadable
    return OpenedCard(plain.number, plain.month, plain.year, plain.holder)


def _unseal(
    company_id: UUID, record_id: UUID, sealed: bytes, generation_id: str, wrapped_key: bytes
) -> envelope.Plain | None:
    generation = keys.ring().find(generation_id)
    if generation is None:
        _log.error("vault_generation_missing", generation=generation_id, record_id=record_id)
        return None
    try:
        return envelope.unseal(generation, company_id, record_id, sealed, wrapped_key)
    except (envelope.NotOpened, msgspec.MsgspecError):
        _log.error("vault_card_unreadable", generation=generation_id, record_id=record_id)
        return None
