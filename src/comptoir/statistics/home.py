"""The figures of the Home page: what came in, how well it went, what waits for somebody.

A successful transaction is an accepted sale, capture, rebill or collection (guide, Home). The
acceptance rate is the share of first attempts (sales and authorisations) that were accepted.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from comptoir.kit import clock, db
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money


class Period(StrEnum):
    """How far back the figures look; each is compared with the span before it, to this hour."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_DAYS = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 30}


@dataclass(frozen=True, slots=True)
class Turnover:
    """Sums in one currency, for the period and for the one before it."""

    currency: str
    number: int
    turnover_minor: int
    refunded_minor: int
    chargeback_minor: int
    reversal_minor: int
    number_before: int
    before_minor: int

    @property
    def amount(self) -> Money:
        return Money(self.turnover_minor, self.currency)

    @property
    def refunded(self) -> Money:
        return Money(self.refunded_minor, self.currency)

    @property
    def charged_back(self) -> Money:
        return Money(self.chargeback_minor, self.currency)

    @property
    def reversed(self) -> Money:
        return Money(self.reversal_minor, self.currency)

    @property
    def before(self) -> Money:
        return Money(self.before_minor, self.currency)


@dataclass(frozen=True, slots=True)
class Acceptance:
    """First attempts of the period, and of the one before it."""

    attempts: int
    accepted: int
    attempts_before: int
    accepted_before: int

    @property
    def permille(self) -> int | None:
        return self.accepted * 1000 // self.attempts if self.attempts else None

    @property
    def permille_before(self) -> int | None:
        if not self.attempts_before:
            return None
        return self.accepted_before * 1000 // self.attempts_before


@dataclass(frozen=True, slots=True)
class Day:
    """One bar of the chart: successes of a business day (an hour, for one day) in one currency."""

    begins: datetime
    currency: str
    number: int
    turnover_minor: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often a result code was given in the period."""

    result_code: str
    number: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """What somebody should look at, and since when."""

    unknown: int
    pending: int
    action_required: int
    oldest_unknown: datetime | None


@dataclass(frozen=True, slots=True)
class Home:
    period: Period
    begins: datetime
    ends: datetime
    zone: str
    turnover: list[Turnover]
    acceptance: Acceptance
    bars: list[Day]
    refusals: list[Refusal]
    waiting: Waiting


async def get_home(actor: Actor, period: Period) -> Home:
    """Everything of the Home page, in the actor's mode, company and zone."""
    begins, ends = _span(period, actor.zone)
    before = begins - (ends - begins)
    # What ended yesterday at this time: half a day against a whole one would always have fallen.
    until = clock.now() - (ends - begins)
    async with db.reads(actor) as tx:
        return Home(
            period,
            begins,
            ends,
            actor.zone,
            await _turnover(tx, actor, before, until, begins, ends),
            await _acceptance(tx, actor, before, until, begins, ends),
            await _bars(tx, actor, period, begins, ends),
            await _refusals(tx, actor, begins, ends),
            await _waiting(tx, actor),
        )


def _span(period: Period, zone: str) -> tuple[datetime, datetime]:
    """From the midnight that begins the span to the midnight that ends today, in the zone."""
    here = ZoneInfo(zone)
    today = clock.now().astimezone(here).date()
    first = today - timedelta(days=_DAYS[period] - 1)
    return _midnight(first, here), _midnight(today + timedelta(days=1), here)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


async def _turnover(
    tx: db.Tx, actor: Actor, before: datetime, until: datetime, begins: datetime, ends: datetime
) -> list[Turnover]:
    return await tx.all(
        Turnover,
        "select currency::text as currency,"
        " count(*) filter (where charged and occurred_at >= $4) as number,"
        " coalesce(sum(amount_minor) filter (where charged and occurred_at >= $4), 0)::bigint"
        " as turnover_minor,"
        " coalesce(sum(amount_minor) filter (where kind in ('refund', 'credit')"
        " and occurred_at >= $4), 0)::bigint as refunded_minor,"
        " coalesce(sum(amount_minor) filter (where kind = 'chargeback' and occurred_at >= $4),"
        " 0)::bigint as chargeback_minor,"
        " coalesce(sum(amount_minor) filter (where kind = 'reversal' and occurred_at >= $4),"
        " 0)::bigint as reversal_minor,"
        " count(*) filter (where charged and occurred_at < $6) as number_before,"
        " coalesce(sum(amount_minor) filter (where charged and occurred_at < $6), 0)::bigint"
        " as before_minor"
        " from (select currency, kind, amount_minor, occurred_at,"
        "  kind in ('sale', 'capture', 'rebill', 'collection') as charged from operation"
        "  where ($1::uuid is null or company_id = $1) and live = $2 and occurred_at >= $3"
        "  and occurred_at < $5 and status = 'succeeded' and undone_by is null) o"
        " group by currency order by turnover_minor desc limit 200",
        actor.company_id, actor.live, before, begins, ends, until,
    )  # fmt: skip


async def _acceptance(
    tx: db.Tx, actor: Actor, before: datetime, until: datetime, begins: datetime, ends: datetime
) -> Acceptance:
    found = await tx.one(
        Acceptance,
        "select count(*) filter (where occurred_at >= $4) as attempts,"
        " count(*) filter (where occurred_at >= $4 and status = 'succeeded') as accepted,"
        " count(*) filter (where occurred_at < $6) as attempts_before,"
        " count(*) filter (where occurred_at < $6 and status = 'succeeded') as accepted_before"
        " from operation where ($1::uuid is null or company_id = $1) and live = $2"
        " and occurred_at >= $3 and occurred_at < $5 and kind in ('sale', 'authorize')"
        " and status in ('succeeded', 'declined') and undone_by is null",
        actor.company_id, actor.live, before, begins, ends, until,
    )  # fmt: skip
    assert found is not None, "an aggregate has a row"
    return found


async def _bars(
    tx: db.Tx, actor: Actor, period: Period, begins: datetime, ends: datetime
) -> list[Day]:
    return await tx.all(
        Day,
        "select date_trunc($5, occurred_at, $6) as begins, currency::text as currency,"
        " count(*) as number, sum(amount_minor)::bigint as turnover_minor from operation"
        " where ($1::uuid is null or company_id = $1) and live = $2 and occurred_at >= $3"
        " and occurred_at < $4 and kind in ('sale', 'capture', 'rebill', 'collection')"
        " and status = 'succeeded' and undone_by is null group by 1, 2 order by 1, 2 limit 10000",
        actor.company_id, actor.live, begins, ends, "hour" if period is Period.DAY else "day",
        actor.zone,
    )  # fmt: skip


async def _refusals(tx: db.Tx, actor: Actor, begins: datetime, ends: datetime) -> list[Refusal]:
    return await tx.all(
        Refusal,
        "select result_code::text as result_code, count(*) as number from operation"
        " where ($1::uuid is null or company_id = $1) and live = $2 and occurred_at >= $3"
        " and occurred_at < $4 and status = 'declined' and undone_by is null"
        " group by result_code order by number desc, result_code limit 8",
        actor.company_id, actor.live, begins, ends,
    )  # fmt: skip


async def _waiting(tx: db.Tx, actor: Actor) -> Waiting:
    found = await tx.one(
        Waiting,
        "select count(*) filter (where status = 'unknown') as unknown,"
        " count(*) filter (where status = 'pending') as pending,"
        " count(*) filter (where status = 'action_required') as action_required,"
        " min(occurred_at) filter (where status = 'unknown') as oldest_unknown from operation"
        " where ($1::uuid is null or company_id = $1) and live = $2"
        " and status in ('unknown', 'pending', 'action_required')",
        actor.company_id, actor.live,
    )  # fmt: skip
    assert found is not None, "an aggregate has a row"
    return found
