"""One transaction: what happened, what it is, what was exchanged, what can be done now."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from litestar import Request

from comptoir import (
    accounting,
    checkout,
    deliveries,
    events,
    gateways,
    merchants,
    payments,
    subscriptions,
)
from comptoir.edge.auth import company_of
from comptoir.edge.http import get
from comptoir.edge.i18n import message
from comptoir.edge.render import Page, View
from comptoir.identity import Permission
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.payments import Kind
from comptoir.web import prepared, words

Asked = Request[Any, Any, Any]

# The word of the button, its icon, and who may press it.
ACTS = {
    Kind.CAPTURE: (message("Capture"), "lock-open", Permission.PAYMENT_CAPTURE),
    Kind.REFUND: (message("Refund"), "arrow-back-up", Permission.PAYMENT_REFUND),
    Kind.CANCEL: (message("Cancel authorisation"), "ban", Permission.PAYMENT_CANCEL),
    Kind.REBILL: (message("Rebill"), "repeat", Permission.PAYMENT_REBILL),
    Kind.CREDIT: (message("Credit"), "arrow-up-right", Permission.PAYMENT_CREDIT),
}
# Operations that settle, and so have a price when they succeed.
PRICED = frozenset({Kind.SALE, Kind.CAPTURE, Kind.REFUND, Kind.REBILL, Kind.CREDIT, Kind.REVERSAL})


@dataclass(frozen=True, slots=True)
class Act:
    """A button of the header: possible now, or shown with the reason why not."""

    kind: Kind
    word: str
    icon: str
    refusal: str | None


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a payment: what was prepared, its shopper's steps, what the shop heard."""

    prepared: checkout.Checkout | None
    state: checkout.State | None
    steps: list[checkout.Step]
    told: list[deliveries.Delivery]
    tries: dict[UUID, list[deliveries.Try]]
    subscription: subscriptions.Subscription | None


@dataclass(frozen=True, slots=True)
class Record:
    """Everything the page shows of one operation, read in one transaction."""

    operation: payments.Operation
    payment: payments.Payment
    operations: list[payments.Operation]
    originator: merchants.Originator
    account: merchants.MerchantAccount | None
    company: merchants.Company
    happened: list[events.Event]
    decisions: list[payments.StoredDecision]
    calls: list[payments.GatewayCall]
    entries: list[accounting.Entry]
    possible: list[payments.Possible]
    references: tuple[gateways.GatewayRef, ...]
    avs: gateways.Avs | None
    costs: payments.Costs | None
    around: Around

    @property
    def decided(self) -> list[payments.StoredDecision]:
        """Why this operation went its way; what follows another went the way of that one."""
        own = (self.operation.id, self.operation.refers_to)
        found = ([d for d in self.decisions if d.operation_id == one] for one in own)
        return next((some for some in found if some), self.decisions)

    @property
    def late_success(self) -> bool:
        """Money may have moved by what was declined or never sent, as the gateway says now."""
        own = (event for event in self.happened if event.subject_id == self.operation.id)
        return any(words.says_late_success(event) for event in own)

    @property
    def address_said(self) -> str | None:
        """What the card's issuer says of the billing address."""
        return None if self.avs is None else words.AVS[self.avs]

    @property
    def figures(self) -> payments.Figures:
        return payments.figures(self.operations, self.payment.amount.currency)

    @property
    def status(self) -> str:
        return payments.payment_status(self.operations, self.payment.amount.currency)


async def load(actor: Actor, operation_id: UUID) -> Record:
    """A fixed number of reads. What this person may not see is not read at all."""
    actor = await payments.within_operation(actor, operation_id)
    async with db.transaction(company=company_of(actor)) as tx:
        operation = await payments.get_operation(tx, actor, operation_id)
        siblings = await payments.list_operations(tx, operation.payment_id)
        every = [o.id for o in siblings]
        raw, books = (
            actor.may(p) for p in (Permission.TRANSACTION_RAW, Permission.ENTRY_READ)
        )  # fmt: skip
        account = operation.account_id
        company = await merchants.get_company(tx, operation.company_id)
        return Record(
            operation,
            await payments.get_payment(tx, actor, operation.payment_id),
            siblings,
            await merchants.get_originator(tx, operation.originator_id),
            None if account is None else await merchants.get_account(tx, account),
            company,
            await events.list_for_payment(tx, actor, operation.payment_id),
            await payments.list_decisions(tx, operation.payment_id),
            await payments.list_gateway_calls(tx, every) if raw else [],
            await accounting.list_entries(tx, every) if books else [],
            await payments.possibilities(tx, actor, operation_id),
            *await payments.gateway_words(tx, operation_id),
            await _costs(tx, actor, operation, company),
            await _around(tx, actor, siblings),
        )


async def _around(tx: db.Tx, actor: Actor, operations: list[payments.Operation]) -> Around:
    """Two questions for every payment, and three more for one that a shop prepared."""
    payment_id = operations[0].payment_id
    found = await checkout.find_checkout(tx, payment_id)
    begun = await subscriptions.find_of_payment(tx, payment_id)
    if found is None:
        return Around(None, None, [], [], {}, begun)
    hears = actor.may(Permission.DELIVERY_READ)
    return Around(
        found,
        checkout.state_of(found, operations),
        await checkout.list_steps(tx, payment_id),
        await deliveries.list_for_payment(tx, payment_id) if hears else [],
        await deliveries.list_tries_of_payment(tx, payment_id) if hears else {},
        begun,
    )


async def _costs(
    tx: db.Tx, actor: Actor, operation: payments.Operation, company: merchants.Company
) -> payments.Costs | None:
    """What it costs and what is charged for it; nothing for who may not know or where none is."""
    if not actor.may(Permission.PRICE_READ) or operation.status is not payments.Status.SUCCEEDED:
        return None
    if operation.kind not in PRICED or operation.source == "imported":
        return None
    return payments.costs_of(operation, await accounting.list_prices(tx), company)


def acts(record: Record, actor: Actor) -> list[Act]:
    """What fits this kind of operation and this person's role; the rest is absent, not grey."""
    fitting = [p for p in record.possible if record.operation.kind in payments.REFERS_TO[p.kind]]
    return [
        Act(p.kind, ACTS[p.kind][0], ACTS[p.kind][1], p.refusal)
        for p in fitting
        if actor.may(ACTS[p.kind][2]) and _worth_showing(p)
    ]


def _worth_showing(possible: payments.Possible) -> bool:
    """A rebill without a kept card, or a credit, is a rarity: shown only when it can be done."""
    return possible.allowed or possible.kind not in {Kind.REBILL, Kind.CREDIT}


# The page says where it shows only the newest of more.
def _most() -> dict[str, int]:
    """How many of each kind are shown at most."""
    return {
        "events": events.TIME_LINE,
        "calls": payments.DETAILS_LIMIT,
        "steps": checkout.STEPS_LIMIT,
        "told": deliveries.LIST_LIMIT,
    }


@get("/office/transactions/{operation:str}", needs=Permission.TRANSACTION_READ)
async def transaction(request: Asked, actor: Actor, operation: str) -> Page:
    view: View = request.state.view
    record = await load(actor, ids.untype("op", operation))
    return Page(
        "transactions/detail.html",
        record=record,
        acts=acts(record, actor),
        prepared=prepared.shown(record.around.prepared, view),
        most=_most(),
        states=prepared.STATES,
        steps=prepared.STEPS,
        lines=[words.said(event, view) for event in reversed(record.happened)],
        pretty=words.pretty,
        text_of=gateways.text_of,
    )


ROUTES = [transaction]
