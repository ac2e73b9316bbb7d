"""The networks of bank transfers: in which currency each one works, and in whose banks."""

_TRUSTLY_EURO = "AT BE DE EE ES FI FR IE IT LT LV NL PT SI SK"
_REACH = {
    "sofort": {"EUR": "AT BE DE ES IT NL", "CHF": "CH"},
    "przelewy24": {"PLN": "PL", "EUR": "PL"},
    "ideal": {"EUR": "NL"},
    "giropay": {"EUR": "DE"},
    "eps": {"EUR": "AT"},
    "poli": {"AUD": "AU", "NZD": "NZ"},
    "dragonpay": {"PHP": "PH"},
    "trustly": {
        "EUR": _TRUSTLY_EURO, "SEK": "SE", "NOK": "NO", "DKK": "DK", "GBP": "GB", "PLN": "PL",
        "CZK": "CZ",
    },
}  # fmt: skip
NETWORKS = tuple(_REACH)  # In the contract's order.


def currencies_of(network: str) -> frozenset[str]:
    """The currencies that a network moves."""
    return frozenset(_REACH[network])


def networks_for(currency: str, country: str | None = None) -> tuple[str, ...]:
    """The networks of that currency; only the country's own where the shopper's is known."""
    return tuple(
        name
        for name, reach in _REACH.items()
        if currency in reach and (country is None or country in reach[currency].split())
    )
