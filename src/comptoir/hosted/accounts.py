"""Accounts of the sandbox that a transfer goes to: made up, one per payment, in the country's form.

Each payment has its own, so that a transfer finds it whatever is written on it.
"""

from schwifty import IBAN

from comptoir.edge.i18n import message
from comptoir.payments import Operation

Lines = tuple[tuple[str, str], ...]  # A word and what stands beside it.

ACCOUNT = message("Account")
BRANCH = message("Bank and branch (BSB)")
SORT_CODE = message("Sort code")
# A bank of each country (its code is a real one's, the account is not) and the digits it counts.
_BANKS = {
    "AT": ("19043", 11),
    "CH": ("00762", 12),
    "CZ": ("0800", 10),
    "DE": ("37040044", 10),
    "DK": ("0040", 9),
    "FI": ("405", 10),
    "NL": ("ABNA", 10),
    "NO": ("8601", 6),
    "PL": ("10901014", 16),
    "SE": ("500", 16),
}
_OF_NETWORKS = {"ideal": "NL", "giropay": "DE", "eps": "AT", "przelewy24": "PL"}
_OF_CURRENCIES = {
    "CHF": "CH", "CZK": "CZ", "DKK": "DK", "EUR": "FI", "NOK": "NO", "PLN": "PL", "SEK": "SE",
}  # fmt: skip


def account_for(operation: Operation, network: str) -> tuple[Lines, str]:
    """The account as its country writes it; its IBAN if it has one."""
    currency, number = operation.amount.currency, operation.number
    if currency == "GBP":
        return ((SORT_CODE, "20-00-00"), (ACCOUNT, f"{number % 10**8:08d}")), ""
    if currency == "AUD":
        return ((BRANCH, "062-000"), (ACCOUNT, f"{number % 10**8:08d}")), ""
    if currency == "NZD":
        return ((ACCOUNT, f"12-3001-{number % 10**7:07d}-00"),), ""
    country = _OF_NETWORKS.get(network) or _OF_CURRENCIES.get(currency)
    if country is None:
        digits = f"{number % 10**12:012d}"
        return ((ACCOUNT, f"{digits[:4]} {digits[4:8]} {digits[8:]}"),), ""
    bank, length = _BANKS[country]
    iban = IBAN.generate(country, bank_code=bank, account_code=f"{number % 10**length:0{length}d}")
    return ((ACCOUNT, iban.formatted),), str(iban.compact)
