"""Traffic: what programs asked of the APIs, kept for some days for those who have to explain it."""

from comptoir.traffic.listing import (
    DOORS,
    FILTERS,
    WINDOW,
    Exchange,
    Line,
    get_exchange,
    list_page,
    parse,
)
from comptoir.traffic.redaction import MAX_BODY
from comptoir.traffic.request import Heard, flush, note, prune, start, stop, wants_body

__all__ = [
    "DOORS",
    "FILTERS",
    "MAX_BODY",
    "WINDOW",
    "Exchange",
    "Heard",
    "Line",
    "flush",
    "get_exchange",
    "list_page",
    "note",
    "parse",
    "prune",
    "start",
    "stop",
    "wants_body",
]
