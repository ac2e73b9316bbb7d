"""Prepare: read a body of either form, nested (002.70 and later) or flat (before), into one."""

from collections.abc import Mapping
from typing import Any

from comptoir import payments, settings, subscriptions
from comptoir.checkout import Prepared
from comptoir.kit import addresses, http
from comptoir.kit.money import Money
from comptoir.kit.period import Period
from comptoir.wire.connect2pay.words import (
    ACCOUNT,
    CART_ITEM,
    FLAT_ORDER,
    FLAT_SHIPPING,
    FLAT_SHOPPER,
    NOTIFY,
    OPERATIONS,
    ORDER,
    PAYMENT_METHODS,
    PAYMENT_MODES,
    PAYMENT_NETWORKS,
    RECURRENCE,
    SHIPPING,
    SHOPPER,
    SUBSCRIPTION_TYPES,
)
from comptoir.wire.fields import (
    MAX_ITEMS,
    Text,
    flag,
    lowered,
    may_address,
    may_choose,
    may_number,
    need_number,
    need_text,
    read_all,
    refuse_card_number,
)
from comptoir.wire.problems import MissingData, WrongData

MAX_AMOUNT = 999_999_999
MAX_URL = MAX_CUSTOM = 2048
# How clients write that a subscription's period is not set; a link that lasts no time is a mistake.
_NO_PERIOD = frozenset({"0", "P0D"})


def _callback(given: Mapping[str, Any]) -> str | None:
    """Whom we call. An IP address is judged now; what a name leads to, when it is called."""
    url = may_address(given, "ctrlCallbackURL", MAX_URL)
    host = None if url is None else addresses.read(url).raw_host
    if host is None or not addresses.is_ip(host):
        return url
    if not http.is_callable(host, allow_private=settings.load().allow_private_callbacks):
        raise WrongData(
            "ctrlCallbackURL is a private or link-local address, which is not called",
            field="ctrlCallbackURL",
        )
    return url


def read_prepare(
    body: dict[str, Any], seller: payments.Seller
) -> tuple[Prepared, Money, Period | None]:
    """What is asked, what it costs and how long it may wait. Refusals name their field."""
    given = lowered(body)
    version = need_text(given, "apiVersion", 8)
    flat = not ("order" in given or "shopper" in given)
    whole = _nested(given) if flat else given
    amount = Money(need_number(given, "amount", 1, MAX_AMOUNT), _currency(given, seller))
    mode = may_choose(given, "paymentMode", PAYMENT_MODES)
    if mode is None:
        raise MissingData("paymentMode is missing", field="paymentMode")
    order = _order(whole.get("order"), flat=flat)
    if not flat and "shopper" not in given:
        raise MissingData("shopper is missing", field="shopper")
    method, network = _method(given)
    prepared = Prepared(
        api_version=version,
        mode=mode,
        flat=flat,
        method=method,
        network=network,
        operation=may_choose(given, "operation", OPERATIONS),
        secure3d=flag(given.get("secure3d")) is True,
        theme_id=may_number(given, "themeID", 0, 2**63 - 1),
        order=order,
        shopper=_shopper(whole.get("shopper")),
        shipping=read_all(SHIPPING, whole.get("shipping")),
        redirect_url=may_address(given, "ctrlRedirectURL", MAX_URL),
        callback_url=_callback(given),
        custom=_custom(given),
        notify=_notify(given),
        terms=read_terms(given),
    )
    return prepared, amount, _period(given, "timeOut", unset=frozenset())


def _nested(given: Mapping[str, Any]) -> dict[str, Any]:
    """A flat body in the nested form."""
    shipping = _moved(given, FLAT_SHIPPING)
    names = [given.get("shiptofirstname"), given.get("shiptolastname")]
    name = " ".join(str(part) for part in names if part)
    if name:
        shipping["name"] = name
    return {
        "order": _moved(given, FLAT_ORDER),
        "shopper": _moved(given, FLAT_SHOPPER),
        "shipping": shipping,
    }


def _moved(given: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {to: given[name.lower()] for name, to in names.items() if name.lower() in given}


def _currency(given: Mapping[str, Any], seller: payments.Seller) -> str:
    code = need_text(given, "currency", 16).upper()
    if code not in seller.currencies:
        allowed = ", ".join(seller.currencies)
        raise WrongData(f"currency must be one of the originator's: {allowed}", field="currency")
    return code


def _order(given: Any, *, flat: bool) -> dict[str, Any]:
    names = lowered(given)
    if Text(100).read(names.get("id")) is None:
        name = "orderID" if flat else "order.id"
        raise MissingData(f"{name} is missing", field=name)
    refuse_card_number("orderID" if flat else "order.id", names["id"])
    about = "orderDescription" if flat else "order.description"
    refuse_card_number(about, names.get("description"))
    order = read_all(ORDER, given)
    recurrence = read_all(RECURRENCE, names.get("recurrence"))
    if "type" in recurrence:  # Without a real type it would break readers with closed lists.
        order["recurrence"] = recurrence
    cart = names.get("cartcontent")
    if isinstance(cart, list):
        items = [read_all(CART_ITEM, item) for item in cart[:MAX_ITEMS]]
        order["cartContent"] = [item for item in items if item]
    return order


def _shopper(given: Any) -> dict[str, Any]:
    shopper = read_all(SHOPPER, given)
    account = read_all(ACCOUNT, lowered(given).get("account"))
    if account:
        shopper["account"] = account
    return shopper


def _method(given: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Method and network; before 002.60 they were called type and provider."""
    newer = {**given}
    newer.setdefault("paymentmethod", given.get("paymenttype"))
    newer.setdefault("paymentnetwork", given.get("provider"))
    method = may_choose(newer, "paymentMethod", PAYMENT_METHODS)
    network = may_choose(newer, "paymentNetwork", PAYMENT_NETWORKS)
    if method == "BankTransfer" and network is None:
        raise MissingData("paymentNetwork is missing", field="paymentNetwork")
    return method, network


def _custom(given: Mapping[str, Any]) -> str | None:
    """Said back byte for byte, so it is refused rather than cut."""
    value = given.get("ctrlcustomdata")
    if value is None or isinstance(value, bool | dict | list):
        return None
    text = str(value)
    if len(text) > MAX_CUSTOM or "\x00" in text:
        raise WrongData("ctrlCustomData has at most 2048 characters", field="ctrlCustomData")
    refuse_card_number("ctrlCustomData", text)
    return text or None


def _notify(given: Mapping[str, Any]) -> dict[str, Any]:
    told = read_all(NOTIFY, given)
    language = told.pop("orderFOLanguage", None)
    return told if language is None else {"language": language, **told}


def _period(
    given: Mapping[str, Any], name: str, unset: frozenset[str] = _NO_PERIOD
) -> Period | None:
    text = Text(32).read(given.get(name.lower()))
    if text is None or text.upper() in unset:
        return None
    try:
        return Period.parse(text)
    except ValueError:
        raise WrongData(f"{name} must be a period like P30D", field=name) from None


def _text(period: Period | None) -> str | None:
    return None if period is None else period.text


_TERM_FIELDS = {
    "kind": "subscriptionType",
    "rebill_minor": "rebillAmount",
    "rebill_period": "rebillPeriod",
    "rebill_max": "rebillMaxIteration",
    "trial_period": "trialPeriod",
}


def read_terms(given: Mapping[str, Any]) -> subscriptions.Terms | None:
    """The subscription of a body, on the fly; with `offerID` only the number is known yet."""
    offer = may_number(given, "offerID", 0, 2**31 - 1)
    if offer:
        return subscriptions.Terms("offer", 0, offer=offer)
    kind = may_choose(given, "subscriptionType", SUBSCRIPTION_TYPES)
    if kind is None:
        return None
    rebill = need_number(given, "rebillAmount", 1, MAX_AMOUNT)
    times = may_number(given, "rebillMaxIteration", 0, subscriptions.MAX_REBILLS) or None
    every, trial = _period(given, "rebillPeriod"), _period(given, "trialPeriod")
    terms = subscriptions.Terms(kind, rebill, _text(every), times, _text(trial))
    try:
        return subscriptions.check_terms(terms)
    except subscriptions.BadTerms as error:
        name = _TERM_FIELDS[str(error.data["field"])]
        raise WrongData(f"{name}: {error.detail}", field=name) from None
