"""New payments: sale, authorize, 3DS check and credit without reference.

Reads first (lists, accounts, shopper), then the decision, then commit 1. A block ends there with
its code; nothing is sent.
"""

import base64
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from uuid import UUID

from comptoir import consumers, events, gateways, risk, routing
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid
from comptoir.kit.money import Money
from comptoir.payments.ask import Ask, store_answer
from comptoir.payments.card import NO_CARD, PayingCard, known_card, token_card
from comptoir.payments.judging import decision_row
from comptoir.payments.kept_card import Keeping, keep, keeping
from comptoir.payments.numbers import next_number
from comptoir.payments.operation import Kind, Operation, Status
from comptoir.payments.seller import Seller, check_open
from comptoir.payments.sending import SENT_LEASE, account_context, open_intention, send

FIRST_KINDS = frozenset({Kind.SALE, Kind.AUTHORIZE, Kind.CHECK, Kind.CREDIT})


@dataclass(frozen=True, slots=True)
class Shopper:
    """Who pays, as far as the shop says."""

    shop_id: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    country: str | None = None
    ip: str | None = None
    address: gateways.Address | None = None  # For the card's issuer; not kept.

    def facts(self) -> dict[str, str]:
        """What a payment keeps of its shopper beside the e-mail."""
        known = {
            "name": self.name, "phone": self.phone, "ip": self.ip, "country": self.country,
            "shop_id": self.shop_id,
        }  # fmt: skip
        return {name: value for name, value in known.items() if value}


@dataclass(frozen=True, slots=True)
class Charge:
    """What is asked: exactly one of `card` and `token` pays."""

    kind: Kind
    order_id: str
    amount: Money
    card: gateways.CardData | None = None
    token: UUID | None = None
    shopper: Shopper = field(default_factory=Shopper)
    description: str | None = None
    three_ds: Literal["auto", "force", "off", "done"] = "auto"
    authentication: gateways.Authentication | None = None  # Comes with "done".
    return_url: str | None = None
    custom: str | None = None
    mode: str = "single"
    method: str = "card"  # Or a wallet: then neither card nor token.
    present: bool = False  # The wallet's code was shown to the seller.
    # What is kept beside the card number, where a shop's server sends the whole charge.
    beside: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """A payment that exists already. `enter` locks it in commit 1, and may refuse."""

    payment_id: UUID
    enter: Callable[[db.Tx, Operation], Awaitable[None]]


class NoRoute(Conflict):
    code = "no_account"
    title = "No merchant account of this originator can take this payment"


class WrongCurrency(Invalid):
    code = "currency_not_allowed"
    title = "The originator does not sell in this currency"


class WrongAmount(Invalid):
    code = "wrong_amount"
    title = "The amount must be more than nothing and within the limits"


class CreditNotAllowed(Conflict):
    code = "credit_not_allowed"
    title = "This originator may not send money out without a payment to refer to"


class CardIncomplete(Invalid):
    code = "card_incomplete"
    title = "A card number needs its expiry month and year"


async def charge(
    actor: Actor,
    seller: Seller,
    asked: Charge,
    ask: Ask | None = None,
    within: Within | None = None,
) -> tuple[Operation, tuple[int, bytes] | None]:
    """Take a payment. Returns the operation and, for a request with a key, its stored answer."""
    _check(seller, asked)
    card = None if asked.card is None else known_card(actor, asked.card)
    snapshot = await _snapshot(actor, seller, asked, card)
    if asked.method != "card":
        card = NO_CARD
    card = card or await token_card(seller.company_id, asked.token, snapshot["token"])
    decision = risk.decide(_risk_snapshot(seller, asked, card, snapshot))
    choice = _route(snapshot["accounts"] or [], asked, card)
    if not decision.blocked and not choice.accounts:
        raise NoRoute(reasons=choice.reasons)
    account = None if decision.blocked else _account(snapshot["accounts"], choice, actor, seller)
    operation = await _prepare(actor, seller, asked, card, decision, account, snapshot)
    if within is not None:
        operation = replace(operation, payment_id=within.payment_id)
    kept = None
    if card.fingerprint is not None:
        kept = keeping(actor, asked.kind, account, asked.card, card.fingerprint)
    operation = await _open(
        operation if kept is None else replace(operation, card_token=kept.token),
        within,
        kept,
        fingerprint=card.fingerprint,
        payment=_payment_row(seller, asked) if within is None else None,
        consumer=_consumer_row(asked, card),
        decisions=_decision_rows(decision, choice),
        ask=ask,
        beside=asked.beside,
    )
    if account is None:
        return operation, None if ask is None else await store_answer(operation, ask)
    return await send(actor, operation, account, _act(seller, asked, card, operation), ask=ask)


async def _open(
    operation: Operation, within: Within | None, kept: Keeping | None, **more: Any
) -> Operation:
    """Commit 1: of a new payment, or within one that is locked first; the card is kept with it."""
    if within is None and kept is None:
        return await open_intention(operation, **more)
    async with db.transaction(company=operation.company_id) as tx:
        if within is not None:
            await within.enter(tx, operation)
        opened = await open_intention(operation, tx=tx, **more)
        if within is not None:
            await tx.run(
                "update payment set consumer_id = $3 where company_id = $1 and id = $2"
                " and consumer_id is null",
                tx.company, within.payment_id, opened.consumer_id,
            )  # fmt: skip
        if kept is not None:
            await keep(tx, opened, kept)
    return opened


def _check(seller: Seller, asked: Charge) -> None:
    check_open(seller)
    if asked.kind not in FIRST_KINDS:
        raise Invalid(f"A payment does not begin with a {asked.kind}", field="operation")
    if asked.amount.currency not in seller.currencies:
        raise WrongCurrency(field="currency", allowed=list(seller.currencies))
    if not (asked.amount.minor > 0 or asked.kind is Kind.CHECK):
        raise WrongAmount(field="amount")
    if asked.method != "card":
        if asked.card or asked.token or asked.kind is not Kind.SALE:
            raise Invalid("A wallet pays a sale, without a card", field="method")
    elif (asked.card is None) == (asked.token is None):
        raise Invalid("Send either a card or a card token", field="card")
    if asked.kind is Kind.CREDIT:
        check_credit(seller, asked.amount)


def check_credit(seller: Seller, amount: Money) -> None:
    """A credit needs the originator's permission, and stays within the originator's limit."""
    if not seller.credit_allowed:
        raise CreditNotAllowed
    limit = seller.credit_limit_minor
    if limit is not None and (amount.currency != seller.currency or amount.minor > limit):
        raise WrongAmount(
            "A credit of this originator has a limit", field="amount", limit_minor=limit,
            currency=seller.currency,
        )  # fmt: skip


async def _snapshot(
    actor: Actor, seller: Seller, asked: Charge, card: PayingCard | None
) -> dict[str, Any]:
    shopper = asked.shopper
    said = (("email", shopper.email), ("ip", shopper.ip), ("country", shopper.country))
    wanted = [(kind, risk.matched_value(kind, text)) for kind, text in said if text]
    if card is not None and card.fingerprint is not None:
        wanted.append(("card", card.fingerprint))
    keys = consumers.recognition_keys(
        shopper.shop_id, shopper.email, card.fingerprint if card else None
    )
    row = await db.call(
        "select accounts, hits, consumer_id, token"
        " from payment_snapshot_v1($1, $2, $3, $4, $5, $6, $7, $8)",
        seller.company_id, seller.originator_id, actor.live,
        [kind for kind, _ in wanted], [value for _, value in wanted],
        [kind for kind, _ in keys], [value for _, value in keys], asked.token,
    )  # fmt: skip
    assert row is not None
    return dict(row)


def _risk_snapshot(
    seller: Seller, asked: Charge, card: PayingCard, snapshot: dict[str, Any]
) -> risk.Snapshot:
    hits = tuple(
        risk.Hit(h["list"], h["kind"], h["scope"], h["id"]) for h in snapshot["hits"] or []
    )
    facts = {
        "amount_minor": asked.amount.minor,
        "currency": asked.amount.currency,
        "card": f"{card.first6}…{card.last4}" if card.first6 else None,
        "brand": card.brand,
        "email": asked.shopper.email,
        "ip": asked.shopper.ip,
        "country": asked.shopper.country,
        "originator": str(seller.originator_id),
    }
    return risk.Snapshot(facts, hits)


def _route(accounts: list[dict[str, Any]], asked: Charge, card: PayingCard) -> routing.Choice:
    candidates = [
        routing.Candidate(
            UUID(a["id"]), a["name"], tuple(a["currencies"]), tuple(a["methods"]), a["state"]
        )
        for a in accounts
        # A gateway's token means nothing to another gateway.
        if card.account_id is None or UUID(a["id"]) == card.account_id
    ]
    return routing.choose(candidates, currency=asked.amount.currency, method=asked.method)


def _account(
    accounts: list[dict[str, Any]], choice: routing.Choice, actor: Actor, seller: Seller
) -> gateways.AccountContext:
    chosen = next(a for a in accounts if UUID(a["id"]) == choice.accounts[0])
    return account_context(
        seller.company_id, UUID(chosen["id"]), chosen["connector"],
        base64.b64decode(chosen["credentials"]), actor.live,
        {"capture_days": chosen["capture_days"], **chosen["options"]},
    )  # fmt: skip


async def _prepare(
    actor: Actor,
    seller: Seller,
    asked: Charge,
    card: PayingCard,
    decision: risk.Decision,
    account: gateways.AccountContext | None,
    snapshot: dict[str, Any],
) -> Operation:
    now = clock.now()
    known = snapshot["consumer_id"] or card.consumer_id
    return Operation(
        id=ids.new(),
        company_id=seller.company_id,
        number=await next_number(),
        payment_id=ids.new(),
        originator_id=seller.originator_id,
        account_id=None if account is None else account.account_id,
        consumer_id=known,
        live=actor.live,
        source="own",
        kind=asked.kind,
        status=Status.DECLINED if decision.blocked else Status.SENT,
        result_code=decision.code,
        refers_to=None,
        amount=asked.amount,
        method=asked.method,
        brand=card.brand,
        card_first6=card.first6,
        card_last4=card.last4,
        card_token=card.token,
        country=asked.shopper.country or card.country,
        reason=None,
        action=None,
        financial="not_sent",
        sent_for_settlement_at=None,
        settled_at=None,
        capture_before=None,
        next_try_at=None if decision.blocked else now + SENT_LEASE,
        tries=0,
        actor=events.signature(actor),
        occurred_at=now,
        finished_at=now if decision.blocked else None,
        import_id=None,
        undone_by=None,
    )


def _payment_row(seller: Seller, asked: Charge) -> dict[str, Any]:
    shopper = asked.shopper
    return {
        "originator_id": seller.originator_id,
        "order_id": asked.order_id,
        "description": asked.description,
        "amount_minor": asked.amount.minor,
        "currency": asked.amount.currency,
        "mode": asked.mode,
        "method": asked.method,
        "email": shopper.email and shopper.email.strip().lower(),
        "shopper": shopper.facts(),
        "custom": asked.custom,
    }


def _consumer_row(asked: Charge, card: PayingCard) -> dict[str, Any] | None:
    shopper = asked.shopper
    keys = consumers.recognition_keys(shopper.shop_id, shopper.email, card.fingerprint)
    return {
        "id": ids.new(),
        "shop_id": shopper.shop_id,
        "name": shopper.name,
        "email": shopper.email and shopper.email.strip().lower(),
        "phone": shopper.phone,
        "country": shopper.country or card.country,
        "keys": [{"kind": kind, "value": value.hex()} for kind, value in keys],
    }


def _decision_rows(decision: risk.Decision, choice: routing.Choice) -> list[dict[str, Any]]:
    return [
        decision_row(decision),
        {
            "id": ids.new(),
            "kind": "routing",
            "version": choice.version,
            "outcome": str(choice.accounts[0]) if choice.accounts else "none",
            "inputs": {},
            "reasons": choice.reasons,
        },
    ]


def _act(seller: Seller, asked: Charge, card: PayingCard, operation: Operation) -> gateways.Act:
    return gateways.Act(
        kind=gateways.ActKind(asked.kind),
        key=operation.id,
        amount=asked.amount,
        card=asked.card,
        billing=asked.shopper.address,
        token=card.gateway_token,
        vault_id=card.vault_id,
        asked_by=operation.actor,
        three_ds=asked.three_ds,
        authentication=asked.authentication,
        order_id=asked.order_id,
        descriptor=seller.descriptor,
        return_url=asked.return_url,
        method=asked.method,
        present=asked.present,
    )
