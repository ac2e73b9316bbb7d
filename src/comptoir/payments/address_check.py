"""What issuers said of billing addresses. Written with the outcome, by commit 2; never changed."""

from uuid import UUID

from comptoir import gateways
from comptoir.kit import db


async def find_avs(tx: db.Tx, operation_id: UUID) -> gateways.Avs | None:
    """The issuer's word on the address of a charge; None where none was compared."""
    code = await tx.value(
        "select code from address_check where company_id = $1 and operation_id = $2",
        tx.company, operation_id,
    )  # fmt: skip
    return None if code is None else gateways.Avs(code)


async def gateway_words(
    tx: db.Tx, operation_id: UUID
) -> tuple[tuple[gateways.GatewayRef, ...], gateways.Avs | None]:
    """What a page tells of the gateway's answer, in one question: its names, and the address."""
    rows = await tx.rows(
        "select r.kind, r.value, a.code from (select) as always"
        " left join address_check a on a.company_id = $1 and a.operation_id = $2"
        " left join gateway_reference r on r.company_id = $1 and r.operation_id = $2"
        " order by r.kind limit 20",
        tx.company, operation_id,
    )  # fmt: skip
    refs = tuple(gateways.GatewayRef(row["kind"], row["value"]) for row in rows if row["kind"])
    return refs, None if rows[0]["code"] is None else gateways.Avs(rows[0]["code"])
