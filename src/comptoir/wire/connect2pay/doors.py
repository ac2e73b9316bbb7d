"""Connect2Pay: prepare a payment, read its status, and act on its transactions."""

from typing import Any

from litestar import Response

from comptoir import checkout, payments, subscriptions
from comptoir.checkout import Prepared
from comptoir.edge.http import client_ip, get, post
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.money import Money
from comptoir.payments import Kind, Operation
from comptoir.wire.connect2pay.prepare import read_prepare
from comptoir.wire.connect2pay.words import UNKNOWN_VERSION
from comptoir.wire.fields import Text, lowered
from comptoir.wire.following import find_transaction
from comptoir.wire.problems import NoTransaction, WrongData, answer
from comptoir.wire.reading import AnyRequest, read_object, read_query

SUCCESS = "200"


@post(
    ["/payment/prepare", "/transaction/prepare"], needs=Permission.PAYMENT_CREATE, door=DOOR
)  # fmt: skip
async def prepare(request: AnyRequest, actor: Actor) -> Response[bytes]:
    """Keep what the shop asks for, and give the two tokens."""
    seller: payments.Seller = request.state.seller
    asked, amount, validity = read_prepare(await read_object(request), seller)
    asked = await _with_offer(actor, seller, asked, amount)
    tokens = await checkout.prepare(
        actor, seller, asked, amount, validity=validity, ip=client_ip(request)
    )
    return answer(
        {
            "code": SUCCESS,
            "message": "Request was successful",
            "merchantToken": tokens.merchant,
            "customerToken": tokens.customer,
        }
    )


async def _check_method(
    actor: Actor, seller: payments.Seller, asked: Prepared, amount: Money
) -> None:
    """A method that no account takes is refused here: its page could only send the shopper away."""
    method = checkout.METHODS[asked.method or "CreditCard"]
    if asked.terms is not None and method != "card":
        raise WrongData(
            f"paymentMethod {asked.method} cannot be charged again: subscribe by CreditCard",
            field="paymentMethod",
        )
    if method == "card" and asked.terms is None:
        return  # Nearly all are; they are routed when they are paid.
    async with db.transaction(company=seller.company_id) as tx:
        offers = await checkout.load_offers(tx, seller, live=actor.live)
    if not any(o.method == method and amount.currency in o.currencies for o in offers):
        raise WrongData(
            f"paymentMethod {_name(asked)} is taken by no account in {amount.currency}",
            field="paymentMethod",
        )
    network = asked.network
    if network is not None and amount.currency not in checkout.currencies_of(network):
        known = ", ".join(checkout.networks_for(amount.currency))
        raise WrongData(
            f"paymentNetwork {network} does not take {amount.currency}; these do: {known}",
            field="paymentNetwork",
        )


def _name(asked: Prepared) -> str:
    return asked.method or "CreditCard"


async def _with_offer(
    actor: Actor, seller: payments.Seller, asked: Prepared, amount: Money
) -> Prepared:
    """The method must be one that can be taken, and a named offer has its terms."""
    await _check_method(actor, seller, asked, amount)
    terms = await offered(actor, seller, asked.terms, amount)
    if terms is asked.terms:
        return asked
    return checkout.with_terms(asked, terms)


async def offered(
    actor: Actor, seller: payments.Seller, terms: subscriptions.Terms | None, amount: Money
) -> subscriptions.Terms | None:
    """Terms as they are, or those of the offer they name; refused when it cannot be used."""
    if terms is None or terms.offer is None:
        return terms
    try:
        async with db.reads(actor) as tx:
            offer = await subscriptions.get_offer(tx, actor, terms.offer, seller.originator_id)
    except NotFound:
        raise WrongData("offerID names no offer of this originator", field="offerID") from None
    if offer.state != "enabled" or offer.currency != amount.currency:
        raise WrongData("offerID names an offer that cannot be used here", field="offerID")
    return offer.terms


@get(
    ["/payment/{token:str}/status", "/transaction/{token:str}/status"],
    needs=Permission.TRANSACTION_READ, door=DOOR,
)  # fmt: skip
async def status(request: AnyRequest, actor: Actor, token: str) -> Response[bytes]:
    """A payment's status by its merchant token; an unknown token is HTTP 404."""
    found = await checkout.find_by_merchant_token(actor, token)
    async with db.transaction(company=found.company_id) as tx:
        told = await checkout.status_document(
            tx, found, version_of(request, found.prepared.api_version)
        )
        await checkout.add_kept(tx, found.payment_id, told["transactions"])
    return answer(told)


@get("/transaction/{transaction_id:str}/info", needs=Permission.TRANSACTION_READ, door=DOOR)
async def info(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    """One transaction attempt."""
    found = await find_transaction(actor, transaction_id)
    version = version_of(request)
    if not checkout.visible(found, version):
        raise NoTransaction
    (told,) = await attempts_of(actor, [found])
    async with db.transaction(company=found.company_id) as tx:
        await checkout.add_kept(tx, found.payment_id, [told])
    return answer({"apiVersion": version, **told})


async def attempts_of(actor: Actor, operations: list[Operation]) -> list[dict[str, Any]]:
    """Attempts of the caller's own transactions."""
    async with db.reads(actor) as tx:
        facts = await checkout.load_facts(tx, operations)
    return [checkout.transaction_attempt(o, facts) for o in operations]


def version_of(request: AnyRequest, default: str = UNKNOWN_VERSION) -> str:
    """The revision a GET names, or what to take for one that names none."""
    asked = read_query(request).get("apiversion", "")[:8]
    return asked or default


def followed(operation: Operation, version: str | None) -> dict[str, Any]:
    """The answer to a refund, rebill, cancel or capture: "000", or why not."""
    code = checkout.code_of(operation)
    return {
        "apiVersion": version or UNKNOWN_VERSION,
        "code": code,
        "message": checkout.text_of(code),
        "transactionID": str(operation.number),
        "operation": str(operation.kind),
    }


@post(
    "/transaction/{transaction_id:str}/refund/confirm",
    needs=Permission.PAYMENT_REFUND, door=DOOR,
)  # fmt: skip
async def confirm_refund(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    """Confirm a refund that waits: one that is on its way, or done, needs nothing more."""
    given = lowered(await read_object(request))
    found = await find_transaction(actor, transaction_id)
    if found.kind is not Kind.REFUND:
        raise WrongData("Only a refund is confirmed", field="transactionID")
    return answer(followed(found, Text(8).read(given.get("apiversion"))))


HANDLERS = [prepare, status, info, confirm_refund]
