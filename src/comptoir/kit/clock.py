"""The one clock. Aware UTC; tests can hold it and move it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_held: datetime | None = None


def now() -> datetime:
    """The present moment, in UTC."""
    return _held if _held is not None else datetime.now(UTC)


def hold(at: datetime) -> None:
    """Stop the clock at `at` (aware). For tests and for jobs that replay a past moment."""
    global _held  # noqa: PLW0603  The clock is the one thing a process has one of.
    assert at.tzinfo is not None, "a moment needs its zone"
    _held = at.astimezone(UTC)


def advance(by: timedelta) -> None:
    """Move a held clock on; holds it first if it runs."""
    hold(now() + by)


def release() -> None:
    """Let the clock run again."""
    global _held  # noqa: PLW0603  The clock of the process.
    _held = None


@contextmanager
def during(moment: datetime) -> Iterator[None]:
    """Stop the clock of this process at a past moment for a while: for what is dated back."""
    global _held  # noqa: PLW0603  The clock of the process.
    before = _held
    hold(moment)
    try:
        yield
    finally:
        _held = before
