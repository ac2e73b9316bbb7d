"""A success that comes after the end of an operation: nothing is undone, and everybody sees it."""

from typing import Any

import pytest

from comptoir import checkout, gateways
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from kit import Shop, entries, run_jobs
from kit_jobs import in_
from kit_office import clerk
from kit_wire import Wire
from payments.hooking import bring
from payments.test_hooks import a_note

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
CALLOUT = "Look at it at the gateway, and give the money back there"


async def seen(shop: Shop, operation: dict[str, Any]) -> None:
    """The end stays, no entry is made, and the page and the log say what the gateway says."""
    before, ended = await entries(shop.company.id), await shop.stored(operation)
    page_at = f"/office/transactions/{operation['id']}"
    who = await clerk(shop)
    assert CALLOUT not in await who.page(page_at)
    note = await a_note(shop, operation, status="approved", code=gateways.SUCCESS)
    assert (await bring(shop, note)).json() == {"handled": 1}
    assert (await shop.stored(operation)).status == ended.status
    assert await entries(shop.company.id) == before
    last = (await shop.get("/events", limit=100)).json()["data"][-1]
    assert last["kind"] == "operation.discrepancy"
    assert last["data"] == {"status": str(ended.status), "said": "succeeded"}
    page = await who.page(page_at)
    assert page.count(CALLOUT) == 1
    assert "nothing was changed, a person must look" in page


async def test_a_success_after_the_gateway_denied_to_know_the_charge_is_seen(shop: Shop) -> None:
    await simulator.script(shop.account.id, [Fault.TIMEOUT_BEFORE])
    sale = (await shop.pay(1000)).json()
    assert sale["status"] == "unknown"
    await run_jobs(until=in_(hours=2))
    assert (await shop.stored(sale)).status == "not_sent"
    await seen(shop, sale)


async def test_a_success_after_a_confirmed_give_up_is_seen(shop: Shop) -> None:
    prepared = await Wire(shop).prepare(paymentMethod="WeChat")
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    await checkout.attempt_wallet(found, "wechat", ip="203.0.113.7", present=False)
    await checkout.turn(found, "203.0.113.7")
    (sale,) = (await shop.get("/transactions")).json()["data"]
    assert (sale["status"], sale["result_code"]) == ("declined", "021")
    await seen(shop, sale)


async def test_a_decline_after_a_success_is_no_money_to_look_for(shop: Shop) -> None:
    sale = await shop.paid()
    await bring(shop, await a_note(shop, sale, status="declined", code="051"))
    assert CALLOUT not in await (await clerk(shop)).page(f"/office/transactions/{sale['id']}")
