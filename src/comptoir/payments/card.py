"""The card that pays a charge: typed by the shopper, or behind a token of an earlier payment."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from comptoir import gateways, vault
from comptoir.kit import crypto
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid
from comptoir.payments.kept_card import find_vault_id


@dataclass(frozen=True, slots=True)
class PayingCard:
    """The card as far as it may be kept."""

    brand: str | None
    first6: str | None
    last4: str | None
    fingerprint: bytes | None
    country: str | None
    token: UUID | None = None
    gateway_token: str | None = None
    account_id: UUID | None = None  # The only account that its token is good for.
    consumer_id: UUID | None = None
    vault_id: UUID | None = None


NO_CARD = PayingCard(None, None, None, None, None)  # A wallet pays.


class UnknownToken(Invalid):
    code = "unknown_card_token"
    title = "This card token is not known, or it belongs to another mode"


class LiveCardsClosed(Conflict):
    code = "live_cards_closed"
    title = "Live card numbers are not accepted by this installation"


def known_card(actor: Actor, card: gateways.CardData) -> PayingCard:
    """Test mode takes documented test numbers only; nothing is stored before this check."""
    if actor.live and not vault.is_open():
        raise LiveCardsClosed
    if actor.live:
        brand = vault.brand_of(vault.clean_number(card.number))
    else:
        brand = gateways.check_test_number(card.number).brand
    fingerprint = crypto.fingerprint("card", card.number)
    return PayingCard(brand, card.first6, card.last4, fingerprint, None)


async def token_card(
    company_id: UUID, token_id: UUID | None, token: dict[str, Any] | None
) -> PayingCard:
    """The card behind a token, as the snapshot has it."""
    if token is None or token_id is None:
        raise UnknownToken(field="card.token")
    account_id: UUID | None = UUID(token["account_id"])
    vault_id = None
    if token["gateway_token"] is None:
        # Kept by us, so every gateway may be sent the card.
        account_id, vault_id = None, await find_vault_id(company_id, token_id)
    return PayingCard(
        token["brand"], token["first6"], token["last4"], bytes.fromhex(token["fingerprint"]), None,
        token_id, token["gateway_token"], account_id,
        token["consumer_id"] and UUID(token["consumer_id"]), vault_id,
    )  # fmt: skip
