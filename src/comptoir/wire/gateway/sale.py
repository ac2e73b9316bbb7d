"""Sale, authorize and credit by card number, server to server."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Response

from comptoir import checkout, gateways, payments, subscriptions
from comptoir.edge.http import post
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import addresses, db
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.payments import Kind, Operation, Shopper
from comptoir.wire.connect2pay.doors import offered
from comptoir.wire.connect2pay.prepare import MAX_AMOUNT, read_terms
from comptoir.wire.fields import (
    Text,
    holds_card_number,
    lowered,
    may_safe_text,
    need_number,
    need_safe_text,
    need_text,
)
from comptoir.wire.gateway.shapes import done
from comptoir.wire.problems import NotAuthenticated, WrongData, answer
from comptoir.wire.reading import AnyRequest, read_object

_FILLERS = frozenset({"", "NA", "N/A"})
_CENTURY = 2000


@post("/transaction/sale/creditcard", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def sale(request: AnyRequest, actor: Actor) -> Response[bytes]:
    return await _charge(request, actor, Kind.SALE)


@post("/transaction/authorize/creditcard", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def authorize(request: AnyRequest, actor: Actor) -> Response[bytes]:
    return await _charge(request, actor, Kind.AUTHORIZE)


@post("/transaction/credit/creditcard", needs=Permission.PAYMENT_CREDIT, door=DOOR)
async def credit_card(request: AnyRequest, actor: Actor) -> Response[bytes]:
    return await _charge(request, actor, Kind.CREDIT)


@post("/transaction/sale/todito", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def todito(request: AnyRequest) -> Response[bytes]:
    """Withdrawn by its provider; said so instead of a page that is not found."""
    await read_object(request)
    raise WrongData("Todito was withdrawn; no account can take it")


async def _charge(request: AnyRequest, actor: Actor, kind: Kind) -> Response[bytes]:
    given = lowered(await read_object(request))
    seller: payments.Seller = request.state.seller
    asked = await authenticated(given, seller, actor, read_charge(given, seller, kind))
    terms = None
    if kind is not Kind.CREDIT:
        terms = await offered(actor, seller, read_terms(given), asked.amount)
    operation = await checkout.charge_directly(actor, seller, asked, terms=terms)
    return answer(await _told(seller, asked, operation, subscribes=terms is not None))


async def _told(
    seller: payments.Seller, asked: payments.Charge, operation: Operation, *, subscribes: bool
) -> dict[str, Any]:
    """The answer to a charge, with what was paid with and what began; no question is asked."""
    info = await checkout.direct_mean_info(operation, asked, seller)
    screened = "1" if operation.account_id is None else "0"  # Blocked here, before any gateway.
    told: dict[str, Any] = {
        **done(operation),
        "statementDescriptor": info.get("statementDescriptor"),
        "paymentMeanInfo": info,
        "AVSResult": await _avs(asked, operation),
        "FSResult": screened,
        "FSStatus": screened,
    }
    if subscribes:
        async with db.transaction(company=operation.company_id) as tx:
            numbers = await subscriptions.numbers_of_payments(tx, [operation.payment_id])
        told["subscriptionID"] = numbers.get(operation.payment_id)
    return {name: value for name, value in told.items() if value is not None}


async def _avs(asked: payments.Charge, operation: Operation) -> str:
    """What the issuer said of the address; without one there was nothing to compare."""
    if asked.shopper.address is None:
        return gateways.Avs.UNAVAILABLE
    async with db.transaction(company=operation.company_id) as tx:
        return await payments.find_avs(tx, operation.id) or gateways.Avs.UNAVAILABLE


def read_charge(given: Mapping[str, Any], seller: payments.Seller, kind: Kind) -> payments.Charge:
    """A body in the gateway's words; numbers may come as text. Refusals name their field."""
    currency = need_text(given, "currency", 16).upper()
    if currency not in seller.currencies:
        raise WrongData("currency is not one of the originator's", field="currency")
    return payments.Charge(
        kind=kind,
        order_id=need_safe_text(given, "orderID", 100),
        amount=Money(need_number(given, "amount", 1, MAX_AMOUNT), currency),
        card=read_card(given, with_code=kind is not Kind.CREDIT),
        shopper=_shopper(given),
        description=may_safe_text(given, "orderDescription", 500),
        three_ds="off",
    )


def read_card(given: Mapping[str, Any], *, with_code: bool) -> gateways.CardData:
    number = need_text(given, "cardNumber", 40).replace(" ", "").replace("-", "")
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        raise WrongData("cardNumber must be 12 to 19 digits", field="cardNumber")
    code = _code(given) if with_code else None
    year = need_number(given, "cardExpireYear", 0, 2099)
    return gateways.CardData(
        number,
        need_number(given, "cardExpireMonth", 1, 12),
        year + _CENTURY if year < 100 else max(year, _CENTURY),
        code,
        described(given, "cardHolderName", 80),
    )


async def authenticated(
    given: Mapping[str, Any], seller: payments.Seller, actor: Actor, asked: payments.Charge
) -> payments.Charge:
    """The charge with what the shop brings of an authentication (3-D Secure 1 or 2), if it does.

    Our own bank's proof is checked here; one from elsewhere is the gateway's to judge.
    """
    if asked.kind is Kind.CREDIT:
        return asked
    for name in ("CRes", "PaRes"):
        proof = known(given, name, checkout.MAX_PROOF)
        if proof is not None:
            return await _proven(name, proof, seller, actor, asked)
    cavv = known(given, "CAVV", 64)
    if cavv is None:
        return asked
    eci = (known(given, "ECI", 2) or "").zfill(2)
    brought = gateways.Authentication(cavv, eci, known(given, "XID", 64))
    return replace(asked, three_ds="done", authentication=brought)


async def _proven(
    name: str, proof: str, seller: payments.Seller, actor: Actor, asked: payments.Charge
) -> payments.Charge:
    """A shop may hand on what its shopper brought unread, and ship on "000": a no ends here."""
    try:
        verdict = checkout.read_proof(proof)
        if not verdict.authenticated:
            raise NotAuthenticated
        return await checkout.prove(seller, actor, asked, verdict)
    except checkout.BadProof as error:
        raise WrongData(f"{name}: {error.detail}", field=name) from None


def known(given: Mapping[str, Any], name: str, limit: int) -> str | None:
    """A text, or None where the shop fills in that it does not know."""
    text = Text(limit).read(given.get(name.lower()))
    return None if text is None or text.upper() in _FILLERS else text


def _code(given: Mapping[str, Any]) -> str:
    code = need_text(given, "cardSecurityCode", 16)
    if not (code.isascii() and code.isdigit() and len(code) in {3, 4}):
        raise WrongData("cardSecurityCode must be 3 or 4 digits", field="cardSecurityCode")
    return code


def usable_ip(text: str | None) -> str | None:
    """An IP address as it is; what cannot be read as one describes nobody and is left out."""
    return text if text is not None and "%" not in text and addresses.is_ip(text) else None


def described(given: Mapping[str, Any], name: str, limit: int) -> str | None:
    """A text that only describes; one that a card number was typed into is left out."""
    safe = not holds_card_number(given.get(name.lower()))
    return known(given, name, limit) if safe else None


def _shopper(given: Mapping[str, Any]) -> Shopper:
    email, country = described(given, "shopperEmail", 100), known(given, "shopperCountryCode", 2)
    home = None if country is None or country.upper() == "ZZ" else country.upper()
    return Shopper(
        name=described(given, "shopperName", 80),
        email=email if email and "@" in email else None,
        phone=described(given, "shopperPhone", 20),
        country=home,
        ip=usable_ip(need_text(given, "customerIP", 64)),
        address=gateways.address_of(
            described(given, "shopperAddress", 255),
            described(given, "shopperZipcode", 10),
            described(given, "shopperCity", 50),
            described(given, "shopperState", 30),
            home,
        ),
    )


HANDLERS = [sale, authorize, credit_card, todito]
