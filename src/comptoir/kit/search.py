"""The typed query of every list: `status:declined amount:>100 country:ES "two words"`.

One grammar for the search box, the address bar, the API and exports. A word with a known name
before its colon is a filter, `-` before it negates; everything else is free text. Another word of
letters there is refused, as a mistyped filter would match nothing, or everything; addresses and
what is quoted are text. A double quote at the beginning of a word or value keeps its spaces
together; inside, `""` stands for one quote. Every other character is itself, so that O'Brien and 5"
are found as they are written.
"""

import re
from dataclasses import dataclass

from comptoir.kit.errors import Invalid

MAX_LENGTH = 500
MAX_TERMS = 20
MAX_NAME = 32  # So much of a filter that nobody knows is said back.
_FILTER = re.compile(r'-?([^\s:"]+):')
_NAME = re.compile(r"[A-Za-z_]+")  # What may be meant as the name of a filter.
_ADDRESS = re.compile(r"//|\S*@")  # After the colon: https://shop.example, mailto:ada@shop.example.
_WORD = re.compile(r'"((?:[^"]|"")*)"(?!\S)|([^\s"]\S*)')


@dataclass(frozen=True, slots=True)
class Term:
    """One filter of a query, as a chip shows it."""

    name: str
    value: str
    negated: bool = False

    @property
    def text(self) -> str:
        value = self.value if _plain(self.value) else _quoted(self.value)
        return f"{'-' if self.negated else ''}{self.name}:{value}"


@dataclass(frozen=True, slots=True)
class Search:
    """A parsed query: filters and the free text that is left."""

    terms: tuple[Term, ...]
    free: str

    @property
    def text(self) -> str:
        free = (word if _bare(word) else _quoted(word) for word in self.free.split())
        return " ".join([*(term.text for term in self.terms), *free])

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
    return bool(value) and value[0] != '"' and not any(c.isspace() for c in value)


def _bare(word: str) -> bool:
    """Whether a word of free text means itself: no filter, no opening quote."""
    return word[0] != '"' and ":" not in word


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def parse(text: str, names: frozenset[str]) -> Search:
    """Read a query. Raises `BadQuery` for one that is too long or whose quotes do not close."""
    if len(text) > MAX_LENGTH:
        raise BadQuery(f"A search has at most {MAX_LENGTH} characters", field="q")
    terms: list[Term] = []
    free: list[str] = []
    text = text.replace("\0", " ")  # PostgreSQL knows no NUL.
    place = _skip(text, 0)
    while place < len(text):
        head = _FILTER.match(text, place)
        if head is None or head[1].lower() not in names:
            _refuse_mistyped(text, head, names)
            word, place = _word(text, place)
            free += word.split()
            continue
        if head.end() == len(text) or text[head.end()].isspace():
            raise BadQuery(f"{head[1]}: needs a value", field="q")
        value, place = _word(text, head.end())
        terms.append(Term(head[1].lower(), value, text[head.start()] == "-"))
    if len(terms) > MAX_TERMS:
        raise BadQuery(f"At most {MAX_TERMS} filters", field="q")
    return Search(tuple(terms), " ".join(free))


def _refuse_mistyped(text: str, head: re.Match[str] | None, names: frozenset[str]) -> None:
    if head is None or not _NAME.fullmatch(head[1]) or _ADDRESS.match(text, head.end()):
        return
    raise BadQuery(
        "There is no filter %(name)s: here; in quotation marks it is looked for as text",
        field="q", name=head[1][:MAX_NAME], known=sorted(names),
    )  # fmt: skip


def _word(text: str, place: int) -> tuple[str, int]:
    """The word or quoted text at a place, and where the next one begins."""
    found = _WORD.match(text, place)
    if found is None:
        raise BadQuery("A quotation mark is not closed", field="q")
    word = found[2] if found[1] is None else found[1].replace('""', '"')
    return word, _skip(text, found.end())


def _skip(text: str, place: int) -> int:
    """The next place that is not a space."""
    while place < len(text) and text[place].isspace():
        place += 1
    return place
