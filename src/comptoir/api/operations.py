"""`/api/v1/operations`: look them up, and capture, refund, cancel, rebill or credit them."""

from typing import Annotated, Any

import msgspec
from litestar import Request, Response
from litestar.params import HeaderParameter
from msgspec import Meta

from comptoir import payments
from comptoir.api import shapes
from comptoir.api.payments import NOT_OVER, answer, check_texts, sent
from comptoir.edge.http import get, post
from comptoir.edge.idempotency import once
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.money import CODES, Money
from comptoir.payments import Kind

Key = Annotated[str | None, HeaderParameter(name="Idempotency-Key")]
AnyRequest = Request[Any, Any, Any]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much, in minor units; left out: all that is left. Rebill and credit: as the original."""

    amount: shapes.Amount | None = None
    currency: shapes.Currency | None = None
    reason: Annotated[str, Meta(max_length=256, pattern=r"^[^\u0000]*$")] | None = None


class Whole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A cancel undoes the whole authorisation."""

    reason: Annotated[str, Meta(max_length=256, pattern=r"^[^\u0000]*$")] | None = None


class Resumption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the shopper brought back from the authentication page."""

    answer: dict[str, str] = {}


class Possible(msgspec.Struct, frozen=True):
    """Whether a follow-up is possible now: what is left, or the reason why not."""

    kind: str
    allowed: bool
    left: int
    currency: str
    refusal: str | None


@get(
    "/api/v1/operations/{operation_id:str}", needs=Permission.TRANSACTION_READ, tags=["Operations"]
)
async def get_operation(actor: Actor, operation_id: str) -> shapes.Operation:
    """An operation by its id (`op_…`) or its decimal number."""
    return shapes.operation(await find(actor, operation_id))


@get(
    "/api/v1/operations/{operation_id:str}/possibilities",
    needs=Permission.TRANSACTION_READ,
    tags=["Operations"],
)
async def list_possibilities(actor: Actor, operation_id: str) -> list[Possible]:
    """What can be done with an operation now, and what is left of it."""
    found = await find(actor, operation_id)
    async with db.transaction(company=found.company_id) as tx:
        states = await payments.possibilities(tx, actor, found.id)
    return [
        Possible(s.kind, s.allowed, max(s.left.minor, 0), s.left.currency, s.refusal)
        for s in states
    ]


async def find(actor: Actor, name: str) -> payments.Operation:
    """An operation by id or number, if the actor may see it."""
    if name.isascii() and name.isdigit() and len(name) <= 10:
        async with db.reads(actor) as tx:
            return await payments.get_by_number(tx, actor, int(name))
    wanted = ids.untype("op", name)
    actor = await payments.within_operation(actor, wanted)
    async with db.reads(actor) as tx:
        return await payments.get_operation(tx, actor, wanted)


async def _follow(
    request: AnyRequest,
    actor: Actor,
    kind: Kind,
    name: str,
    part: Part,
    key: str | None,
) -> Response[shapes.Operation]:
    check_texts(reason=part.reason)
    origin = await find(actor, name)
    currency = part.currency or origin.amount.currency
    if currency not in CODES:
        raise payments.WrongCurrency(field="currency")
    amount = None if part.amount is None else Money(part.amount, currency)
    actor = actor.within(origin.company_id)
    return sent(
        await once(
            request, actor, origin.originator_id, key,
            lambda ask: payments.follow_up(
                actor, kind, origin.id, amount, reason=part.reason, ask=ask
            ),
            answer,
        )
    )  # fmt: skip


@post(
    "/api/v1/operations/{operation_id:str}/captures",
    needs=Permission.PAYMENT_CAPTURE,
    status_code=201,
    responses=NOT_OVER,
    tags=["Operations"],
)
async def capture(
    request: AnyRequest,
    actor: Actor,
    operation_id: str,
    data: Part,
    idempotency_key: Key = None,
) -> Response[shapes.Operation]:
    """Capture an authorisation, wholly or in parts."""
    return await _follow(request, actor, Kind.CAPTURE, operation_id, data, idempotency_key)


@post(
    "/api/v1/operations/{operation_id:str}/refunds",
    needs=Permission.PAYMENT_REFUND,
    status_code=201,
    responses=NOT_OVER,
    tags=["Operations"],
)
async def refund(
    request: AnyRequest,
    actor: Actor,
    operation_id: str,
    data: Part,
    idempotency_key: Key = None,
) -> Response[shapes.Operation]:
    """Refund a sale, capture or rebill, wholly or in parts."""
    return await _follow(request, actor, Kind.REFUND, operation_id, data, idempotency_key)


@post(
    "/api/v1/operations/{operation_id:str}/cancels",
    needs=Permission.PAYMENT_CANCEL,
    status_code=201,
    responses=NOT_OVER,
    tags=["Operations"],
)
async def cancel(
    request: AnyRequest,
    actor: Actor,
    operation_id: str,
    data: Whole,
    idempotency_key: Key = None,
) -> Response[shapes.Operation]:
    """Undo an authorisation before it is captured; nothing appears on the shopper's statement."""
    return await _follow(
        request, actor, Kind.CANCEL, operation_id, Part(reason=data.reason), idempotency_key
    )


@post(
    "/api/v1/operations/{operation_id:str}/rebills",
    needs=Permission.PAYMENT_REBILL,
    status_code=201,
    responses=NOT_OVER,
    tags=["Operations"],
)
async def rebill(
    request: AnyRequest,
    actor: Actor,
    operation_id: str,
    data: Part,
    idempotency_key: Key = None,
) -> Response[shapes.Operation]:
    """Charge the kept card of an earlier payment again; a new charge with limits of its own."""
    return await _follow(request, actor, Kind.REBILL, operation_id, data, idempotency_key)


@post(
    "/api/v1/operations/{operation_id:str}/credits",
    needs=Permission.PAYMENT_CREDIT,
    status_code=201,
    responses=NOT_OVER,
    tags=["Operations"],
)
async def credit(
    request: AnyRequest,
    actor: Actor,
    operation_id: str,
    data: Part,
    idempotency_key: Key = None,
) -> Response[shapes.Operation]:
    """Send money to the card of a payment, if the originator may; not bound to what was paid."""
    return await _follow(request, actor, Kind.CREDIT, operation_id, data, idempotency_key)


@post(
    "/api/v1/operations/{operation_id:str}/continuations",
    needs=Permission.PAYMENT_CREATE,
    status_code=201,
    responses=NOT_OVER,
    tags=["Operations"],
)
async def resume(actor: Actor, operation_id: str, data: Resumption) -> Response[shapes.Operation]:
    """Go on after the shopper came back from an authentication."""
    origin = await find(actor, operation_id)
    actor = actor.within(origin.company_id)
    operation, _ = await payments.resume(actor, origin.id, dict(data.answer))
    return sent(answer(operation))


@post(
    "/api/v1/operations/{operation_id:str}/questions",
    needs=Permission.PAYMENT_ASK,
    status_code=200,
    tags=["Operations"],
)
async def ask_gateway(actor: Actor, operation_id: str) -> shapes.Operation:
    """Ask the gateway now what became of an operation whose outcome is not known.

    The question has no body.
    """
    origin = await find(actor, operation_id)
    await payments.ask_now(actor, origin.id)
    return shapes.operation(await find(actor, operation_id))
