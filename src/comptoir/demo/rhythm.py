"""When people buy: growth, the days of the week, the hours of the company's own day."""

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from comptoir.demo.cast import ShopPlan

DAYS = 90
_GROWN = 55  # Percent more on the last day than on the first.
_FIRST_DAY = 72  # Percent of an average day.
FRESH = (timedelta(seconds=95), timedelta(minutes=8))


def first_day(end: datetime, zone: ZoneInfo) -> date:
    return end.astimezone(zone).date() - timedelta(days=DAYS)


def moments(dice: Random, plan: ShopPlan, zone: ZoneInfo, end: datetime) -> list[datetime]:
    """The moments of a shop's payments up to now; the newest are minutes old."""
    found: list[datetime] = []
    begin = first_day(end, zone)
    for number in range(DAYS + 1):
        day = begin + timedelta(days=number)
        percent = plan.weekdays[day.weekday()] * (_FIRST_DAY + _GROWN * number // DAYS)
        expected = plan.a_day * percent // 10_000
        spread = max(1, expected // 6)
        for _ in range(max(0, expected + dice.randint(-spread, spread))):
            found.append(_moment(dice, plan, day, zone))
    if not plan.members:
        found += [end - age - timedelta(seconds=dice.randrange(40)) for age in FRESH]
    return sorted(at for at in found if at < end)


def _moment(dice: Random, plan: ShopPlan, day: date, zone: ZoneInfo) -> datetime:
    hour = dice.choices(range(24), plan.hours)[0]
    return local(day, zone, hour, dice.randrange(3600), dice.randrange(1000))


def local(day: date, zone: ZoneInfo, hour: int, seconds: int = 0, thousandths: int = 0) -> datetime:
    """A moment of a business day, in UTC."""
    midnight = datetime.combine(day, time(hour), zone).astimezone(ZoneInfo("UTC"))
    return midnight + timedelta(seconds=seconds, milliseconds=thousandths)


def office_hour(dice: Random, day: date, zone: ZoneInfo) -> datetime:
    """A moment when somebody sits at a desk."""
    return local(day, zone, dice.randrange(9, 18), dice.randrange(3600))
