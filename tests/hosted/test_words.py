"""What a shopper reads: amounts of any currency, long orders, the bank once it has decided."""

import re

import pytest

from comptoir.hosted import words
from comptoir.kit.money import Money
from kit_hosted import Shopper, form_to, title

AMEX = "378282246310005"


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "text"),
    [
        (2550, "EUR", "en", "€25.50"),
        (999_999_999, "KWD", "en", "KWD\xa0999,999.999"),
        (1500, "JPY", "en", "¥1,500"),
        (1500, "CHF", "en", "CHF\xa015.00"),
        (9990, "KWD", "fr", "9,990\xa0KWD"),
        (1500, "JPY", "es", "1.500\xa0JPY"),
    ],
)
def test_a_price_is_written_as_its_language_does(
    minor: int, currency: str, locale: str, text: str
) -> None:
    assert words.price(Money(minor, currency), locale) == text


async def test_a_long_description_does_not_push_the_form_away(shopper: Shopper) -> None:
    about = "a very long story of an order, " * 15
    shopper = await shopper.prepare(order={"id": "A-1", "description": about.strip()})
    page = (await shopper.open()).text
    short = re.search(r'<dd class="data" translate="no">(a very[^<]*)</dd>', page)
    assert short is not None
    assert len(short[1]) <= 140
    assert page.count(about.strip()) == 2, "whole in the cart, narrow and wide"


@pytest.mark.parametrize(("code", "status"), [("123", 422), ("12345", 422), ("1234", 200)])
async def test_an_amex_has_four_digits_on_its_front(
    shopper: Shopper, code: str, status: int
) -> None:
    shopper = await shopper.prepare()
    page = await shopper.pay(AMEX, code=code)
    assert page.status_code == status
    if status == 422:
        assert 'id="card-code-e"' in page.text
    else:
        assert "American Express •••• 0005" in page.text


async def test_the_bank_that_is_done_leads_back_to_the_payment(shopper: Shopper) -> None:
    shopper = await shopper.prepare(secure3d=True)
    asked = await shopper.pay()
    place = re.search(r'href="(/sandbox/acs/[^"]+)"', asked.text)
    assert place is not None
    bank = await shopper.ask("GET", place[1])
    assert "self-hosted" not in bank.text, "a shopper has come to a bank"
    assert "Visa •••• 1111" in bank.text
    await shopper.ask("POST", place[1], data={"code": "1234"})
    again = await shopper.ask("GET", place[1])
    back = re.search(r'href="http[^"]+(/payment/[^"]+)"', again.text)
    assert back is not None
    paid = await shopper.follow(await shopper.ask("GET", back[1].replace("&amp;", "&")))
    assert title(paid) == "Thank you, your payment was made"
    assert form_to(paid, "/back")
