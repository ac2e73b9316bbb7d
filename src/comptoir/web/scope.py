"""Which company a page is about: a link says it where platform staff look at all of them."""

from comptoir.kit import ids
from comptoir.kit.actor import Actor


def within(actor: Actor, company: str) -> Actor:
    """The actor, narrowed to the company that the address names (platform staff only)."""
    if not company or not actor.platform or actor.company_id is not None:
        return actor
    return actor.within(ids.untype("com", company))
