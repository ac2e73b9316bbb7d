"""3-D Secure for shops that bring the shopper to the bank themselves; the sandbox plays the bank.

What the bank says comes back through the shopper's browser, so it is a sealed proof: it names its
transaction and its verdict, and nobody but this installation can write one.
"""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

import msgspec

from comptoir import gateways, payments
from comptoir.checkout.direct import charge_directly
from comptoir.kit import clock, crypto, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid
from comptoir.payments import Kind, Operation

MAX_PROOF = 2048
_PURPOSE, _BOUND = "3ds proof", b"verdict"


class Verdict(msgspec.Struct, frozen=True):
    """What the bank found about the shopper of one transaction."""

    number: int
    authenticated: bool


@dataclass(frozen=True, slots=True)
class Request:
    """A check that may need the shopper."""

    operation_id: UUID
    challenge: bool
    return_url: str | None


class BadProof(Invalid):
    code = "bad_authentication_proof"
    title = "The proof of the authentication is not one of this transaction"


def write_proof(verdict: Verdict) -> str:
    sealed = crypto.seal(_PURPOSE, msgspec.json.encode(verdict), _BOUND)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def read_proof(text: str) -> Verdict:
    """The verdict in a proof; raises `BadProof` for anything else."""
    if len(text) > MAX_PROOF:
        raise BadProof
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(crypto.open_sealed(_PURPOSE, sealed, _BOUND), type=Verdict)
    except (binascii.Error, ValueError, msgspec.DecodeError):
        raise BadProof from None


async def check_enrolment(
    actor: Actor,
    seller: payments.Seller,
    asked: payments.Charge,
    *,
    challenge: bool = False,
    return_url: str | None = None,
) -> Operation:
    """Ask whether the card's bank takes part; "650" says that it does not."""
    assert asked.kind is Kind.CHECK, "only a check is asked here"
    operation = await charge_directly(actor, seller, asked)
    async with db.transaction(company=operation.company_id) as tx:
        await tx.run(
            "insert into three_ds_request (company_id, operation_id, challenge, return_url, at)"
            " values ($1, $2, $3, $4, $5)",
            tx.company, operation.id, challenge or _always_asks(asked.card), return_url,
            clock.now(),
        )  # fmt: skip
    return operation


def _always_asks(card: gateways.CardData | None) -> bool:
    known = None if card is None else gateways.TEST_CARDS.get(card.number)
    return known is not None and known.three_ds == "challenge"


async def find_request(tx: db.Tx, operation_id: UUID) -> Request | None:
    return await tx.one(
        Request,
        "select operation_id, challenge, return_url from three_ds_request"
        " where company_id = $1 and operation_id = $2",
        tx.company, operation_id,
    )  # fmt: skip
