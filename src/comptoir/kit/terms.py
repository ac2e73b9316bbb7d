"""Values of a search's filters: days in the reader's zone, numbers, ids, closed lists of words."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from comptoir.kit import ids
from comptoir.kit.errors import NotFound
from comptoir.kit.search import BadQuery, Term

NUMBER_LENGTH = 10  # Digits that a number of ours has at most.


def moment(term: Term, zone: str, *, days: int = 0) -> datetime:
    """Midnight of a date in the reader's zone, `days` later, or an exact moment."""
    place = ZoneInfo(zone)
    try:
        if len(term.value) == len("2026-01-01"):
            day = date.fromisoformat(term.value) + timedelta(days=days)
            return datetime.combine(day, time(), place).astimezone(UTC)
        exact = datetime.fromisoformat(term.value)
        return (exact if exact.tzinfo else exact.replace(tzinfo=place)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuery(f"{term.name}: takes a date such as 2026-01-31", field="q") from None


def number(term: Term, longest: int = NUMBER_LENGTH) -> int:
    """A whole number, not negative."""
    if not is_number(term.value, longest):
        raise BadQuery(f"{term.name}: takes a number", field="q")
    return int(term.value)


def is_number(text: str, longest: int = NUMBER_LENGTH) -> bool:
    """Whether a text is digits that PostgreSQL and `int` know, and not too many."""
    return text.isascii() and text.isdigit() and len(text) <= longest


def one_of(term: Term, known: Mapping[str, str]) -> list[str]:
    """One or more words of a closed list, divided by commas, as they are stored."""
    values = [part.strip().lower() for part in term.value.split(",")]
    for value in values:
        if value not in known:
            raise BadQuery(f"{term.name}: {value[:32]} is not one of {', '.join(known)}", field="q")
    return [known[value] for value in values]


def identity(term: Term, prefix: str) -> UUID:
    """An id of ours, such as `pay_…`."""
    try:
        return ids.untype(prefix, term.value)
    except NotFound:
        raise BadQuery(f"{term.name}: takes an id such as {prefix}_…", field="q") from None
