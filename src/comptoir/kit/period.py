"""Periods as ISO 8601 durations: P1D, P30D, P1M, P1Y. Months are calendar months of a time zone."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

_FORM = re.compile(
    r"P(?:([0-9]{1,4})Y)?(?:([0-9]{1,4})M)?(?:([0-9]{1,4})W)?(?:([0-9]{1,5})D)?"
    r"(?:T(?:([0-9]{1,5})H)?(?:([0-9]{1,6})M)?(?:([0-9]{1,7})S)?)?"
)
MAX_YEARS = 100


@dataclass(frozen=True, slots=True)
class Period:
    """So many months and so much time; `text` is as it was written."""

    months: int
    rest: timedelta
    text: str

    @classmethod
    def parse(cls, text: str) -> "Period":
        """Read `P30D`; raises `ValueError` for what is none, lasts no time or over a century."""
        found = _FORM.fullmatch(text.strip().upper())
        if found is None:
            raise ValueError("a period looks like P30D or P1M")
        years, months, weeks, days, hours, minutes, seconds = (
            int(part or 0) for part in found.groups()
        )
        rest = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
        whole = years * 12 + months
        if not whole and not rest:
            raise ValueError("a period lasts some time")
        if whole > MAX_YEARS * 12 or rest > timedelta(days=MAX_YEARS * 366):
            raise ValueError(f"a period lasts at most {MAX_YEARS} years")
        return cls(whole, rest, text.strip().upper())

    def after(self, moment: datetime, zone: tzinfo = UTC) -> datetime:
        """The moment one period later; the last day of a month stays within the next one.

        A month later is the same day and the same time on the clocks of `zone`.
        """
        there = moment.astimezone(zone)
        month = there.month - 1 + self.months
        year, month = there.year + month // 12, month % 12 + 1
        day = min(there.day, calendar.monthrange(year, month)[1])
        return there.replace(year=year, month=month, day=day).astimezone(UTC) + self.rest

    def following(self, anchor: datetime, moment: datetime, zone: tzinfo = UTC) -> datetime:
        """The first after `moment` of the moments that lie whole periods behind `anchor`.

        Counted from the anchor each time: a month after the 31st of January ends in February, the
        one after that on the 31st of March.
        """
        longest = timedelta(days=31 * self.months) + self.rest
        count = max((moment - anchor) // longest, 0)
        while (end := self.times(count).after(anchor, zone)) <= moment:
            count += 1
        return end

    def times(self, count: int) -> "Period":
        return Period(self.months * count, self.rest * count, self.text)
