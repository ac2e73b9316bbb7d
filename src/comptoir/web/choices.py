"""Long lists for forms: countries, currencies, time zones, in the reader's language."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale

from comptoir.edge import i18n
from comptoir.edge.render import View
from comptoir.kit.money import CODES


def countries(view: View) -> list[tuple[str, str]]:
    """Codes and names, sorted by name."""
    return _countries(view.locale if view.locale in i18n.LANGUAGES else i18n.SOURCE)


@cache
def _countries(locale: str) -> list[tuple[str, str]]:
    names = Locale(locale).territories
    real = [(c, n) for c, n in names.items() if len(c) == 2 and c.isalpha()]
    left_out = {"ZZ", "EU", "EZ", "UN", "XA", "XB", "QO"}
    return sorted(((c, n) for c, n in real if c not in left_out), key=lambda pair: pair[1])


def currencies(view: View) -> list[tuple[str, str]]:
    """`EUR` and `EUR – Euro`, sorted by code."""
    return _currencies(view.locale if view.locale in i18n.LANGUAGES else i18n.SOURCE)


@cache
def _currencies(locale: str) -> list[tuple[str, str]]:
    names = Locale(locale).currencies
    return [(code, f"{code} – {names.get(code, code)}") for code in sorted(CODES)]


@cache
def zones() -> list[str]:
    """Time zones by area and city, without the old aliases."""
    areas = {
        "Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian",
        "Pacific",
    }  # fmt: skip
    found = [zone for zone in available_timezones() if zone.split("/")[0] in areas]
    return ["UTC", *sorted(found)]
