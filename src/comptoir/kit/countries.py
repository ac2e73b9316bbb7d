"""Countries: ISO 3166 codes from codes and names as shops write them."""

from functools import cache

from babel import Locale

# Names that neither ISO nor the Unicode repository knows, as real shop data have them.
_ALIASES = {
    "eire": "IE",
    "rsa": "ZA",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "usa": "US",
    "united states of america": "US",
    "uae": "AE",
    "czech republic": "CZ",
    "holland": "NL",
    "korea": "KR",
    "south korea": "KR",
    "russia": "RU",
    "hong kong": "HK",
    "macao": "MO",
    "turkey": "TR",
    "ivory coast": "CI",
}
_UNKNOWN = frozenset({"", "unspecified", "unknown", "zz", "n/a", "na"})
MAX_LENGTH = 64


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in ("fr", "es", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in {"ZZ", "EU", "EZ", "UN"}:
                names[name.lower()] = code
                names[code.lower()] = code
    return names | _ALIASES


def resolve(text: str | None) -> str | None:
    """The ISO code for a code or a name in English, Spanish or French; other words stay as written.

    None for the many ways of saying that nobody knows.
    """
    word = (text or "").strip()
    if word.lower() in _UNKNOWN:
        return None
    return _names().get(word.lower(), word[:MAX_LENGTH])


def name(code: str | None, language: str = "en") -> str:
    """The name to show for a code; what is no code is shown as it is."""
    if code is None:
        return ""
    return Locale(language).territories.get(code, code)
