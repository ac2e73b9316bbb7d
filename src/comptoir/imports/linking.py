"""Linking: which payment, consumer and original each row belongs to. Pure; the database is asked
before (`lookup`) and told afterwards (`batch`).

A row that refers to something which has not come yet waits until the file has been read. Then what
still refers to nothing stands alone.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from comptoir import consumers
from comptoir.imports.row import Row
from comptoir.kit import ids
from comptoir.payments import Kind, Status

# Kinds that follow something even when no column says what: then it is what the order id names.
FOLLOWING = frozenset(
    {
        Kind.CAPTURE, Kind.CANCEL, Kind.REFUND, Kind.CHARGEBACK, Kind.DISPUTE, Kind.RETRIEVAL,
        Kind.REVERSAL, Kind.FRAUD, Kind.REPRESENTMENT,
    }
)  # fmt: skip
CHARGES = frozenset({Kind.SALE, Kind.AUTHORIZE, Kind.CHECK, Kind.SUBMISSION, Kind.COLLECTION})
PARTS = frozenset({Kind.CAPTURE, Kind.CANCEL, Kind.REFUND})
_TAKEN = frozenset({Kind.SALE, Kind.CAPTURE, Kind.REBILL, Kind.COLLECTION})
# What an order id means for each kind: first what it should follow, then what it may.
_ORIGINS: dict[Kind, tuple[frozenset[Kind], frozenset[Kind]]] = {
    Kind.CAPTURE: (frozenset({Kind.AUTHORIZE}), frozenset()),
    Kind.CANCEL: (frozenset({Kind.AUTHORIZE}), _TAKEN),
    Kind.REPRESENTMENT: (frozenset({Kind.CHARGEBACK}), _TAKEN | {Kind.DISPUTE}),
    Kind.COLLECTION: (frozenset({Kind.SUBMISSION}), frozenset()),
    Kind.REBILL: (frozenset({Kind.SALE, Kind.AUTHORIZE}), _TAKEN),
}
_USUAL = (_TAKEN, frozenset({Kind.AUTHORIZE}))


@dataclass(slots=True)
class Original:
    """An operation that rows may refer to: in the database, or before in the same batch."""

    id: UUID
    payment_id: UUID
    kind: Kind
    status: Status
    currency: str
    at: datetime
    imported: bool
    asked: int  # The amount of its payment.
    amount: int
    level: int = -1  # Within the batch: one more than what it refers to.


@dataclass(slots=True)
class Known:
    """What the database already has of a batch."""

    keys: frozenset[UUID] = frozenset()
    references: dict[str, Original] = field(default_factory=dict)
    orders: dict[str, list[Original]] = field(default_factory=dict)
    consumers: dict[tuple[str, bytes], UUID] = field(default_factory=dict)
    # Ids that the provider has given to operations of a kind; `repeats`: such an id may come again,
    # because the mapping names what tells rows apart.
    named: set[tuple[str | None, Kind]] = field(default_factory=set)
    repeats: bool = False
    # What was captured, cancelled or refunded of an original, by the id of what did it.
    taken: dict[UUID, dict[UUID, tuple[Kind, int]]] = field(default_factory=dict)

    def note(self, row: Row, operation: Original) -> None:
        """An operation that later rows may refer to, by its names and its order id."""
        if row.id is not None:
            self.named.add((row.id, row.kind))
        for name in (row.id, row.gateway_reference):
            if name is not None:
                self.references.setdefault(name, operation)
        if row.order is not None:
            operations = self.orders.setdefault(row.order, [])
            if not any(o.id == operation.id for o in operations):
                operations.append(operation)

    def remember(self, before: "Plan") -> None:
        """The batch before this one, which may not have been committed when this was asked for."""
        for row, operation in before.added:
            operation.level = -1
            self.note(row, operation)
        for one in before.placed:
            self.take(one)
        for kind, value, consumer_id in before.keys:
            self.consumers.setdefault((kind, value), consumer_id)

    def take(self, placed: "Placed") -> None:
        """Something follows its original and uses a part of it."""
        if placed.refers_to is not None and _limited(placed.row):
            taken = self.taken.setdefault(placed.refers_to, {})
            taken[placed.id] = (placed.row.kind, placed.row.amount)

    def fits(self, row: Row, original: Original) -> bool:
        """Whether a row can follow an original. What cannot is never put to its payment's sums."""
        if original.currency != row.currency:
            return False
        if not _limited(row):
            return True
        used = sum(
            amount
            for kind, amount in self.taken.get(original.id, {}).values()
            if (kind is Kind.REFUND) == (row.kind is Kind.REFUND)
        )
        return original.status is Status.SUCCEEDED and used + row.amount <= original.amount


@dataclass(frozen=True, slots=True)
class Placed:
    """A row with its place in the history."""

    row: Row
    id: UUID
    payment_id: UUID
    new_payment: bool
    consumer_id: UUID | None
    refers_to: UUID | None
    origin: Kind | None
    level: int


@dataclass(frozen=True, slots=True)
class NewConsumer:
    id: UUID
    row: Row


@dataclass(slots=True)
class Plan:
    """What one batch adds, and what it leaves for later."""

    placed: list[Placed] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    known: list[Row] = field(default_factory=list)
    doubles: list[Row] = field(default_factory=list)  # An id again, with another content.
    consumers: list[NewConsumer] = field(default_factory=list)
    keys: list[tuple[str, bytes, UUID]] = field(default_factory=list)
    added: list[tuple[Row, Original]] = field(default_factory=list)
    alone: int = 0


def plan(rows: Iterable[Row], known: Known, *, final: bool = False) -> Plan:
    """Place rows one after the other. `final`: nothing more will come, so nothing waits."""
    made = Plan()
    for row in rows:
        if row.key in known.keys:
            made.known.append(row)
            continue
        if (row.id, row.kind) in known.named and not known.repeats:
            made.doubles.append(row)
            continue
        original = _find(row, known, final=final)
        if original is None and _expects(row):
            if not final:
                made.waiting.append(row)
                continue
            made.alone += 1
        _place(row, original, known, made)
    return made


def _limited(row: Row) -> bool:
    """Whether a row uses a part of what it follows: as much of it as is left, and no more."""
    return row.kind in PARTS and row.status is Status.SUCCEEDED


def _expects(row: Row) -> bool:
    return _reference(row) is not None or (row.kind in FOLLOWING and row.order is not None)


def _reference(row: Row) -> str | None:
    """What a row says that it refers to. A charge that names itself refers to nothing."""
    if row.reference is None or row.reference == row.id:
        return None
    return None if row.kind in CHARGES and row.reference == row.order else row.reference


def _find(row: Row, known: Known, *, final: bool) -> Original | None:
    """By the original's own id or gateway reference, else by its order id."""
    reference = _reference(row)
    if reference is not None:
        found = known.references.get(reference)
        if found is not None:
            return found if known.fits(row, found) else None
    elif row.kind not in FOLLOWING:
        return None
    orders = known.orders.get(reference or row.order or "", [])
    candidates = [one for one in orders if known.fits(row, one)]
    if not candidates:
        return None
    first, second = _ORIGINS.get(row.kind, _USUAL)
    return _latest(row, candidates, first, final=final) or (
        _latest(row, candidates, second, final=True) if final else None
    )


def _latest(
    row: Row, candidates: list[Original], kinds: frozenset[Kind], *, final: bool
) -> Original | None:
    """The last success before the row; when nothing more comes, the first one after it."""
    fitting = [c for c in candidates if c.kind in kinds and c.status is Status.SUCCEEDED]
    before = [c for c in fitting if c.at <= row.at]
    if before:
        return max(before, key=lambda c: c.at)
    return min(fitting, key=lambda c: c.at) if final and fitting else None


def _place(row: Row, original: Original | None, known: Known, made: Plan) -> None:
    # What fits no original would spoil the sums of any payment that it is put to.
    payment = original or (None if _limited(row) else _payment_of(row, known))
    operation_id = _id(row.at)
    payment_id = payment.payment_id if payment is not None else _id(row.at)
    level = original.level + 1 if original is not None else 0
    made.placed.append(
        Placed(
            row, operation_id, payment_id, payment is None, _consumer(row, known, made),
            original.id if original else None, original.kind if original else None, level,
        )
    )  # fmt: skip
    itself = Original(
        operation_id, payment_id, row.kind, row.status, row.currency, row.at,
        payment.imported if payment else True, payment.asked if payment else row.amount,
        row.amount, level,
    )  # fmt: skip
    known.take(made.placed[-1])
    made.added.append((row, itself))
    known.note(row, itself)


def _payment_of(row: Row, known: Known) -> Original | None:
    """The imported payment that a row without an original belongs to: tries of one order."""
    if row.order is None or row.order not in known.orders:
        return None
    payments: dict[UUID, list[Original]] = {}
    for operation in known.orders[row.order]:
        if operation.imported and operation.currency == row.currency:
            payments.setdefault(operation.payment_id, []).append(operation)
    for operations in payments.values():
        if row.kind not in CHARGES or _another_try(row, operations):
            return operations[0]
    return None


def _another_try(row: Row, operations: list[Original]) -> bool:
    """Whether a charge is one more try of a payment, and not the next payment of the order."""
    if row.kind is Kind.CHECK:
        return True
    if operations[0].asked != row.amount:
        return False
    paid = any(
        o.kind in CHARGES and o.kind is not Kind.CHECK and o.status is Status.SUCCEEDED
        for o in operations
    )
    return not (paid and row.status is Status.SUCCEEDED)


def _consumer(row: Row, known: Known, made: Plan) -> UUID | None:
    """The consumer of the first key that is known; the row's other keys become hers or his."""
    keys = consumers.recognition_keys(row.shop_id, row.email, None)
    if not keys:
        return None
    found = next((known.consumers[key] for key in keys if key in known.consumers), None)
    if found is None:
        found = _id(row.at)
        made.consumers.append(NewConsumer(found, row))
    for key in keys:
        if key not in known.consumers:
            known.consumers[key] = found
            made.keys.append((*key, found))
    return found


def _draw() -> Iterator[int]:
    """What makes ids differ, asked of the system for many at once."""
    while True:
        block = memoryview(os.urandom(_DRAWN * _BYTES))
        for start in range(0, len(block), _BYTES):
            yield int.from_bytes(block[start : start + _BYTES], "big")


_DRAWN, _BYTES = 1024, 10  # An id takes ten bytes of it.
_ENTROPY = _draw()


def _id(at: datetime) -> UUID:
    """History sorts where it happened, also by id."""
    return ids.at(int(at.timestamp()) * 1000 + at.microsecond // 1000, next(_ENTROPY))
