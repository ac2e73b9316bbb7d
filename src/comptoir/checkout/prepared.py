"""What a shop prepared, as it is kept: in the wire's own words, checked and cut to size before.

Order, shopper and shipping stay as the shop wrote them, because status, callback and redirect say
them back; what the engine needs is read from them here.
"""

from typing import Any

import msgspec

from comptoir import gateways, payments, subscriptions

UNAVAILABLE = "NA"  # The shops' word for what they do not know.


class Prepared(msgspec.Struct, frozen=True, omit_defaults=True):
    """The document of a prepared payment, stored as JSON."""

    api_version: str
    mode: str
    flat: bool = False
    method: str | None = None
    network: str | None = None
    operation: str | None = None
    secure3d: bool = False
    theme_id: int | None = None
    order: dict[str, Any] = {}
    shopper: dict[str, Any] = {}
    shipping: dict[str, Any] = {}
    redirect_url: str | None = None
    callback_url: str | None = None
    custom: str | None = None
    notify: dict[str, Any] = {}
    terms: subscriptions.Terms | None = None

    @property
    def order_id(self) -> str:
        return str(self.order["id"])

    @property
    def description(self) -> str | None:
        return _known(self.order.get("description"))

    @property
    def challenge(self) -> bool:
        """Whether the shopper's bank must see its customer."""
        return self.secure3d or self.shopper.get("account", {}).get("suspicious") is True

    def payer(self, ip: str | None = None) -> payments.Shopper:
        """The shopper as the engine knows one."""
        told = self.shopper
        email = _known(told.get("email"))
        return payments.Shopper(
            shop_id=_known(told.get("id")),
            name=full_name(told),
            email=email if email and "@" in email else None,
            phone=_known(told.get("homePhone")) or _known(told.get("mobilePhone")),
            country=country(told),
            ip=ip or _known(told.get("ipAddress")),
            address=_address(told),
        )


def with_terms(prepared: Prepared, terms: subscriptions.Terms | None) -> Prepared:
    """The same document with the terms of an offer filled in."""
    return msgspec.structs.replace(prepared, terms=terms)


def full_name(shopper: dict[str, Any]) -> str | None:
    parts = [_known(shopper.get(name)) for name in ("firstName", "lastName")]
    return " ".join(part for part in parts if part) or _known(shopper.get("name"))


def _address(shopper: dict[str, Any]) -> gateways.Address | None:
    """Where the bills go; shops before 002.70 write the street in one line."""
    return gateways.address_of(
        _known(shopper.get("address1")) or _known(shopper.get("address")),
        _known(shopper.get("zipcode")),
        _known(shopper.get("city")),
        _known(shopper.get("state")),
        country(shopper),
    )


def country(shopper: dict[str, Any]) -> str | None:
    code = _known(shopper.get("countryCode"))
    return None if code is None or code.upper() == "ZZ" else code.upper()


def _known(value: Any) -> str | None:
    text = "" if value is None else str(value).strip()
    return None if text.upper() in {"", UNAVAILABLE} else text


def pack(prepared: Prepared) -> Any:
    """The document as plain JSON values; decimals become text."""
    return msgspec.to_builtins(prepared)


def unpack(stored: Any) -> Prepared:
    return msgspec.convert(stored, Prepared)
