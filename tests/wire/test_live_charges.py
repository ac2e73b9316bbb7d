"""Live charges by card: the same again within some seconds is refused, where that is wanted."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from comptoir import checkout, vault
from comptoir.kit import clock, db
from kit import Shop, at_once, make_shop, run_jobs
from kit_bank import Charged, live_shop, open_bank
from kit_canary import dump, found, logged
from kit_hosted import Shopper
from kit_wire import Wire, nested
from vault.conftest import key_file

__all__ = ["key_file", "logged"]  # Fixtures.

CANARY, CODE = "4539578763621486", "917"
SALE: dict[str, Any] = {
    "customerIP": "1.2.3.4", "amount": 1000, "currency": "EUR", "orderID": "live-1",
    "cardNumber": CANARY, "cardSecurityCode": CODE, "cardHolderName": "Ada Lovelace",
    "cardExpireMonth": "10", "cardExpireYear": "2030", "shopperEmail": "ada@example.com",
}  # fmt: skip
PATH = "/transaction/sale/creditcard"


@pytest.fixture
def bank() -> Iterator[Charged]:
    with open_bank() as charged:
        yield charged


@pytest_asyncio.fixture(loop_scope="session")
async def live(shop: Shop, bank: Charged, key_file: Path) -> AsyncIterator[Wire]:
    yield Wire(await live_shop(shop))


async def refuse_within(wire: Wire, seconds: int) -> None:
    async with db.transaction(company=wire.shop.company.id) as tx:
        await checkout.edit_profile(
            tx, wire.shop.actor(), wire.shop.originator.id, duplicate_seconds=seconds
        )


async def sold(wire: Wire, **changes: Any) -> str:
    answer: str = (await wire.post(PATH, SALE | changes))["errorCode"]
    return answer


@pytest.mark.usefixtures("held_clock")
async def test_the_same_order_card_and_amount_soon_again_is_094(live: Wire, bank: Charged) -> None:
    await refuse_within(live, 60)
    assert await sold(live) == "000"
    assert await sold(live) == "094"
    for other in ({"amount": 1001}, {"orderID": "live-2"}, {"cardNumber": "4539578763621494"}):
        assert await sold(live, **other) == "000"
        assert await sold(live, **other) == "094"
    clock.advance(timedelta(seconds=61))
    assert await sold(live) == "000"
    assert len(bank.got) == 5


async def test_the_same_at_the_same_time_is_charged_once(live: Wire, bank: Charged) -> None:
    await refuse_within(live, 60)
    codes = await at_once(12, lambda: sold(live, orderID="race"))
    assert sorted(codes) == ["000", *["094"] * 11]
    assert len(bank.got) == 1


async def test_without_the_wish_and_in_test_mode_everything_is_charged(
    live: Wire, bank: Charged, wire: Wire
) -> None:
    assert [await sold(live), await sold(live)] == ["000", "000"]
    test = {"cardNumber": "4111111111111111"}
    await refuse_within(wire, 60)
    assert [await sold(wire, **test), await sold(wire, **test)] == ["000", "000"]


async def test_no_page_makes_itself_the_holder_of_a_live_payment(live: Wire) -> None:
    for callback, holder in ((None, "'none'"), ("https://shop.example/told", "https://shop.")):
        prepared = await live.prepare(ctrlRedirectURL=None, ctrlCallbackURL=callback)
        shopper = Shopper(live, prepared)
        thief = {"Origin": "https://thief.example"}
        await shopper.open("/connect2pay-seamless-v1.5.0.js", headers=thief)
        page = await shopper.open("?seamless=1")
        assert f"frame-ancestors {holder}" in page.headers["content-security-policy"]


# The canary: a real card number, entered through the wire, is nowhere but in the gateway's hands.


async def test_a_real_card_entered_through_the_wire_is_found_nowhere(
    live: Wire, bank: Charged, database: str, logged: io.StringIO
) -> None:
    told = []
    answer = await live.post(PATH, SALE)
    told.append(str(answer))
    number = answer["transactionID"]
    prepared = await live.prepare()
    await live.pay(prepared, CANARY)
    told.append(str(await live.status(prepared)))
    for path, body in (
        (f"/transaction/{number}/rebill", {"amount": 100}),
        ("/blacklist", {"valueType": "creditCardNumber", "value": CANARY}),
        (PATH, SALE | {"amount": "x"}),
        (PATH, SALE | {"cardNumber": CANARY + "0000"}),
        (PATH, SALE | {"orderID": None}),
        (PATH, SALE),
        ("/transaction/3dscheck", SALE),
        ("/payment/prepare", nested(ctrlCustomData="x", order={"id": "1", "description": "y"})),
        (f"/transaction/{CANARY}/refund", {"amount": 1}),
        (PATH, b'{"cardNumber":"' + CANARY.encode()),
    ):
        told.append((await live.ask("POST", path, content=_bytes(body))).text)
    for path in (f"/transaction/{number}", f"/transaction/{number}/info", f"/transaction/{CANARY}"):
        told.append(str(await live.get(path)))
    window = {
        "startDate": int(clock.now().timestamp()) - 9,
        "endDate": int(clock.now().timestamp()),
    }
    told.append(str(await live.get("/transactions", **window)))
    await run_jobs()
    assert any(CANARY in str(asked) for asked in bank.got)
    assert found({"card": CANARY}, "\n".join(told)) == []
    assert found({"card": CANARY}, logged.getvalue()) == []
    for name, text in (await dump(database)).items():
        assert (name, found({"card": CANARY}, text)) == (name, [])
        assert f'"{CODE}"' not in text


def _bytes(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


async def test_rebills_go_on_while_the_vault_is_rotated(app: Any, key_file: Path) -> None:
    wire = Wire(await make_shop(app, tokens=False))
    test = {"cardNumber": "4111111111111111"}
    first = [
        (await wire.post(PATH, SALE | test | {"orderID": f"r{n}", "cardExpireYear": 2030 + n}))[
            "transactionID"
        ]
        for n in range(12)
    ]
    vault.add_generation(key_file)
    vault.load(key_file)

    async def traffic(number: str) -> str:
        code: str = (await wire.post(f"/transaction/{number}/rebill", {"amount": 7}))["errorCode"]
        return code

    async def new(n: int) -> str:
        return await sold(wire, **test, orderID=f"n{n}", cardExpireYear=2050 + n)

    codes = await asyncio.gather(
        vault.rotate(lambda *_: None, batch=2), *(traffic(number) for number in first),
        *(new(n) for n in range(12)),
    )  # fmt: skip
    assert set(codes[1:]) == {"000"}
    await vault.rotate(lambda *_: None, batch=2)
    assert {await traffic(number) for number in first} == {"000"}
