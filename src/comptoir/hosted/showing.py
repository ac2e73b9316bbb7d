"""Which page a payment has now: to pay, at the bank, being checked, paid, over."""

from typing import Any

from comptoir import checkout
from comptoir.checkout import Return, State
from comptoir.edge.render import Page
from comptoir.hosted import assets, look, telling, waiting, words
from comptoir.hosted.card import Typed
from comptoir.hosted.opening import Opened
from comptoir.hosted.paying import new_key
from comptoir.payments import Status

TEST_CARDS = ("4111 1111 1111 1111", "4000 0000 0000 3220", "4000 0000 0000 9995")
_WAITS_FOR_DAYS = frozenset({"direct_debit", "bank_transfer"})  # Nobody stays on the page for it.
MAX_LOOKS = 120  # Ten minutes of a page without script.


async def show(opened: Opened) -> Page:
    """The page for somebody who just opened the link, or came back to it."""
    last, state = opened.last, opened.view.state
    if state is State.AUTHORIZED:
        return await show_paid(opened, fresh=False)
    if opened.view.open:
        return await show_form(opened, opened.methods[0] if opened.methods else "")
    if last is not None and last.status is Status.ACTION_REQUIRED:
        return _page(opened, "pay/bank.html", action=last.action or {}, turns=True)
    if last is not None and state is State.PENDING:
        return await _waiting(opened)
    return await _over(opened)


async def show_form(opened: Opened, method: str, typed: Typed | None = None) -> Page:
    """The ways to pay, with what is wrong or why the last attempt failed."""
    last = opened.last
    failed = typed is None and last is not None
    return _page(
        opened,
        "pay/form.html",
        status=422 if typed is not None else 200,
        chosen=method,
        errors={} if typed is None else typed.errors,
        kept=await _kept(opened) if typed is None else typed.kept,
        why=words.why_not(last) if failed and last is not None else "",
        left=opened.checkout.max_attempts - opened.checkout.attempts,
        key=new_key(opened),
        test_cards=TEST_CARDS,
    )


async def _kept(opened: Opened) -> dict[str, str]:
    """What the shop told, so that it need not be typed again."""
    return {"holder": opened.checkout.prepared.payer().name or ""}


async def show_paid(opened: Opened, *, fresh: bool) -> Page:
    """`fresh`: the shopper has paid just now, and is brought back to the shop."""
    operation = next(o for o in opened.view.operations if o.status is Status.SUCCEEDED)
    back = await checkout.way_back(opened.checkout)
    way = await waiting.way_of(opened, operation)
    return _page(opened, "pay/paid.html", back=back, operation=operation, way=way, fresh=fresh)


def show_cancelled(opened: Opened, back: Return | None) -> Page:
    return _page(opened, "pay/cancelled.html", back=back, cancelled=True)


async def _waiting(opened: Opened) -> Page:
    """Nobody may pay again while it is not known whether this one was made."""
    operation = opened.last
    assert operation is not None, "what waits is an attempt"
    told, back = None, None
    if operation.status is Status.PENDING and operation.method != "card":
        told = await waiting.instructions(opened, operation)
        if operation.method in _WAITS_FOR_DAYS:
            back = await checkout.way_back(opened.checkout)
    return _page(
        opened, "pay/checking.html", told=told, back=back, tired=opened.looks >= MAX_LOOKS,
        turns=checkout.may_turn(operation),
        again=f"{opened.at()}{'&' if opened.kept else '?'}n={opened.looks + 1}",
    )  # fmt: skip


async def _over(opened: Opened) -> Page:
    """No attempt is possible any more: expired, or refused too often."""
    last = opened.last
    back = await checkout.way_back(opened.checkout)
    expired = opened.view.state is State.EXPIRED
    why = "" if expired or last is None else words.why_not(last)
    return _page(opened, "pay/over.html", back=back, expired=expired, why=why)


def _page(opened: Opened, template: str, *, status: int = 200, **data: Any) -> Page:
    headers = look.headers(leads_back=data.get("back") is not None, framed_by=opened.framed_by)
    return Page(
        template,
        status_code=status,
        headers=headers,
        o=opened,
        pay_asset=assets.asset,
        afterwards=words.afterwards(opened.checkout, opened.locale),
        price=words.price(opened.checkout.amount, opened.locale),
        names=words.NAMES,
        told_shop=telling.told(opened, cancelled="cancelled" in data) if opened.seamless else None,
        **data,
    )
