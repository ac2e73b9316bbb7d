"""The questions that the lists are asked, with values that a company's own history has."""

import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from comptoir import payments
from comptoir.kit import ids
from comptoir.kit.actor import Actor
from comptoir.kit.search import Search

NOTHING = Search((), "")


class Asked(NamedTuple):
    """What somebody looks for, and where in the list."""

    query: str
    cursor: str | None = None


@dataclass
class Scope:
    """Who looks: one company's staff, or the platform's over all of them."""

    name: str
    actor: Actor
    samples: list[payments.Transaction] = field(default_factory=list)


async def sample(scope: Scope, number: int) -> None:
    """Operations from all over the scope's history; questions are made of their values."""
    page = await payments.list_transactions(scope.actor, NOTHING, limit=1)
    newest = page.rows[0].occurred_at
    for _ in range(number):
        day = newest - timedelta(days=random.uniform(0, 700))
        asked = payments.parse(f"to:{day.date().isoformat()}")
        found = await payments.list_transactions(scope.actor, asked, limit=5)
        scope.samples.extend(found.rows[:1])


def _reference(row: payments.Transaction) -> str:
    """What the history calls an operation at its gateway."""
    name = row.id.hex
    return f"sbx_{name[12:]}{name[:12]}"


def _middle(text: str) -> str:
    """The part of an e-mail that somebody remembers: the last name with its number."""
    return text.partition("@")[0].rpartition(".")[2]


async def questions(scope: Scope) -> dict[str, list[Asked]]:
    """For every kind of question, one for each sample."""
    rows = scope.samples
    deep = []
    for row in rows:
        earlier = payments.parse(f"to:{row.occurred_at.date().isoformat()}")
        page = await payments.list_transactions(scope.actor, earlier, limit=50)
        deep.append(Asked("", page.next))
    days = [(r.occurred_at - timedelta(days=7), r.occurred_at) for r in rows]
    texts: dict[str, list[str]] = {
        "first page": ["" for _ in rows],
        "status declined": ["status:declined" for _ in rows],
        "rare status": ["status:unknown" for _ in rows],
        "rare result": ["result:500" for _ in rows],
        "refunds": ["kind:refund" for _ in rows],
        "country": [f"country:{r.country}" for r in rows],
        "rare country": ["country:MT" for _ in rows],
        "currency": [f"currency:{r.amount.currency}" for r in rows],
        "rare currency": ["currency:KWD" for _ in rows],
        "absent currency": ["currency:CHF" for _ in rows],
        "brand": [f"brand:{r.brand}" for r in rows],
        "absent brand": ["brand:jcb" for _ in rows],
        "card": [f"card:{r.card_last4}" for r in rows],
        "amount over": ["amount:>100" for _ in rows],
        "exact amount": [f"amount:{r.amount.text()}" for r in rows],
        "rare amount range": ["amount:>=2500" for _ in rows],
        "dates": [f"from:{a.date()} to:{b.date()}" for a, b in days],
        "dates, status, country": [
            f"from:{a.date()} to:{b.date()} status:declined country:ES" for a, b in days
        ],
        "search number": [str(r.number) for r in rows],
        "search order id": [r.order_id for r in rows],
        "search part of an order id": [r.order_id[-5:] for r in rows],
        "search e-mail": [r.email or "x" for r in rows],
        "search part of an e-mail": [_middle(r.email or "x") for r in rows],
        "search a frequent name": [random.choice(("garcia", "smith", "ana")) for _ in rows],
        "search last four": [r.card_last4 or "0000" for r in rows],
        "search payment id": [ids.typeid("pay", r.payment_id) for r in rows],
        "search reference": [_reference(r) for r in rows],
        "search nothing": [f"nobody{random.randrange(10**9)}" for _ in rows],
    }
    found = {name: [Asked(text) for text in asked] for name, asked in texts.items()}
    found["deep page"] = deep
    return found
