"""A shopper who gives up: the shop hears -1, and no form from before that charges anything."""

import asyncio

import httpx

from comptoir.kit import db
from kit import charges
from kit_hosted import Shopper, form_to, title, typed

CANCELLED = "You cancelled this payment"
PAID = "Thank you, your payment was made"


async def test_a_form_in_another_tab_does_not_pay_what_was_cancelled(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    before = await charges(shopper.wire.shop)
    page, other = await shopper.open(), await shopper.open()
    assert title(await shopper.send(form_to(page, "/cancel"))) == CANCELLED
    refused = await shopper.send(form_to(other, "/pay"), **typed())
    assert "This form is too old" in refused.text
    assert (await shopper.status())["status"] == "Not processed"
    assert await charges(shopper.wire.shop) == before
    # What it was shown instead was made after the cancellation, so it pays.
    assert title(await shopper.send(form_to(refused, "/pay"), **typed())) == PAID


async def test_who_pays_after_all_fills_in_a_new_form(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    page = await shopper.open()
    await shopper.send(form_to(page, "/cancel"))
    assert title(await shopper.pay()) == PAID
    assert title(await shopper.send(form_to(page, "/cancel"))) == "This payment was made already"


async def test_who_cancels_while_paying_is_told_one_of_the_two(shopper: Shopper) -> None:
    for paying_first in [True, False] * 8:
        shopper = await shopper.prepare()
        pay, cancel = (
            form_to(await shopper.open(), "/pay"),
            form_to(await shopper.open(), "/cancel"),
        )
        both = [shopper.send(pay, **typed()), shopper.send(cancel)]
        answers = await asyncio.gather(*(both if paying_first else reversed(both)))
        await check(shopper, [answer for answer in answers if title(answer) == CANCELLED])


async def check(shopper: Shopper, cancelled: list[httpx.Response]) -> None:
    told, steps = await shopper.status(), await steps_of(shopper)
    if cancelled:
        assert (told["status"], told["transactions"]) == ("Not processed", [])
    else:
        assert (told["status"], "cancelled" in steps) == ("Authorized", False)


async def steps_of(shopper: Shopper) -> list[str]:
    async with db.transaction(company=shopper.wire.shop.company.id) as tx:
        rows = await tx.rows(
            "select s.kind from checkout_step s join payment p on p.company_id = s.company_id"
            " and p.id = s.payment_id where s.company_id = $1 and p.order_id = $2 order by s.id",
            tx.company, (await shopper.status())["orderID"],
        )  # fmt: skip
    return [row["kind"] for row in rows]
