"""A shopper's attempts at a prepared payment: one at a time, one success at most.

Commit 1 locks the checkout. Whoever comes second (a second click, a second browser) finds the first
one's operation there: paid, under way, or in doubt. An outcome in doubt lets nobody try again.
"""

from dataclasses import dataclass
from uuid import UUID

from comptoir import gateways, payments
from comptoir.checkout.checkout import (
    UNDER_WAY,
    Checkout,
    State,
    find_checkout,
    first_operations,
    note_seldom,
    note_step,
    state_of,
)
from comptoir.checkout.document import encode, encrypt, status_document
from comptoir.checkout.facts import note_card
from comptoir.checkout.mandate import Signature, note_mandate
from comptoir.checkout.outcomes import begin_subscription
from comptoir.checkout.profile import get_profile
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor, ActorKind
from comptoir.kit.errors import Conflict, NotFound
from comptoir.payments import Kind, Operation, Status

PAYING = "paying"


class AlreadyPaid(Conflict):
    code = "already_paid"
    title = "This payment was made already; nothing was charged again"


class UnderWay(Conflict):
    code = "under_way"
    title = "An earlier attempt is still being checked; do not pay again"


class CheckoutExpired(Conflict):
    code = "checkout_expired"
    title = "This payment can no longer be made; ask the shop for a new one"


class NoAttemptLeft(Conflict):
    code = "no_attempt_left"
    title = "This payment was tried too often; ask the shop for a new one"


class FormOld(Conflict):
    code = "form_old"
    title = "This form is too old or incomplete. Nothing was charged; fill it in again."


@dataclass(frozen=True, slots=True)
class View:
    """A prepared payment as its page shows it."""

    checkout: Checkout
    state: State
    operations: list[Operation]

    @property
    def last(self) -> Operation | None:
        firsts = first_operations(self.operations)
        return firsts[-1] if firsts else None

    @property
    def open(self) -> bool:
        """Whether the shopper may try (again) now."""
        return _refusal(self.checkout, self.operations) is None


@dataclass(frozen=True, slots=True)
class Return:
    """The shopper's way back: a form with these fields, sent by POST to `url`."""

    url: str
    data: str
    customer: str


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of a wish to give up: none is granted once it is paid or in doubt."""

    given_up: bool
    back: Return | None


def shopper_actor(checkout: Checkout) -> Actor:
    """The shopper, acting on one payment of one company."""
    return Actor(
        ActorKind.SYSTEM, "shopper", "Shopper", checkout.company_id, checkout.live, frozenset(),
        originator_id=checkout.originator_id,
    )  # fmt: skip


async def look(checkout: Checkout) -> View:
    """What the page shows now."""
    async with db.transaction(company=checkout.company_id) as tx:
        operations = await payments.list_operations(tx, checkout.payment_id)
    return View(checkout, state_of(checkout, operations), operations)


async def attempt(
    checkout: Checkout,
    card: gateways.CardData,
    *,
    ip: str | None,
    return_url: str | None = None,
    challenge: bool | None = None,
    ask: payments.Ask | None = None,
    known: str | None = None,
) -> Operation:
    """One try with a card. Raises `AlreadyPaid`, `UnderWay`, `CheckoutExpired`, `NoAttemptLeft`.

    `known`: the cancellation that the shopper's form knew of; raises `FormOld` if another stands.
    """
    prepared = checkout.prepared
    seller = await payments.get_seller(shopper_actor(checkout), checkout.originator_id)
    async with db.transaction(company=checkout.company_id) as tx:
        profile = await get_profile(tx, checkout.originator_id)
    kind = _kind(prepared.operation, seller.default_operation, subscribes=bool(prepared.terms))
    forced = prepared.challenge if challenge is None else challenge
    asked = payments.Charge(
        kind=kind,
        order_id=prepared.order_id,
        amount=checkout.amount,
        card=card,
        shopper=prepared.payer(ip),
        description=prepared.description,
        three_ds=profile.authentication(asked=forced),
        return_url=return_url,
        custom=prepared.custom,
    )
    return await _try(checkout, seller, asked, ask, known=known)


async def attempt_wallet(
    checkout: Checkout,
    method: str,
    *,
    ip: str | None,
    present: bool,
    ask: payments.Ask | None = None,
    signed: Signature | None = None,
    known: str | None = None,
    network: str | None = None,
    mode: str | None = None,
) -> Operation:
    """One try without a card: a wallet, a transfer, or a debit that was `signed`.

    `present`: the wallet's code was shown to the seller, so the result comes at once.
    `mode`: how a wallet is opened without the page; kept with the step.
    """
    prepared = checkout.prepared
    seller = await payments.get_seller(shopper_actor(checkout), checkout.originator_id)
    asked = payments.Charge(
        kind=Kind.SALE,
        order_id=prepared.order_id,
        amount=checkout.amount,
        shopper=prepared.payer(ip),
        description=prepared.description,
        custom=prepared.custom,
        method=method,
        present=present,
    )
    return await _try(checkout, seller, asked, ask, signed, known=known, network=network, mode=mode)


async def _try(
    checkout: Checkout,
    seller: payments.Seller,
    asked: payments.Charge,
    ask: payments.Ask | None,
    signed: Signature | None = None,
    *,
    known: str | None,
    network: str | None = None,
    mode: str | None = None,
) -> Operation:
    card, ip = asked.card, asked.shopper.ip

    async def enter(tx: db.Tx, operation: Operation) -> None:
        await _enter(tx, checkout.payment_id, ip, known, mode)
        await note_card(
            tx, operation, ip=ip, holder=card.holder if card else None,
            expiry=(card.month, card.year) if card else None, terms=checkout.prepared.terms,
            network=network,
        )  # fmt: skip
        if signed is not None:
            await note_mandate(tx, operation, signed)

    within = payments.Within(checkout.payment_id, enter)
    operation, _ = await payments.charge(shopper_actor(checkout), seller, asked, ask, within)
    await begin_subscription(operation)
    return operation


def _kind(asked: str | None, default: str, *, subscribes: bool) -> Kind:
    """Instalments and subscriptions take their first share at once."""
    return Kind.SALE if subscribes else Kind(asked or default)


async def _enter(
    tx: db.Tx, payment_id: UUID, ip: str | None, known: str | None, mode: str | None
) -> None:
    """Lock the checkout and take one attempt of it, or refuse."""
    checkout = await lock_checkout(tx, payment_id)
    refusal = _refusal(checkout, await payments.list_operations(tx, payment_id))
    if refusal is not None:
        raise refusal
    # The shop was told that the shopper gave up: a form from before that must not pay.
    if known is not None and checkout.cancellation not in ("", known):
        raise FormOld
    await tx.run(
        "update checkout set attempts = attempts + 1, cancelled_at = null"
        " where company_id = $1 and payment_id = $2",
        tx.company, payment_id,
    )  # fmt: skip
    await note_step(tx, payment_id, PAYING, ip, mode)


async def lock_checkout(tx: db.Tx, payment_id: UUID) -> Checkout:
    await tx.run(
        "select payment_id from checkout where company_id = $1 and payment_id = $2 for update",
        tx.company, payment_id,
    )  # fmt: skip
    checkout = await find_checkout(tx, payment_id)
    if checkout is None:
        raise NotFound
    return checkout


def _refusal(checkout: Checkout, operations: list[Operation]) -> Conflict | None:
    firsts = first_operations(operations)
    if any(o.status is Status.SUCCEEDED for o in firsts):
        return AlreadyPaid()
    if any(o.status in UNDER_WAY for o in firsts):
        return UnderWay()
    if checkout.expired:
        return CheckoutExpired()
    return NoAttemptLeft() if checkout.attempts >= checkout.max_attempts else None


async def resume(
    checkout: Checkout, operation_id: UUID, answer: dict[str, str], ip: str | None
) -> Operation:
    """The shopper is back from the bank's page."""
    actor = shopper_actor(checkout)
    async with db.transaction(company=checkout.company_id) as tx:
        found = await payments.get_operation(tx, actor, operation_id)
        if found.payment_id != checkout.payment_id:
            raise NotFound
        await note_step(tx, checkout.payment_id, "authenticated", ip)
    operation, _ = await payments.resume(actor, operation_id, dict(answer))
    await begin_subscription(operation)
    return operation


async def cancel(checkout: Checkout, ip: str | None) -> Cancelled:
    """The shopper gives up, unless it is paid or in doubt; the way back says so.

    Decided under the lock that attempts take, and told from what was seen under it: the shop never
    hears of a cancellation beside a payment that goes on.
    """
    async with db.transaction(company=checkout.company_id) as tx:
        now = await lock_checkout(tx, checkout.payment_id)
        gone = _refusal(now, await payments.list_operations(tx, checkout.payment_id))
        given_up = not isinstance(gone, AlreadyPaid | UnderWay)
        if given_up:
            await tx.run(
                "update checkout set cancelled_at = $3 where company_id = $1 and payment_id = $2",
                tx.company, checkout.payment_id, clock.now(),
            )  # fmt: skip
            await note_seldom(tx, checkout.payment_id, "cancelled", ip)
        return Cancelled(given_up, await _way_back(tx, now, cancelled=given_up))


async def way_back(checkout: Checkout) -> Return | None:
    """The form that brings the shopper back to the shop; None if the shop named no address."""
    async with db.transaction(company=checkout.company_id) as tx:
        return await _way_back(tx, checkout)


async def _way_back(tx: db.Tx, checkout: Checkout, *, cancelled: bool = False) -> Return | None:
    url = checkout.prepared.redirect_url
    if url is None:
        return None
    version = checkout.prepared.api_version
    told = await status_document(tx, checkout, version, cancelled=cancelled)
    merchant = checkout.tokens.merchant
    return Return(url, encrypt(merchant, encode(told)), checkout.tokens.customer)
