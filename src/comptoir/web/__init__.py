"""The page door: one file per screen, templates, static files and catalogues."""

from comptoir.web import (
    accounts,
    companies,
    consumers,
    frame,
    home,
    money,
    originators,
    profile,
    sandbox,
    setup,
    sign_in,
    transaction,
    transactions,
    users,
)

ROUTES = [
    *frame.ROUTES,
    *sign_in.ROUTES,
    *home.ROUTES,
    *setup.ROUTES,
    *transactions.ROUTES,
    *transaction.ROUTES,
    *money.ROUTES,
    *consumers.ROUTES,
    *companies.ROUTES,
    *originators.ROUTES,
    *accounts.ROUTES,
    *users.ROUTES,
    *profile.ROUTES,
    *sandbox.ROUTES,
]
