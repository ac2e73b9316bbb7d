"""Events: an append-only log of who did what to what, and followers that read it exactly once."""

from comptoir.events.follower import (
    Follower,
    FollowerState,
    Handler,
    LogRestarted,
    follow,
    list_behind,
    measure,
)
from comptoir.events.log import (
    START,
    TIME_LINE,
    Cursor,
    Event,
    list_after,
    list_events,
    list_for_payment,
    list_for_subject,
    list_for_subjects,
    list_new,
    record,
    signature,
)

__all__ = [
    "START",
    "TIME_LINE",
    "Cursor",
    "Event",
    "Follower",
    "FollowerState",
    "Handler",
    "LogRestarted",
    "follow",
    "list_after",
    "list_behind",
    "list_events",
    "list_for_payment",
    "list_for_subject",
    "list_for_subjects",
    "list_new",
    "measure",
    "record",
    "signature",
]
