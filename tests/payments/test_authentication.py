"""3-D Secure: without the shopper, with the shopper, and when the shopper never comes back."""

from typing import Any

import httpx
import pytest

from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from kit import Shop, charges, entries, run_jobs
from kit_jobs import in_

CHALLENGED = "4000000000003220"
BACK = "https://shop.example/back?order=7"

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def challenged(shop: Shop, **more: Any) -> dict[str, Any]:
    """A payment that waits for its shopper."""
    answer = await shop.pay(number=CHALLENGED, return_url=BACK, **more)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "action_required"
    return dict(answer.json())


async def at_the_bank(shop: Shop, operation: dict[str, Any], code: str) -> httpx.Response:
    """The shopper types a code on the bank's page."""
    transport = httpx.ASGITransport(app=shop.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser:
        page = operation["action"]["url"]
        assert (await browser.get(page)).status_code == 200
        return await browser.post(page, data={"code": code})


async def come_back(shop: Shop, operation: dict[str, Any]) -> httpx.Response:
    return await shop.post(f"/operations/{operation['id']}/continuations")


async def status(shop: Shop, operation: dict[str, Any]) -> str:
    return str((await shop.get(f"/payments/{operation['payment']}")).json()["status"])


@pytest.mark.parametrize(
    ("number", "more", "told"),
    [
        ("4111111111111111", {}, ("succeeded", "000")),
        ("4012888888881881", {}, ("succeeded", "000")),  # Not enrolled.
        ("4000008400001629", {}, ("declined", "001")),  # The bank refuses the authentication.
        (CHALLENGED, {"three_ds": "off"}, ("declined", "065")),
    ],
)
async def test_without_the_shopper_the_answer_is_there_at_once(
    shop: Shop, number: str, more: dict[str, Any], told: tuple[str, str]
) -> None:
    answer = (await shop.pay(number=number, **more)).json()
    assert (answer["status"], answer["result_code"], answer["action"]) == (*told, None)


@pytest.mark.parametrize("kind", ["sale", "authorize"])
async def test_a_shopper_who_proves_it_pays(shop: Shop, kind: str) -> None:
    waiting = await challenged(shop, operation=kind)
    assert waiting["action"]["kind"] == "redirect"
    assert await status(shop, waiting) == "action_required"
    assert await entries(shop.company.id) == {}
    page = await at_the_bank(shop, waiting, "1234")
    assert (page.status_code, page.headers["location"]) == (303, BACK)
    paid = await come_back(shop, waiting)
    assert paid.status_code == 201
    assert (paid.json()["id"], paid.json()["status"]) == (waiting["id"], "succeeded")
    assert paid.json()["action"] is None
    assert await charges(shop) == 1
    again = await come_back(shop, waiting)
    assert (again.status_code, again.json()["code"]) == (409, "not_possible")


async def test_a_shopper_who_fails_does_not_pay(shop: Shop) -> None:
    waiting = await challenged(shop)
    await at_the_bank(shop, waiting, "0000")
    failed = (await come_back(shop, waiting)).json()
    assert (failed["status"], failed["result_code"]) == ("declined", "001")
    assert await status(shop, waiting) == "declined"
    assert await entries(shop.company.id) == {}


async def test_a_forced_challenge_is_one(shop: Shop) -> None:
    waiting = (await shop.pay(three_ds="force")).json()
    assert waiting["status"] == "action_required"


async def test_who_comes_back_too_early_is_asked_to_go_on(shop: Shop) -> None:
    waiting = await challenged(shop)
    early = await come_back(shop, waiting)
    assert (early.status_code, early.json()["status"]) == (202, "action_required")
    await at_the_bank(shop, waiting, "1234")
    assert (await come_back(shop, waiting)).json()["status"] == "succeeded"


async def test_nothing_follows_what_waits_for_its_shopper(shop: Shop) -> None:
    waiting = await challenged(shop)
    for what in ("refunds", "captures", "cancels"):
        assert (await shop.follow(waiting, what)).status_code == 409


async def test_a_shopper_who_never_comes_back_has_not_paid(shop: Shop) -> None:
    waiting = await challenged(shop)
    await run_jobs(until=in_(minutes=25))
    assert (await shop.stored(waiting)).status == "action_required"
    await run_jobs(until=in_(hours=3))
    ended = await shop.stored(waiting)
    assert (ended.status, ended.result_code) == ("declined", "032")
    assert await charges(shop) == 0


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.RESET, Fault.GARBAGE])
async def test_a_lost_continuation_is_found_out(shop: Shop, fault: Fault) -> None:
    waiting = await challenged(shop)
    await at_the_bank(shop, waiting, "1234")
    await simulator.script(shop.account.id, [fault])
    lost = await come_back(shop, waiting)
    assert (lost.status_code, lost.json()["status"]) == (202, "unknown")
    await run_jobs(until=in_(minutes=5))
    assert (await shop.stored(waiting)).status == "succeeded"
    assert (await entries(shop.company.id))["receivable", "EUR"] == 1000


async def test_a_continuation_that_never_arrived_can_be_repeated(shop: Shop) -> None:
    waiting = await challenged(shop)
    await at_the_bank(shop, waiting, "1234")
    await simulator.script(shop.account.id, [Fault.TIMEOUT_BEFORE])
    assert (await come_back(shop, waiting)).json()["status"] == "unknown"
    await run_jobs(until=in_(minutes=5))
    assert (await shop.stored(waiting)).status == "action_required"
    assert (await come_back(shop, waiting)).json()["status"] == "succeeded"
    assert await charges(shop) == 1
