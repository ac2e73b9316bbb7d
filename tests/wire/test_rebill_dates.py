"""When rebills come: on the same day of each month, and never several at once."""

from datetime import UTC, datetime, timedelta

import pytest
from agreed import NORMAL, at, begun, seen

from comptoir import merchants
from comptoir.kit import clock, db
from kit import charges, run_jobs
from kit_wire import Wire

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


async def test_the_thirty_first_stays_the_last_day_of_each_month(wire: Wire) -> None:
    clock.hold(datetime(2027, 1, 31, 10, 0, tzinfo=UTC))
    number = await begun(wire, NORMAL | {"rebillMaxIteration": 9})
    for day in ("02-28", "03-31", "04-30", "05-31"):
        end = datetime.fromisoformat(f"2027-{day}T10:00+00:00")
        assert at((await seen(wire, number))["periodEnd"]) == end
        await run_jobs(until=end + timedelta(minutes=5))
    assert (await seen(wire, number))["iterations"] == 4


async def test_months_are_counted_on_the_clocks_of_the_company(wire: Wire) -> None:
    """Half past midnight of the first, in Madrid: in UTC still the day before."""
    company, actor = wire.shop.company, wire.shop.actor()
    async with db.transaction(company=company.id) as tx:
        await merchants.edit_company(
            tx, actor, company.id, name=company.name, legal_name=None, country="ES",
            time_zone="Europe/Madrid", website=None, support_email=None,
        )  # fmt: skip
    clock.hold(datetime(2027, 1, 31, 23, 30, tzinfo=UTC))
    number = await begun(wire, NORMAL | {"rebillMaxIteration": 9})
    for moment in ("02-28T23:30", "03-31T22:30", "04-30T22:30"):
        end = datetime.fromisoformat(f"2027-{moment}+00:00")
        assert at((await seen(wire, number))["periodEnd"]) == end
        await run_jobs(until=end + timedelta(minutes=5))
    assert (await seen(wire, number))["iterations"] == 3


async def test_days_after_a_trial_are_counted_from_its_end(wire: Wire) -> None:
    clock.hold(datetime(2027, 1, 28, 10, 0, tzinfo=UTC))
    number = await begun(wire, NORMAL | {"trialPeriod": "P3D", "rebillMaxIteration": 9})
    for day in ("01-31", "02-28", "03-31"):
        end = datetime.fromisoformat(f"2027-{day}T10:00+00:00")
        assert at((await seen(wire, number))["periodEnd"]) == end
        await run_jobs(until=end + timedelta(minutes=5))


async def test_after_a_long_standstill_one_period_is_charged_and_the_next_begins_now(
    wire: Wire,
) -> None:
    number = await begun(wire, NORMAL | {"rebillPeriod": "P7D", "rebillMaxIteration": 9})
    before = await charges(wire.shop)
    clock.advance(timedelta(days=40))
    back = clock.now()
    await run_jobs(until=back + timedelta(hours=1))
    assert await charges(wire.shop) == before + 1
    found = await seen(wire, number)
    assert back <= at(found["periodStart"]) <= back + timedelta(hours=1)
    assert at(found["periodEnd"]) == at(found["periodStart"]) + timedelta(days=7)
    await run_jobs(until=back + timedelta(days=7, hours=1, minutes=5))
    assert await charges(wire.shop) == before + 2
