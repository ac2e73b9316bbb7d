"""What an originator's settings do to its payments."""

from dataclasses import replace
from typing import Any

import pytest

from comptoir import checkout
from comptoir.checkout import ThreeDsMode
from comptoir.kit import db
from comptoir.payments import Status
from kit import Shop
from kit_wire import Wire

CHALLENGE = "4000000000003220"


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
