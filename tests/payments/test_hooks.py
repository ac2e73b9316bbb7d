"""Notifications are evidence: signed, taken once, and never stronger than what is settled."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from comptoir import gateways, wiring
from comptoir.edge import hooks
from comptoir.gateways import RawNotification
from comptoir.kit import clock, db, ids
from kit import Shop, entries, run_jobs
from kit_jobs import in_
from payments.hooking import account_of, bring, due

PENDING, TWICE, LOST = 91_009, 91_008, 91_003
# What the sandbox's own schedule brings is brought by hand here.
SILENT = [item for item in wiring.SCHEDULES if item.name != "sandbox.notify"]

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def pending(shop: Shop) -> tuple[dict[str, Any], RawNotification]:
    """A payment that waits, and the notification that tells its outcome."""
    answer = await shop.pay(PENDING)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    assert await due(shop) == []
    clock.advance(timedelta(seconds=61))
    (note,) = await due(shop)
    return answer.json(), note


async def a_note(shop: Shop, operation: dict[str, Any], **said: Any) -> RawNotification:
    """A rightly signed notification that says something of our operation."""
    stored = await shop.stored(operation)
    body = msgspec.json.encode(
        {
            "id": f"evt_{ids.new().hex}",
            "type": "operation.finished",
            "operation": {
                "id": "sbx_0", "reference": str(stored.id), "type": "sale", "status": "approved",
                "code": "000", "amount": stored.amount.minor, "currency": "EUR",
                "created_at": clock.now(), **said,
            },
        }
    )  # fmt: skip
    secret = (await account_of(shop)).credentials["webhook_secret"]
    signature = gateways.timed_signature(body, secret, clock.now())
    return RawNotification(body, {"sandbox-signature": signature}, clock.now())


async def kinds(shop: Shop) -> list[str]:
    found = (await shop.get("/events", limit=100)).json()["data"]
    return [event["kind"] for event in found if event["kind"].startswith("operation.")]


async def test_a_late_result_comes_by_notification(shop: Shop) -> None:
    sale, note = await pending(shop)
    assert await entries(shop.company.id) == {}
    answer = await bring(shop, note)
    assert (answer.status_code, answer.json()) == (200, {"handled": 1})
    done = await shop.stored(sale)
    assert (done.status, done.result_code, done.next_try_at) == ("succeeded", "000", None)
    assert (await entries(shop.company.id))["receivable", "EUR"] == PENDING


async def test_without_its_notification_a_late_result_is_asked_for(shop: Shop) -> None:
    sale, note = await pending(shop)
    await run_jobs(until=in_(minutes=10), schedules=SILENT)
    assert (await shop.stored(sale)).status == "succeeded"
    assert (await bring(shop, note)).status_code in {200, 401}


async def test_the_sandbox_brings_its_notifications_by_itself(shop: Shop) -> None:
    sale = (await shop.pay(PENDING)).json()
    only = [item for item in wiring.SCHEDULES if item.name == "sandbox.notify"]
    await run_jobs(until=in_(seconds=90), schedules=only)
    assert (await shop.stored(sale)).status == "succeeded"


CHANGES: dict[str, Callable[[RawNotification], RawNotification]] = {
    "body": lambda n: replace(n, body=n.body.replace(b"approved", b"declined")),
    "space": lambda n: replace(n, body=n.body + b" "),
    "signature": lambda n: replace(n, headers={"sandbox-signature": "t=1772445661,v1=00"}),
    "no signature": lambda n: replace(n, headers={}),
    "garbage": lambda n: replace(n, body=b"\xff\x00"),
}


@pytest.mark.parametrize("change", CHANGES)
async def test_a_notification_that_was_touched_is_refused_and_changes_nothing(
    shop: Shop, change: str
) -> None:
    sale, note = await pending(shop)
    answer = await bring(shop, CHANGES[change](note))
    assert (answer.status_code, answer.json()["code"]) == (401, "notification_refused")
    assert (await shop.stored(sale)).status == "pending"
    assert (await bring(shop, note)).json() == {"handled": 1}


async def test_an_old_notification_is_refused(shop: Shop) -> None:
    sale, note = await pending(shop)
    clock.advance(timedelta(hours=1))
    assert (await bring(shop, note)).status_code == 401
    assert (await shop.stored(sale)).status == "pending"


async def test_an_absent_account_and_a_bad_signature_look_alike(shop: Shop) -> None:
    _, note = await pending(shop)
    bad = await bring(shop, replace(note, headers={}))
    told = []
    for path in (
        hooks.address(ids.new()), "/hooks/acc_nonsense", f"/hooks/{shop.account.id}",
        "/hooks/%00", "/hooks/" + "x" * 400,
    ):  # fmt: skip
        absent = await bring(shop, note, to=path)
        told.append({**absent.json(), "request_id": ""})
    assert told == [{**bad.json(), "request_id": ""}] * 5


async def test_a_replayed_notification_is_taken_once(shop: Shop) -> None:
    _, note = await pending(shop)
    answers = [(await bring(shop, note)).json()["handled"] for _ in range(3)]
    assert answers == [1, 0, 0]
    assert await kinds(shop) == ["operation.sent", "operation.pending", "operation.succeeded"]
    assert (await entries(shop.company.id))["receivable", "EUR"] == PENDING


async def test_a_kept_notification_is_forgotten_after_ninety_days(shop: Shop) -> None:
    _, note = await pending(shop)
    await bring(shop, note)
    daily = [item for item in wiring.SCHEDULES if item.name == "payments.forget_notes"]
    count = "select count(*) from notification where company_id = $1"
    for days, kept in ((89, 1), (2, 0)):
        await run_jobs(until=in_(days=days), schedules=daily)
        async with db.transaction(company=shop.company.id) as tx:
            assert await tx.value(count, shop.company.id) == kept


async def test_a_gateway_that_tells_twice_is_heard_once(shop: Shop) -> None:
    sale = (await shop.pay(TWICE)).json()
    assert sale["status"] == "succeeded"
    notes = await due(shop)
    assert [(await bring(shop, note)).json()["handled"] for note in notes] == [1, 0]
    assert await kinds(shop) == [
        "operation.sent", "operation.succeeded", "operation.outcome_repeated",
    ]  # fmt: skip


async def test_a_notification_is_quicker_than_recovery(shop: Shop) -> None:
    sale = (await shop.pay(LOST)).json()
    assert sale["status"] == "unknown"
    assert (await bring(shop, await a_note(shop, sale))).json() == {"handled": 1}
    assert (await shop.stored(sale)).status == "succeeded"
    await run_jobs(until=in_(hours=1))
    assert (await entries(shop.company.id))["receivable", "EUR"] == LOST


async def test_a_late_contradiction_is_kept_as_a_discrepancy_and_moves_nothing(
    shop: Shop,
) -> None:
    sale = await shop.paid()
    before = await entries(shop.company.id)
    note = await a_note(shop, sale, status="declined", code="051")
    assert (await bring(shop, note)).json() == {"handled": 1}
    assert (await shop.stored(sale)).status == "succeeded"
    assert await entries(shop.company.id) == before
    last = (await shop.get("/events", limit=100)).json()["data"][-1]
    assert last["kind"] == "operation.discrepancy"
    assert last["data"] == {"status": "succeeded", "said": "declined"}


async def test_who_does_not_know_contradicts_nobody(shop: Shop) -> None:
    sale = await shop.paid()
    await bring(shop, await a_note(shop, sale, status="pending", code=None))
    await bring(shop, await a_note(shop, sale, status="never heard of", code=None))
    assert "operation.discrepancy" not in await kinds(shop)
    assert (await shop.stored(sale)).status == "succeeded"


async def test_a_notification_tells_nothing_of_another_companys_operations(
    shop: Shop, other_shop: Shop
) -> None:
    sale, note = await pending(shop)
    assert (await bring(other_shop, note)).status_code == 401
    stored = await shop.stored(sale)
    theirs = (await other_shop.pay(LOST)).json()
    forged = await a_note(other_shop, theirs, reference=str(stored.id))
    assert (await bring(other_shop, forged)).json() == {"handled": 0}
    assert (await shop.stored(sale)).status == "pending"


async def test_the_hook_takes_no_large_bodies(shop: Shop) -> None:
    note = RawNotification(base64.b64encode(bytes(1_000_000)), {}, clock.now())
    assert (await bring(shop, note)).status_code == 413
