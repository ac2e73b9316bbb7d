"""Money actions: a panel that says what will happen, and one button that does it once."""

import hashlib
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request
from litestar.handlers import HTTPRouteHandler

from comptoir import gateways, payments
from comptoir.edge.auth import company_of
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.idempotency import answered
from comptoir.edge.render import Page
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.money import exponent
from comptoir.payments import Ask, Kind, Operation
from comptoir.web import forms
from comptoir.web.forms import Form
from comptoir.web.transaction import ACTS

Asked = Request[Any, Any, Any]
# What a person reads before pressing; %(left)s is what may still be moved.
ABOUT = {
    Kind.CAPTURE: message("Money that was promised is taken. What you do not capture expires."),
    Kind.REFUND: message("Money goes back to the consumer, on the card that paid."),
    Kind.CANCEL: message(
        "The whole authorisation is released. Nothing appears on the consumer’s statement."
    ),
    Kind.REBILL: message("The kept card is charged again, as a new charge of this payment."),
    Kind.CREDIT: message("Money goes to the card without being bound to what was paid."),
}
LEFT = {
    Kind.CAPTURE: message("stays capturable"),
    Kind.REFUND: message("stays refundable"),
}
# These take everything, and so their panels have no box for an amount.
WHOLE = frozenset({Kind.CANCEL})


class MoneyForm(msgspec.Struct):
    key: str
    amount: str = ""
    reason: str = ""


async def _panel(actor: Actor, kind: Kind, name: str) -> Page:
    operation_id = ids.untype("op", name)
    actor = await payments.within_operation(actor, operation_id)
    async with db.transaction(company=company_of(actor)) as tx:
        operation = await payments.get_operation(tx, actor, operation_id)
        states = await payments.possibilities(tx, actor, operation_id)
    state = next(s for s in states if s.kind is kind)
    return Page(
        "transactions/panel.html",
        operation=operation,
        kind=kind,
        whole=kind in WHOLE,
        word=ACTS[kind][0],
        about=ABOUT[kind],
        left_word=LEFT.get(kind, ""),
        state=state,
        amount=operation.amount if kind in {Kind.REBILL, Kind.CREDIT} else state.left,
        places=exponent(operation.amount.currency),
        # Made when the form is shown: however often it is sent, it is one act.
        key=f"form-{ids.new()}",
    )


def _render(operation: Operation) -> tuple[int, bytes]:
    return 200, ids.typeid("op", operation.id).encode()


async def _act(request: Asked, actor: Actor, kind: Kind, name: str, form: MoneyForm) -> Page:
    operation_id = ids.untype("op", name)
    actor = await payments.within_operation(actor, operation_id)
    async with db.transaction(company=company_of(actor)) as tx:
        origin = await payments.get_operation(tx, actor, operation_id)
    amount = None if kind in WHOLE else forms.typed_amount(form.amount, origin.amount.currency)
    route = f"POST {request.url.path}"
    body = hashlib.sha256(f"{form.key}\n{form.amount}\n{form.reason}".encode()).digest()
    _, answer = await answered(
        actor, origin.originator_id, Ask(form.key, route, body, _render),
        lambda ask: payments.follow_up(
            actor, kind, operation_id, amount, reason=forms.blank(form.reason), ask=ask
        ),
    )  # fmt: skip
    return await _result(actor, ids.untype("op", answer.decode()))


async def _result(actor: Actor, operation_id: UUID) -> Page:
    async with db.transaction(company=company_of(actor)) as tx:
        done = await payments.get_operation(tx, actor, operation_id)
    return Page(
        "transactions/done.html",
        headers={"HX-Trigger": "operation-changed"},
        operation=done,
        text_of=gateways.text_of,
    )


def _routes(kind: Kind) -> list[HTTPRouteHandler]:
    """The panel of one act and its form; who may press the button may see the panel."""
    path = f"/office/transactions/{{operation:str}}/{kind}"
    needs = ACTS[kind][2]

    @get(path, needs=needs, name=f"{kind}-panel")
    async def panel(actor: Actor, operation: str) -> Page:
        return await _panel(actor, kind, operation)

    @post(path, needs=needs, name=f"{kind}-act")
    async def act(request: Asked, actor: Actor, operation: str, data: Form[MoneyForm]) -> Page:
        return await _act(request, actor, kind, operation, data)

    return [panel, act]


@post("/office/transactions/{operation:str}/ask", needs=Permission.PAYMENT_ASK)
async def ask_gateway(actor: Actor, operation: str) -> Page:
    """Ask the gateway now what became of an operation whose answer was lost."""
    operation_id = ids.untype("op", operation)
    actor = await payments.within_operation(actor, operation_id)
    await payments.ask_now(actor, operation_id)
    return await _result(actor, operation_id)


ROUTES = [ask_gateway, *(route for kind in ACTS for route in _routes(kind))]
