"""Moments in queries: seconds since 1970, as both APIs write them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from comptoir.wire.fields import whole
from comptoir.wire.problems import MissingParameter

MOST = 100_000  # Rows of one answer; a longer one would be cut in silence, so it is refused.
LATEST = 253_402_214_400  # The last day of the year 9999.


def moment(query: Mapping[str, str], name: str) -> datetime:
    """A moment that must be there; refused by its name otherwise."""
    seconds = whole(query.get(name.lower(), ""))
    if seconds is None or not 0 <= seconds <= LATEST:
        raise MissingParameter(f"{name} must be a moment in seconds", field=name)
    return datetime.fromtimestamp(seconds, UTC)


def check_whole(number: int) -> None:
    """Refuse what may be more than is answered (counted up to `MOST`): there are no pages here."""
    if number >= MOST:
        raise MissingParameter(f"More than {MOST} match; ask for a shorter time")
