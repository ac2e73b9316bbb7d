"""What is bounded says so: pages lead on, sums are exact, an export has everything or refuses."""

from typing import Any

from litestar import Litestar

from comptoir import payments
from comptoir.kit import db, ids
from kit import Shop, make_shop, platform_client

MANY = 1_200  # More payments than a search by text reads.

FILL_PAYMENTS = """
insert into payment (company_id, id, live, source, originator_id, order_id, amount_minor, currency,
    method, email, occurred_at)
select $1, gen_random_uuid(), false, 'own', $2, 'crowd-' || n, 1000, 'EUR', 'card',
    'crowd@example.org', now() - n * interval '1 minute'
from generate_series(1, $3::int) as n
"""
FILL_SALES = """
insert into operation (company_id, id, number, payment_id, originator_id, account_id, live, source,
    kind, status, result_code, amount_minor, currency, method, actor, occurred_at, finished_at)
select $1, gen_random_uuid(), $4::int + row_number() over (), p.id, $2, $3, false, 'own', 'sale',
    'succeeded', '000', 1000, 'EUR', 'card', 'test', p.occurred_at, p.occurred_at
from payment p where p.company_id = $1
"""
FILL_ONE_PAYMENT = """
insert into operation (company_id, id, number, payment_id, originator_id, account_id, live, source,
    kind, status, result_code, amount_minor, currency, method, actor, occurred_at, finished_at)
select o.company_id, gen_random_uuid(), $3::int + n, o.payment_id, o.originator_id, o.account_id,
    false, 'own', 'sale', 'declined', '051', 1000, 'EUR', 'card', 'test', o.occurred_at,
    o.occurred_at
from operation o, generate_series(1, $4::int) as n where o.company_id = $1 and o.id = $2
"""


async def fill(sql: str, *args: object) -> None:
    async with db.lookup() as tx:
        await tx.run("set local role comptoir_owner")
        await tx.run(sql, *args)


async def walk(shop: Shop, path: str, **asked: Any) -> list[dict[str, Any]]:
    """Every row of a list, page by page."""
    rows: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await shop.get(path, **asked, **cursor)).json()
        rows += page["data"]
        if page["next"] is None:
            return rows
        cursor = {"cursor": page["next"]}


async def test_a_payment_with_many_operations_is_summed_exactly_and_lists_them_all(
    shop: Shop,
) -> None:
    sale = await shop.paid(1000)
    for _ in range(55):
        assert (await shop.follow(sale, "refunds", 1)).status_code == 201
    one = (await shop.get(f"/payments/{sale['payment']}")).json()
    listed = (await shop.get("/payments")).json()["data"][0]
    for payment in (one, listed):
        assert (payment["captured"], payment["refunded"]) == (1000, 55)
        assert (payment["status"], payment["operations_total"]) == ("partially_refunded", 56)
        assert len(payment["operations"]) == 50
        assert sale["id"] not in {o["id"] for o in payment["operations"]}
    every = await walk(shop, f"/payments/{sale['payment']}/operations", limit=20)
    assert len({o["id"] for o in every}) == 56
    assert every[-1]["id"] == sale["id"]


async def test_a_full_payment_takes_no_new_money_but_still_gives_back(shop: Shop) -> None:
    sale = await shop.paid(1000)
    name = ids.untype("op", sale["id"])
    await fill(FILL_ONE_PAYMENT, shop.company.id, name, 50_000_000, 4_500)
    refused = await shop.follow(sale, "rebills")
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_full")
    assert (await shop.follow(sale, "refunds", 100)).status_code == 201


async def test_a_search_that_matches_more_than_it_reads_says_so_and_exports_everything(
    app: Litestar,
) -> None:
    shop = await make_shop(app, "Crowded")
    company, originator = shop.company.id, shop.originator.id
    await fill(FILL_PAYMENTS, company, originator, MANY)
    await fill(FILL_SALES, company, originator, shop.account.id, 60_000_000)
    asked = payments.parse("crowd@example")
    count = await payments.count_transactions(shop.actor(), asked)
    assert (count.text, count.capped) == ("1 000+", True)
    assert (await shop.get("/transactions", q="crowd@example")).json()["partial"]
    assert not (await shop.get("/transactions", q="crowd-77")).json()["partial"]
    batches = await payments.export_transactions(shop.actor(), asked)
    exported = [row async for batch in batches for row in batch]
    assert len({row.id for row in exported}) == MANY
    [total] = (await shop.get("/transactions/totals", q="crowd@example")).json()["totals"]
    assert (total["number"], total["amount"]) == (MANY, MANY * 1000)


async def test_every_company_originator_and_account_is_on_some_page(app: Litestar) -> None:
    shops = [await make_shop(app, name) for name in ("Zebra & Co", "aardvark", "Älg")]
    client = await platform_client(app)
    for path, wanted in (
        ("/companies", {ids.typeid("com", s.company.id) for s in shops}),
        ("/originators", {ids.typeid("ori", s.originator.id) for s in shops}),
        ("/merchant-accounts", {ids.typeid("acc", s.account.id) for s in shops}),
    ):
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = (await client.get(path, params={"limit": 2, "cursor": cursor})).json()
            rows += page["data"]
            cursor = page["next"]
            if not cursor:
                break
        names = [row["id"] for row in rows]
        assert len(names) == len(set(names))
        assert wanted <= set(names)
        back = (await client.get(path, params={"limit": 2})).json()
        onwards = (await client.get(path, params={"limit": 2, "cursor": back["next"]})).json()
        again = await client.get(path, params={"limit": 2, "cursor": onwards["previous"]})
        assert again.json()["data"] == back["data"]
    await client.aclose()
