"""Sent with the day's batch, settled when the acquirer has paid, with cost and price."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from comptoir import accounting, events, gateways, identity, payments
from comptoir.gateways import SettlementNotReady
from comptoir.kit import clock, db, ids
from comptoir.kit.money import Money
from kit import Shop, entries, run_jobs
from kit_jobs import in_
from payments.hooking import account_of

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def next_day() -> None:
    await run_jobs(until=in_(hours=20))


async def price(shop: Shop, side: str = "price", **more: Any) -> None:
    everybody = identity.command_line(shop.company.id)
    terms = {"currency": "EUR", "percent": Decimal("1.5"), "fixed_minor": 25} | more
    async with db.transaction(company=shop.company.id) as tx:
        await accounting.set_price(tx, everybody, side=side, **terms)


async def costs(shop: Shop, operation: dict[str, Any]) -> payments.Costs:
    found = await shop.stored(operation)
    async with db.transaction(company=shop.company.id) as tx:
        prices = await accounting.list_prices(tx)
    return payments.costs_of(found, prices, shop.company)


async def happened(shop: Shop, kind: str) -> list[events.Event]:
    async with db.transaction(company=shop.company.id) as tx:
        return [e for e in await events.list_new(tx, shop.actor()) if e.kind == kind]


async def test_a_sale_is_settled_the_day_after_with_its_cost_and_its_price(shop: Shop) -> None:
    await price(shop)
    sale = await shop.paid(10_000)
    assert sale["financial_status"] == "not_sent"
    await next_day()
    settled = await shop.stored(sale)
    assert settled.financial == "settled"
    assert settled.settled_at == datetime(2026, 3, 4, tzinfo=UTC)
    assert settled.sent_for_settlement_at is not None
    assert await entries(shop.company.id) == {
        ("receivable", "EUR"): 0,
        ("bank", "EUR"): 10_000 - 130,
        ("gateway_cost", "EUR"): 130,  # 1.2 % and 10, the sandbox's own tariff.
        ("payable", "EUR"): -10_000 + 175,
        ("fee_income", "EUR"): -175,
    }
    assert await costs(shop, sale) == payments.Costs(None, Money(175, "EUR"))


async def test_every_money_operation_is_settled_and_nothing_else(shop: Shop) -> None:
    sale = await shop.paid(2000)
    hold = await shop.paid(3000, operation="authorize")
    capture = (await shop.follow(hold, "captures", 1000)).json()
    cancelled = (await shop.follow(await shop.paid(operation="authorize"), "cancels")).json()
    refund = (await shop.follow(sale, "refunds", 500)).json()
    rebill = (await shop.follow(sale, "rebills")).json()
    declined = (await shop.pay(90_051)).json()
    await next_day()
    states = {
        name: (await shop.stored(operation)).financial
        for name, operation in [
            ("sale", sale), ("capture", capture), ("refund", refund), ("rebill", rebill),
            ("hold", hold), ("cancel", cancelled), ("declined", declined),
        ]
    }  # fmt: skip
    assert states == {
        "sale": "settled", "capture": "settled", "refund": "settled", "rebill": "settled",
        "hold": "not_sent", "cancel": "not_sent", "declined": "not_sent",
    }  # fmt: skip
    assert (await entries(shop.company.id))["receivable", "EUR"] == 0


async def test_what_was_sent_stays_sent_until_the_acquirer_has_closed_the_day(shop: Shop) -> None:
    sale = await shop.paid()
    today = clock.now().date().isoformat()
    clock.advance(timedelta(minutes=1))
    with pytest.raises(SettlementNotReady):
        await payments.settle_account(shop.company.id, shop.account.id, today)
    sent = await shop.stored(sale)
    assert (sent.financial, sent.sent_for_settlement_at) == ("sent", clock.now())
    await next_day()
    settled = await shop.stored(sale)
    assert settled.financial == "settled"
    assert settled.sent_for_settlement_at == sent.sent_for_settlement_at


async def test_where_no_price_is_set_none_is_posted_and_none_is_said(shop: Shop) -> None:
    await price(shop, currency="JPY")
    sale = await shop.paid(10_000)
    await next_day()
    assert await costs(shop, sale) == payments.Costs(None, None)
    assert (await entries(shop.company.id))["payable", "EUR"] == -10_000
    assert ("fee_income", "EUR") not in await entries(shop.company.id)


async def test_the_price_of_the_day_of_the_operation_counts(shop: Shop) -> None:
    await price(shop)
    sale = await shop.paid(10_000)
    clock.advance(timedelta(hours=1))
    await price(shop, percent=Decimal(50))
    later = await shop.paid(10_000)
    assert (await costs(shop, sale)).price == Money(175, "EUR")
    assert (await costs(shop, later)).price == Money(5_025, "EUR")


async def test_the_most_specific_price_wins_and_the_minimum_holds(shop: Shop) -> None:
    await price(shop, minimum_minor=500)
    await price(shop, operation="refund", percent=Decimal(0), fixed_minor=11)
    await price(shop, "cost", account_id=shop.account.id, percent=Decimal("0.3"), fixed_minor=5)
    sale = await shop.paid(10_000)
    refund = (await shop.follow(sale, "refunds")).json()
    assert await costs(shop, sale) == payments.Costs(Money(35, "EUR"), Money(500, "EUR"))
    assert (await costs(shop, refund)).price == Money(11, "EUR")


async def test_settling_twice_settles_nothing_twice(shop: Shop) -> None:
    await price(shop)
    await shop.paid(10_000)
    day = clock.now().date().isoformat()
    await next_day()
    before = await entries(shop.company.id)
    for _ in range(2):
        await payments.settle_account(shop.company.id, shop.account.id, day)
    assert await entries(shop.company.id) == before
    assert len(await happened(shop, "operation.settled")) == 1


async def test_a_day_that_was_missed_is_settled_later(shop: Shop) -> None:
    sale = await shop.paid()
    clock.advance(timedelta(days=9))
    await next_day()
    assert (await shop.stored(sale)).financial == "settled"


async def test_a_line_that_nobody_here_knows_is_kept_once_for_a_person(shop: Shop) -> None:
    stranger = gateways.Act(
        kind=gateways.ActKind.SALE, key=ids.new(), amount=Money(777, "EUR"),
        card=gateways.CardData("4111111111111111", 10, 2030),
    )  # fmt: skip
    await gateways.perform(await account_of(shop), stranger)
    sale = await shop.paid()
    day = clock.now().date().isoformat()
    await next_day()
    await payments.settle_account(shop.company.id, shop.account.id, day)
    unmatched = await happened(shop, "settlement.unmatched")
    assert [event.subject_id for event in unmatched] == [shop.account.id]
    assert (await shop.stored(sale)).financial == "settled"
    assert (await entries(shop.company.id))["receivable", "EUR"] == 0
