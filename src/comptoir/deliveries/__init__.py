"""Deliveries: what merchants are told about their payments, try by try."""

from comptoir.deliveries.delivery import (
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

__all__ = [
    "LADDER",
    "Delivery",
    "State",
    "Try",
    "claim",
    "is_acknowledged",
    "list_for_payment",
    "list_tries",
    "note",
    "send",
    "send_again",
    "take_due",
]
