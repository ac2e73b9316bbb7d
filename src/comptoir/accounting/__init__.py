"""Accounting: double-entry lines for every operation, and the two price lists."""

from comptoir.accounting.entry import (
    Balance,
    Entry,
    Line,
    as_rows,
    balances,
    list_entries,
    opposite,
    outcome_lines,
    post_entries,
    price_lines,
    settled_lines,
)
from comptoir.accounting.price import (
    BRANDS,
    METHODS,
    OPERATIONS,
    Price,
    Priced,
    choose_price,
    list_prices,
    region_of,
    set_price,
)

__all__ = [
    "BRANDS",
    "METHODS",
    "OPERATIONS",
    "Balance",
    "Entry",
    "Line",
    "Price",
    "Priced",
    "as_rows",
    "balances",
    "choose_price",
    "list_entries",
    "list_prices",
    "opposite",
    "outcome_lines",
    "post_entries",
    "price_lines",
    "region_of",
    "set_price",
    "settled_lines",
]
