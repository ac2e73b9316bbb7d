"""A lost answer is never a failure: every operation reaches the state that the gateway's own books
say, nothing is charged twice, and our ledger is theirs."""

import asyncio
import random
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from comptoir import gateways, payments, wiring
from comptoir.gateways import Act, ActKind, simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock, db, ids
from comptoir.kit.money import Money
from kit import Shop, allow_credits, make_shop, run_jobs
from kit_jobs import in_
from payments.hooking import account_of, bring_all

CASES, SHOPS = 1000, 8
KINDS = ["sale", "authorize", "capture", "cancel", "refund", "rebill", "credit"]
FIRST = {"capture": "authorize", "cancel": "authorize"}
# Only what recovers: notifications are brought by hand here, or get lost.
RECOVERY = [item for item in wiring.SCHEDULES if item.name == "payments.recover"]

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def later(**parts: int) -> None:
    await run_jobs(until=in_(**parts), schedules=RECOVERY, followers=[])


async def act(shop: Shop, kind: str, fault: Fault, amount: int) -> None:
    """One operation of that kind, with one fault on its way."""
    if kind in {"sale", "authorize"}:
        await simulator.script(shop.account.id, [fault])
        answer = await shop.pay(amount, operation=kind)
    else:
        origin = await shop.paid(amount, operation=FIRST.get(kind, "sale"))
        await simulator.script(shop.account.id, [fault])
        part = None if kind == "cancel" else amount // 2
        answer = await shop.follow(origin, f"{kind}s", part)
    assert answer.status_code in {201, 202}, answer.text
    assert answer.json()["status"] not in {"declined", "rejected"}, (kind, fault)


async def books(shop: Shop) -> dict[UUID, list[tuple[str, int]]]:
    """What the gateway did, by our key: status and amount of every copy."""
    async with db.transaction(company=shop.company.id) as tx:
        rows = await tx.rows(
            "select reference, status, amount_minor from sandbox_operation"
            " where account_id = $1 order by reference, copy",
            shop.account.id,
        )
    found: dict[UUID, list[tuple[str, int]]] = {}
    for row in rows:
        found.setdefault(UUID(row["reference"]), []).append((row["status"], row["amount_minor"]))
    return found


async def ours(shop: Shop) -> list[Any]:
    async with db.transaction(company=shop.company.id) as tx:
        return await tx.rows(
            "select id, kind, status, result_code, amount_minor, finished_at from operation"
        )


def true_state(done: list[tuple[str, int]]) -> str:
    statuses = Counter(status for status, _ in done)
    assert statuses["approved"] <= 1, "charged twice"
    assert statuses["pending"] == 0
    return "succeeded" if statuses["approved"] else "declined" if done else "not_sent"


async def ledger(shop: Shop) -> dict[str, int]:
    """Balances of what operations posted when they succeeded."""
    async with db.transaction(company=shop.company.id) as tx:
        rows = await tx.rows(
            "select account, sum(amount_minor)::bigint as total from entry"
            " where cause = 'outcome' group by account"
        )
    return {row["account"]: row["total"] for row in rows if row["total"]}


def expected(operations: list[Any]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for row in operations:
        if row["status"] == "succeeded":
            sums[row["kind"]] += row["amount_minor"]
    moved = sums["sale"] + sums["capture"] + sums["rebill"] - sums["refund"] - sums["credit"]
    promised = sums["authorize"] - sums["capture"] - sums["cancel"]
    whole = {
        "receivable": moved, "payable": -moved,
        "authorised": promised, "authorised_contra": -promised,
    }  # fmt: skip
    return {account: total for account, total in whole.items() if total}


async def check(shop: Shop) -> Counter[str]:
    known = await books(shop)
    operations = await ours(shop)
    for row in operations:
        done = known.pop(row["id"], [])
        assert row["status"] == true_state(done), (row["kind"], row["status"], done)
        assert row["finished_at"] is not None
        if row["status"] == "succeeded":
            assert [amount for status, amount in done if status == "approved"] == [
                row["amount_minor"]
            ]
    assert known == {}, "the gateway did what nobody here knows of"
    assert await ledger(shop) == expected(operations)
    return Counter(row["status"] for row in operations)


@pytest.mark.slow
async def test_a_thousand_lost_answers_reach_their_true_state(app: Litestar) -> None:
    async def run(number: int) -> Shop:
        dice = random.Random(number)  # noqa: S311
        shop = await make_shop(app, f"Shop {number}", honours_keys=number % 2 == 0)
        await allow_credits(shop)
        for _ in range(CASES // SHOPS):
            fault = dice.choice(list(Fault))
            await act(shop, dice.choice(KINDS), fault, dice.randrange(100, 90_000))
        # Questions get lost as well.
        await simulator.script(shop.account.id, dice.choices(list(Fault), k=30))
        return shop

    shops = await asyncio.gather(*[run(number) for number in range(SHOPS)])
    clock.advance(timedelta(seconds=61))
    for shop in shops[: SHOPS // 2]:  # The notifications of the others get lost.
        await bring_all(shop)
    await later(hours=30)
    statuses: Counter[str] = Counter()
    for shop in shops:
        statuses += await check(shop)
    assert set(statuses) == {"succeeded", "not_sent"}
    assert sum(statuses.values()) > CASES


@pytest.mark.parametrize("keyed", [True, False])
@pytest.mark.parametrize("fault", list(Fault))
async def test_every_kind_of_operation_survives_each_fault(
    app: Litestar, fault: Fault, keyed: bool
) -> None:
    shop = await make_shop(app, honours_keys=keyed)
    await allow_credits(shop)
    for amount, kind in enumerate(KINDS, start=100):
        await act(shop, kind, fault, amount)
    await later(hours=2)
    await check(shop)


async def test_an_unknown_outcome_never_fails_by_time_alone(shop: Shop) -> None:
    sale = (await shop.pay(91_003)).json()
    await simulator.script(shop.account.id, [Fault.TIMEOUT_BEFORE] * 60)
    await later(days=16)
    asked = await shop.stored(sale)
    assert (asked.status, asked.next_try_at) == ("unknown", None)
    kinds = [e["kind"] for e in (await shop.get("/events", limit=100)).json()["data"]]
    assert kinds.count("operation.needs_person") == 1
    await simulator.clear_script(shop.account.id)
    answer = await shop.post(f"/operations/{sale['id']}/questions")
    assert answer.json()["status"] == "succeeded"
    assert (await shop.post(f"/operations/{sale['id']}/questions")).status_code == 409


async def test_an_act_that_may_be_on_its_way_is_not_given_up_however_often_is_asked(
    shop: Shop,
) -> None:
    sale = (await shop.pay(91_002)).json()  # Lost before the gateway did anything.
    for _ in range(5):
        answer = await shop.post(f"/operations/{sale['id']}/questions")
        assert answer.json()["status"] == "unknown"
    await later(hours=2)
    assert (await shop.stored(sale)).status == "not_sent"
    assert (await shop.get(f"/payments/{sale['payment']}")).json()["status"] == "failed"


async def test_a_sender_that_died_is_recovered_without_the_card(shop: Shop) -> None:
    await simulator.script(shop.account.id, [Fault.TIMEOUT_AFTER])
    sale = (await shop.pay()).json()
    async with db.transaction(company=shop.company.id) as tx:
        await tx.run(
            "update operation set status = 'sent', tries = 0, next_try_at = $2 where id = $1",
            (await shop.stored(sale)).id, clock.now() + timedelta(seconds=150),
        )  # fmt: skip
    await later(minutes=5)
    assert (await shop.stored(sale)).status == "succeeded"
    async with db.transaction(company=shop.company.id) as tx:
        calls = await payments.list_gateway_calls(tx, [(await shop.stored(sale)).id])
    assert [call.purpose for call in calls] == ["sale", "query"]


async def test_no_gateway_is_called_while_a_transaction_is_open(shop: Shop) -> None:
    account = await account_of(shop)
    sale = Act(kind=ActKind.REFUND, key=ids.new(), amount=Money(1, "EUR"))
    async with db.transaction(company=shop.company.id):
        for call in (
            gateways.perform(account, sale), gateways.recover(account, sale, 0),
            gateways.settlement(account, clock.now().date()),
        ):  # fmt: skip
            with pytest.raises(AssertionError, match="no transaction may be open"):
                await call
