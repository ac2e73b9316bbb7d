"""What is stored as it is holds no card number, and a body's numbers are numbers."""

import base64
from typing import Any

import pytest

from kit import Shop

PAN = "4539578763621486"  # Passes its check digit, and is nobody's.


@pytest.mark.parametrize(
    "written",
    [
        PAN,
        "4539 5787 6362 1486",
        "4539-5787-6362-1486",
        f"my card {PAN}, thanks",
        "378282246310005",
        base64.b64encode(PAN.encode()).decode(),
        base64.b64encode(f"the card {PAN}".encode()).decode().rstrip("="),
    ],
)
@pytest.mark.parametrize("field", ["order_id", "description", "custom", "shopper.id"])
async def test_a_card_number_in_a_text_is_refused_by_the_name_of_its_field(
    shop: Shop, field: str, written: str
) -> None:
    parent, _, name = field.rpartition(".")
    more: dict[str, Any] = {parent: {name: written}} if parent else {field: written}
    refused = await shop.pay(**more)
    assert (refused.status_code, refused.json()["code"]) == (422, "card_number_in_text")
    assert refused.json()["errors"][0]["pointer"] == "/" + field.replace(".", "/")
    assert written not in refused.text
    assert (await shop.get("/payments")).json()["data"] == []


@pytest.mark.parametrize(
    "honest",
    [
        "4539578763621487",  # Its check digit is wrong.
        "20261122103000123456", "2026112210300012", "1234567890123452", "9999999999999995",
        "0190a1b2-4000-0566-5566-555640000566", "00400005665566555600",
        "45395787", "+34 612 345 678", "order 45395.78763621486",
    ],
)  # fmt: skip
async def test_numbers_that_are_no_cards_of_a_known_brand_go_through(
    shop: Shop, honest: str
) -> None:
    assert (await shop.pay(order_id=honest)).status_code == 201


async def test_a_card_number_in_the_reason_of_a_refund_is_refused(shop: Shop) -> None:
    sale = await shop.paid(1000)
    refused = await shop.post(f"/operations/{sale['id']}/refunds", {"reason": f"to {PAN}"})
    assert (refused.status_code, refused.json()["code"]) == (422, "card_number_in_text")
    noted = await shop.post("/consumers", {"shop_id": "x", "name": PAN})
    assert (noted.status_code, noted.json()["code"]) == (422, "card_number_in_text")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"amount": "100"}, "/amount"),
        ({"order_id": 17}, "/order_id"),
        ({"card": {"number": "4111111111111111", "expiry_month": "10", "expiry_year": 2030}},
         "/card/expiry_month"),
    ],
)  # fmt: skip
async def test_a_value_of_another_type_is_refused(
    shop: Shop, body: dict[str, Any], pointer: str
) -> None:
    answer = await shop.post(
        "/payments",
        {
            "amount": 100, "currency": "EUR", "order_id": "o",
            "card": {"number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030}, **body,
        },
    )  # fmt: skip
    assert answer.status_code in {400, 422}
    assert pointer in answer.text
    if isinstance(body.get("order_id"), int):
        return  # No reader takes a number for a text: the framework says so itself.
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_type")
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_a_refund_in_quotes_gives_nothing_back(shop: Shop) -> None:
    sale = await shop.paid(1000)
    answer = await shop.post(f"/operations/{sale['id']}/refunds", {"amount": "100"})
    assert (answer.status_code, answer.json()["code"]) == (422, "wrong_type")
    assert (await shop.get(f"/payments/{sale['payment']}")).json()["refunded"] == 0
