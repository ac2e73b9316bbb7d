"""The seller: an originator as the payment path needs it, read once when a request is let in."""

from dataclasses import dataclass
from uuid import UUID

from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, NotFound


@dataclass(frozen=True, slots=True)
class Seller:
    company_id: UUID
    originator_id: UUID
    name: str
    descriptor: str | None
    currency: str
    currencies: tuple[str, ...]
    default_operation: str
    credit_allowed: bool
    credit_limit_minor: int | None
    state: str
    company_state: str


class SellerDisabled(Conflict):
    code = "originator_disabled"
    title = "This originator or its company is switched off"


async def get_seller(actor: Actor, originator_id: UUID) -> Seller:
    async with db.reads(actor) as tx:
        found = await tx.one(
            Seller,
            "select o.company_id, o.id as originator_id, o.name, o.descriptor,"
            " o.currency::text as currency, o.currencies, o.default_operation, o.credit_allowed,"
            " o.credit_limit_minor, o.state, c.state as company_state"
            " from originator o join company c on c.id = o.company_id"
            " where o.id = $1 and ($2::uuid is null or o.company_id = $2)",
            originator_id, actor.company_id,
        )  # fmt: skip
    if found is None:
        raise NotFound
    return found


def check_open(seller: Seller) -> None:
    if seller.state != "active" or seller.company_state != "active":
        raise SellerDisabled
