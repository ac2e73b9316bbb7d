"""3-D Secure for shops that bring the shopper to the bank themselves; the sandbox plays the bank.

What the bank says comes back through the shopper's browser, so it is a sealed proof: it names its
transaction and its verdict, and nobody but this installation can write one. It is written for a
check that was made, and counts once, for that check's originator, card, amount and currency.
"""

import base64
import binascii
import hashlib
from dataclasses import dataclass, replace
from uuid import UUID

import msgspec

from comptoir import gateways, payments
from comptoir.checkout.direct import charge_directly
from comptoir.kit import clock, crypto, db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid
from comptoir.payments import Kind, Operation

MAX_PROOF = 2048
_PURPOSE, _BOUND, _ASKED = "3ds proof", b"verdict", b"request"
_CHECKS = (
    "select o.id, o.payment_id, o.number from operation o where o.company_id = $1"
    " and o.kind = '3dscheck' and o.status = 'succeeded' and not o.live"
)


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


class Asked(msgspec.Struct, frozen=True):
    """The check that a bank is asked about; travels sealed through the shopper's browser."""

    company_id: UUID
    operation_id: UUID


@dataclass(frozen=True, slots=True)
class Check:
    """A card that was found enrolled, in test mode: only there the bank is ours."""

    id: UUID
    payment_id: UUID
    number: int


class BadProof(Invalid):
    code = "bad_authentication_proof"
    title = "The proof of the authentication is not one of this transaction"


def write_proof(verdict: Verdict) -> str:
    return _sealed(verdict, _BOUND)


def read_proof(text: str) -> Verdict:
    """The verdict in a proof; raises `BadProof` for anything else."""
    try:
        return msgspec.json.decode(_opened(text, _BOUND), type=Verdict)
    except msgspec.DecodeError:
        raise BadProof from None


def write_request(operation: Operation) -> str:
    """What the shopper's browser brings to the bank: nobody else can have it asked."""
    return _sealed(Asked(operation.company_id, operation.id), _ASKED)


async def find_asked(text: str, number: int) -> Check | None:
    """The check that a browser brings to the bank's page, if it is that number's."""
    try:
        asked = msgspec.json.decode(_opened(text, _ASKED), type=Asked)
    except (BadProof, msgspec.DecodeError):
        return None
    async with db.transaction(company=asked.company_id) as tx:
        return await tx.one(
            Check, _CHECKS + " and o.id = $2 and o.number = $3",
            tx.company, asked.operation_id, number,
        )  # fmt: skip


def _sealed(value: msgspec.Struct, bound: bytes) -> str:
    sealed = crypto.seal(_PURPOSE, msgspec.json.encode(value), bound)
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def _opened(text: str, bound: bytes) -> bytes:
    if len(text) > MAX_PROOF:
        raise BadProof
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return crypto.open_sealed(_PURPOSE, sealed, bound)
    except (binascii.Error, ValueError):
        raise BadProof from None


async def prove(
    seller: payments.Seller, actor: Actor, asked: payments.Charge, verdict: Verdict
) -> payments.Charge:
    """The charge with the proof of its shopper. Raises `BadProof` if it is another charge's."""
    assert asked.card is not None, "a direct charge comes with its card"
    async with db.transaction(company=seller.company_id) as tx:
        check = await tx.one(
            Check,
            _CHECKS + " and o.number = $2 and o.originator_id = $3 and o.live = $4"
            " and o.card_fingerprint = $5 and o.amount_minor = $6 and o.currency = $7",
            tx.company, verdict.number, seller.originator_id, actor.live,
            crypto.fingerprint("card", asked.card.number), asked.amount.minor,
            asked.amount.currency,
        )  # fmt: skip
    if check is None:
        raise BadProof
    return replace(
        asked, three_ds="done", authentication=authentication_of(check),
        beside={"check_id": str(check.id)},
    )  # fmt: skip


def authentication_of(check: Check | Operation) -> gateways.Authentication:
    """The proof taken apart, as card schemes write it."""
    return gateways.Authentication(_opaque(check.payment_id), "05", _opaque(check.id))


def _opaque(value: UUID) -> str:
    """Twenty bytes in base64."""
    return base64.b64encode(hashlib.sha256(value.bytes).digest()[:20]).decode()


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
