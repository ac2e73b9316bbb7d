"""The typed query of every list: `status:declined amount:>100 country:ES "two words"`.

One grammar for the search box, the address bar, the API and exports. A word with a known name
before its colon is a filter, `-` before it negates; everything else is free text.
"""

import shlex
from dataclasses import dataclass

from comptoir.kit.errors import Invalid

MAX_LENGTH = 500
MAX_TERMS = 20


@dataclass(frozen=True, slots=True)
class Term:
    """One filter of a query, as a chip shows it."""

    name: str
    value: str
    negated: bool = False

    @property
    def text(self) -> str:
        value = self.value if _plain(self.value) else '"' + self.value.replace('"', "") + '"'
        return f"{'-' if self.negated else ''}{self.name}:{value}"


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed query: filters and the free text that is left."""

    terms: tuple[Term, ...]
    free: str

    @property
    def text(self) -> str:
        return " ".join([*(term.text for term in self.terms), self.free]).strip()

    def without(self, term: Term) -> str:
        """The query's text without one of its filters: what a chip's × leads to."""
        return Search(tuple(t for t in self.terms if t != term), self.free).text

    def plus(self, name: str, value: str) -> str:
        """The query's text with one filter set, replacing others of its name."""
        kept = tuple(t for t in self.terms if t.name != name)
        return Search((*kept, Term(name, value)), self.free).text


class BadQuery(Invalid):
    code = "bad_query"
    title = "The search cannot be read"


def _plain(value: str) -> bool:
    return bool(value) and not any(c.isspace() or c in "\"'\\" for c in value)


def parse(text: str, names: frozenset[str]) -> Search:
    """Read a query. Raises `BadQuery` for one that is too long or whose quotes do not close."""
    if len(text) > MAX_LENGTH:
        raise BadQuery(f"A search has at most {MAX_LENGTH} characters", field="q")
    try:
        words = shlex.split(text, posix=True)
    except ValueError:
        raise BadQuery("A quotation mark is not closed", field="q") from None
    terms: list[Term] = []
    free: list[str] = []
    for word in words:
        negated = word.startswith("-") and ":" in word
        name, colon, value = word.removeprefix("-").partition(":")
        if colon and name.lower() in names:
            if not value:
                raise BadQuery(f"{name}: needs a value", field="q")
            terms.append(Term(name.lower(), value, negated))
        else:
            free.append(word)
    if len(terms) > MAX_TERMS:
        raise BadQuery(f"At most {MAX_TERMS} filters", field="q")
    return Search(tuple(terms), " ".join(free))
