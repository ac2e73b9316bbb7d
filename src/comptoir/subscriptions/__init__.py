"""Subscriptions: offers, what shoppers agreed to pay again, and the rebills that follow."""

from comptoir.subscriptions.offer import (
    Offer,
    create_offer,
    get_offer,
    list_offers,
    set_offer_state,
)
from comptoir.subscriptions.rebill import NotInTrial, convert, renew, sweep_due
from comptoir.subscriptions.subscription import (
    ENDED,
    REASONS,
    REFUNDED,
    State,
    Subscription,
    SubscriptionEnded,
    cancel,
    cancel_of_payment,
    first_charge,
    get_by_number,
    list_between,
    list_subscriptions,
    numbers_of_payments,
    start,
)
from comptoir.subscriptions.terms import MAX_REBILLS, TYPES, BadTerms, Terms, check_terms, rebills

__all__ = [
    "ENDED",
    "MAX_REBILLS",
    "REASONS",
    "REFUNDED",
    "TYPES",
    "BadTerms",
    "NotInTrial",
    "Offer",
    "State",
    "Subscription",
    "SubscriptionEnded",
    "Terms",
    "cancel",
    "cancel_of_payment",
    "check_terms",
    "convert",
    "create_offer",
    "first_charge",
    "get_by_number",
    "get_offer",
    "list_between",
    "list_offers",
    "list_subscriptions",
    "numbers_of_payments",
    "rebills",
    "renew",
    "set_offer_state",
    "start",
    "sweep_due",
]
