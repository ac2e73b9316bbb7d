"""Back from the bank: only with the state that the attempt's bank was told."""

import re

import pytest

from comptoir.kit import db
from kit_hosted import Shopper, title

CHALLENGED = "4000 0000 0000 3220"


async def moved(shopper: Shopper) -> int:
    """How often the gateway was called for this company."""
    async with db.transaction(company=shopper.wire.shop.company.id) as tx:
        return int(await tx.value("select count(*) from gateway_call where company_id = $1",
                                  tx.company))  # fmt: skip


async def told(shopper: Shopper, page_text: str) -> str:
    """The address that the bank of this attempt was told."""
    found = re.search(r'href="(/sandbox/acs/[^"]+)"', page_text)
    assert found is not None
    answer = await shopper.ask("POST", found[1], data={"code": "1234"})
    return str(answer.headers["location"]).removeprefix("http://testserver")


@pytest.mark.parametrize("state", ["", "0" * 32 + "." + "0" * 32, "x", "é" * 65])
async def test_the_link_alone_moves_nothing(shopper: Shopper, state: str) -> None:
    shopper = await shopper.prepare()
    await shopper.pay(CHALLENGED)
    before = await moved(shopper)
    await shopper.open("/return", params={"state": state})
    assert await moved(shopper) == before
    assert title(await shopper.open()) == "Your bank wants to be sure that it is you"


async def test_another_attempts_state_moves_nothing(shopper: Shopper) -> None:
    other = await shopper.prepare()
    foreign = await told(other, (await other.pay(CHALLENGED)).text)
    shopper = await shopper.prepare()
    page = await shopper.pay(CHALLENGED)
    before = await moved(shopper)
    await shopper.open("/return", params={"state": foreign.partition("state=")[2]})
    assert await moved(shopper) == before
    done = await shopper.follow(await shopper.ask("GET", await told(shopper, page.text)))
    assert title(done) == "Thank you, your payment was made"
