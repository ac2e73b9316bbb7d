"""The risk decision: from reads only, before the first commit, kept with its inputs and reasons.

A blacklisted card, e-mail or IP blocks with 500, 501 or 502 (guide page "How to blacklist a
transaction"); a blocked country with 410. The whitelist of a company never lifts the provider's
global list.
"""

from dataclasses import dataclass
from typing import Any

VERSION = "lists-1"
BLOCK_CODES = {"card": "500", "email": "501", "ip": "502", "country": "410"}


@dataclass(frozen=True, slots=True)
class Hit:
    """A list entry that matches the payment."""

    list: str
    kind: str
    scope: str
    id: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the decision looked at: facts without card numbers."""

    facts: dict[str, Any]
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    outcome: str  # allow or block; review and 3DS come with rules.
    code: str | None
    version: str
    inputs: dict[str, Any]
    reasons: list[dict[str, str]]

    @property
    def blocked(self) -> bool:
        return self.outcome == "block"


def decide(snapshot: Snapshot) -> Decision:
    """Allow or block. Global entries count first, then blacklist unless whitelisted."""
    spared = {h.kind for h in snapshot.hits if h.list == "whitelist"}
    blocking = [
        h
        for h in snapshot.hits
        if h.list == "blacklist" and (h.scope == "global" or h.kind not in spared)
    ]
    reasons = [{"list": h.list, "kind": h.kind, "scope": h.scope, "entry": h.id} for h in blocking]
    if not blocking:
        return Decision("allow", None, VERSION, snapshot.facts, reasons)
    # The order of the guide: card before e-mail before IP.
    first = min(blocking, key=lambda h: list(BLOCK_CODES).index(h.kind))
    return Decision("block", BLOCK_CODES[first.kind], VERSION, snapshot.facts, reasons)
