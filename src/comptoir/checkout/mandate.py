"""SEPA mandates: what a shopper signs so that an account may be debited.

An account's whole number is read once, judged, and forgotten; its two ends are kept. (The sandbox
debits nobody. A connector that does needs the vault first.)
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException

from comptoir.kit import db
from comptoir.kit.errors import Invalid
from comptoir.payments import Operation

MAX_HOLDER, MAX_IBAN = 128, 50
_ENDS = 4
# Countries and territories whose banks take SEPA debits.
SEPA = frozenset(
    "AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT"
    " RO SE SI SK SM VA".split()
)


class NotAnAccount(Invalid):
    code = "not_an_account"
    title = "This is not the number (IBAN) of an account that can be debited"


@dataclass(frozen=True, slots=True)
class Signature:
    """An account whose holder agreed just now."""

    holder: str
    iban: str  # Its ends alone.
    bic: str | None
    bank_name: str | None
    country: str


@dataclass(frozen=True, slots=True)
class Mandate:
    """A signature as it is kept with its attempt."""

    operation_id: UUID
    reference: str
    holder: str
    iban: str
    bic: str | None
    bank_name: str | None
    country: str
    signed_at: datetime


def sign(holder: str, number: str) -> Signature:
    """The signature for an account's number. Raises `NotAnAccount`, which does not repeat it."""
    try:
        known = IBAN(number[:MAX_IBAN])
    except SchwiftyException:
        raise NotAnAccount(field="iban") from None
    if known.country_code not in SEPA:
        raise NotAnAccount(field="iban")
    text = known.compact
    hidden = text[:_ENDS] + "X" * (len(text) - 2 * _ENDS) + text[-_ENDS:]
    bic = None if known.bic is None else str(known.bic)
    name = known.bank_name
    return Signature(holder[:MAX_HOLDER], hidden, bic, name and name[:128], known.country_code)


def reference_of(operation: Operation) -> str:
    """What the bank statement will name."""
    return f"CPT-{operation.number}"


async def note_mandate(tx: db.Tx, operation: Operation, signed: Signature) -> None:
    """Keep a mandate with the intention that it allows."""
    await tx.run(
        "insert into debit_mandate (company_id, operation_id, payment_id, reference, holder, iban,"
        " bic, bank_name, country, signed_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.company, operation.id, operation.payment_id, reference_of(operation), signed.holder,
        signed.iban, signed.bic, signed.bank_name, signed.country, operation.occurred_at,
    )  # fmt: skip


async def mandates_of(tx: db.Tx, operations: list[Operation]) -> dict[UUID, Mandate]:
    """The mandates behind some operations, also behind what follows a debit: a refund's is its
    debit's. No question where nobody was debited."""
    debits = [o for o in operations if o.method == "direct_debit"]
    if not debits:
        return {}
    rows = await tx.all(
        Mandate,
        "select operation_id, reference, holder, iban, bic, bank_name, country::text as country,"
        " signed_at from debit_mandate where company_id = $1 and operation_id = any($2::uuid[])",
        tx.company, list({id_ for o in debits for id_ in (o.id, o.refers_to) if id_ is not None}),
    )  # fmt: skip
    signed = {row.operation_id: row for row in rows}
    found = {o.id: signed.get(o.id) or signed.get(o.refers_to or o.id) for o in debits}
    return {id_: mandate for id_, mandate in found.items() if mandate is not None}


def account_info(
    mandate: Mandate | None, descriptor: str | None, *, collected: bool
) -> dict[str, Any]:
    """A debit in the wire's words; readers expect account and mandate always to be there."""
    told = {"bankAccount": _account(mandate, collected), "statementDescriptor": descriptor}
    return {name: value for name, value in told.items() if value is not None}


def _account(mandate: Mandate | None, collected: bool) -> dict[str, Any]:
    """The account with what was signed for it; nothing is known of a debit made elsewhere."""
    if mandate is None:
        return {"sepaMandate": {}}
    signed = int(mandate.signed_at.timestamp() * 1000)
    return {
        "holderName": mandate.holder,
        "bankName": mandate.bank_name or "",
        "iban": mandate.iban,
        "bic": mandate.bic or "",
        "countryCode": mandate.country,
        "sepaMandate": {
            "description": mandate.reference, "status": "USED" if collected else "SIGNED",
            "type": "ONETIME", "scheme": "CORE", "signatureType": "CHECKBOX",
            "signedAt": signed, "createdAt": signed,
        },
    }  # fmt: skip
