"""The shop's page that holds the payment page in a frame, in seamless mode.

In test mode, a shop that names no address to go back to is known by the first page that asked for
the script: the browser says which one that is, and later ones change nothing.
"""

from uuid import UUID

from comptoir.checkout.checkout import note_step
from comptoir.kit import db

HELD = "held"


async def note_holder(tx: db.Tx, payment_id: UUID, origin: str, ip: str | None) -> None:
    """Write down once where the script was asked from."""
    if await find_holder(tx, payment_id) is None:
        await note_step(tx, payment_id, HELD, ip, origin)


async def find_holder(tx: db.Tx, payment_id: UUID) -> str | None:
    """The origin of the first page that asked for the script; None if none did."""
    found: str | None = await tx.value(
        "select details from checkout_step where company_id = $1 and payment_id = $2"
        " and kind = $3 order by id limit 1",
        tx.company, payment_id, HELD,
    )  # fmt: skip
    return found
