"""Blacklisting what a transaction was paid with: its card, its shopper's e-mail and address."""

from comptoir import risk
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.payments.operation import Operation

REASON = "by transaction"


async def blacklist_transaction(
    tx: db.Tx, actor: Actor, operation: Operation, *, card: bool, email: bool, ip: bool
) -> int:
    """Refuse these for the transaction's originator from now on; how many were known to refuse."""
    row = await tx.row(
        "select o.card_fingerprint, p.email, p.shopper ->> 'ip' as ip from operation o"
        " join payment p on p.company_id = o.company_id and p.id = o.payment_id"
        " where o.company_id = $1 and o.id = $2",
        tx.company, operation.id,
    )  # fmt: skip
    assert row is not None, "operations are never deleted"
    wanted: list[tuple[str, bytes, str]] = []
    if card and row["card_fingerprint"] is not None:
        wanted.append(("card", row["card_fingerprint"], operation.card or "card"))
    if email and row["email"]:
        wanted.append(("email", risk.list_value("email", row["email"]), row["email"]))
    if ip and row["ip"]:
        wanted.append(("ip", risk.list_value("ip", row["ip"]), row["ip"]))
    for kind, value, shown in wanted:
        await risk.add_entry(
            tx, actor, kind=kind, value=value, shown=shown, reason=REASON,
            originator_id=operation.originator_id,
        )  # fmt: skip
    return len(wanted)
