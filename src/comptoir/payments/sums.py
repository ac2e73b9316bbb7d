"""What all operations of a payment come to: added up by the database, however many they are."""

from dataclasses import dataclass
from uuid import UUID

from comptoir.kit import db
from comptoir.kit.money import Money
from comptoir.payments.operation import Kind, Status

SUMS_LIMIT = 100_000  # Rows: each payment has a few dozen at most (kinds by status).


@dataclass(frozen=True, slots=True)
class OperationSum:
    """Operations that are alike for the figures of their payment; named like those of one."""

    payment_id: UUID
    kind: Kind
    status: Status
    refers_to: UUID | None  # One of those that they refer to, if they refer to any.
    undone_by: UUID | None
    reason: str | None
    number: int
    amount: Money


async def list_sums(
    tx: db.Tx, companies: list[UUID], payment_ids: list[UUID]
) -> dict[UUID, list[OperationSum]]:
    """The sums of each of these payments."""
    found = await tx.all(
        OperationSum,
        "select o.payment_id, o.kind, o.status, (array_agg(o.refers_to))[1] as refers_to,"
        " (array_agg(o.undone_by))[1] as undone_by, max(o.reason) filter (where o.reason ="
        " 'expired') as reason, count(*) as number, sum(o.amount_minor)::bigint as amount_minor,"
        " o.currency::text as currency from operation o"
        " where o.company_id = any($1::uuid[]) and o.payment_id = any($2::uuid[])"
        " group by o.payment_id, o.kind, o.status, o.currency, o.refers_to is null,"
        " o.undone_by is null limit $3",
        companies, payment_ids, SUMS_LIMIT,
    )  # fmt: skip
    grouped: dict[UUID, list[OperationSum]] = {payment_id: [] for payment_id in payment_ids}
    for one in found:
        grouped[one.payment_id].append(one)
    return grouped
