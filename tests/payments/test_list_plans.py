"""Every list and search of transactions reads what it shows, not what there is.

At size: the plans of the statements that the list really sends, among thirty thousand operations,
most of them of one company.
"""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
import pytest_asyncio
from litestar import Litestar

from comptoir import payments
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.listing import COUNT_CAP
from kit import Shop, make_shop

LARGE, SMALL = 30_000, 3_000
PAGE = 50
SHOWN = 40 * PAGE  # Rows that a page of 50 may look at, whatever there is,
WINDOW = 4_000  # and the newest ones, where what is frequent is found;
WINDOW_OF_ALL = 20_000  # over all companies these.

FILL_PAYMENTS = """
insert into payment (company_id, id, live, source, originator_id, order_id, amount_minor, currency,
    method, email, occurred_at)
select $1, gen_random_uuid(), false, 'own', $2, 'bulk-' || n || '-' || md5(n::text), 1000, 'EUR',
    'card', 'shopper' || n % 900 || '@example.org', now() - n * interval '1 minute'
from generate_series(1, $3::int) as n
"""
FILL_CONSUMERS = """
insert into consumer (company_id, id, live, shop_id, created_at)
select $1, gen_random_uuid(), false, 'bulk-' || n, now() from generate_series(1, 300) as n
"""
FILL_OPERATIONS = """
insert into operation (company_id, id, number, payment_id, originator_id, account_id, consumer_id,
    live, source, kind, status, result_code, amount_minor, currency, method, brand, card_first6,
    card_last4, country, actor, occurred_at, finished_at)
select $1, gen_random_uuid(), $4::int + n, p.id, $2, $3, c.id, false, 'own',
    case when n % 40 = 0 then 'credit' else 'sale' end,
    case when n % 9 = 0 then 'declined' when n % 5000 = 0 then 'unknown' else 'succeeded' end,
    case when n % 9 = 0 then (array['051', '005', '014', '054'])[1 + n / 9 % 4]
        when n % 5000 = 0 then null else '000' end,
    p.amount_minor + n % 700, 'EUR', 'card', 'visa', '411111', lpad((n % 500)::text, 4, '0'),
    (array['ES', 'FR', 'GB', 'DE', 'IT', 'PT', 'NL', 'BE', 'AT', 'IE'])[1 + n % 10], 'bulk',
    p.occurred_at, p.occurred_at
from (select row_number() over (order by id) as n, id, amount_minor, occurred_at
      from payment where company_id = $1 and order_id like 'bulk-%') p
left join (select row_number() over (order by id) as k, id from consumer where company_id = $1) c
    on c.k = p.n % 400
"""


@dataclass(frozen=True)
class Crowd:
    """A large and a small company, and somebody of the provider."""

    large: Shop
    small: Shop
    staff: Actor
    consumer: str
    number: int


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def crowd(app: Litestar) -> AsyncIterator[Crowd]:
    large, small = await make_shop(app, "Large"), await make_shop(app, "Small")
    async with db.lookup() as tx:
        await tx.run("set local role comptoir_owner")
        for shop, rows, first in ((large, LARGE, 10_000_000), (small, SMALL, 20_000_000)):
            company, originator = shop.company.id, shop.originator.id
            await fill(tx, FILL_PAYMENTS, company, originator, rows)
            await fill(tx, FILL_CONSUMERS, company)
            await fill(tx, FILL_OPERATIONS, company, originator, shop.account.id, first)
        await fill(tx, "analyze operation, payment, consumer, originator, company")
    async with db.transaction(company=large.company.id) as tx:
        consumer = await tx.value("select consumer_id from operation where consumer_id is not null")
    staff = replace(large.actor(), company_id=None, platform=True)
    yield Crowd(large, small, staff, ids.typeid("con", consumer), 10_000_123)


async def fill(tx: db.Tx, sql: str, *args: object) -> None:
    await tx.connection.execute(sql, *args, timeout=300)


@contextmanager
def sent() -> Iterator[list[tuple[str, tuple[Any, ...]]]]:
    """The statements over operations that reach the database meanwhile."""
    found: list[tuple[str, tuple[Any, ...]]] = []

    def note(record: Any) -> None:
        if record.query.lstrip().startswith("select") and " operation" in record.query:
            found.append((record.query, tuple(record.args)))

    connections = [h._con for h in db.pool()._holders if h._con is not None]
    for connection in connections:
        connection.add_query_logger(note)
    try:
        yield found
    finally:
        for connection in connections:
            connection.remove_query_logger(note)


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


async def touched(actor: Actor, sql: str, args: tuple[Any, ...]) -> tuple[int, int, str]:
    """How many rows of the large tables and how many blocks a statement looks at, and how."""
    async with db.reads(actor) as tx:
        text = await tx.value("explain (analyze, buffers, costs off, format json) " + sql, *args)
    plan = json.loads(text)[0]["Plan"]
    rows, told = 0, []
    for node in nodes(plan):
        if node.get("Relation Name") not in {"operation", "payment"}:
            continue
        each = sum(
            node.get(name, 0)
            for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
        )
        rows += round(each * node["Actual Loops"])
        told.append(f"{node['Node Type']} {node.get('Index Name')} {each} × {node['Actual Loops']}")
    blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return rows, blocks, f"{rows} rows, {blocks} blocks: {'; '.join(told)}"


SEARCHES = [
    "", "status:declined", "status:unknown", "kind:credit", "result:051", "result:000",
    "country:ES", "card:0123", "originator:{originator}", "number:{number}", "consumer:{consumer}",
    "from:2020-01-01", "from:2020-01-01 to:2100-01-01 status:declined",
    "status:declined country:ES", "currency:EUR", "amount:>10.50", "brand:visa", "{number}",
    "0123", "shopper77@example",
    "order:bulk-777-", "email:shopper500@example.org", "bulk-4321-", "nobody-has-this",
]  # fmt: skip


# The provider's staff look over all companies at once, where only these have an index.
BY_STAFF = [
    "", "status:declined", "status:unknown", "result:000", "country:ES", "from:2020-01-01",
    "from:2020-01-01 to:2100-01-01 status:declined", "currency:EUR", "brand:visa", "{number}",
    "consumer:{consumer}", "nobody-has-this",
]  # fmt: skip


def actors(crowd: Crowd) -> dict[str, Actor]:
    key = replace(crowd.large.actor(), originator_id=crowd.large.originator.id)
    return {
        "large": crowd.large.actor(), "small": crowd.small.actor(), "key": key,
        "staff": crowd.staff,
    }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(
    ("who", "search"),
    [
        *(("large", search) for search in SEARCHES),
        *(("key", search) for search in SEARCHES),
        *(("staff", search) for search in BY_STAFF),
    ],
)
async def test_a_page_reads_what_it_shows(crowd: Crowd, who: str, search: str) -> None:
    actor = actors(crowd)[who]
    asked = payments.parse(
        search.format(
            originator=crowd.large.originator.number, number=crowd.number, consumer=crowd.consumer
        )
    )
    with sent() as statements:
        page = await payments.list_transactions(actor, asked, limit=PAGE)
        for _ in range(2):
            if page.next is not None:
                page = await payments.list_transactions(actor, asked, cursor=page.next, limit=PAGE)
    assert statements
    few = SHOWN + (WINDOW_OF_ALL if who == "staff" else WINDOW)
    for sql, args in statements:
        rows, blocks, how = await touched(actor, sql, args)
        assert rows <= few, f"{search or 'everything'} as {who}: {how}\n{sql}"
        assert blocks <= few, f"{search or 'everything'} as {who}: {how}\n{sql}"


@pytest.mark.slow
@pytest.mark.parametrize("who", ["large", "small", "staff"])
async def test_a_count_stops_at_its_cap(crowd: Crowd, who: str) -> None:
    actor = actors(crowd)[who]
    with sent() as statements:
        counted = await payments.count_transactions(actor, payments.parse(""))
    assert counted.capped == (who != "small")
    for sql, args in statements:
        rows, _, how = await touched(actor, sql, args)
        assert rows <= 2 * COUNT_CAP, how  # A scan passes over other companies' rows.
