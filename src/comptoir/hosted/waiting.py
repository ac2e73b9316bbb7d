"""Payments that are made elsewhere: on a phone, in a bank's app, by a debit some days from now.

The page shows what a shopper needs for it. In test mode it also lets a tester choose the end.
"""

import base64
import io
from dataclasses import dataclass
from decimal import Decimal

import segno
from segno import helpers

from comptoir import checkout, payments
from comptoir.checkout import Mandate, shopper_actor
from comptoir.gateways import simulator
from comptoir.hosted.accounts import Lines, account_for
from comptoir.hosted.opening import Opened, public_base
from comptoir.kit import db
from comptoir.kit.money import Money
from comptoir.payments import Operation, Status

_PICTURE = 4  # Pixels of one module.
# What a tester may choose: the code it ends with, and whether at once or a minute from now.
CHOICES = {
    "paid": ("000", False),
    "refused": ("005", False),
    "paid-later": ("000", True),
    "refused-later": ("005", True),
    "returned": ("000", False),
}


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a page that waits shows beside "we are waiting"."""

    operation: Operation
    way: str  # The method, or the network of a transfer.
    reference: str
    picture: str = ""  # A code to scan, as an address of its own data.
    account: Lines = ()
    mandate: Mandate | None = None
    choices: bool = False


async def instructions(opened: Opened, operation: Operation) -> Instructions:
    """For an attempt that waits for its shopper or a bank."""
    reference, choices = checkout.reference_of(operation), not operation.live
    if operation.method == "bank_transfer":
        way = await way_of(opened, operation)
        account, iban = account_for(operation, way)
        picture = _transfer_code(opened.shop, iban, operation.amount, reference)
        return Instructions(operation, way, reference, picture, account, choices=choices)
    if operation.method == "direct_debit":
        async with db.transaction(company=operation.company_id) as tx:
            found = await checkout.mandates_of(tx, [operation])
        return Instructions(
            operation, operation.method, reference, mandate=found.get(operation.id), choices=choices
        )  # fmt: skip
    picture = _drawn(segno.make(f"{public_base()}{opened.base}", error="m"))
    return Instructions(operation, operation.method, reference, picture, choices=choices)


async def way_of(opened: Opened, operation: Operation) -> str:
    """What a shopper calls it: the method, or the network of a transfer."""
    if operation.method != "bank_transfer":
        return operation.method
    async with db.transaction(company=operation.company_id) as tx:
        chosen = await checkout.find_network(tx, operation)
    return chosen or opened.checkout.prepared.network or operation.method


def _transfer_code(name: str, account: str, amount: Money, reference: str) -> str:
    """The code that bank apps of Europe fill a transfer from (EPC069-12); euros only."""
    if amount.currency != "EUR" or not account:
        return ""
    units = Decimal(amount.minor).scaleb(-2)
    return _drawn(helpers.make_epc_qr(name[:70], account, units, text=reference))


def _drawn(code: segno.QRCode) -> str:
    out = io.BytesIO()
    code.save(out, kind="png", scale=_PICTURE, border=1)
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


async def choose(opened: Opened, choice: str) -> None:
    """A tester decides what becomes of it. In live mode, or when it is over, nothing happens."""
    last = opened.last
    waits = last is not None and last.status is Status.PENDING and last.method != "card"
    if last is None or not waits or last.live or choice not in CHOICES or last.account_id is None:
        return
    code, later = CHOICES[choice]
    chosen = await simulator.choose(last.company_id, last.account_id, last.id, code, later=later)
    if chosen and not later:
        await payments.ask_now(shopper_actor(opened.checkout), last.id)
    if chosen and choice == "returned":
        await payments.expect_return(last, simulator.LATER)
