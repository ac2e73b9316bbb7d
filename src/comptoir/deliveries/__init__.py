"""Deliveries: what merchants are told about their payments, try by try."""

from comptoir.deliveries.delivery import (
    CALLBACK,
    LADDER,
    Delivery,
    State,
    Try,
    claim,
    is_acknowledged,
    list_for_payment,
    list_tries,
    note,
    send,
    send_again,
    take_due,
)
from comptoir.deliveries.listing import (
    FILTERS,
    Listed,
    count_listed,
    get_listed,
    list_page,
    list_tries_of_payment,
    parse,
)
from comptoir.deliveries.mail import is_address, send_mail

__all__ = [
    "CALLBACK",
    "FILTERS",
    "LADDER",
    "Delivery",
    "Listed",
    "State",
    "Try",
    "claim",
    "count_listed",
    "get_listed",
    "is_acknowledged",
    "is_address",
    "list_for_payment",
    "list_page",
    "list_tries",
    "list_tries_of_payment",
    "note",
    "parse",
    "send",
    "send_again",
    "send_mail",
    "take_due",
]
