"""The gateway's questions and lists: transactions, subscriptions, offers, blacklists."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Response

from comptoir import checkout, payments, risk, subscriptions
from comptoir.edge.auth import basic, let_in
from comptoir.edge.http import PUBLIC, get, post
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import addresses, crypto, db, redact
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.payments import Kind, Operation
from comptoir.subscriptions import Offer
from comptoir.wire.exporting import exported
from comptoir.wire.fields import Choice, flag, lowered, need_text, whole
from comptoir.wire.following import find_transaction, follow
from comptoir.wire.gateway.shapes import (
    done,
    outcome,
    subscription_object,
    transaction_object,
)
from comptoir.wire.problems import MissingData, MissingParameter, WrongData, answer
from comptoir.wire.reading import AnyRequest, read_object, read_query
from comptoir.wire.shared import find_subscription
from comptoir.wire.windows import MOST, check_whole, moment

LONGEST = timedelta(days=31)
_SECOND = timedelta(seconds=1)
_OPERATIONS = Choice("sale", "refund", "credit", "authorize", "capture", "cancel", "rebill")
_TYPES = Choice("creditcard", "chargeback", "fraud", "toditocash")
LEAST_DIGITS, MOST_DIGITS = 12, 19  # Of a card number.
_CARD = "creditcardnumber"
_VALUES = {
    "creditcardnumber": "card", "toditocardnumber": "card", "accountnumber": "card",
    "shopperemail": "email", "customerip": "ip",
}  # fmt: skip


async def objects_of(actor: Actor, operations: list[Operation]) -> list[dict[str, Any]]:
    async with db.reads(actor) as tx:
        facts = await checkout.load_facts(tx, operations)
    return [transaction_object(o, facts) for o in operations]


@get("/transaction/{name:str}", needs=PUBLIC, door=DOOR)
async def transaction(request: AnyRequest, name: str) -> Response[bytes]:
    """A transaction, for a shop; an old address of the payment page, for a shopper's browser."""
    if checkout.is_token(name):
        query = f"?{request.url.query}" if request.url.query else ""
        return Response(b"", status_code=302, headers={"Location": f"/payment/{name}{query}"})
    await let_in(request, Permission.TRANSACTION_READ, DOOR)
    actor: Actor = request.state.actor
    found = await find_transaction(actor, name)
    told = await objects_of(actor, [found])
    return answer({**outcome("000"), "transactionID": str(found.number), "transaction": told[0]})


@post("/transaction/{transaction_id:str}/credit", needs=Permission.PAYMENT_CREDIT, door=DOOR)
async def credit(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    given = lowered(await read_object(request))
    operation, _ = await follow(actor, Kind.CREDIT, transaction_id, given)
    return answer(done(operation))


@get("/transactions", needs=Permission.TRANSACTION_READ, door=DOOR)
async def transactions(request: AnyRequest, actor: Actor) -> Response[Any]:
    return await _exported(request, actor, None)


@get("/transactions/{operation:str}", needs=Permission.TRANSACTION_READ, door=DOOR)
async def transactions_of(request: AnyRequest, actor: Actor, operation: str) -> Response[Any]:
    kind = _OPERATIONS.read(operation)
    if kind is None:
        raise NotFound
    return await _exported(request, actor, kind)


async def _exported(request: AnyRequest, actor: Actor, kind: str | None) -> Response[Any]:
    query = read_query(request)
    start, end = window(query)
    code, wanted = whole(query.get("transactionerrorcode", "")), query.get("transactiontype", "")
    type_ = _TYPES.read(wanted) if wanted else None
    check_whole(await payments.count_between(actor, start, end, MOST))

    def fits(o: Operation) -> bool:
        return (
            o.kind is not Kind.CHECK
            and (kind is None or o.kind == kind)
            and (code is None or int(checkout.code_of(o)) == code)
            and (not wanted or _type_of(o) == type_)
        )

    batches = payments.export_between(actor, start, end)
    rows = (await objects_of(actor, [o for o in batch if fits(o)]) async for batch in batches)
    return await exported(outcome("000"), "transactionList", rows)


def _type_of(operation: Operation) -> str:
    special = operation.kind in (Kind.CHARGEBACK, Kind.FRAUD)
    return str(operation.kind) if special else "creditcard"


def window(query: dict[str, str]) -> tuple[datetime, datetime]:
    """Both ends are included here, unlike in the other API."""
    start, end = moment(query, "startDate"), moment(query, "endDate") + _SECOND
    if start >= end or end - start > LONGEST:
        raise MissingParameter("startDate must be before endDate by at most 31 days")
    return start, end


@post("/transaction/{transaction_id:str}/blacklist", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def blacklist_transaction(
    request: AnyRequest, actor: Actor, transaction_id: str
) -> Response[bytes]:
    given = lowered(await read_object(request))
    found = await find_transaction(actor, transaction_id)
    async with db.transaction(company=found.company_id) as tx:
        await payments.blacklist_transaction(
            tx, actor, found,
            card=flag(given.get("cardnumberblacklist")) is True,
            email=flag(given.get("shopperemailblacklist")) is True,
            ip=flag(given.get("customeripblacklist")) is True,
        )  # fmt: skip
    return answer(outcome("000"))


@post("/blacklist", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def blacklist(request: AnyRequest, actor: Actor) -> Response[bytes]:
    given = lowered(await read_object(request))
    named = need_text(given, "valueType", 40).lower()
    kind = _VALUES.get(named)
    if kind is None:
        raise WrongData("valueType is not one of the known values", field="valueType")
    value, shown = _listed(kind, need_text(given, "value", 100), card=named == _CARD)
    assert actor.company_id is not None, "an originator's key has its company"
    async with db.transaction(company=actor.company_id) as tx:
        await risk.add_entry(
            tx, actor, kind=kind, value=value, shown=shown, reason="by value",
            originator_id=actor.originator_id,
        )  # fmt: skip
    return answer(outcome("000"))


def _listed(kind: str, text: str, *, card: bool) -> tuple[bytes, str]:
    """What is kept of a value; of a card number only its keyed hash.

    What no payment can carry would block nothing, and its sender believes that it does.
    """
    if kind == "ip" and ("%" in text or not addresses.is_ip(text)):
        raise WrongData("value must be an IP address", field="value")
    if kind == "email" and "@" not in text:
        raise WrongData("value must be an e-mail address", field="value")
    if kind != "card":
        return risk.list_value(kind, text), text
    number = text.replace(" ", "").replace("-", "")
    if not (number.isascii() and number.isdigit()):
        raise WrongData("value must be digits", field="value")
    if card and not (LEAST_DIGITS <= len(number) <= MOST_DIGITS and redact.luhn(number)):
        raise WrongData("value is not a card number: its check digit is wrong", field="value")
    return crypto.fingerprint("card", number), f"{number[:6]}······{number[-4:]}"


@get("/subscription/{subscription_id:str}", needs=Permission.TRANSACTION_READ, door=DOOR)
async def subscription(actor: Actor, subscription_id: str) -> Response[bytes]:
    found = await find_subscription(actor, subscription_id)
    async with db.reads(actor) as tx:
        operations = await payments.list_operations(tx, found.payment_id)
    told = {"subscription": subscription_object(found)}
    return answer(
        {**outcome("000"), **told, "transactionList": await objects_of(actor, operations)}
    )


@post(
    "/subscription/{subscription_id:str}/instantconversion",
    needs=Permission.PAYMENT_REBILL, door=DOOR,
)  # fmt: skip
async def convert(actor: Actor, subscription_id: str) -> Response[bytes]:
    """The trial ends now; the body is empty and not looked at."""
    found = await find_subscription(actor, subscription_id)
    operation, after = await subscriptions.convert(actor, found)
    if operation is None:
        raise WrongData("The first rebill could not be sent; it is tried again later")
    return answer({**done(operation), "subscription": subscription_object(after)})


@get("/subscriptions", needs=Permission.TRANSACTION_READ, door=DOOR)
async def list_subscriptions(request: AnyRequest, actor: Actor) -> Response[Any]:
    query = read_query(request)
    start, end = window(query)
    created = flag(query.get("allsubscriptions", "")) is True
    check_whole(await subscriptions.count_between(actor, start, end, MOST, created=created))
    batches = subscriptions.export_between(actor, start, end, created=created)
    rows = ([subscription_object(item) for item in batch] async for batch in batches)
    return await exported(outcome("000"), "subscriptionList", rows)


@get("/subscription/offer/{offer_id:str}", needs=Permission.TRANSACTION_READ, door=DOOR)
async def offer(request: AnyRequest, actor: Actor, offer_id: str) -> Response[bytes]:
    number = whole(offer_id)
    if number is None or not 0 < number < 2**31:
        raise MissingData("offerID is not a number", field="offerID")
    try:
        async with db.reads(actor) as tx:
            found = await subscriptions.get_offer(tx, actor, number, actor.originator_id)
    except NotFound:
        raise WrongData("There is no offer of this number", field="offerID") from None
    originator, _ = basic(request.headers["authorization"])
    return answer({**outcome("000"), "offer": _offer_object(found, originator)})


def _offer_object(found: Offer, originator: str) -> dict[str, Any]:
    return {
        "offerID": found.number,
        "originatorID": originator,
        "name": found.name,
        "description": found.description,
        "state": found.state,
        "subscriptionType": found.kind,
        "currency": found.currency,
        "trialAmount": found.trial_minor or 0,
        "trialPeriod": found.trial_period or "",
        "rebillAmount": found.rebill_minor,
        "rebillPeriod": found.rebill_period or "",
        "rebillMaxIteration": found.rebill_max or 0,
        "discountAmount": 0,
        "discountPeriod": "",
    }


HANDLERS = [
    transaction,
    credit,
    transactions,
    transactions_of,
    blacklist_transaction,
    blacklist,
    subscription,
    convert,
    list_subscriptions,
    offer,
]
