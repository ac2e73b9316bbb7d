"""Pure rules: what may still be done with an operation, and what a payment has come to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from comptoir.kit.money import Money
from comptoir.payments.operation import Kind, Operation, Status
from comptoir.payments.sums import OperationSum

Summed = Operation | OperationSum  # Figures are the same of each operation or of their sums.

# What each follow-up may refer to (guide: Transactions, Rebill); operation_limits says it too.
REFERS_TO: dict[Kind, frozenset[Kind]] = {
    Kind.CAPTURE: frozenset({Kind.AUTHORIZE}),
    Kind.CANCEL: frozenset({Kind.AUTHORIZE}),
    Kind.REFUND: frozenset({Kind.SALE, Kind.CAPTURE, Kind.REBILL}),
    Kind.REBILL: frozenset({Kind.SALE, Kind.AUTHORIZE, Kind.CAPTURE}),
    Kind.CREDIT: frozenset({Kind.SALE, Kind.CAPTURE}),
}
_GONE = frozenset({Status.DECLINED, Status.REJECTED, Status.NOT_SENT})


@dataclass(frozen=True, slots=True)
class Possible:
    """Whether a follow-up is possible now: what is left, or why not."""

    kind: Kind
    left: Money
    refusal: str | None

    @property
    def allowed(self) -> bool:
        return self.refusal is None


def holds(operation: Operation) -> bool:
    """Whether an operation takes its amount from the limit: all but those that came to nothing."""
    return operation.status not in _GONE and operation.undone_by is None


def left_of(origin: Operation, kind: Kind, children: Iterable[Operation]) -> Money:
    """What may still be captured, cancelled or refunded of `origin`."""
    kinds = {Kind.REFUND} if kind is Kind.REFUND else {Kind.CAPTURE, Kind.CANCEL}
    used = sum(c.amount.minor for c in children if c.kind in kinds and holds(c))
    return Money(origin.amount.minor - used, origin.amount.currency)


def possible(
    origin: Operation, kind: Kind, children: list[Operation], *, can_act: str | None = None
) -> Possible:
    """One follow-up of `origin`. `can_act` is why its gateway cannot be asked, if it cannot."""
    left = left_of(origin, kind, children)
    return Possible(kind, left, _refusal(origin, kind, children, left, can_act))


def _refusal(
    origin: Operation, kind: Kind, children: list[Operation], left: Money, can_act: str | None
) -> str | None:
    if origin.kind not in REFERS_TO[kind]:
        article = "an" if origin.kind is Kind.AUTHORIZE else "a"
        return f"A {kind} cannot follow {article} {origin.kind}"
    if origin.undone_by is not None:
        return "The import that brought this was undone"
    if origin.status is not Status.SUCCEEDED:
        return _waiting(origin)
    if can_act is not None:
        return can_act
    if kind is Kind.REBILL:
        return None if origin.card_token else "No card is kept for this payment"
    if kind is Kind.CREDIT:
        return None
    if kind is Kind.CANCEL and any(c.kind is Kind.CAPTURE and holds(c) for c in children):
        return "It was captured already: refund the capture instead"
    if kind is Kind.REFUND and any(c.kind is Kind.CHARGEBACK and holds(c) for c in children):
        return "There is a chargeback: a refund would pay the money back twice"
    if kind is Kind.REFUND and any(c.kind is Kind.REVERSAL and holds(c) for c in children):
        return "The bank took it back: a refund would pay the money back twice"
    if left.minor <= 0:
        return "Nothing is left"
    return None


def _waiting(origin: Operation) -> str:
    if origin.status is Status.UNKNOWN:
        return "Its outcome is not known yet; nothing else can be done until the gateway answers"
    if origin.status in _GONE:
        return "It did not succeed"
    return "It has not finished yet"


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of a payment, for display; the limits belong to the operations."""

    authorised: Money
    captured: Money
    refunded: Money
    cancelled: Money
    credited: Money
    charged_back: Money
    reversed: Money  # Taken back by a bank: a debit without cover, or disputed.


def figures(operations: Iterable[Summed], currency: str) -> Figures:
    """Sums over succeeded operations of a payment."""
    sums = dict.fromkeys(Kind, 0)
    for operation in operations:
        if operation.status is Status.SUCCEEDED and operation.undone_by is None:
            sums[operation.kind] += operation.amount.minor
    charged = sums[Kind.SALE] + sums[Kind.CAPTURE] + sums[Kind.REBILL] + sums[Kind.COLLECTION]
    back = sums[Kind.CHARGEBACK] - sums[Kind.REPRESENTMENT]
    return Figures(
        Money(sums[Kind.AUTHORIZE], currency),
        Money(charged, currency),
        Money(sums[Kind.REFUND], currency),
        Money(sums[Kind.CANCEL], currency),
        Money(sums[Kind.CREDIT], currency),
        Money(back, currency),
        Money(sums[Kind.REVERSAL], currency),
    )


def payment_status(operations: Sequence[Summed], currency: str) -> str:
    """The one word for a payment, derived from its operations; never stored, never set by hand."""
    alive = [o for o in operations if o.undone_by is None]
    if not alive:
        return "undone" if operations else "created"
    sums = figures(alive, currency)
    for status in (Status.UNKNOWN, Status.ACTION_REQUIRED):
        if any(o.status is status and o.refers_to is None for o in alive):
            return status.value
    if sums.charged_back.minor > 0:
        return "charged_back"
    if sums.captured.minor:
        return _captured(sums)
    if sums.credited.minor:
        return "credited"
    if sums.authorised.minor:
        return _authorised(sums, alive)
    if any(o.status in (Status.SENT, Status.PENDING, Status.PREPARED) for o in alive):
        return "pending"
    if all(o.status in (Status.REJECTED, Status.NOT_SENT) for o in alive):
        return "failed"
    if any(o.status is Status.DECLINED for o in alive):
        return "declined"
    return "noted"  # Only notices: an imported chargeback whose sale is not here, a 3DS check.


def _captured(sums: Figures) -> str:
    if sums.reversed.minor:
        left = sums.captured.minor - sums.refunded.minor - sums.reversed.minor
        return "reversed" if left <= 0 else "partially_reversed"
    if sums.refunded.minor >= sums.captured.minor:
        return "refunded"
    if sums.refunded.minor:
        return "partially_refunded"
    if sums.authorised.minor > sums.captured.minor + sums.cancelled.minor:
        return "partially_captured"
    return "captured"


def _authorised(sums: Figures, alive: Sequence[Summed]) -> str:
    if sums.cancelled.minor < sums.authorised.minor:
        return "authorised"
    expired = any(o.kind is Kind.CANCEL and o.reason == "expired" for o in alive)
    return "expired" if expired else "cancelled"
