"""The guide's words for what happens: one sentence for each event of the log."""

from dataclasses import dataclass
from typing import Any

import msgspec

from comptoir import events
from comptoir.edge.i18n import message
from comptoir.edge.render import View
from comptoir.gateways import Avs
from comptoir.kit.money import Money

KINDS = {
    "authorize": message("Authorisation"),
    "sale": message("Sale"),
    "capture": message("Capture"),
    "cancel": message("Cancel"),
    "refund": message("Refund"),
    "rebill": message("Rebill"),
    "credit": message("Credit"),
    "3dscheck": message("3DS check"),
    "submission": message("Submission"),
    "collection": message("Collection"),
    "chargeback": message("Chargeback"),
    "dispute": message("Dispute"),
    "retrieval": message("Request for information"),
    "reversal": message("Reversal"),
    "fraud": message("Fraud notice"),
    "representment": message("Representment"),
}
# What a card's issuer says of the billing address.
AVS = {
    Avs.BOTH: message("Street and postcode are right"),
    Avs.STREET: message("The street is right, the postcode is another"),
    Avs.POSTAL: message("The postcode is right, the street is another"),
    Avs.NEITHER: message("Neither street nor postcode is right"),
    Avs.UNSUPPORTED: message("This issuer compares no addresses"),
    Avs.UNAVAILABLE: message("Not compared"),
}
# Sentence, icon and tone by event. `%(what)s` is "Sale of 12.00 EUR".
_SAID = {
    "payment.created": (message("The shop asked for %(amount)s"), "shopping-cart", "plain"),
    "operation.prepared": (message("%(what)s: prepared"), "clock", "pending"),
    "operation.sent": (message("%(what)s: sent to the gateway"), "send", "plain"),
    "operation.succeeded": (message("%(what)s: accepted"), "check", "accepted"),
    "operation.declined": (message("%(what)s: declined with %(code)s"), "x", "declined"),
    "operation.rejected": (message("%(what)s: refused with %(code)s"), "shield-x", "blocked"),
    "operation.pending": (message("%(what)s: the gateway is still working"), "clock", "pending"),
    "operation.action_required": (
        message("%(what)s: the shopper must act"),
        "user-exclamation",
        "pending",
    ),
    "operation.unknown": (message("%(what)s: the answer was lost"), "help", "unknown"),
    "operation.not_sent": (message("%(what)s: never sent"), "circle-dashed", "plain"),
    "operation.asked": (message("The gateway was asked what became of it"), "refresh", "plain"),
    "operation.needs_person": (message("The gateway cannot tell: a person must decide"),
                               "user-exclamation", "pending"),
    "operation.settled": (message("Settled: the money arrived"), "building-bank", "accepted"),
    "operation.outcome_repeated": (
        message("The gateway said the same again"), "repeat", "plain"),
    "operation.discrepancy": (
        message("The gateway contradicts itself; nothing was changed"),
        "alert-triangle", "declined"),
    "subscription.began": (message("A subscription began"), "repeat", "accepted"),
    "subscription.renewed": (
        message("The subscription was charged again"), "repeat", "accepted"),
    "subscription.declined": (
        message("A charge of the subscription was declined"), "x", "declined"),
    "subscription.cancelled": (message("The subscription was cancelled"), "ban", "plain"),
    "subscription.canceled": (message("The subscription ended, cancelled before"), "ban", "plain"),
    "subscription.finished": (
        message("The subscription ended after its last charge"), "check", "plain"),
    "delivery.sent_again": (message("The shop is told again"), "send", "plain"),
    "company.created": (message("Company created"), "plus", "plain"),
    "company.edited": (message("Company edited"), "pencil", "plain"),
    "originator.created": (message("Originator created"), "plus", "plain"),
    "originator.edited": (message("Originator edited"), "pencil", "plain"),
    "originator.routed": (message("Merchant accounts chosen"), "route", "plain"),
    "key.created": (message("API key made"), "key", "plain"),
    "checkout.profile_edited": (message("Settings of payments edited"), "pencil", "plain"),
    "theme.created": (message("Theme created"), "plus", "plain"),
    "theme.edited": (message("Theme edited"), "pencil", "plain"),
    "theme.chosen": (message("Another theme is the usual one"), "check", "plain"),
    "theme.retired": (message("Theme retired"), "ban", "plain"),
    "key.rolled": (message("API key rolled; the old one works for a while"), "key", "plain"),
    "key.revoked": (message("API key revoked"), "ban", "plain"),
    "account.created": (message("Merchant account created"), "plus", "plain"),
    "account.edited": (message("Merchant account edited"), "pencil", "plain"),
    "consumer.created": (message("Consumer created"), "plus", "plain"),
    "consumer.edited": (message("Consumer edited"), "pencil", "plain"),
}  # fmt: skip
# What Comptoir found when it asked by itself: the first loss was said by who had asked.
_LATE_SUCCESS = message(
    "The gateway says that it succeeded after all; nothing was changed, a person must look"
)
_STILL_LOST = message("%(what)s: the gateway was asked again and did not answer")
_RETURNED = frozenset({"refund", "credit", "reversal"})


@dataclass(frozen=True, slots=True)
class Said:
    """One line of a time line."""

    event: events.Event
    words: str
    icon: str
    tone: str
    machine: str


def says_late_success(event: events.Event) -> bool:
    """Whether a gateway says that it did what it had declined, or had never heard of."""
    return event.kind == "operation.discrepancy" and event.data.get("said") == "succeeded"


def said(event: events.Event, view: View) -> Said:
    """An event in words; one without words shows its own name, never nothing."""
    words, icon, tone = _SAID.get(event.kind, (event.kind, "point", "plain"))
    if says_late_success(event):
        words = _LATE_SUCCESS
    if event.kind == "operation.unknown" and event.actor.startswith("system:"):
        words = _STILL_LOST
    kind = str(event.data.get("kind", ""))
    if kind in _RETURNED and tone == "accepted":
        icon, tone = "arrow-back-up", "refunded"
    if kind == "chargeback":
        icon, tone = "gavel", "chargeback"
    amount = _amount(event.data, view)
    what = view.translate(KINDS.get(kind, kind))
    if amount:
        what = view.translate(message("%(kind)s of %(amount)s")) % {"kind": what, "amount": amount}
    parts = {"what": what, "amount": amount, "code": event.data.get("result_code") or "–"}
    machine = pretty({"event": event.kind, "sequence": event.seq, **event.data})
    return Said(event, view.translate(words) % parts, icon, tone, machine)


def _amount(data: dict[str, Any], view: View) -> str:
    minor, currency = data.get("amount_minor"), data.get("currency")
    if not isinstance(minor, int) or not isinstance(currency, str):
        return ""
    return view.formats.money(Money(minor, currency))


def pretty(data: object) -> str:
    """Data as indented JSON, for those who want to see what the machine saw."""
    return msgspec.json.format(msgspec.json.encode(data), indent=2).decode()
