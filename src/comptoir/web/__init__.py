"""The page door: one file per screen, templates, static files and catalogues."""

from comptoir.web import frame, money, sandbox, sign_in, transaction, transactions

ROUTES = [
    *frame.ROUTES,
    *sign_in.ROUTES,
    *transactions.ROUTES,
    *transaction.ROUTES,
    *money.ROUTES,
    *sandbox.ROUTES,
]
