"""Somebody cancels while recovery decides about an operation: one of the two, everywhere."""

import asyncio
from collections.abc import Awaitable
from datetime import timedelta
from typing import Any

import pytest

from comptoir import checkout, payments
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db
from comptoir.payments import Status
from kit import Shop, entries, run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
ROUNDS = 6


async def at_gateway(shop: Shop, name: Any) -> tuple[int, int]:
    """Captured and released, as the gateway has it."""
    async with db.transaction(company=shop.company.id) as tx:
        row = await tx.row(
            "select captured_minor, released_minor from sandbox_operation where company_id = $1"
            " and reference = $2 and copy = 0",
            tx.company, str(name),
        )  # fmt: skip
    assert row is not None
    return row["captured_minor"], row["released_minor"]


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER])
async def test_a_cancel_beside_a_capture_that_recovery_decides_about(
    shop: Shop, fault: Fault
) -> None:
    for number in range(ROUNDS):
        held = await shop.paid(1000 + number, operation="authorize")
        origin = await shop.stored(held)
        await simulator.script(shop.account.id, [fault, *[Fault.REFUSED] * 3])
        lost = (await shop.follow(held, "captures")).json()
        assert lost["status"] == "unknown"
        assert (await shop.follow(held, "cancels")).status_code == 409
        await simulator.clear_script(shop.account.id)
        clock.advance(timedelta(hours=2))
        capture = await shop.stored(lost)
        acts: list[Awaitable[Any]] = [
            payments.recover_operation(capture.company_id, capture.id),
            shop.follow(held, "cancels"),
            payments.recover_operation(capture.company_id, capture.id),
            shop.follow(held, "cancels"),
            shop.follow(held, "captures"),
        ]
        await asyncio.gather(*(acts if number % 2 else reversed(acts)))
        await run_jobs(until=clock.now() + timedelta(hours=8))
        await shop.follow(held, "cancels")
        await agree(shop, held, origin)


async def agree(shop: Shop, held: dict[str, Any], origin: payments.Operation) -> None:
    """Taken or let go, never both and never neither; the books say what the gateway does."""
    payment = (await shop.get(f"/payments/{held['payment']}")).json()
    done = [o for o in payment["operations"] if o["status"] == "succeeded"]
    taken = sum(o["amount"] for o in done if o["kind"] == "capture")
    let_go = sum(o["amount"] for o in done if o["kind"] == "cancel")
    assert taken + let_go == held["amount"]
    assert 0 in (taken, let_go)
    assert await at_gateway(shop, origin.id) == (taken, let_go)
    assert (await entries(shop.company.id)).get(("authorised", "EUR"), 0) == 0


async def test_a_code_that_is_paid_given_up_recovered_and_cancelled_at_once(shop: Shop) -> None:
    """Another way, the shopper's cancel, the bank's word and two recoveries: one end."""
    wire = Wire(shop)
    for number in range(ROUNDS):
        prepared = await wire.prepare(paymentMethod="WeChat")
        found = await checkout.find_by_customer_token(prepared["customerToken"])
        waiting = await checkout.attempt_wallet(found, "wechat", ip="203.0.113.7", present=False)
        assert waiting.status is Status.PENDING
        assert waiting.account_id is not None
        acts: list[Awaitable[Any]] = [
            checkout.turn(found, "203.0.113.7"),
            payments.recover_operation(waiting.company_id, waiting.id),
            simulator.choose(
                waiting.company_id, waiting.account_id, waiting.id, "000", later=False
            ),
            checkout.cancel(found, "203.0.113.7"),
            payments.recover_operation(waiting.company_id, waiting.id),
        ]
        turned = acts[number % len(acts) :] + acts[: number % len(acts)]
        answers = await asyncio.gather(*turned)
        await run_jobs(until=clock.now() + timedelta(hours=1))
        (cancelled,) = [a for a in answers if isinstance(a, checkout.Cancelled)]
        told = await wire.status(prepared)
        captured, _ = await at_gateway(shop, waiting.id)
        paid = told["status"] == "Authorized"
        assert captured == (waiting.amount.minor if paid else 0)
        assert told["transactions"][0]["resultCode"] == ("000" if paid else "021")
        assert not (paid and cancelled.given_up), "the shop heard of a cancellation and was paid"
