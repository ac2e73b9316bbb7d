"""Paths that both APIs have: the body's `apiVersion`, or the prefix, tells which is meant."""

from collections.abc import Mapping
from typing import Any

from litestar import Response

from comptoir import checkout, subscriptions
from comptoir.edge.http import post
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.payments import Kind, Operation, Status
from comptoir.subscriptions import Subscription
from comptoir.wire.connect2pay.doors import followed
from comptoir.wire.fields import flag, lowered, may_safe_text, need_number, whole
from comptoir.wire.following import follow
from comptoir.wire.gateway.shapes import done, subscription_object
from comptoir.wire.problems import NoSubscription, WrongData, answer
from comptoir.wire.reading import AnyRequest, read_object

_MAX_REASON = 9999


def is_gateway(request: AnyRequest, given: Mapping[str, Any]) -> bool:
    """Whose shape is meant: the prefix says it, else gateway bodies carry no `apiVersion`."""
    path = request.url.path.lstrip("/")
    if path.startswith(("gateway/", "connect2pay/")):
        return path.startswith("gateway/")
    return "apiversion" not in given


async def _follow(request: AnyRequest, actor: Actor, kind: Kind, name: str) -> Response[bytes]:
    given = lowered(await read_object(request))
    gateway = is_gateway(request, given)
    order_id = may_safe_text(given, "orderID", 100) if kind is Kind.REBILL else None
    ends = gateway and kind is Kind.REFUND and flag(given.get("cancelsubscription")) is not False

    async def enter(tx: db.Tx, operation: Operation) -> None:
        if order_id is not None:
            await checkout.note_order(tx, operation, order_id)
        if ends:
            await subscriptions.end_with_refund(tx, operation.payment_id, operation.id)

    operation, origin = await follow(actor, kind, name, given, enter)
    if ends and operation.status is Status.SUCCEEDED:
        async with db.transaction(company=origin.company_id) as tx:
            await subscriptions.cancel_of_payment(
                tx, actor, origin.payment_id, subscriptions.REFUNDED
            )
    if gateway:
        return answer(done(operation))
    version = given.get("apiversion")
    return answer(followed(operation, None if version is None else str(version)[:8]))


@post("/transaction/{transaction_id:str}/refund", needs=Permission.PAYMENT_REFUND, door=DOOR)
async def refund(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    return await _follow(request, actor, Kind.REFUND, transaction_id)


@post("/transaction/{transaction_id:str}/rebill", needs=Permission.PAYMENT_REBILL, door=DOOR)
async def rebill(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    return await _follow(request, actor, Kind.REBILL, transaction_id)


@post("/transaction/{transaction_id:str}/cancel", needs=Permission.PAYMENT_CANCEL, door=DOOR)
async def cancel(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    return await _follow(request, actor, Kind.CANCEL, transaction_id)


@post("/transaction/{transaction_id:str}/capture", needs=Permission.PAYMENT_CAPTURE, door=DOOR)
async def capture(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    return await _follow(request, actor, Kind.CAPTURE, transaction_id)


@post(
    # One client's cancel goes to `rebill` by mistake: its body tells what is meant.
    ["/subscription/{subscription_id:str}/cancel", "/subscription/{subscription_id:str}/rebill"],
    needs=Permission.PAYMENT_CANCEL, door=DOOR,
)  # fmt: skip
async def cancel_subscription(
    request: AnyRequest, actor: Actor, subscription_id: str
) -> Response[bytes]:
    given = lowered(await read_object(request))
    found = await find_subscription(actor, subscription_id)
    reason = need_number(given, "cancelReason", 0, _MAX_REASON)
    ended = await _cancelled(actor, found, reason)
    if is_gateway(request, given):
        return answer({**done(None), "subscription": subscription_object(ended)})
    return answer({"code": "200", "message": "Subscription cancelled"})


async def _cancelled(actor: Actor, found: Subscription, reason: int) -> Subscription:
    try:
        async with db.transaction(company=found.company_id) as tx:
            return await subscriptions.cancel(tx, actor, found.id, reason)
    except Invalid as error:
        raise WrongData(error.detail, field="cancelReason") from None


async def find_subscription(actor: Actor, name: str) -> Subscription:
    """The caller's own subscription by its number; absent and not-yours are both code 678."""
    number = whole(name)
    if number is None or not 0 < number < 2**31:
        raise NoSubscription
    try:
        async with db.reads(actor) as tx:
            return await subscriptions.get_by_number(tx, actor, number)
    except NotFound:
        raise NoSubscription from None


HANDLERS = [refund, rebill, cancel, capture, cancel_subscription]
