"""Risk: the decision before a payment is sent, and the lists it looks at."""

from comptoir.risk.decision import BLOCK_CODES, Decision, Hit, Snapshot, decide
from comptoir.risk.list_entry import (
    ListEntry,
    add_entry,
    add_global_entry,
    list_entries,
    list_value,
    matched_value,
    remove_entry,
)

__all__ = [
    "BLOCK_CODES",
    "Decision",
    "Hit",
    "ListEntry",
    "Snapshot",
    "add_entry",
    "add_global_entry",
    "decide",
    "list_entries",
    "list_value",
    "matched_value",
    "remove_entry",
]
