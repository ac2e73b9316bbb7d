"""Limits belong to the operation referred to, and hold when many act at once."""

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from comptoir.kit import clock, db, ids
from comptoir.kit.money import Money
from comptoir.payments import Kind, Operation, Status, next_number
from comptoir.payments.sending import open_intention
from kit import Shop, at_once, charges, entries

PARTIES = 20


async def refused(shop: Shop, origin: dict[str, Any], what: str, amount: int | None = None) -> str:
    answer = await shop.follow(origin, what, amount)
    assert answer.status_code == 409, answer.text
    return str(answer.json()["code"])


async def test_two_people_at_once_cannot_refund_more_than_was_paid(shop: Shop) -> None:
    sale = await shop.paid(1000)
    answers = await at_once(2, lambda: shop.follow(sale, "refunds", 700))
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert await charges(shop) == 2
    too_large = next(a for a in answers if a.status_code == 409).json()
    assert (too_large["code"], too_large["facts"]["left_minor"]) == ("amount_too_large", 300)


@pytest.mark.parametrize(("first", "what"), [("sale", "refunds"), ("authorize", "captures")])
async def test_many_at_once_take_exactly_what_there_is(shop: Shop, first: str, what: str) -> None:
    origin = await shop.paid(1500, operation=first)
    answers = await at_once(PARTIES, lambda: shop.follow(origin, what, 100))
    done = [answer for answer in answers if answer.status_code == 201]
    assert len(done) == 15
    assert {a.json()["status"] for a in done} == {"succeeded"}
    assert {a.status_code for a in answers if a not in done} == {409}
    assert await refused(shop, origin, what, 1) == "not_possible"
    assert await charges(shop) == 16


async def test_only_one_of_many_cancels_an_authorisation(shop: Shop) -> None:
    origin = await shop.paid(operation="authorize")
    answers = await at_once(PARTIES, lambda: shop.follow(origin, "cancels"))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * (PARTIES - 1)
    assert await refused(shop, origin, "captures") == "not_possible"
    assert set((await entries(shop.company.id)).values()) == {0}


async def test_a_capture_and_a_cancel_at_once_never_both_happen(shop: Shop) -> None:
    for _ in range(5):
        origin = await shop.paid(operation="authorize")
        acts = iter(["captures", "cancels"])
        answers = await at_once(2, lambda o=origin, a=acts: shop.follow(o, next(a)))
        assert sorted(answer.status_code for answer in answers) == [201, 409]


async def test_a_refund_that_was_declined_gives_its_amount_back(shop: Shop) -> None:
    sale = await shop.paid(95_000)
    declined = await shop.follow(sale, "refunds", 90_005)
    assert declined.json()["status"] == "declined"
    assert (await shop.follow(sale, "refunds")).json()["amount"] == 95_000


async def test_a_refund_of_unknown_outcome_keeps_its_amount(shop: Shop) -> None:
    sale = await shop.paid(95_000)
    unknown = await shop.follow(sale, "refunds", 91_003)
    assert (unknown.status_code, unknown.json()["status"]) == (202, "unknown")
    assert await refused(shop, sale, "refunds", 4_000) == "amount_too_large"
    assert (await shop.follow(sale, "refunds")).json()["amount"] == 95_000 - 91_003


async def test_nothing_follows_an_operation_whose_outcome_is_unknown(shop: Shop) -> None:
    unknown = (await shop.pay(91_003)).json()
    assert unknown["status"] == "unknown"
    assert await refused(shop, unknown, "refunds") == "not_possible"
    declined = (await shop.pay(90_051)).json()
    assert await refused(shop, declined, "refunds") == "not_possible"


async def test_a_rebill_is_a_new_charge_with_limits_of_its_own(shop: Shop) -> None:
    sale = await shop.paid(1000)
    rebill = (await shop.follow(sale, "rebills", 5000)).json()
    assert (rebill["status"], rebill["kind"], rebill["payment"]) == (
        "succeeded", "rebill", sale["payment"],
    )  # fmt: skip
    assert (await shop.follow(rebill, "refunds", 5000)).status_code == 201
    assert (await shop.follow(sale, "refunds", 1000)).status_code == 201
    payment = (await shop.get(f"/payments/{sale['payment']}")).json()
    assert (payment["status"], payment["captured"], payment["refunded"]) == ("refunded", 6000, 6000)


async def test_a_credit_needs_the_originators_permission(shop: Shop) -> None:
    sale = await shop.paid(1000)
    assert await refused(shop, sale, "credits", 100) == "credit_not_allowed"
    answer = await shop.pay(100, operation="credit")
    assert (answer.status_code, answer.json()["code"]) == (409, "credit_not_allowed")


def bypassing(origin: Operation, kind: str, amount: Money, **more: Any) -> Operation:
    """A follow-up as code that forgot every check would write it."""
    return replace(
        origin, id=ids.new(), kind=Kind(kind), amount=amount, refers_to=origin.id,
        status=Status.SENT, result_code=None, next_try_at=None, finished_at=None,
        occurred_at=clock.now(), **more,
    )  # fmt: skip


async def write(operation: Operation) -> None:
    await open_intention(replace(operation, number=await next_number()))


@pytest.mark.parametrize(
    ("first", "kind", "amount", "more"),
    [
        ("sale", "refund", "10.01 EUR", {}),
        ("authorize", "capture", "10.01 EUR", {}),
        ("authorize", "cancel", "10.01 EUR", {}),
        ("sale", "refund", "1.00 KWD", {}),
        ("sale", "capture", "1.00 EUR", {}),
        ("sale", "cancel", "1.00 EUR", {}),
        ("authorize", "refund", "1.00 EUR", {}),
        ("sale", "refund", "1.00 EUR", {"live": True}),
        ("sale", "refund", "1.00 EUR", {"payment_id": ids.new()}),
    ],
)
async def test_the_database_refuses_what_code_let_through(
    shop: Shop, first: str, kind: str, amount: str, more: dict[str, Any]
) -> None:
    origin = await shop.stored(await shop.paid(1000, operation=first))
    with pytest.raises(asyncpg.CheckViolationError) as caught:
        await write(bypassing(origin, kind, Money.parse(amount), **more))
    assert caught.value.constraint_name == "operation_limits"


@pytest.mark.parametrize("kind", ["refund", "rebill", "credit"])
@pytest.mark.parametrize("amount", [90_051, 91_003])
async def test_the_database_lets_nothing_follow_what_did_not_succeed(
    shop: Shop, kind: str, amount: int
) -> None:
    origin = await shop.stored((await shop.pay(amount)).json())
    assert origin.status in {"declined", "unknown"}
    with pytest.raises(asyncpg.CheckViolationError):
        await write(bypassing(origin, kind, Money(100, "EUR")))


async def test_the_database_counts_what_is_written_at_the_same_moment(shop: Shop) -> None:
    origin = await shop.stored(await shop.paid(1000))
    written = []

    async def one() -> None:
        try:
            await write(bypassing(origin, "refund", Money(300, "EUR")))
            written.append(300)
        except asyncpg.CheckViolationError:
            written.append(0)

    await at_once(PARTIES, one)
    assert sum(written) == 900


async def test_the_database_waits_for_what_another_transaction_is_writing(shop: Shop) -> None:
    origin = await shop.stored(await shop.paid(1000))
    first = replace(bypassing(origin, "refund", Money(700, "EUR")), number=await next_number())
    async with db.transaction(company=shop.company.id) as tx:
        await open_intention(first, tx=tx)
        second = asyncio.create_task(write(bypassing(origin, "refund", Money(700, "EUR"))))
        # Until it waits for this transaction; without a lock it is through before.
        waits = "select exists (select 1 from pg_locks where not granted)"
        while not (second.done() or await tx.value(waits)):
            pass
    with pytest.raises(asyncpg.CheckViolationError):
        await second
