"""Statistics: the figures of the Home page."""

from comptoir.statistics.home import (
    Acceptance,
    Day,
    Home,
    Period,
    Refusal,
    Turnover,
    Waiting,
    get_home,
)

__all__ = [
    "Acceptance",
    "Day",
    "Home",
    "Period",
    "Refusal",
    "Turnover",
    "Waiting",
    "get_home",
]
