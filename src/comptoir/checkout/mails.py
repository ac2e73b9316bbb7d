"""Mails after an outcome: who gets one, and the job that writes and sends it.

The shopper's receipt follows the originator's settings; the merchant's notification those, or
what the shop asked for with the payment. Only payments that were prepared here are told of.
"""

from dataclasses import dataclass
from uuid import UUID

from comptoir import deliveries, jobs, settings
from comptoir.checkout import letters
from comptoir.checkout.checkout import Checkout, State, find_checkout
from comptoir.checkout.letters import Letter, Told
from comptoir.checkout.prepared import Prepared, country, full_name
from comptoir.checkout.profile import Profile, get_profile
from comptoir.checkout.results import code_of, state_of_operation
from comptoir.kit import db, ids
from comptoir.payments import Operation
from comptoir.subscriptions import first_charge

RECEIPT, NOTIFICATION = "receipt", "notification"
SUCCEEDED = "operation.succeeded"
_RECEIPTS = frozenset({"sale", "authorize", "rebill", "refund"})
_REFUSALS = frozenset({"sale", "authorize", "rebill"})
_NOTIFIED = _RECEIPTS | {"capture", "cancel", "credit", *letters.TAKEN_BACK}
_RESULTS = {State.AUTHORIZED: "accepted", State.NOT_AUTHORIZED: "declined"}


@dataclass(frozen=True, slots=True)
class Mail:
    """One to be noted."""

    kind: str
    to: str
    language: str


def wanted(
    event: str, kind: str, prepared: Prepared, profile: Profile, email: str | None
) -> list[Mail]:
    """The mails of one outcome: `event` is its name in the log, `kind` the operation's."""
    found = []
    good = event == SUCCEEDED
    told = profile.notify_success if good else profile.notify_failure
    if told and kind in (_RECEIPTS if good else _REFUSALS) and deliveries.is_address(email):
        said = prepared.notify.get("language")
        usual = profile.notify_merchant_language
        language = letters.language_of(said, country(prepared.shopper), usual)
        found.append(Mail(RECEIPT, str(email), language))
    asked = prepared.notify.get("merchantNotification", profile.notify_merchant)
    to = prepared.notify.get("merchantNotificationTo") or profile.notify_merchant_to
    if asked and kind in _NOTIFIED and deliveries.is_address(to):
        said = prepared.notify.get("merchantNotificationLang")
        language = letters.language_of(said, None, profile.notify_merchant_language)
        found.append(Mail(NOTIFICATION, str(to), language))
    return found


@jobs.task(attempts=3)
async def send_mail(company_id: UUID, delivery_id: UUID) -> None:
    """One try of a mail, with the outcome as it is now."""
    async with db.transaction(company=company_id) as tx:
        delivery = await deliveries.claim(tx, delivery_id)
        if delivery is None:
            return
        checkout = await find_checkout(tx, delivery.payment_id)
        assert checkout is not None, "mails are of prepared payments"
        profile = await get_profile(tx, delivery.originator_id)
        operation = await first_charge(tx, delivery.operation_id)
        place = await _place(tx, operation)
    told = _told(checkout, operation, profile, place)
    language = delivery.language or letters.SOURCE
    await deliveries.send_mail(
        delivery, _letter(delivery.kind, told, language), name=profile.sender_name or place.shop,
        reply_to=profile.sender_email,
    )  # fmt: skip


def _letter(kind: str, told: Told, language: str) -> Letter:
    write = letters.receipt if kind == RECEIPT else letters.notification
    return write(told, language)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the operation belongs, in words."""

    shop: str
    descriptor: str | None
    email: str | None


async def _place(tx: db.Tx, operation: Operation) -> _Place:
    found = await tx.one(
        _Place,
        "select g.name as shop, coalesce(g.descriptor, g.name) as descriptor, p.email"
        " from payment p join originator g on g.company_id = p.company_id"
        " and g.id = p.originator_id where p.company_id = $1 and p.id = $2",
        tx.company, operation.payment_id,
    )  # fmt: skip
    assert found is not None, "an operation has its payment"
    return found


def _told(checkout: Checkout, operation: Operation, profile: Profile, place: _Place) -> Told:
    mode = "live" if operation.live else "test"
    office = f"{settings.load().public}/office/transactions/{ids.typeid('op', operation.id)}"
    return Told(
        shop=place.shop,
        kind=str(operation.kind),
        result=_RESULTS.get(state_of_operation(operation), "failed"),
        code=code_of(operation),
        amount=operation.amount,
        order_id=checkout.prepared.order_id,
        number=operation.number,
        at=operation.finished_at or operation.occurred_at,
        live=operation.live,
        name=full_name(checkout.prepared.shopper),
        email=place.email,
        brand=operation.brand,
        last4=operation.card_last4,
        descriptor=place.descriptor,
        support=profile.support_url,
        link=f"{office}?mode={mode}",
    )
