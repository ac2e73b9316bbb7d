"""A shopper who chose by mistake: the gateway ends the attempt, then another one begins."""

import pytest

from comptoir.kit import db
from kit import at_once
from kit_hosted import Shopper, form_to, title, typed

CHALLENGED = "4000 0000 0000 3220"


async def waits(shopper: Shopper, method: str = "WeChat") -> Shopper:
    """A payment whose shopper chose, and whose code nobody scanned."""
    network = "trustly" if method == "BankTransfer" else None
    shopper = await shopper.prepare(paymentMethod=method, paymentNetwork=network)
    await shopper.send(form_to(await shopper.open(), "/pay"))
    return shopper


@pytest.mark.parametrize("method", ["WeChat", "Alipay", "Upi", "BankTransfer"])
async def test_what_nobody_confirmed_is_given_up_and_no_attempt_is_lost(
    shopper: Shopper, method: str
) -> None:
    shopper = await waits(shopper, method)
    for _ in range(4):
        page = await shopper.send(form_to(await shopper.open(), "/other"))
        assert "The payment was cancelled. Nothing was charged." in page.text
        page = await shopper.send(form_to(page, "/pay"))
    done = await shopper.send(form_to(page, "/choose"), outcome="paid")
    assert title(done) == "Thank you, your payment was made"
    told = await shopper.status()
    assert [one["resultCode"] for one in told["transactions"]].count("000") == 1


async def test_another_way_is_really_another_one(shopper: Shopper) -> None:
    shopper = await shopper.prepare(paymentMethod=None)
    ways = await shopper.open()
    key = form_to(ways, "/pay").fields["key"]
    page = await shopper.ask(
        "POST", form_to(ways, "/pay").action, data={"key": key, "method": "alipay"}
    )
    page = await shopper.follow(page)
    page = await shopper.send(form_to(page, "/other"))
    done = await shopper.send(form_to(page, "/pay"), method="card", **typed())
    assert title(done) == "Thank you, your payment was made"


async def test_an_open_challenge_is_given_up_and_the_bank_cannot_finish_it(
    shopper: Shopper,
) -> None:
    shopper = await shopper.prepare(paymentMode="Single")
    bank = await shopper.pay(CHALLENGED)
    page = await shopper.send(form_to(bank, "/other"))
    assert "The payment was cancelled. Nothing was charged." in page.text
    assert (await shopper.status())["status"] == "Pending"
    assert (await shopper.status())["transactions"][0]["resultCode"] == "021"
    assert title(await shopper.pay()) == "Thank you, your payment was made"


async def test_what_is_paid_meanwhile_is_the_end(shopper: Shopper) -> None:
    shopper = await waits(shopper)
    page = await shopper.open()
    async with db.transaction(company=shopper.wire.shop.company.id) as tx:
        assert await tx.run(
            "update sandbox_operation set status = 'approved', code = '000', ready_at = null,"
            " captured_minor = amount_minor where company_id = $1 and status = 'pending'",
            tx.company,
        )  # fmt: skip
    done = await shopper.send(form_to(page, "/other"))
    assert title(done) == "Thank you, your payment was made"


async def test_two_tabs_give_up_once(shopper: Shopper) -> None:
    shopper = await waits(shopper)
    form = form_to(await shopper.open(), "/other")
    await at_once(4, lambda: shopper.send(form))
    assert (await shopper.status())["status"] == "Pending"
    async with db.transaction(company=shopper.wire.shop.company.id) as tx:
        left = await tx.value(
            "select attempts from checkout where company_id = $1 order by created_at desc limit 1",
            tx.company,
        )  # fmt: skip
    assert left == 0
    page = await shopper.send(form_to(await shopper.open(), "/pay"))
    assert title(page) == "Scan this code with WeChat Pay"


async def test_paid_and_given_up_at_once_is_one_of_the_two(shopper: Shopper) -> None:
    shopper = await waits(shopper)
    page = await shopper.open()
    forms = iter([(form_to(page, "/choose"), {"outcome": "paid"}), (form_to(page, "/other"), {})])

    async def press() -> None:
        form, more = next(forms)
        await shopper.send(form, **more)

    await at_once(2, press)
    told = await shopper.status()
    codes = [one["resultCode"] for one in told["transactions"]]
    assert codes in (["000"], ["021"]), codes


async def test_a_debit_that_was_agreed_and_what_is_in_doubt_cannot_be_given_up(
    shopper: Shopper,
) -> None:
    agreed = await shopper.prepare(paymentMethod="DirectDebit")
    debit = {"iban": "DE89 3704 0044 0532 0130 00", "holder": "Ada Lovelace", "agreed": "yes"}
    page = await agreed.send(form_to(await agreed.open(), "/pay"), **debit)
    assert "/other" not in page.text
    await agreed.ask("POST", f"/payment/{agreed.token}/other")
    assert (await agreed.status())["errorCode"] == "998"
    doubt = await shopper.prepare(amount=91003)
    page = await doubt.pay()
    assert "do not pay again" in page.text
    assert "/other" not in page.text
