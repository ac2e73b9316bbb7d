"""Which company a page is about: a link says it where platform staff look at all of them."""

from uuid import UUID

from comptoir import merchants
from comptoir.kit import ids
from comptoir.kit.actor import Actor


def within(actor: Actor, company: str) -> Actor:
    """The actor, narrowed to the company that the address names (platform staff only)."""
    if not company or not actor.platform or actor.company_id is not None:
        return actor
    return actor.within(ids.untype("com", company))


async def company_names(actor: Actor) -> dict[UUID, str]:
    """Names for a column of companies; empty for whoever looks at one of them only."""
    if actor.company_id is not None:
        return {}
    return {company.id: company.name for company in await merchants.list_companies(actor)}
