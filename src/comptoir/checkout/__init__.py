"""Checkouts: payments that wait for their shopper, and what shops are told of them."""

from comptoir.checkout.attempt import (
    AlreadyPaid,
    CheckoutExpired,
    NoAttemptLeft,
    Return,
    UnderWay,
    View,
    attempt,
    cancel,
    look,
    resume,
    shopper_actor,
    way_back,
)
from comptoir.checkout.checkout import (
    METHODS,
    Checkout,
    State,
    Step,
    find_by_customer_token,
    find_by_merchant_token,
    find_checkout,
    list_steps,
    note_step,
    prepare,
    state_of,
)
from comptoir.checkout.direct import DuplicateCharge, charge_directly
from comptoir.checkout.document import LATEST, document, encode, encrypt, status_document
from comptoir.checkout.facts import Facts, get_details, load_facts, note_card
from comptoir.checkout.outcomes import (
    begin_late,
    begin_subscription,
    follow_outcomes,
    send_callback,
    sweep_callbacks,
)
from comptoir.checkout.prepared import Prepared, with_terms
from comptoir.checkout.profile import Profile, edit_profile, get_profile
from comptoir.checkout.results import IN_DOUBT, code_of, state_of_operation, text_of
from comptoir.checkout.token import Tokens
from comptoir.checkout.transaction import mean_info, transaction_attempt, visible

__all__ = [
    "IN_DOUBT",
    "LATEST",
    "METHODS",
    "AlreadyPaid",
    "Checkout",
    "CheckoutExpired",
    "DuplicateCharge",
    "Facts",
    "NoAttemptLeft",
    "Prepared",
    "Profile",
    "Return",
    "State",
    "Step",
    "Tokens",
    "UnderWay",
    "View",
    "attempt",
    "begin_late",
    "begin_subscription",
    "cancel",
    "charge_directly",
    "code_of",
    "document",
    "edit_profile",
    "encode",
    "encrypt",
    "find_by_customer_token",
    "find_by_merchant_token",
    "find_checkout",
    "follow_outcomes",
    "get_details",
    "get_profile",
    "list_steps",
    "load_facts",
    "look",
    "mean_info",
    "note_card",
    "note_step",
    "prepare",
    "resume",
    "send_callback",
    "shopper_actor",
    "state_of",
    "state_of_operation",
    "status_document",
    "sweep_callbacks",
    "text_of",
    "transaction_attempt",
    "visible",
    "way_back",
    "with_terms",
]
