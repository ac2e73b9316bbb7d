"""The provider: who runs this installation, and whether it is a demo."""

from dataclasses import dataclass
from datetime import datetime

from comptoir.kit import db
from comptoir.merchants.company import check_name


@dataclass(frozen=True, slots=True)
class Provider:
    name: str
    accent: str
    support_email: str | None
    demo: bool
    set_up_at: datetime | None


NOBODY = Provider("Comptoir", "#0b7285", None, False, None)


async def get_provider() -> Provider:
    async with db.lookup() as tx:
        found = await tx.one(
            Provider, "select name, accent, support_email, demo, set_up_at from provider"
        )
    return found or NOBODY


async def set_provider(
    name: str,
    *,
    accent: str = NOBODY.accent,
    support_email: str | None = None,
    demo: bool | None = None,
    set_up_at: datetime | None = None,
) -> Provider:
    """Name and brand of the provider; what is None stays as it was."""
    check_name(name)
    async with db.lookup() as tx:
        await tx.run(
            "insert into provider (id, name, accent, support_email, demo, set_up_at)"
            " values (1, $1, $2, $3, coalesce($4, false), $5) on conflict (id) do update set"
            " name = $1, accent = $2, support_email = $3, demo = coalesce($4, provider.demo),"
            " set_up_at = coalesce($5, provider.set_up_at)",
            name.strip(), accent, support_email, demo, set_up_at,
        )  # fmt: skip
    return await get_provider()
