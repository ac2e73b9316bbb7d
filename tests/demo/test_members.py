"""Subscriptions of the demo: in every state, counted by the rules, and charged again when due."""

from datetime import timedelta
from typing import Any

from demo_home import DemoHome

from comptoir import subscriptions
from comptoir.kit import clock, db
from kit_jobs import run_jobs


async def rows(sql: str, *args: object) -> list[Any]:
    """Over both companies, as platform staff read."""
    async with db.platform() as tx:
        return [tuple(row) for row in await tx.rows(sql, *args)]


async def test_members_have_subscriptions_in_every_state(home: DemoHome) -> None:
    found = dict(await rows("select state, count(*) from subscription group by state"))
    assert {"trial", "active", "unpaid", "finished", "canceled"} <= set(found)
    reasons = await rows("select distinct cancel_reason from subscription where cancel_reason > 0")
    assert len(reasons) >= 4
    offers = await rows("select name, rebill_minor, trial_minor from offer order by number")
    assert offers == [
        ("Club Teide mensual", 990, None), ("Club Teide plus", 1990, 190),
        ("Club Teide familia", 2990, None),
    ]  # fmt: skip


async def test_every_rebill_of_the_demo_is_counted_by_its_subscription(home: DemoHome) -> None:
    wrong = await rows(
        "select s.number from subscription s where s.iterations <> (select count(*)"
        " from operation o where o.company_id = s.company_id and o.refers_to = s.operation_id"
        " and o.kind = 'rebill' and o.status = 'succeeded' and o.reason = 'subscription'"
        " and o.amount_minor = s.rebill_minor)"
    )
    assert wrong == []
    log = "(select count(*) from event e where e.company_id = s.company_id and e.subject_id = s.id"
    assert await rows(
        "select s.number from subscription s where " + log + " and e.kind = 'subscription.began')"
        " <> 1 or " + log + " and e.kind = 'subscription.renewed') <> s.iterations"
        " or (s.cancelled_at is not null) <>"
        " (" + log + " and e.kind = 'subscription.cancelled') = 1)"
    ) == []  # fmt: skip


async def test_a_demo_subscription_is_charged_again_when_its_period_is_over(
    home: DemoHome,
) -> None:
    due, number, count = (await rows(
        "select next_at, number, iterations from subscription"
        " where state = 'active' and cancelled_at is null order by next_at limit 1"
    ))[0]  # fmt: skip
    with clock.during(max(due, clock.now()) + timedelta(minutes=1)):
        await subscriptions.sweep_due()
        await run_jobs()
    after = await rows(
        "select iterations, retries, state from subscription where number = $1", number
    )
    assert after in ([(count + 1, 0, "active")], [(count + 1, 0, "finished")])
