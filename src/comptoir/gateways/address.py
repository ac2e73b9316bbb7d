"""The billing address of a card's holder, and what the issuer says of it (AVS).

An address is for the one call that carries it: it is not kept with the operation, and masked in
the archive. What is kept is the issuer's word, in the letters that the card schemes use.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Avs(StrEnum):
    """What the issuer says of an address."""

    BOTH = "Y"
    STREET = "A"  # The postal code is another one.
    POSTAL = "Z"  # The street is another one.
    NEITHER = "N"
    UNSUPPORTED = "S"  # This issuer compares no addresses.
    UNAVAILABLE = "U"  # Nothing was compared.


@dataclass(frozen=True, slots=True)
class Address:
    """As far as the shop says it: a street or a postal code at least."""

    street: str | None = field(default=None, repr=False)
    postal_code: str | None = field(default=None, repr=False)
    city: str | None = field(default=None, repr=False)
    state: str | None = field(default=None, repr=False)
    country: str | None = None


def address_of(
    street: str | None,
    postal_code: str | None,
    city: str | None = None,
    state: str | None = None,
    country: str | None = None,
) -> Address | None:
    """An address, or None where there is nothing that an issuer could compare."""
    if street is None and postal_code is None:
        return None
    return Address(street, postal_code, city, state, country)


def avs_of(letter: str | None) -> Avs | None:
    """A gateway's letter; one that nobody knows says nothing."""
    return next((avs for avs in Avs if avs == letter), None)
