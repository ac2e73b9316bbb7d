"""Home: what came in, how well it went, what waits for somebody."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from litestar import Request, Response
from litestar.response import Redirect

from comptoir import gateways, merchants, payments, statistics
from comptoir.edge import formats
from comptoir.edge.http import get
from comptoir.edge.render import Page
from comptoir.identity import Permission
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money
from comptoir.statistics import Home, Period
from comptoir.web.transactions import scoped

Asked = Request[Any, Any, Any]
CHART_HEIGHT = 200
LATEST = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the chart, in whole pixels of a 1000 wide drawing."""

    begins: datetime
    amount: Money
    number: int
    x: int
    width: int
    height: int


@get("/office/", needs=Permission.HOME_READ)
async def home(
    request: Asked, actor: Actor, period: Period = Period.WEEK, currency: str = ""
) -> Response[Any]:
    if actor.may(Permission.PROVIDER_WRITE) and not await merchants.list_companies(actor, limit=1):
        return Redirect("/office/setup", status_code=303)
    figures = by_number(await statistics.get_home(actor, period))
    shown = _currency(figures, currency)
    latest = await payments.list_transactions(actor, scoped(""), limit=LATEST)
    return Page(
        "home.html", home=figures, currency=shown, bars=bars(figures, shown), latest=latest.rows,
        first=figures.begins.astimezone(ZoneInfo(figures.zone)).date().isoformat(),
        days=formats.Formats(request.state.view.locale, figures.zone),
        height=CHART_HEIGHT, text_of=gateways.text_of, money=Money,
    )  # fmt: skip


def by_number(figures: Home) -> Home:
    """Currencies cannot be compared by their sums, so the busiest one comes first."""
    return replace(figures, turnover=sorted(figures.turnover, key=lambda t: -t.number))


def _currency(figures: Home, wanted: str) -> str:
    """The currency that the chart draws: the one asked for, else the busiest."""
    there = [t.currency for t in figures.turnover]
    return wanted if wanted in there else (there or [""])[0]


def bars(figures: Home, currency: str) -> list[Bar]:
    """A bar for every day (or hour) of the period, also for the empty ones."""
    found = {d.begins: d for d in figures.bars if d.currency == currency}
    begins = _steps(figures)
    most = max((d.turnover_minor for d in found.values()), default=0) or 1
    width = 1000 // max(len(begins), 1)
    made = []
    for index, at in enumerate(begins):
        day = found.get(at)
        minor = day.turnover_minor if day else 0
        height = max(minor * CHART_HEIGHT // most, 2 if minor else 0)
        amount = Money(minor, currency) if currency else None
        if amount is not None:
            number = day.number if day else 0
            made.append(Bar(at, amount, number, index * width, max(width - width // 4, 1), height))
    return made


def _steps(figures: Home) -> list[datetime]:
    """The beginnings of days in the company's zone, which may be 23 or 25 hours long."""
    zone = ZoneInfo(figures.zone)
    if figures.period is Period.DAY:
        hours = int((figures.ends - figures.begins) / timedelta(hours=1))
        return [figures.begins + timedelta(hours=n) for n in range(hours)]
    first = figures.begins.astimezone(zone)
    days = round((figures.ends - figures.begins) / timedelta(days=1))
    return [(first + timedelta(days=n)).astimezone(figures.begins.tzinfo) for n in range(days)]


ROUTES = [home]
