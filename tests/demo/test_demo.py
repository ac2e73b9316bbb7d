"""The demo is made once, obeys every law, and can be worked with like real payments.

One file, so that no second worker makes a demo of its own.
"""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from demo_home import ANYBODY, DemoHome, an_operation, every_payment, one, rows

from comptoir import accounting, demo, gateways, identity, merchants, payments, subscriptions
from comptoir.kit import clock
from kit_jobs import run_jobs


async def test_it_says_what_it_made(home: DemoHome) -> None:
    assert home.report.made
    assert home.report.operations == await one("select count(*) from operation") >= 15_000
    assert home.report.payments == await one("select count(*) from payment")
    assert (await merchants.get_provider()).demo


async def test_a_second_run_adds_nothing(home: DemoHome) -> None:
    before = await one("select count(*) from event")
    again = await demo.ensure(home.settings, lambda _: None)
    assert not again.made
    assert await one("select count(*) from event") == before


async def test_two_companies_sell_through_five_originators_in_three_currencies(
    home: DemoHome,
) -> None:
    companies = await merchants.list_companies(ANYBODY)
    assert len({company.time_zone for company in companies}) == 2
    assert len(home.originators) == 5
    assert {o["currency"] for o in home.originators} == {"EUR", "GBP", "JPY"}
    totals = await payments.total_transactions(ANYBODY, payments.parse(""))
    sold = Counter[str]()
    for total in totals:
        if total.kind in {"sale", "capture", "rebill"} and total.status == "succeeded":
            sold[total.currency] += total.sum_minor
    assert set(sold) == {"EUR", "GBP", "JPY"}
    assert min(sold.values()) > 0


async def test_the_printed_sign_ins_work_for_every_role(home: DemoHome) -> None:
    roles = Counter(user["role"] for user in home.users)
    assert set(roles) == {*identity.PlatformRole, *identity.CompanyRole}
    for user in home.users:
        entered = await identity.sign_in(user["email"], user["password"], None, None)
        assert entered.stage is identity.Stage.COMPLETE, user["email"]


async def test_nothing_is_live(home: DemoHome) -> None:
    for table in (
        "payment", "operation", "consumer", "entry", "event", "card_token", "merchant_account",
        "api_key",
    ):  # fmt: skip
        assert await one("select count(*) from " + table + " where live") == 0, table
    assert await one("select count(*) from operation where source <> 'demo'") == 0


async def test_entries_sum_to_zero_by_operation_and_currency(home: DemoHome) -> None:
    assert await one("select count(distinct currency) from entry") == 3
    assert not await rows(
        "select cause_id, cause from entry group by cause_id, cause, currency"
        " having sum(amount_minor) <> 0 limit 5"
    )
    moved = "kind in ('sale', 'authorize', 'capture', 'refund', 'rebill', 'credit', 'chargeback')"
    assert not await rows(
        "select id from operation o where status = 'succeeded' and " + moved +
        " and not exists (select from entry e where e.cause_id = o.id and e.cause = 'outcome')"
        " limit 5"
    )  # fmt: skip


async def test_limits_are_kept(home: DemoHome) -> None:
    for kinds in (["capture", "cancel"], ["refund"]):
        assert not await rows(
            "select o.id from operation o join operation c on c.refers_to = o.id"
            " where c.kind = any($1) and c.status not in ('declined', 'rejected', 'not_sent')"
            " group by o.id, o.amount_minor having sum(c.amount_minor) > o.amount_minor limit 5",
            kinds,
        )


async def test_every_operation_has_its_number_and_its_events_in_order(home: DemoHome) -> None:
    assert not await rows(
        "select o.id from operation o where not exists (select from event e"
        " where e.company_id = o.company_id and e.subject_id = o.id"
        " and e.kind = 'operation.' || o.status) limit 5"
    )
    numbers = await rows("select company_id, number from operation order by occurred_at, number")
    for company in {company for company, _ in numbers}:
        own = [number for owner, number in numbers if owner == company]
        assert own == sorted(own)
    assert not await rows(
        "select payment_id from (select payment_id, at, lag(at) over (partition by payment_id"
        " order by seq) as before from event where payment_id is not null) e"
        " where at < before limit 5"
    )


async def test_payments_have_come_to_nearly_everything_a_payment_can(home: DemoHome) -> None:
    seen = Counter(
        payments.payment_status(operations, payment.amount.currency)
        for payment, operations in await every_payment()
    )
    assert set(seen) >= {
        "captured", "partially_captured", "refunded", "partially_refunded", "authorised",
        "cancelled", "expired", "declined", "charged_back", "unknown", "action_required",
        "pending", "failed",
    }  # fmt: skip
    assert seen["captured"] > sum(seen.values()) // 2


async def test_the_traffic_ends_now_and_is_ninety_days_long(home: DemoHome) -> None:
    first, last = (await rows("select min(occurred_at), max(occurred_at) from payment"))[0]
    assert timedelta(days=89) < clock.now() - first < timedelta(days=92)
    assert timedelta() < clock.now() - last < timedelta(minutes=5)
    older = await one(
        "select count(*) from payment where occurred_at < $1", clock.now() - timedelta(days=45)
    )
    assert older * 2 < home.report.payments, "it grows"
    by_hour = (
        "select count(*) from payment p join company c on c.id = p.company_id"
        " where c.name = 'Bazar Teide'"
        " and extract(hour from p.occurred_at at time zone c.time_zone) = any($1)"
    )
    night, evening = await one(by_hour, [4, 5, 6]), await one(by_hour, [19, 20, 21])
    assert night * 5 < evening


async def test_kinds_brands_and_reasons_are_many(home: DemoHome) -> None:
    kinds = {row[0] for row in await rows("select distinct kind from operation")}
    assert kinds >= {
        "sale", "authorize", "capture", "cancel", "refund", "rebill", "credit", "fraud",
        "chargeback", "retrieval", "representment",
    }  # fmt: skip
    assert await one("select count(distinct brand) from operation") >= 6
    assert await one("select count(distinct country) from operation") >= 10
    assert await one("select count(distinct result_code) from operation") >= 14
    again = await one(
        "select count(*) from (select payment_id from operation where kind in ('sale',"
        " 'authorize') group by payment_id having count(distinct card_last4) > 1"
        " and bool_or(status = 'declined') and bool_or(status = 'succeeded')) x"
    )
    assert again > 200, "declined, then paid with another card"
    back = await one(
        "select count(*) from (select consumer_id from payment group by consumer_id"
        " having count(*) > 1) x"
    )
    assert back > 1000


async def test_financial_statuses_follow_the_days(home: DemoHome) -> None:
    today = clock.now().replace(hour=0, minute=0)
    found = await rows(
        "select distinct financial, occurred_at >= $1, occurred_at >= $2 from operation"
        " where status = 'succeeded' and kind in ('sale', 'capture', 'refund', 'rebill')",
        today, today - timedelta(days=1),
    )  # fmt: skip
    assert set(found) == {
        ("not_sent", True, True), ("sent", False, True), ("settled", False, False),
    }  # fmt: skip
    assert not await rows(
        "select id from operation where financial = 'settled' and (settled_at is null"
        " or settled_at > $1 or settled_at < occurred_at) limit 5",
        clock.now(),
    )


async def test_cost_differs_by_account_and_one_price_was_forgotten(home: DemoHome) -> None:
    settled = "settled_at is not null and o.kind in ('sale', 'capture')"
    costs = await rows(
        "select o.account_id, sum(e.amount_minor) * 10000 / sum(o.amount_minor)"
        " from operation o join entry e on e.cause_id = o.id and e.account = 'gateway_cost'"
        " where " + settled + " and o.currency = 'EUR' group by 1"
    )
    assert len({rate for _, rate in costs}) == len(costs) == 3
    unpriced = await rows(
        "select distinct o.currency::text, o.brand from operation o where " + settled +
        " and not exists (select from entry e where e.cause_id = o.id and e.cause = 'fee')"
    )  # fmt: skip
    assert unpriced == [("JPY", "amex")]
    balances = await accounting.balances(ANYBODY)
    assert {b.account for b in balances} >= {"receivable", "payable", "bank", "fee_income"}


async def test_the_sandbox_knows_what_we_know(home: DemoHome) -> None:
    """Ours and the gateway's books agree about every operation that has its outcome."""
    assert not await rows(
        "select o.id from operation o join sandbox_operation s on s.company_id = o.company_id"
        " and s.account_id = o.account_id and s.reference = o.id::text"
        " where o.finished_at is not null and (s.status <> case when o.status = 'succeeded'"
        " then 'approved' else 'declined' end or s.amount_minor <> o.amount_minor"
        " or s.code is distinct from o.result_code) limit 5"
    )
    assert not await rows(
        "select s.id from sandbox_operation s join operation o on o.id = s.reference::uuid"
        " left join operation c on c.refers_to = o.id and c.kind in ('capture', 'refund')"
        " and c.status in ('succeeded', 'unknown')"
        " where s.kind in ('authorize', 'capture', 'sale', 'rebill')"
        " group by s.id, s.kind, s.captured_minor, s.refunded_minor"
        " having case s.kind when 'authorize' then s.captured_minor else s.refunded_minor end"
        " <> coalesce(sum(c.amount_minor), 0) limit 5"
    )
    assert not await rows(
        "select o.id from operation o where o.status = 'succeeded' and o.account_id is not null"
        " and o.kind in ('sale', 'authorize', 'capture', 'refund', 'rebill')"
        " and not exists (select from gateway_reference r where r.operation_id = o.id) limit 5"
    )


async def test_the_last_days_are_told_in_detail_without_secrets(home: DemoHome) -> None:
    week = clock.now() - timedelta(days=6)
    assert not await rows(
        "select o.id from operation o where o.occurred_at > $1 and o.refers_to is null"
        " and not exists (select from decision d where d.operation_id = o.id) limit 5",
        week,
    )
    assert not await rows(
        "select o.id from operation o join sandbox_operation s on s.company_id = o.company_id"
        " and s.account_id = o.account_id and s.reference = o.id::text"
        " where o.occurred_at > $1 and o.status <> 'sent'"
        " and not exists (select from gateway_call c where c.operation_id = o.id) limit 5",
        week,
    )
    cards = await rows(
        "select distinct request #>> '{body,card,number}', request #>> '{body,card,cvc}',"
        " request #>> '{headers,authorization}' from gateway_call"
        " where request #> '{body,card}' is not null"
    )
    assert cards
    for number, cvc, authorization in cards:
        assert number[6:-4] == "••••••"
        assert (len(number), cvc, authorization) == (16, "••••", "••••")
    tokens = await rows("select distinct answer #>> '{body,card,token}' from gateway_call")
    assert {row[0] for row in tokens} == {"••••", None}


async def test_an_archived_exchange_looks_like_a_real_one(home: DemoHome) -> None:
    async with home.client() as client:
        card = {"number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030, "cvc": "123",
                "holder": "Ada"}  # fmt: skip
        body = {"amount": 1500, "currency": "EUR", "order_id": "as-real", "card": card}
        paid = (await client.post("/payments", json={**body, "operation": "sale"})).json()
        assert paid["status"] == "succeeded", paid
        refund = await client.post(f"/operations/{paid['id']}/refunds", json={"amount": 500})
        assert refund.status_code == 201, refund.text
    for kind in ("sale", "refund"):
        real, told = [
            await rows(
                "select c.request, c.answer from gateway_call c join operation o"
                " on o.id = c.operation_id where o.source = $1 and c.purpose = $2"
                " and o.status = 'succeeded' and o.finished_at - o.occurred_at < interval '3 s'"
                " order by c.at desc limit 1",
                source, kind,
            )
            for source in ("own", "demo")
        ]  # fmt: skip
        for here, there in zip(real[0], told[0], strict=True):
            assert shape(here) == shape(there), (kind, here, there)


def shape(value: Any) -> Any:
    """Names and kinds of values, without the values. A descriptor is the shop's choice."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items() if name != "descriptor"}
    return type(value).__name__


async def test_a_demo_sale_can_be_refunded(home: DemoHome) -> None:
    for extra in ("o.occurred_at > now() - interval '40 years'", "o.currency = 'JPY'"):
        number, sale = await an_operation("sale", extra)
        async with home.client(number) as client:
            answer = await client.post(f"/operations/{sale}/refunds", json={"amount": 100})
        assert answer.status_code == 201, answer.text
        assert answer.json()["status"] == "succeeded"


async def test_an_old_demo_sale_too(home: DemoHome) -> None:
    number, sale = await an_operation("sale", "o.settled_at < o.recorded_at + interval '3 days'"
                                      " and extract(month from o.occurred_at) = 2")  # fmt: skip
    async with home.client(number) as client:
        answer = await client.post(f"/operations/{sale}/refunds", json={})
        assert answer.json()["status"] == "succeeded", answer.text
        again = await client.post(f"/operations/{sale}/refunds", json={"amount": 1})
        assert again.status_code == 409, "all of it went back"


@pytest.mark.parametrize(
    ("kind", "extra", "act"),
    [
        ("authorize", "o.capture_before is not null", "captures"),
        ("authorize", "o.capture_before is not null", "cancels"),
        ("capture", "true", "refunds"),
        ("rebill", "true", "refunds"),
        ("sale", "o.card_token is not null", "rebills"),
    ],
)
async def test_every_follow_up_of_a_demo_operation_works(
    home: DemoHome, kind: str, extra: str, act: str
) -> None:
    number, name = await an_operation(kind, extra)
    async with home.client(number) as client:
        answer = await client.post(f"/operations/{name}/{act}", json={})
    assert answer.json()["status"] == "succeeded", answer.text


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
    assert await rows(
        "with log as (select company_id, subject_id, kind, count(*) as times from event"
        " where kind = any($1) group by 1, 2, 3), told as (select s.number, s.iterations,"
        " s.cancelled_at, coalesce(sum(l.times) filter (where l.kind = $1[1]), 0) as began,"
        " coalesce(sum(l.times) filter (where l.kind = $1[2]), 0) as renewed,"
        " coalesce(sum(l.times) filter (where l.kind = $1[3]), 0) as cancelled"
        " from subscription s left join log l on l.company_id = s.company_id"
        " and l.subject_id = s.id group by s.company_id, s.id)"
        " select number from told where began <> 1 or renewed <> iterations"
        " or (cancelled_at is not null) <> (cancelled = 1)",
        ["subscription.began", "subscription.renewed", "subscription.cancelled"],
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


async def test_open_ends_come_to_what_the_gateway_knows(home: DemoHome) -> None:
    """Last, for it lets a working day pass: recovery asks, and nothing stays open."""
    waiting = "status in ('unknown', 'pending', 'action_required', 'sent')"
    opened = {row[0] for row in await rows("select id from operation where " + waiting)}
    assert len(opened) >= 10
    await run_jobs(until=clock.now() + timedelta(hours=9))
    assert not await rows("select id from operation where " + waiting + " and source = 'demo'")
    ended = await rows(
        "select o.status, s.status from operation o join sandbox_operation s"
        " on s.company_id = o.company_id and s.account_id = o.account_id"
        " and s.reference = o.id::text where o.id = any($1)",
        list(opened),
    )
    assert len(ended) == len(opened)
    assert set(ended) == {("succeeded", "approved"), ("declined", "declined")}
    assert not await rows(
        "select cause_id from entry group by cause_id, cause, currency"
        " having sum(amount_minor) <> 0 limit 5"
    )


def test_codes_of_the_demo_are_documented() -> None:
    assert gateways.RESULT_TEXTS.keys() >= {"502", "501", "032", "047", "091", "096", "003"}
