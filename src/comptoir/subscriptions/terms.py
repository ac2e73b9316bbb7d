"""What a shopper agrees to pay again: the five types of subscription and their rules."""

from datetime import timedelta

import msgspec

from comptoir.kit.errors import Invalid
from comptoir.kit.period import Period

TYPES = ("normal", "partpayment", "lifetime", "onetime", "infinite")
MAX_REBILLS = 9999
MAX_MINOR = 999_999_999
SHORTEST = timedelta(days=1)

# Which of (rebill period, number of rebills, trial period) a type needs, and which it forbids.
_NEEDS = {
    "normal": ({"rebill_period", "rebill_max"}, set()),
    "partpayment": ({"rebill_period", "rebill_max"}, set()),
    "infinite": ({"rebill_period"}, {"rebill_max"}),
    "onetime": ({"rebill_period"}, {"rebill_max", "trial_period"}),
    "lifetime": (set(), {"rebill_period", "rebill_max", "trial_period"}),
}  # type: dict[str, tuple[set[str], set[str]]]


class Terms(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agreement. Amounts are minor units of the payment's currency, periods ISO 8601."""

    kind: str
    rebill_minor: int
    rebill_period: str | None = None
    rebill_max: int | None = None
    trial_period: str | None = None
    offer: int | None = None  # The number of the offer they come from.


class BadTerms(Invalid):
    code = "bad_subscription"
    title = "The subscription is not one of the known types with what it needs"


def check_terms(terms: Terms) -> Terms:
    """Refuse what no type allows; `field` says which. Raises `BadTerms`."""
    if terms.kind not in _NEEDS:
        raise BadTerms("The type is not a known one", field="kind")
    needed, forbidden = _NEEDS[terms.kind]
    for name in sorted(needed):
        if getattr(terms, name) is None:
            raise BadTerms(f"A subscription of type {terms.kind} needs this", field=name)
    for name in sorted(forbidden):
        if getattr(terms, name) is not None:
            raise BadTerms(f"A subscription of type {terms.kind} has none", field=name)
    if not 0 < terms.rebill_minor <= MAX_MINOR:
        raise BadTerms("The amount is out of range", field="rebill_minor")
    if terms.rebill_max is not None and not 0 < terms.rebill_max <= MAX_REBILLS:
        raise BadTerms("The number of rebills is out of range", field="rebill_max")
    for name in ("rebill_period", "trial_period"):
        _check_period(name, getattr(terms, name))
    return terms


def _check_period(name: str, text: str | None) -> None:
    try:
        period = None if text is None else Period.parse(text)
    except ValueError as error:
        raise BadTerms(str(error), field=name) from None
    # Rebills are looked for by the minute: what comes more often is a slip, and an expensive one.
    if period is not None and not period.months and period.rest < SHORTEST:
        raise BadTerms("A period lasts at least one day", field=name)


def rebills(terms_kind: str, rebill_max: int | None) -> int | None:
    """How many rebills there will be at most; None: no limit."""
    if terms_kind == "onetime":
        return 1
    return 0 if terms_kind == "lifetime" else rebill_max
