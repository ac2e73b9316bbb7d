"""The payment page from end to end, without a browser and without script."""

import asyncio

import pytest

from kit import VISA, charges
from kit_hosted import BACK, Shopper, form_to, title, typed

DECLINED = "4000000000009995"
OTHER = "5555555555554444"  # Not one that the page itself names.


async def test_a_card_is_paid_and_the_way_back_leads_to_the_shop(shopper: Shopper) -> None:
    shopper = await shopper.prepare(amount=1550)
    page = await shopper.open()
    assert page.status_code == 200
    assert "€15.50" in page.text
    done = await shopper.send(form_to(page, "/pay"), **typed())
    assert title(done) == "Thank you, your payment was made"
    back = form_to(done, "/back")
    assert back.action == BACK
    assert back.fields["customer"] == shopper.token
    assert (await shopper.status())["status"] == "Authorized"


async def test_a_form_sent_twice_is_one_attempt(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    form = form_to(await shopper.open(), "/pay")
    await shopper.send(form, **typed(DECLINED))
    await shopper.send(form, **typed())
    told = await shopper.status()
    assert [one["resultCode"] for one in told["transactions"]] == ["051"]


async def test_twenty_copies_and_two_browsers_give_one_success(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    before = await charges(shopper.wire.shop)
    mine, theirs = [form_to(await shopper.open(), "/pay") for _ in range(2)]
    sent = [shopper.send(form, **typed()) for form in [mine, theirs] * 10]
    assert {answer.status_code for answer in await asyncio.gather(*sent)} == {200}
    assert await charges(shopper.wire.shop) == before + 1
    assert title(await shopper.open()) == "This payment was made already"


async def test_after_a_decline_the_reason_is_said_and_another_try_succeeds(
    shopper: Shopper,
) -> None:
    shopper = await shopper.prepare()
    page = await shopper.pay(DECLINED)
    assert "Your bank did not accept this payment" in page.text
    assert "You can try 2 more times" in page.text
    done = await shopper.send(form_to(page, "/pay"), **typed(VISA))
    assert title(done) == "Thank you, your payment was made"


async def test_after_the_last_try_the_page_only_leads_back(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    for _ in range(3):
        page = await shopper.pay(DECLINED)
    assert title(page) == "The payment was not made"
    assert form_to(page, "/back").action == BACK
    assert (await shopper.status())["status"] == "Not authorized"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"number": "4111111111111112"}, "This is not a card number"),
        ({"number": ""}, "Enter the number on your card"),
        ({"expiry": "13/30"}, "Enter the month and the year"),
        ({"expiry": "01/20"}, "This card has expired"),
        ({"code": "12"}, "Enter the three digits"),
        ({"code": "1234"}, "has another length"),
        ({"holder": " "}, "Enter the name on the card"),
        ({"number": "4000056655665556"}, "only the documented test cards"),
    ],
)
async def test_what_is_wrong_is_said_and_numbers_are_never_written_back(
    shopper: Shopper, wrong: dict[str, str], said: str
) -> None:
    shopper = await shopper.prepare()
    form = form_to(await shopper.open(), "/pay")
    sent = typed(**{"number": OTHER, "holder": "Grace Hopper", "code": "914", **wrong})
    page = await shopper.ask("POST", form.action, data={**form.fields, **sent})
    assert page.status_code == 422
    assert said in page.text
    kept = form_to(page, "/pay").fields
    assert (kept["number"], kept["code"]) == ("", "")
    assert "914" not in page.text
    if sent["number"]:
        assert sent["number"] not in page.text.replace(" ", "")
    if sent["holder"].strip():
        assert kept["holder"] == "Grace Hopper"
    assert (await shopper.status())["status"] == "Not processed"
