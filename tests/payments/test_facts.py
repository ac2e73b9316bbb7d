"""What an operation was never changes, and live and test never meet."""

import asyncpg
import pytest

from comptoir import identity, merchants
from comptoir.kit import db, ids
from kit import Shop, as_role, platform_client

REAL_LOOKING = "4539578763621486"
ONE = " where company_id = $1 and id = $2"
NOW = "2031-01-01T00:00:00Z"

CHANGES = {
    "amount_minor": "1", "currency": "'JPY'", "kind": "'rebill'", "live": "true",
    "payment_id": f"'{ids.new()}'", "number": "1", "source": "'demo'",
    "originator_id": f"'{ids.new()}'", "occurred_at": f"'{NOW}'", "refers_to": "id",
    "account_id": "null", "card_first6": "'400000'", "card_last4": "'0000'", "actor": "'x'",
    "status": "'declined'", "result_code": "'005'",
}  # fmt: skip


@pytest.mark.parametrize("role", ["comptoir_app", "comptoir_platform", "comptoir_owner"])
async def test_the_facts_of_an_operation_never_change(shop: Shop, role: str) -> None:
    sale = await shop.stored(await shop.paid())
    for column, value in CHANGES.items():
        with pytest.raises(asyncpg.RestrictViolationError):
            await as_role(
                shop.company.id, role, f"update operation set {column} = {value}{ONE}", sale.id
            )
    for column in ("amount_minor", "currency", "live", "source", "order_id", "occurred_at"):
        value = CHANGES.get(column, "'other'")
        with pytest.raises(asyncpg.RestrictViolationError):
            await as_role(
                shop.company.id,
                role,
                f"update payment set {column} = {value}{ONE}",
                sale.payment_id,
            )


@pytest.mark.parametrize("table", ["operation", "payment", "gateway_call", "decision", "event"])
async def test_nobody_of_the_product_deletes_what_happened(shop: Shop, table: str) -> None:
    await shop.paid()
    for role in ("comptoir_app", "comptoir_platform"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(shop.company.id, role, f"delete from {table} where company_id = $1")


async def test_a_live_key_sees_and_touches_nothing_of_test_mode(shop: Shop) -> None:
    sale = await shop.paid(shopper={"id": "ada"}, key="one-key-in-two-modes")
    consumer = (await shop.get("/consumers")).json()["data"][0]["id"]
    live = await shop.with_key(live=True)
    for path in (
        f"/operations/{sale['id']}", f"/operations/{sale['number']}",
        f"/payments/{sale['payment']}", f"/operations/{sale['id']}/possibilities",
        f"/consumers/{consumer}",
    ):  # fmt: skip
        assert (await shop.get(path)).status_code == 200
        assert (await live.get(path)).status_code == 404, path
    for what in ("refunds", "captures", "cancels", "rebills", "credits", "continuations"):
        assert (await live.follow(sale, what)).status_code == 404, what
    for path in ("/transactions", "/payments", "/consumers", "/merchant-accounts", "/events"):
        assert (await live.get(path)).json()["data"] == [], path
    assert (await live.get("/transactions/totals")).json()["totals"] == []


async def test_a_live_key_takes_no_card_and_stores_nothing(shop: Shop) -> None:
    live = await shop.with_key(live=True)
    answer = await live.pay(key="again")
    assert (answer.status_code, answer.json()["code"]) == (409, "live_cards_closed")
    token = (await shop.paid())["card"]["token"]
    answer = await live.pay(card={"token": token})
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown_card_token")
    assert await rows(shop, live=True) == 0


@pytest.mark.parametrize("number", [REAL_LOOKING, "4111111111111112", "0000000000000000"])
async def test_a_number_that_is_no_test_card_is_refused_and_not_stored(
    shop: Shop, number: str
) -> None:
    answer = await shop.pay(number=number, key="a-key", shopper={"email": "ada@shop.example"})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_a_test_card")
    assert number not in answer.text
    assert await rows(shop) == 0
    assert (await shop.get("/consumers")).json()["data"] == []


async def rows(shop: Shop, *, live: bool = False) -> int:
    """What is stored of payments in a mode."""
    async with db.transaction(company=shop.company.id) as tx:
        found: int = await tx.value(
            "select (select count(*) from payment where live = $1)"
            " + (select count(*) from operation where live = $1)"
            " + (select count(*) from idempotency where live = $1)"
            " + (select count(*) from event where live = $1 and payment_id is not null)",
            live,
        )
    return found


async def test_a_live_originator_is_never_linked_to_a_test_account(shop: Shop) -> None:
    company = ids.typeid("com", shop.company.id)
    body = {"accounts": [ids.typeid("acc", shop.account.id)], "live": True}
    originator = ids.typeid("ori", shop.originator.id)
    async with await platform_client(shop.app, comptoir_company=company) as client:
        answer = await client.put(f"/originators/{originator}/route", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "live_meets_test")
    async with db.transaction(company=shop.company.id) as tx:
        with pytest.raises(merchants.LiveMeetsTest):
            await merchants.create_account(
                tx, identity.command_line(), "Live", "sandbox", live=True, currencies=("EUR",)
            )


async def test_the_database_keeps_live_and_test_apart_by_itself(shop: Shop) -> None:
    sale = await shop.stored(await shop.paid(shopper={"id": "ada"}))
    company, account = shop.company.id, shop.account.id
    link = "update originator_account set live = true where company_id = $1 and account_id = $2"
    sandbox = (
        "insert into merchant_account (company_id, id, name, connector, live, currencies, methods,"
        " credentials) values ($1, $2, 'Live', 'sandbox', true, '{EUR}', '{card}', '')"
    )
    payment = (
        "insert into payment (company_id, id, live, source, originator_id, consumer_id, order_id,"
        " amount_minor, currency, method, occurred_at)"
        " values ($1, $2, true, 'own', $3, $4, 'x', 1, 'EUR', 'card', now())"
    )
    demo = (
        "insert into payment (company_id, id, live, source, originator_id, order_id,"
        " amount_minor, currency, method, occurred_at)"
        " values ($1, $2, true, 'demo', $3, 'x', 1, 'EUR', 'card', now())"
    )
    operation = (
        "insert into operation (company_id, id, number, payment_id, originator_id, account_id,"
        " live, source, kind, status, amount_minor, currency, method, actor, occurred_at)"
        " values ($1, $2, 7, $3, $4, $5, true, 'own', 'sale', 'sent', 1, 'EUR', 'card', 'x', now())"
    )
    for error, sql, *args in [
        (asyncpg.ForeignKeyViolationError, link, company, account),
        (asyncpg.CheckViolationError, sandbox, company, ids.new()),
        (
            asyncpg.ForeignKeyViolationError, payment,
            company, ids.new(), shop.originator.id, sale.consumer_id,
        ),
        (asyncpg.CheckViolationError, demo, company, ids.new(), shop.originator.id),
        (
            asyncpg.ForeignKeyViolationError, operation,
            company, ids.new(), sale.payment_id, shop.originator.id, account,
        ),
    ]:  # fmt: skip
        with pytest.raises(error):
            await as_role(company, "comptoir_app", sql, *args[1:])
