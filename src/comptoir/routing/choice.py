"""Routing: which accounts may take a payment, in order, with the reason for each one left out."""

from dataclasses import dataclass
from uuid import UUID

VERSION = "default-1"


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account as routing sees it."""

    id: UUID
    name: str
    currencies: tuple[str, ...]
    methods: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class Choice:
    """Accounts to try in order (possibly none), and why."""

    accounts: tuple[UUID, ...]
    version: str
    reasons: list[dict[str, str]]


def choose(candidates: list[Candidate], *, currency: str, method: str) -> Choice:
    """The originator's accounts in their set order, without those that cannot take the payment."""
    chosen: list[UUID] = []
    reasons: list[dict[str, str]] = []
    for candidate in candidates:
        refusal = _refusal(candidate, currency, method)
        if refusal is None:
            chosen.append(candidate.id)
        reasons.append(
            {
                "account": str(candidate.id),
                "name": candidate.name,
                "verdict": refusal or ("chosen" if len(chosen) == 1 else "next in order"),
            }
        )
    return Choice(tuple(chosen), VERSION, reasons)


def _refusal(candidate: Candidate, currency: str, method: str) -> str | None:
    if candidate.state != "active":
        return "disabled"
    if currency not in candidate.currencies:
        return f"does not take {currency}"
    if method not in candidate.methods:
        return f"does not take {method}"
    return None
