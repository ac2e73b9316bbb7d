"""Consumers: who pays, recognised across payments."""

from comptoir.consumers.consumer import (
    Consumer,
    ConsumerKnown,
    ConsumerTotal,
    create_consumer,
    edit_consumer,
    get_consumer,
    list_consumers,
    list_totals,
    recognition_keys,
)

__all__ = [
    "Consumer",
    "ConsumerKnown",
    "ConsumerTotal",
    "create_consumer",
    "edit_consumer",
    "get_consumer",
    "list_consumers",
    "list_totals",
    "recognition_keys",
]
