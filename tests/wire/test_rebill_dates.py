"""When rebills come: on the same day of each month, and never several at once."""

from datetime import UTC, datetime, timedelta

import pytest
from agreed import NORMAL, at, begun, seen

from comptoir.kit import clock
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
