"""What both APIs do to a transaction: refund, rebill, cancel, capture, credit."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from comptoir import payments
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.money import Money
from comptoir.payments import Kind, Operation
from comptoir.wire.fields import need_number
from comptoir.wire.problems import AboveOriginal, NoTransaction

MAX_AMOUNT = 999_999_999
_BOUND = frozenset({Kind.REFUND, Kind.CAPTURE, Kind.CANCEL})


async def find_transaction(actor: Actor, name: str) -> Operation:
    """The caller's own transaction by its number; absent and not-yours are both code 312."""
    if not (name.isascii() and name.isdigit() and len(name) <= 10):
        raise NoTransaction
    try:
        async with db.reads(actor) as tx:
            return await payments.get_by_number(tx, actor, int(name))
    except NotFound:
        raise NoTransaction from None


async def follow(
    actor: Actor,
    kind: Kind,
    name: str,
    given: Mapping[str, Any],
    enter: Callable[[db.Tx, Operation], Awaitable[None]] | None = None,
) -> tuple[Operation, Operation]:
    """Do `kind` to a transaction; the new one and the one it refers to. `given`: a lowered body.

    `enter` writes what is kept beside the intention, in its commit.
    """
    origin = await find_transaction(actor, name)
    amount = None
    if kind is not Kind.CANCEL or given.get("amount") not in (None, ""):
        minor = need_number(given, "amount", 1, MAX_AMOUNT)
        amount = Money(minor, origin.amount.currency)
        if kind in _BOUND and minor > origin.amount.minor:
            raise AboveOriginal(field="amount")
    operation, _ = await payments.follow_up(actor, kind, origin.id, amount, enter=enter)
    return operation, origin
