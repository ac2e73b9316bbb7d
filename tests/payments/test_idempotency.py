"""One key, one operation, one answer: byte for byte, whoever asks at the same time."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest

from comptoir import gateways, identity, merchants
from comptoir.gateways.engine import GRACE_SECONDS
from comptoir.kit import clock, db
from comptoir.payments.ask import LEASE
from kit import Shop, as_role, at_once, charges, run_jobs
from kit_jobs import in_

MANY = 50
BODY: dict[str, Any] = {
    "amount": 1000,
    "currency": "EUR",
    "order_id": "one-order",
    "card": {"number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030},
}

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def stored(shop: Shop) -> tuple[int, int]:
    """How many operations and keys are stored."""
    async with db.transaction(company=shop.company.id) as tx:
        row = await tx.row(
            "select (select count(*) from operation) as operations,"
            " (select count(*) from idempotency) as keys"
        )
    assert row is not None
    return row["operations"], row["keys"]


def told(answers: list[httpx.Response]) -> set[tuple[int, bytes]]:
    return {(answer.status_code, answer.content) for answer in answers}


async def one_answer(answers: list[httpx.Response], again: httpx.Response) -> None:
    """All answers are the same bytes, or say that the first copy still runs."""
    finished = [a for a in answers if a.status_code != 409]
    assert finished
    assert told(finished) == {(again.status_code, again.content)}
    for waiting in (a for a in answers if a.status_code == 409):
        assert waiting.json()["code"] == "still_running"
        assert waiting.headers["retry-after"] == "1"


async def test_many_parallel_payments_with_one_key_are_one_payment(shop: Shop) -> None:
    answers = await at_once(MANY, lambda: shop.post("/payments", BODY, key="one"))
    again = await shop.post("/payments", BODY, key="one")
    assert again.status_code == 201
    await one_answer(answers, again)
    assert await stored(shop) == (1, 1)
    assert await charges(shop) == 1


@pytest.mark.parametrize(
    ("first", "what", "amount"),
    [
        ("sale", "refunds", 1000), ("sale", "refunds", 400), ("authorize", "captures", None),
        ("authorize", "cancels", None), ("sale", "rebills", 1000),
    ],
)  # fmt: skip
async def test_many_parallel_follow_ups_with_one_key_are_one(
    shop: Shop, first: str, what: str, amount: int | None
) -> None:
    origin = await shop.paid(operation=first)
    answers = await at_once(MANY, lambda: shop.follow(origin, what, amount, key="one"))
    again = await shop.follow(origin, what, amount, key="one")
    await one_answer(answers, again)
    assert (again.status_code, again.json()["status"]) == (201, "succeeded")
    assert await stored(shop) == (2, 1)
    assert await charges(shop) == 2


async def test_without_a_key_every_request_is_its_own(shop: Shop) -> None:
    await at_once(3, lambda: shop.post("/payments", BODY))
    assert await stored(shop) == (3, 0)


@pytest.mark.parametrize("change", [{"amount": 1001}, {"order_id": "x"}, {"description": "x"}])
async def test_another_body_under_the_key_is_refused(shop: Shop, change: dict[str, Any]) -> None:
    first = await shop.post("/payments", BODY, key="one")
    other = await shop.post("/payments", {**BODY, **change}, key="one")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert await stored(shop) == (1, 1)
    assert (await shop.post("/payments", BODY, key="one")).content == first.content


async def test_another_route_under_the_key_is_refused(shop: Shop) -> None:
    one, two = await shop.paid(), await shop.paid()
    assert (await shop.follow(one, "refunds", 100, key="one")).status_code == 201
    for answer in (
        await shop.follow(two, "refunds", 100, key="one"),
        await shop.follow(one, "rebills", 100, key="one"),
        await shop.post("/payments", BODY, key="one"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await stored(shop))[0] == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"card": {**BODY["card"], "number": "4539578763621486"}}, {"currency": "USD"},
        {"amount": 0}, {"card": {"number": "4111111111111111"}}, {"operation": "credit"},
    ],
)  # fmt: skip
async def test_a_refusal_stores_nothing_and_the_key_may_be_used_again(
    shop: Shop, wrong: dict[str, Any]
) -> None:
    refused = await shop.post("/payments", {**BODY, **wrong}, key="one")
    assert refused.status_code in {400, 409, 422}
    assert await stored(shop) == (0, 0)
    assert (await shop.post("/payments", BODY, key="one")).status_code == 201


async def test_a_refund_that_is_too_large_leaves_its_key_free(shop: Shop) -> None:
    sale = await shop.paid()
    for _ in range(2):
        refused = await shop.follow(sale, "refunds", 1001, key="one")
        assert (refused.status_code, refused.json()["code"]) == (409, "amount_too_large")
    assert (await shop.follow(sale, "refunds", 1000, key="one")).status_code == 201
    assert (await shop.follow(sale, "refunds", 1000, key="one")).status_code == 201


async def test_a_decline_and_a_block_are_answers_that_are_replayed(shop: Shop) -> None:
    declined = {**BODY, "amount": 90_051}
    first = await shop.post("/payments", declined, key="one")
    assert (first.status_code, first.json()["result_code"]) == (201, "051")
    again = await shop.post("/payments", declined, key="one")
    assert told([first, again]) == {(201, first.content)}
    assert await stored(shop) == (1, 1)


async def died(shop: Shop, key: str) -> None:
    """The process that ran the request is gone before it stored its answer."""
    assert await as_role(
        shop.company.id, "comptoir_app",
        "update idempotency set answer = null, answer_status = null"
        " where company_id = $1 and key = $2",
        key,
    )  # fmt: skip


async def test_while_the_first_copy_runs_others_wait(shop: Shop) -> None:
    await shop.post("/payments", BODY, key="one")
    await died(shop, "one")
    waiting = await shop.post("/payments", BODY, key="one")
    assert (waiting.status_code, waiting.headers["retry-after"]) == (409, "1")
    clock.advance(LEASE - timedelta(seconds=1))
    assert (await shop.post("/payments", BODY, key="one")).status_code == 409


async def test_when_a_process_died_the_present_state_is_the_answer_and_the_first_one_wins(
    shop: Shop,
) -> None:
    await shop.post("/payments", {**BODY, "amount": 91_003}, key="one")
    await died(shop, "one")
    clock.advance(LEASE + timedelta(seconds=1))
    answers = await at_once(
        10, lambda: shop.post("/payments", {**BODY, "amount": 91_003}, key="one")
    )
    assert len(told(answers)) == 1
    assert (answers[0].status_code, answers[0].json()["status"]) == (202, "unknown")
    await run_jobs(until=in_(hours=1))
    again = await shop.post("/payments", {**BODY, "amount": 91_003}, key="one")
    assert again.content == answers[0].content
    assert await charges(shop) == 1


async def test_an_unknown_outcome_is_replayed_as_such_and_get_tells_the_present(
    shop: Shop,
) -> None:
    body = {**BODY, "amount": 91_003}
    first = await shop.post("/payments", body, key="one")
    assert (first.status_code, first.json()["status"]) == (202, "unknown")
    await run_jobs(until=in_(hours=1))
    again = await shop.post("/payments", body, key="one")
    assert told([first, again]) == {(202, first.content)}
    present = await shop.get(f"/operations/{first.json()['id']}")
    assert (present.json()["status"], present.json()["result_code"]) == ("succeeded", "000")


async def test_a_lost_refund_is_asked_for_under_its_own_key_and_paid_once(shop: Shop) -> None:
    sale = await shop.paid(200_000)
    first = await shop.follow(sale, "refunds", 91_003, key="one")
    assert first.json()["status"] == "unknown"
    await run_jobs(until=in_(hours=1))
    again = await shop.follow(sale, "refunds", 91_003, key="one")
    assert told([first, again]) == {(202, first.content)}
    assert (await shop.stored(first.json())).status == "succeeded"
    assert await charges(shop) == 2


async def test_a_key_of_another_originator_of_the_company_is_another_key(shop: Shop) -> None:
    everybody = identity.command_line()
    async with db.transaction(company=shop.company.id) as tx:
        second = await merchants.create_originator(tx, everybody, "Second", "EUR")
        await merchants.set_route(tx, everybody, second.id, (shop.account.id,), live=False)
        _, secret = await merchants.create_key(tx, everybody, second.id, live=False)
    other = replace(shop, originator=second, secret=secret)
    first = await shop.post("/payments", BODY, key="one")
    answer = await other.post("/payments", {**BODY, "amount": 7}, key="one")
    assert (first.status_code, answer.status_code) == (201, 201)
    assert await stored(shop) == (2, 2)
    assert (await other.get(f"/operations/{first.json()['id']}")).status_code == 404


async def test_keys_of_other_originators_and_of_the_other_mode_are_other_keys(
    shop: Shop, other_shop: Shop
) -> None:
    mine = await shop.post("/payments", BODY, key="one")
    theirs = await other_shop.post("/payments", {**BODY, "amount": 7}, key="one")
    assert (mine.status_code, theirs.status_code) == (201, 201)
    live = await shop.with_key(live=True)
    answer = await live.post("/payments", BODY, key="one")
    assert (answer.status_code, answer.json()["code"]) == (409, "live_cards_closed")
    assert await stored(shop) == (1, 1)


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb"])
async def test_a_key_that_is_none_is_refused(shop: Shop, key: str) -> None:
    answer = await shop.post("/payments", BODY, key=key)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_idempotency_key")
    assert await stored(shop) == (0, 0)


async def test_a_key_is_forgotten_after_seven_days_and_not_before(shop: Shop) -> None:
    first = await shop.post("/payments", BODY, key="one")
    await run_jobs(until=in_(days=6, hours=23))
    assert (await shop.post("/payments", BODY, key="one")).content == first.content
    await run_jobs(until=in_(hours=3))
    again = await shop.post("/payments", BODY, key="one")
    assert again.json()["id"] != first.json()["id"]
    assert Counter([first.status_code, again.status_code]) == {201: 2}


def test_a_lease_outlives_the_slowest_gateway():
    call = gateways.HttpCall("POST", "https://gateway.example", {})
    assert timedelta(seconds=2 * (call.timeout + GRACE_SECONDS)) < LEASE  # Two calls for one act.
