"""The page door: one file per screen, templates, static files and catalogues."""

from comptoir.web import (
    accounts,
    companies,
    consumers,
    frame,
    money,
    originators,
    sign_in,
    transaction,
    transactions,
)

ROUTES = [
    *frame.ROUTES,
    *sign_in.ROUTES,
    *transactions.ROUTES,
    *transaction.ROUTES,
    *money.ROUTES,
    *consumers.ROUTES,
    *companies.ROUTES,
    *originators.ROUTES,
    *accounts.ROUTES,
]
