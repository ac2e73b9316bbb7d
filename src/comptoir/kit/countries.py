"""Countries: ISO 3166 codes from codes and names as shops write them."""

import unicodedata
from functools import cache

from babel import Locale
from babel.core import get_global

# Names that neither ISO nor the Unicode repository knows, as real shop data have them.
_ALIASES = {
    "eire": "IE",
    "republic of ireland": "IE",
    "rsa": "ZA",
    "uk": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "usa": "US",
    "united states of america": "US",
    "uae": "AE",
    "czech republic": "CZ",
    "slovak republic": "SK",
    "holland": "NL",
    "korea": "KR",
    "south korea": "KR",
    "republic of korea": "KR",
    "north korea": "KP",
    "russia": "RU",
    "russian federation": "RU",
    "hong kong": "HK",
    "macao": "MO",
    "macau": "MO",
    "turkey": "TR",
    "turkiye": "TR",
    "ivory coast": "CI",
    "viet nam": "VN",
    "burma": "MM",
    "cape verde": "CV",
    "swaziland": "SZ",
    "macedonia": "MK",
    "vatican": "VA",
    "brunei darussalam": "BN",
    "iran islamic republic of": "IR",
    "syrian arab republic": "SY",
    "moldova republic of": "MD",
    "tanzania united republic of": "TZ",
    "taiwan province of china": "TW",
    "lao peoples democratic republic": "LA",
    "deutschland": "DE",
    "italia": "IT",
    "osterreich": "AT",
    "schweiz": "CH",
    "nederland": "NL",
    "belgie": "BE",
    "danmark": "DK",
    "sverige": "SE",
    "norge": "NO",
    "suomi": "FI",
    "polska": "PL",
    "hellas": "GR",
    "brasil": "BR",
}
_UNKNOWN = frozenset(
    {"", "-", "unspecified", "unknown", "other", "none", "null", "zz", "xx", "n/a", "na"}
)
_NO_COUNTRIES = frozenset({"ZZ", "EU", "EZ", "UN", "XA", "XB", "QO"})
MAX_LENGTH = 64


def _plain(word: str) -> str:
    """A name without case, accents, punctuation and `the`: as it is looked for."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    spaced = "".join(
        " " if letter in " -,/()&" else letter
        for letter in letters
        if not unicodedata.combining(letter) and letter not in ".'’`"
    )
    parts = [part for part in spaced.split() if part not in {"the", "and"}]
    return " ".join(parts)


@cache
def _names() -> dict[str, str]:
    names: dict[str, str] = {}
    for language in ("it", "de", "fr", "es", "en"):
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES:
                names[_plain(name)] = code
                names[code.lower()] = code
    # ISO's three letters and three digits, which the Unicode repository has as aliases.
    for alias, codes in get_global("territory_aliases").items():
        if len(alias) == 3 and len(codes) == 1 and codes[0].lower() in names:
            names.setdefault(alias.lower(), codes[0])
    return names | _ALIASES


def is_code(text: str) -> bool:
    """Whether this is the code of a country, as ISO writes it."""
    return len(text) == 2 and text.isupper() and _names().get(text.lower()) == text


def resolve(text: str | None) -> str | None:
    """The ISO code for a code or a name in five languages; other words stay as they are written.

    None for the many ways of saying that nobody knows.
    """
    word = " ".join((text or "").split())
    if word == "NA":
        return "NA"  # Namibia; in small letters it is somebody's "not available".
    if word.lower() in _UNKNOWN:
        return None
    return _names().get(_plain(word), word[:MAX_LENGTH])


def name(code: str | None, language: str = "en") -> str:
    """The name to show for a code; what is no code is shown as it is."""
    if code is None:
        return ""
    return str(Locale(language).territories.get(code, code))
