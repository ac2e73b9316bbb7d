"""Languages: catalogues read from `.po` files once, and the choice of one for a request.

English is the source, so a missing entry shows English. No compiled catalogue is kept anywhere.
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.core import negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LANGUAGES = {"en": "English", "es": "Español", "fr": "Français"}
SOURCE = "en"
PSEUDO = "en_XA"  # Every string in brackets: what stays bare on a page was never translated.
_FOLDER = Path(__file__).resolve().parent.parent / "web" / "locale"
_ACCENTS = str.maketrans("aeiouAEIOU", "áéíóúÁÉÍÓÚ")


def message(text: str) -> str:
    """Mark a text for the catalogues where it is written; a page translates it when shown."""
    return text


class _Pseudo(NullTranslations):
    """A made-up language for tests; placeholders such as %(name)s keep their shape."""

    def _mark(self, text: str) -> str:
        parts = text.split("%(")
        marked = [parts[0].translate(_ACCENTS)]
        for part in parts[1:]:
            name, _, rest = part.partition(")")
            marked.append(f"%({name}){rest[:1]}{rest[1:].translate(_ACCENTS)}")
        return f"⟦{''.join(marked)}⟧"

    def gettext(self, message: str) -> str:
        return self._mark(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self._mark(msgid1 if n == 1 else msgid2)

    def pgettext(self, _: str, message: str) -> str:
        return self._mark(message)


@cache
def translations(locale: str) -> NullTranslations:
    """The catalogue of a language; English and unknown ones give the source strings."""
    if locale == PSEUDO:
        return _Pseudo()
    path = _FOLDER / locale / "LC_MESSAGES" / "messages.po"
    if locale not in LANGUAGES or locale == SOURCE or not path.is_file():
        return NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(fp=compiled)


def negotiate(accept_language: str) -> str:
    """The best of our languages for an `Accept-Language` header."""
    wanted = [part.split(";")[0].strip() for part in accept_language.split(",")[:10]]
    return negotiate_locale([w for w in wanted if w], list(LANGUAGES), sep="-") or SOURCE


def known(locale: str) -> str:
    """The locale itself if Comptoir speaks it, else English."""
    return locale if locale in LANGUAGES or locale == PSEUDO else SOURCE
