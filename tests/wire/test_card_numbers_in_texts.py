"""A card number typed into a text is not kept: refused by the field's name, or left out."""

from typing import Any

import pytest
from test_gateway_life import SALE

from comptoir.kit import clock
from kit_wire import Wire, nested

PAN = "4539578763621486"  # Passes its check digit, and is nobody's.
WRITTEN = [PAN, "4539 5787 6362 1486", f"card {PAN}, thanks", int(PAN)]


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    ("name", "nest"),
    [
        ("order.id", lambda text: {"order": {"id": text}}),
        ("order.description", lambda text: {"order": {"id": "1", "description": text}}),
        ("ctrlCustomData", lambda text: {"ctrlCustomData": text}),
        ("orderID", lambda text: {"order": None, "shopper": None, "orderID": text}),
        ("orderDescription", lambda text: {
            "order": None, "shopper": None, "orderID": "1", "orderDescription": text}),
    ],
)  # fmt: skip
async def test_prepare_refuses_a_card_number_by_the_name_of_its_field(
    wire: Wire, name: str, nest: Any, written: Any
) -> None:
    told = await wire.post("/payment/prepare", nested(**nest(written)))
    assert told["code"] == "501"
    assert told["message"] == f"{name} holds what looks like a card number"


async def test_prepare_leaves_a_card_number_out_of_what_only_describes(wire: Wire) -> None:
    item = {"cartProductName": PAN, "cartProductUnitPrice": PAN, "cartProductQuantity": 1}
    prepared, _ = await wire.paid(
        order={"id": "plain", "campaignName": PAN, "cartContent": [item]},
        shopper={"name": PAN, "firstName": "Ada", "email": f"{PAN}@example.com", "id": PAN},
        shipping={"name": f"Ada {PAN}", "address1": "1 Rue", "phone": PAN},
        merchantNotificationTo=f"{PAN}@example.com", orderFOLanguage=PAN,
    )  # fmt: skip
    told = await wire.status(prepared)
    assert PAN not in str(told)
    assert "Ada" in str(told)


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize("name", ["orderID", "orderDescription"])
@pytest.mark.parametrize("path", ["sale/creditcard", "authorize/creditcard", "3dscheck"])
async def test_a_charge_refuses_a_card_number_by_the_name_of_its_field(
    wire: Wire, path: str, name: str, written: Any
) -> None:
    if (path, name) == ("3dscheck", "orderDescription"):
        return  # A check keeps no description.
    told = await wire.post(f"/transaction/{path}", SALE | {name: written})
    assert told["errorCode"] == "501"
    assert told["errorMessage"] == f"{name} holds what looks like a card number"


@pytest.mark.parametrize("written", WRITTEN)
@pytest.mark.parametrize(
    "name", ["cardHolderName", "shopperName", "shopperPhone", "shopperEmail"]
)  # fmt: skip
async def test_a_charge_leaves_a_card_number_out_of_what_only_describes(
    wire: Wire, name: str, written: Any
) -> None:
    told = await wire.post("/transaction/sale/creditcard", SALE | {name: written})
    assert told["errorCode"] == "000"
    assert PAN not in str(await wire.get(f"/transaction/{told['transactionID']}"))
    if name == "cardHolderName":
        assert "cardHolderName" not in told["paymentMeanInfo"]


async def test_a_rebill_for_another_order_refuses_one_too(wire: Wire) -> None:
    first = await wire.post("/transaction/sale/creditcard", SALE)
    told = await wire.post(
        f"/transaction/{first['transactionID']}/rebill", {"amount": 10, "orderID": PAN}
    )
    assert (told["errorCode"], "orderID" in told["errorMessage"]) == ("501", True)
    now = int(clock.now().timestamp())
    listed = await wire.get("/transactions/rebill", startDate=now - 900, endDate=now + 900)
    assert listed["transactionList"] == []  # Refused before it was charged.
