"""Subscriptions that a bank ends: money taken back, a stolen card."""

from dataclasses import replace
from datetime import timedelta

import pytest
from agreed import NORMAL, begun, seen

from comptoir import accounting, payments
from comptoir.kit import clock, db, ids
from comptoir.payments.sending import open_intention
from kit import charges, run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def take_back(wire: Wire, transaction: int) -> None:
    """The bank takes the money of a transaction back."""
    number = await payments.next_number()
    async with db.transaction(company=wire.shop.company.id) as tx:
        sale = await payments.get_by_number(tx, wire.shop.actor(), transaction)
        kind = payments.Kind.CHARGEBACK
        back = replace(sale, id=ids.new(), number=number, kind=kind, refers_to=sale.id)
        lines = accounting.outcome_lines(kind, sale.amount, sale.account_id)
        await open_intention(back, entries=lines, tx=tx)


async def test_a_chargeback_ends_the_subscription_at_once(wire: Wire) -> None:
    await run_jobs()  # A follower that never ran begins at its first look.
    number = await begun(wire, NORMAL)
    await take_back(wire, (await seen(wire, number))["transactionID"])
    await run_jobs()
    found = await seen(wire, number)
    assert (found["state"], found["cancelReason"]) == ("canceled", 1004)
    before = await charges(wire.shop)
    await run_jobs(until=clock.now() + timedelta(days=70))
    assert await charges(wire.shop) == before


@pytest.mark.parametrize("code", ["041", "043"])
async def test_a_lost_or_stolen_card_ends_it_too(wire: Wire, code: str) -> None:
    await run_jobs()
    number = await begun(wire, NORMAL | {"rebillAmount": int(f"90{code}")})
    await run_jobs(until=clock.now() + timedelta(days=32))
    found = await seen(wire, number)
    assert (found["state"], found["cancelReason"]) == ("canceled", 1000)


async def test_an_empty_account_is_only_tried_again(wire: Wire) -> None:
    await run_jobs()
    number = await begun(wire, NORMAL | {"rebillAmount": 90_051})
    await run_jobs(until=clock.now() + timedelta(days=32))
    assert (await seen(wire, number))["state"] == "retry"
