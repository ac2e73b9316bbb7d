"""The daily batch: every movement once, with its fee, and lines that sum to the payouts."""

import json
from collections import Counter
from datetime import timedelta

import pytest

from comptoir import gateways
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock
from comptoir.kit.errors import Unavailable
from comptoir.kit.money import Money
from gateways.acts import about, an_act


async def did(account, kind, amount, **more):
    return (await gateways.perform(account, an_act(kind, amount, **more))).outcome


async def a_day(account):
    """A day with every kind of act."""
    sale = await did(account, "sale", "100.00 EUR")
    await did(account, "refund", "40.00 EUR", **about(sale))
    held = await did(account, "authorize", "80.00 EUR", card="378282246310005")
    await did(account, "capture", "30.00 EUR", **about(held))
    await did(account, "capture", "20.00 EUR", **about(held))
    await did(account, "cancel", "30.00 EUR", **about(held))
    await did(account, "rebill", "10.00 EUR", token=sale.token.token)
    await did(account, "credit", "5.00 EUR", token=sale.token.token)
    await did(account, "sale", "900.51 EUR")
    await did(account, "sale", "2500 JPY")
    await did(account, "3dscheck", "0.00 EUR")


async def test_the_batch_of_a_day_has_every_movement_once(account, held_clock):
    await a_day(account)
    day = clock.now().date()
    clock.advance(timedelta(days=1))
    batch = await gateways.settlement(account, day)
    kinds = Counter(line.kind for line in batch.lines)
    assert kinds == {"sale": 2, "refund": 1, "capture": 2, "rebill": 1, "credit": 1}
    by_kind = {(line.kind, str(line.gross)): line for line in batch.lines}
    sale = by_kind[("sale", "100.00 EUR")]
    assert (sale.fee, sale.net) == (Money(130, "EUR"), Money(9870, "EUR"))
    assert by_kind[("refund", "-40.00 EUR")].net == Money(-4010, "EUR")
    assert by_kind[("sale", "2500 JPY")].fee == Money(40, "JPY")
    totals = {payout.amount.currency: payout.amount.minor for payout in batch.payouts}
    for currency, total in totals.items():
        nets = [line.net.minor for line in batch.lines if line.net.currency == currency]
        assert sum(nets) == total
    assert set(totals) == {"EUR", "JPY"}


async def test_the_lines_are_the_same_through_the_gateway_and_beside_it(account, held_clock):
    await a_day(account)
    day = clock.now().date()
    assert await simulator.settlement_lines(account, day) == []
    clock.advance(timedelta(days=1))
    batch = await gateways.settlement(account, day)
    assert list(batch.lines) == await simulator.settlement_lines(account, day)
    assert all(line.operation_key is not None for line in batch.lines)


async def test_an_open_day_is_not_ready_and_an_empty_one_has_nothing(account, held_clock):
    with pytest.raises(gateways.SettlementNotReady):
        await gateways.settlement(account, clock.now().date())
    yesterday = clock.now().date() - timedelta(days=1)
    batch = await gateways.settlement(account, yesterday)
    assert (batch.payouts, batch.lines) == ((), ())


async def test_a_late_result_belongs_to_the_day_it_came(account, held_clock):
    first = clock.now().date()
    clock.advance(timedelta(hours=13, minutes=59, seconds=30))
    await simulator.script(account.account_id, [Fault.LATE])
    await gateways.perform(account, an_act())
    clock.advance(timedelta(minutes=2))
    await simulator.due_notifications(account)
    clock.advance(timedelta(days=1))
    assert (await gateways.settlement(account, first)).lines == ()
    assert len((await gateways.settlement(account, first + timedelta(days=1))).lines) == 1


async def test_a_long_batch_comes_in_pages(account, held_clock, monkeypatch):
    monkeypatch.setattr("comptoir.gateways.simulator.settlement.PAGE_LINES", 3)
    for _ in range(7):
        await did(account, "sale", "1.00 EUR")
    day = clock.now().date()
    clock.advance(timedelta(days=1))
    batch = await gateways.settlement(account, day)
    assert len(batch.lines) == len({line.refs for line in batch.lines}) == 7
    assert len(batch.payouts) == 1


@pytest.mark.parametrize(
    ("part", "field", "value"),
    [
        ("payouts", "amount", 1),
        ("lines", "net", 1),
        ("lines", "fee", 1),
        ("lines", "gross", 1),
        ("lines", "payout", "po_other"),
        ("lines", "currency", "USD"),
    ],
)
async def test_a_batch_that_does_not_add_up_is_refused_whole(
    account, held_clock, part, field, value
):
    await did(account, "sale", "100.00 EUR")
    day = clock.now().date()
    clock.advance(timedelta(days=1))

    async def meddle(call):
        answer = await simulator.transport(call)
        body = json.loads(answer.body)
        body[part][0][field] = value
        return gateways.HttpAnswer(answer.status, answer.headers, json.dumps(body).encode())

    gateways.register_transport("sandbox", meddle)
    try:
        with pytest.raises(gateways.SettlementUnbalanced):
            await gateways.settlement(account, day)
    finally:
        gateways.register_transport("sandbox", simulator.transport)


async def test_a_settlement_that_cannot_be_read_is_asked_for_again(account, held_clock):
    async def garbage(call):
        return gateways.HttpAnswer(200, {}, b"<html>")

    gateways.register_transport("sandbox", garbage)
    try:
        with pytest.raises(Unavailable):
            await gateways.settlement(account, clock.now().date() - timedelta(days=1))
    finally:
        gateways.register_transport("sandbox", simulator.transport)
