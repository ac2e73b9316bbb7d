"""What an originator's settings do to its payments."""

from dataclasses import replace
from typing import Any

import pytest

from comptoir import checkout
from comptoir.checkout import ThreeDsMode
from comptoir.kit import db
from comptoir.kit.errors import Invalid
from comptoir.payments import Status
from kit import Shop
from kit_wire import Wire, nested

CHALLENGE = "4000000000003220"
CHECK = {
    "customerIP": "1.2.3.4", "amount": 1000, "currency": "EUR", "orderID": "check-1",
    "cardNumber": "4111111111111111", "cardExpireMonth": 10, "cardExpireYear": 2030,
    "cardHolderName": "Ada",
}  # fmt: skip


@pytest.fixture
def wire(shop: Shop) -> Wire:
    return Wire(shop)


async def edit(wire: Wire, **changes: Any) -> None:
    async with db.transaction(company=wire.shop.company.id) as tx:
        await checkout.edit_profile(tx, wire.shop.actor(), wire.shop.originator.id, **changes)


async def test_always_sends_every_shopper_to_the_bank(wire: Wire) -> None:
    await edit(wire, three_ds=ThreeDsMode.ALWAYS)
    paid = await wire.pay(await wire.prepare())
    assert paid.status is Status.ACTION_REQUIRED


async def test_never_sends_nobody_and_a_bank_that_insists_declines(wire: Wire) -> None:
    await edit(wire, three_ds=ThreeDsMode.NEVER)
    assert (await wire.pay(await wire.prepare(secure3d=True))).status is Status.SUCCEEDED
    refused = await wire.pay(await wire.prepare(), CHALLENGE)
    assert (refused.status, refused.result_code) == (Status.DECLINED, "065")


async def test_otherwise_the_shop_or_the_card_decides(wire: Wire) -> None:
    assert (await wire.pay(await wire.prepare())).status is Status.SUCCEEDED
    asked = await wire.pay(await wire.prepare(secure3d=True))
    assert asked.status is Status.ACTION_REQUIRED
    assert (await wire.pay(await wire.prepare(), CHALLENGE)).status is Status.ACTION_REQUIRED


async def test_a_direct_debit_is_offered_in_euros_only(wire: Wire) -> None:
    shop = wire.shop
    account = replace(shop.account, methods=("direct_debit", "card"))
    offers = checkout.possible_methods([account], ("EUR", "JPY"), "sale")
    assert {offer.method: offer.currencies for offer in offers} == {
        "card": ("EUR", "JPY"), "direct_debit": ("EUR",),
    }  # fmt: skip
    assert checkout.possible_methods([account], ("JPY",), "sale")[-1].method == "card"


async def test_attempts_are_those_of_the_moment_of_preparing(wire: Wire) -> None:
    await edit(wire, max_attempts=1)
    prepared = await wire.prepare()
    await edit(wire, max_attempts=5)
    await wire.pay(prepared, "4000000000009995")
    with pytest.raises(checkout.NoAttemptLeft):
        await wire.pay(prepared)


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)", "//shop.example/", "https:shop.example", "https://shop.example\t/",
        "https://ada@shop.example/", "https://shop.example;x/", "https://*/", "http://2130706433/",
        "http://127。0。0。1/", "https://shop.example:port/", "https://", "https://[::1/",
    ],
)  # fmt: skip
async def test_an_address_is_read_alike_at_every_door(wire: Wire, address: str) -> None:
    """Settings, prepared payments, checks from server to server, our own API."""
    for name in ("terms_url", "support_url"):
        with pytest.raises(Invalid) as refused:
            await edit(wire, **{name: address})
        assert refused.value.data["field"] == name
    told = await wire.shop.pay(return_url=address)
    assert told.status_code in (400, 422), told.text
    for name in ("ctrlCallbackURL", "ctrlRedirectURL"):
        answer = await wire.post("/payment/prepare", nested(**{name: address}))
        assert (answer["code"], name in answer["message"]) == ("501", True)
    body = CHECK | {"threeDSReturnURL": address}
    answer = await wire.post("/transaction/3dscheck", body)
    assert (answer["errorCode"], "threeDSReturnURL" in answer["errorMessage"]) == ("501", True)


async def test_an_address_in_another_script_is_kept_by_its_ascii_name(wire: Wire) -> None:
    await edit(wire, support_url=" https://bücher.example/hilfe?a=ü ")
    async with db.transaction(company=wire.shop.company.id) as tx:
        profile = await checkout.get_profile(tx, wire.shop.originator.id)
    assert profile.support_url == "https://xn--bcher-kva.example/hilfe?a=ü"
