"""Answers that cross on their way, differ from each other or never come: nothing is lost by it."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import msgspec
import pytest
from litestar import Litestar

from comptoir import gateways, identity, merchants, payments, wiring
from comptoir.gateways import HttpAnswer, HttpCall, simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db
from comptoir.payments import ask
from kit import Shop, entries, make_shop, run_jobs
from kit_jobs import in_
from payments.hooking import bring
from payments.test_authentication import challenged
from payments.test_hooks import a_note
from payments.test_idempotency import BODY

# What the sandbox's own schedule brings gets lost here.
SILENT = [item for item in wiring.SCHEDULES if item.name != "sandbox.notify"]
LOST = 91_003

Between = Callable[[Callable[[HttpCall, HttpAnswer], Awaitable[HttpAnswer]]], None]

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


@pytest.fixture
def on_the_way(app: Litestar) -> Iterator[Between]:
    """Do something while an answer of the sandbox is on its way, or change that answer."""

    def between(happens: Callable[[HttpCall, HttpAnswer], Awaitable[HttpAnswer]]) -> None:
        async def slower(call: HttpCall) -> HttpAnswer:
            return await happens(call, await simulator.transport(call))

        gateways.register_transport("sandbox", slower)

    yield between
    gateways.register_transport("sandbox", simulator.transport)


async def newest(shop: Shop) -> dict[str, Any]:
    return dict((await shop.get("/transactions")).json()["data"][0])


async def happened(shop: Shop, kind: str) -> list[dict[str, Any]]:
    found = (await shop.get("/events", limit=100)).json()["data"]
    return [event for event in found if event["kind"] == kind]


async def test_a_notification_that_is_quicker_than_the_answer_costs_no_card_and_no_refund(
    shop: Shop, on_the_way: Between
) -> None:
    async def told_first(call: HttpCall, answer: HttpAnswer) -> HttpAnswer:
        gateways.register_transport("sandbox", simulator.transport)
        name = msgspec.json.decode(answer.body)["id"]
        note = await a_note(shop, await newest(shop), id=name)  # Says nothing of the card.
        assert (await bring(shop, note)).json() == {"handled": 1}
        return answer

    on_the_way(told_first)
    sale = await shop.paid()
    assert sale["card"]["token"] is not None
    assert (await shop.follow(sale, "refunds", 400)).json()["status"] == "succeeded"
    assert (await shop.follow(sale, "rebills")).json()["status"] == "succeeded"
    assert (await shop.pay(card={"token": sale["card"]["token"]})).json()["status"] == "succeeded"


async def test_a_copy_that_was_answered_while_the_first_one_ran_on_has_its_answer(
    shop: Shop, on_the_way: Between
) -> None:
    copies: list[httpx.Response] = []

    async def very_slow(call: HttpCall, answer: HttpAnswer) -> HttpAnswer:
        gateways.register_transport("sandbox", simulator.transport)
        clock.advance(ask.LEASE + timedelta(seconds=1))
        copies.append(await shop.post("/payments", BODY, key="one"))
        return answer

    on_the_way(very_slow)
    first = await shop.post("/payments", BODY, key="one")
    again = await shop.post("/payments", BODY, key="one")
    assert copies[0].json()["status"] == "sent"
    assert {first.content, again.content} == {copies[0].content}
    assert (await shop.stored(first.json())).status == "succeeded"


async def test_a_shopper_who_waits_at_a_gateway_that_is_away_is_asked_for_less_and_less(
    shop: Shop,
) -> None:
    waiting = await challenged(shop)
    await simulator.script(shop.account.id, [Fault.TIMEOUT_BEFORE] * 100)
    await run_jobs(until=in_(days=16), schedules=SILENT)
    asked = await shop.stored(waiting)
    assert (asked.status, asked.next_try_at) == ("action_required", None)
    assert len(await happened(shop, "operation.needs_person")) == 1


async def test_an_operation_is_asked_for_by_one_job_at_a_time(shop: Shop) -> None:
    sale = (await shop.pay(LOST)).json()
    for _ in range(3):
        clock.advance(timedelta(minutes=6))
        await payments.sweep_due()
    number = (await shop.stored(sale)).id
    async with db.lookup() as tx:
        waiting = await tx.value(
            "select count(*) from pgqueuer where convert_from(payload, 'UTF8') like $1",
            f"%{number}%",
        )  # fmt: skip
    assert waiting == 1
    await run_jobs()
    assert (await shop.stored(sale)).status == "succeeded"


async def test_old_keys_are_forgotten_however_many_there_are(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "PURGE_BATCH", 2)
    for name in "abcde":
        await shop.post("/payments", BODY, key=name)
    clock.advance(timedelta(days=8))
    assert await payments.purge_keys() >= 5
    async with db.transaction(company=shop.company.id) as tx:
        assert await tx.value("select count(*) from idempotency") == 0


async def test_a_settlement_of_another_amount_is_booked_and_told(
    shop: Shop, on_the_way: Between
) -> None:
    async def less(call: HttpCall, answer: HttpAnswer) -> HttpAnswer:
        if "/settlements/" not in call.url or answer.status != 200:
            return answer
        batch = msgspec.json.decode(answer.body)
        for line in batch["lines"]:
            line["gross"] -= 100
            line["net"] -= 100
        for payout in batch["payouts"]:
            payout["amount"] -= 100 * len(batch["lines"])
        return replace(answer, body=msgspec.json.encode(batch))

    sale = await shop.paid(1000)
    on_the_way(less)
    await run_jobs(until=in_(hours=20))
    (told,) = await happened(shop, "settlement.discrepancy")
    assert (told["payment"], told["data"]["gross_minor"]) == (sale["payment"], 900)
    assert (await entries(shop.company.id))["receivable", "EUR"] == 100


async def test_an_account_without_a_notification_secret_keeps_nobody_elses_back(
    shop: Shop, app: Litestar
) -> None:
    deaf, everybody = await make_shop(app, "Deaf"), identity.command_line()
    async with db.transaction(company=deaf.company.id) as tx:
        account = await payments.open_account(
            tx, everybody, "Deaf", "sandbox", live=False, currencies=("EUR",),
            credentials={"webhook_secret": ""},
        )  # fmt: skip
        await merchants.set_route(tx, everybody, deaf.originator.id, (account.id,), live=False)
    assert (await deaf.pay(91_009)).json()["status"] == "pending"
    sale = (await shop.pay(91_009)).json()
    clock.advance(timedelta(seconds=61))
    await payments.bring_notifications()
    assert (await shop.stored(sale)).status == "succeeded"


async def test_a_key_hears_of_no_payment_of_another_originator(shop: Shop) -> None:
    everybody = identity.command_line()
    async with db.transaction(company=shop.company.id) as tx:
        second = await merchants.create_originator(tx, everybody, "Second", "EUR")
        _, secret = await merchants.create_key(tx, everybody, second.id, live=False)
    sale = await shop.paid()
    other = replace(shop, originator=second, secret=secret)
    theirs = (await other.get("/events", limit=100)).json()["data"]
    assert theirs == []
    mine = (await shop.get("/events", limit=100)).json()["data"]
    assert sale["payment"] in {event["payment"] for event in mine}
