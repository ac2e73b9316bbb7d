"""The sandbox's addresses: what its bank says of a street and of a postal code, always the same.

The values are shown to people in docs/guide/test-cards.md.
"""

from dataclasses import dataclass

from comptoir.gateways.address import Avs

WRONG_NUMBER = "200"  # Of a house.
WRONG_POSTAL = "20000"
# Postal codes whose bank says something else, whatever the street.
ANSWERS = {"20001": Avs.UNAVAILABLE, "20002": Avs.UNSUPPORTED}


@dataclass(frozen=True, slots=True)
class TestAddress:
    """One documented address and what comes of it."""

    __test__ = False  # Not a test class, whatever its name says to a collector.

    street: str
    postal_code: str
    avs: Avs


TEST_ADDRESSES = (
    TestAddress("1 Main Street", "10001", Avs.BOTH),
    TestAddress("1 Main Street", WRONG_POSTAL, Avs.STREET),
    TestAddress("200 Main Street", "10001", Avs.POSTAL),
    TestAddress("200 Main Street", WRONG_POSTAL, Avs.NEITHER),
    TestAddress("1 Main Street", "20001", Avs.UNAVAILABLE),
    TestAddress("1 Main Street", "20002", Avs.UNSUPPORTED),
)


def compared(street: str | None, postal_code: str | None) -> Avs:
    """What the issuer says; a part that is not given is a part that does not match."""
    postal = (postal_code or "").replace(" ", "")
    if postal in ANSWERS:
        return ANSWERS[postal]
    same_street = bool(street) and WRONG_NUMBER not in (street or "").replace(",", " ").split()
    same_postal = bool(postal) and postal != WRONG_POSTAL
    if same_street:
        return Avs.BOTH if same_postal else Avs.STREET
    return Avs.POSTAL if same_postal else Avs.NEITHER
