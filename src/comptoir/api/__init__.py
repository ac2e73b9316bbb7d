"""Our JSON API under /api/v1: one file per resource, the same functions as the pages."""

from comptoir.api import (
    consumers,
    events,
    merchants,
    operations,
    originators,
    payments,
    subscriptions,
    transactions,
)
from comptoir.api.answers import ANSWERS
from comptoir.api.examples import EXAMPLES

__all__ = ["ANSWERS", "EXAMPLES", "ROUTES"]

ROUTES = [
    payments.create_payment,
    payments.list_payments,
    payments.get_payment,
    payments.list_operations,
    operations.get_operation,
    operations.list_possibilities,
    operations.capture,
    operations.refund,
    operations.cancel,
    operations.rebill,
    operations.credit,
    operations.resume,
    operations.ask_gateway,
    transactions.list_transactions,
    transactions.get_totals,
    subscriptions.list_subscriptions,
    subscriptions.get_subscription,
    subscriptions.cancel,
    consumers.create_consumer,
    consumers.list_consumers,
    consumers.get_consumer,
    consumers.edit_consumer,
    merchants.list_companies,
    merchants.create_company,
    merchants.get_company,
    merchants.edit_company,
    merchants.list_originators,
    merchants.create_originator,
    merchants.get_originator,
    merchants.create_key,
    merchants.set_route,
    *originators.ROUTES,
    merchants.list_accounts,
    merchants.create_account,
    merchants.get_account,
    merchants.set_options,
    events.list_events,
]
