"""The figures of the Home page."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from comptoir import statistics
from comptoir.kit import clock
from comptoir.statistics import Period
from kit import Shop


@pytest.fixture(autouse=True)
def _released() -> Iterator[None]:
    yield
    clock.release()


async def test_a_day_is_compared_with_yesterday_until_the_same_hour(shop: Shop):
    for day, hour, amount in ((9, 8, 1000), (9, 20, 5000), (10, 9, 1500)):
        clock.hold(datetime(2031, 3, day, hour, tzinfo=UTC))
        assert (await shop.pay(amount)).status_code == 201
    clock.hold(datetime(2031, 3, 10, 12, tzinfo=UTC))
    home = await statistics.get_home(shop.actor(), Period.DAY)
    assert [(t.turnover_minor, t.before_minor) for t in home.turnover] == [(1500, 1000)]
    assert (home.acceptance.attempts, home.acceptance.attempts_before) == (1, 1)
