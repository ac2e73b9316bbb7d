"""The filters of a list: what each is called, how it is chosen, and the query text it makes.

The address bar holds one query text (`?q=status:declined amount:>100`); chips and forms are ways
of writing it. A form sends its fields to the list's `/filter`, which answers with the new address.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from litestar import Request

from comptoir.edge.i18n import message
from comptoir.edge.render import Done, View
from comptoir.kit.actor import EVERYWHERE
from comptoir.kit.search import Search, Term


@dataclass(frozen=True, slots=True)
class Kind:
    """A filter that a list offers. `names` are the terms it writes: one, or from and to."""

    label: str
    names: tuple[str, ...]
    form: str = "text"  # text, choices, range or days
    choices: tuple[tuple[str, str], ...] = ()
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """A filter as a page shows it now: its chip if it is set, and its form."""

    kind: Kind
    value: str  # What the chip says; "" when it is not set.
    values: tuple[str, ...]  # What the form holds.
    rest: str  # The query text without it.
    zone: str = ""  # Where its days begin.


STATUSES = (
    ("succeeded", message("Accepted")),
    ("declined", message("Declined")),
    ("rejected", message("Refused")),
    ("pending", message("Pending")),
    ("action_required", message("Shopper must act")),
    ("sent", message("Sent, waiting")),
    ("unknown", message("Unknown")),
    ("not_sent", message("Not sent")),
)
KINDS = (
    ("sale", message("Sale")),
    ("authorize", message("Authorisation")),
    ("capture", message("Capture")),
    ("cancel", message("Cancel")),
    ("refund", message("Refund")),
    ("rebill", message("Rebill")),
    ("credit", message("Credit")),
    ("3dscheck", message("3DS check")),
    ("chargeback", message("Chargeback")),
    ("dispute", message("Dispute")),
    ("retrieval", message("Request for information")),
    ("reversal", message("Reversal")),
    ("fraud", message("Fraud notice")),
    ("representment", message("Representment")),
)
TRANSACTIONS = (
    Kind(message("Status"), ("status",), "choices", STATUSES),
    Kind(message("Operation"), ("kind",), "choices", KINDS),
    Kind(message("Date"), ("from", "to"), "days"),
    Kind(message("Amount"), ("amount",), "range"),
    Kind(message("Currency"), ("currency",), hint="EUR"),
    Kind(message("Result"), ("result",), hint="051"),
    Kind(message("Card"), ("card",), hint=message("Last four digits")),
    Kind(message("Brand"), ("brand",), hint="visa"),
    Kind(message("Country"), ("country",), hint="ES"),
    Kind(message("E-mail"), ("email",)),
    Kind(message("Order"), ("order",)),
    Kind(
        message("Financial status"),
        ("financial",),
        "choices",
        (
            ("not_sent", message("Not sent")),
            ("sent", message("Sent for settlement")),
            ("settled", message("Settled")),
        ),
    ),
    Kind(message("Originator"), ("originator",), hint="100001"),
    Kind(
        message("Source"),
        ("source",),
        "choices",
        (("own", message("Own")), ("imported", message("Imported")), ("demo", message("Demo"))),
    ),
)


def shown(kinds: Iterable[Kind], asked: Search, view: View, zone: str = "") -> list[Shown]:
    """The offered filters as they stand, then one chip for each term that no form writes.

    `zone`: where days begin, when it is another one than that of who looks.
    """
    tell, offered = view.translate, list(kinds)
    zone = zone or (view.actor.zone if view.actor else EVERYWHERE)
    made = [_shown(kind, asked, tell, zone) for kind in offered]
    listed = {name for kind in offered for name in kind.names}
    others = [t for t in asked.terms if t.name not in listed or t.negated]
    return made + [_other(term, asked) for term in others]


def _shown(kind: Kind, asked: Search, tell: Callable[[str], str], zone: str) -> Shown:
    mine = [t for t in asked.terms if t.name in kind.names and not t.negated]
    rest = Search(tuple(t for t in asked.terms if t not in mine), asked.free).text
    by_name = {t.name: t.value for t in mine}
    if kind.form == "choices":
        values = tuple(by_name.get(kind.names[0], "").lower().split(",")) if mine else ()
        words = dict(kind.choices)
        return Shown(kind, ", ".join(tell(words.get(v, v)) for v in values), values, rest)
    if kind.form == "range":
        values = _ends(by_name.get(kind.names[0], ""))
        return Shown(kind, by_name.get(kind.names[0], ""), values, rest)
    values = tuple(by_name.get(name, "") for name in kind.names)
    value = " – ".join(values) if mine else ""
    if kind.form == "days":
        return Shown(kind, f"{value} · {zone}" if mine else "", values, rest, zone)
    return Shown(kind, value, values, rest)


def _ends(text: str) -> tuple[str, str]:
    """`10..20`, `>=10` or `<=20` as the two fields of a range; other forms stay in the chip."""
    low, dots, high = text.partition("..")
    if dots:
        return low, high
    if text.startswith(">"):
        return text.lstrip(">="), ""
    if text.startswith("<"):
        return "", text.lstrip("<=")
    return text, text


def _other(term: Term, asked: Search) -> Shown:
    label = ("− " if term.negated else "") + term.name
    return Shown(Kind(label, ()), term.value, (), asked.without(term))


def applied(
    request: Request[Any, Any, Any], path: str, kinds: Iterable[Kind], asked: Search,
    originator: str,
) -> Done:  # fmt: skip
    """Back to the list at `path`, with the filter that the form of `request` sets or takes away."""
    fields = {name: request.query_params.getall(name) for name in request.query_params}
    asked = _written(kinds, asked, fields)
    return Done(address(path, asked, originator=originator), here=True)


def _written(kinds: Iterable[Kind], asked: Search, fields: Mapping[str, list[str]]) -> Search:
    """The query after a form was sent: every filter named in `fields` is set or taken away."""
    for kind in kinds:
        sent = [name for name in (*kind.names, "low", "high") if name in fields]
        if fields.get("filter", [""])[0] != kind.names[0] or not (sent or kind.form == "choices"):
            continue
        kept = tuple(t for t in asked.terms if t.name not in kind.names)
        return Search((*kept, *_terms(kind, fields)), asked.free)
    return asked


def _terms(kind: Kind, fields: Mapping[str, list[str]]) -> list[Term]:
    if kind.form == "range":
        low, high = (fields.get(end, [""])[0].strip() for end in ("low", "high"))
        text = f"{low}..{high}" if low and high else f">={low}" if low else f"<={high}"
        return [Term(kind.names[0], low if low == high else text)] if low or high else []
    made = ((name, ",".join(v.strip() for v in fields.get(name, []) if v)) for name in kind.names)
    return [Term(name, value) for name, value in made if value]


def of_originator(asked: Search, originator: str) -> Search:
    """The query within the originator chosen at the top of the page."""
    if not originator or any(t.name == "originator" for t in asked.terms):
        return asked
    return Search((*asked.terms, Term("originator", originator)), asked.free)


def address(path: str, asked: Search, **kept: str) -> str:
    """A list's address for a query, with what else it keeps (the originator looked at)."""
    parts = {"q": asked.text, **kept}
    text = urlencode({name: value for name, value in parts.items() if value})
    return f"{path}?{text}" if text else path
