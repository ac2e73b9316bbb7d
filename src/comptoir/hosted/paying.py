"""One press of a pay button: once per form, however often it is sent."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from comptoir import checkout, gateways, payments
from comptoir.edge.i18n import message
from comptoir.hosted.card import NUMBER_NOT_TEST, Typed, read_card
from comptoir.hosted.debit import read_debit
from comptoir.hosted.opening import Opened
from comptoir.kit import crypto, ids
from comptoir.kit.errors import Conflict, Invalid
from comptoir.payments import Ask, Operation

_KEY = re.compile(r"[0-9a-f]{32}(?:-([0-9]{20}))?")  # And the cancellation that the form knew of.
_STATE = re.compile(r"([0-9a-f-]{32,53})[.]([0-9a-f]{32})")
NOT_NOW = message("This payment cannot be made right now. Nothing was charged; contact the shop.")
FORM_OLD = message("This form is too old or incomplete. Nothing was charged; fill it in again.")
NETWORK_MISSING = message("Choose the service that your bank works with.")
# Answered by the page itself, which shows the payment as it is.
_SHOWN = (
    checkout.AlreadyPaid,
    checkout.UnderWay,
    checkout.CheckoutExpired,
    checkout.NoAttemptLeft,
    payments.KeyTaken,
)


def new_key(opened: Opened) -> str:
    """Made when a form is shown: all its copies are one attempt."""
    known = opened.checkout.cancellation
    return f"{ids.new().hex}-{known}" if known else ids.new().hex


async def pay(opened: Opened, form: Mapping[str, str], ip: str | None) -> Typed | None:
    """Try to pay with what the form says. None: look at the payment; else what is wrong."""
    method = form.get("method", "card")
    key = _KEY.fullmatch(form.get("key", ""))
    if key is None or method not in opened.methods:
        return Typed({"form": FORM_OLD})
    ask = _ask(opened, key[0])
    if await _known(opened, ask):
        return None
    typed = _READERS.get(method, _nothing)(form)
    if method == "bank_transfer" and form.get("network") not in opened.networks:
        typed = Typed({"network": NETWORK_MISSING})
    if typed.errors:
        return typed
    try:
        await _attempt(opened, form, typed, ip, ask, key[1] or "")
    except _SHOWN:
        return None
    except checkout.FormOld:
        return Typed({"form": FORM_OLD}, typed.kept)
    except gateways.NotATestCard:
        return Typed({"number": NUMBER_NOT_TEST}, typed.kept)
    except (Conflict, Invalid):
        return Typed({"form": NOT_NOW}, typed.kept)
    return None


async def _attempt(
    opened: Opened,
    form: Mapping[str, str],
    typed: Typed,
    ip: str | None,
    ask: Ask,
    known: str,
) -> None:
    if typed.card is None:
        method = form.get("method", "")
        await checkout.attempt_wallet(
            opened.checkout, method, ip=ip, present=False, ask=ask, signed=typed.signed,
            known=known, network=form.get("network") if method == "bank_transfer" else None,
        )  # fmt: skip
        return
    await checkout.attempt(
        opened.checkout, typed.card, ip=ip, ask=ask, return_url=_return_url(opened, ask),
        known=known,
    )  # fmt: skip


def _return_url(opened: Opened, ask: Ask) -> str:
    """Only the bank is told this address; whoever brings its state comes from there."""
    key = ask.key.removeprefix(_name(opened, ""))
    return f"{opened.return_url}&state={key}.{_mark(ask.key)}"


def _mark(name: str) -> str:
    return crypto.fingerprint("return", name).hex()[:32]


def _nothing(_: Mapping[str, str]) -> Typed:
    """Nothing is typed for a method that is finished elsewhere."""
    return Typed({})


_READERS = {"card": read_card, "direct_debit": read_debit}


def _ask(opened: Opened, key: str) -> Ask:
    """The form's key; what was typed is no part of it, because no hash of a card is kept."""
    name = _name(opened, key)
    return Ask(name, "payment page", hashlib.sha256(name.encode()).digest(), _render)


def _name(opened: Opened, key: str) -> str:
    return f"page-{opened.checkout.payment_id.hex}-{key}"


def _render(operation: Operation) -> tuple[int, bytes]:
    return 200, operation.id.bytes


async def _known(opened: Opened, ask: Ask) -> bool:
    return await _stored(opened, ask.key) is not None


async def _stored(opened: Opened, name: str) -> payments.Stored | None:
    place = opened.checkout
    return await payments.find_stored(place.company_id, place.originator_id, place.live, name)


async def come_back(opened: Opened, state: str, ip: str | None) -> None:
    """The shopper is back from the bank: go on, unless somebody did already.

    The state is of the attempt that waits, and only its bank was told: the payment's link alone
    moves nothing.
    """
    last = opened.last
    if last is None or last.status is not payments.Status.ACTION_REQUIRED:
        return
    if not await _from_bank(opened, last, state):
        return
    try:
        await checkout.resume(opened.checkout, last.id, {}, ip)
    except payments.NotPossible:
        return  # The other copy of this request was quicker.


async def _from_bank(opened: Opened, last: Operation, state: str) -> bool:
    told = _STATE.fullmatch(state)
    if told is None:
        return False
    name = _name(opened, told[1])
    if not hmac.compare_digest(_mark(name), told[2]):
        return False
    stored = await _stored(opened, name)
    return stored is not None and stored.operation_id == last.id
