"""The ledger: balanced per operation and currency, in through one function, never edited."""

from collections import defaultdict
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir import accounting
from comptoir.accounting import Line
from comptoir.kit import clock, db, ids
from comptoir.kit.money import Money
from comptoir.payments import Kind
from kit import Shop, as_role, entries, make_shop

PRODUCT = ("comptoir_app", "comptoir_platform")
EUR, JPY = "EUR", "JPY"


async def post(company: UUID, *amounts: Money, cause_id: UUID | None = None) -> None:
    lines = [Line("receivable", amount) for amount in amounts]
    async with db.transaction(company=company) as tx:
        await accounting.post_entries(
            tx, cause_id or ids.new(), "outcome", lines, live=False, at=clock.now()
        )


@pytest.mark.parametrize(
    "amounts",
    [
        [Money(100, EUR)],
        [Money(100, EUR), Money(-99, EUR)],
        [Money(100, EUR), Money(-100, JPY)],
        [Money(5, EUR), Money(-5, EUR), Money(1, JPY)],
    ],
)
async def test_a_set_that_does_not_sum_to_zero_is_refused_whole(
    shop: Shop, amounts: list[Money]
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="do not sum to zero"):
        await post(shop.company.id, *amounts)
    assert await entries(shop.company.id) == {}


async def test_many_sets_at_once_are_each_balanced_or_refused_whole(shop: Shop) -> None:
    one, two = str(ids.new()), str(ids.new())
    rows = [row(one, 1, 100), row(one, 2, -100), row(two, 1, 100), row(two, 2, -99)]
    # In the sum of all sets nothing is missing, yet neither set is balanced.
    crossed = [row(one, 1, 100), row(two, 1, -100)]
    for unbalanced in (rows, crossed):
        with pytest.raises(asyncpg.CheckViolationError, match="do not sum to zero"):
            await post_sets(shop.company.id, unbalanced)
    assert await entries(shop.company.id) == {}
    await post_sets(shop.company.id, rows[:2])
    assert await entries(shop.company.id) == {("receivable", EUR): 0}


def row(cause: str, line: int, amount: int) -> tuple[Any, ...]:
    return cause, "outcome", line, "receivable", None, amount, EUR, clock.now()


async def post_sets(company: UUID, lines: list[tuple[Any, ...]]) -> None:
    async with db.transaction(company=company) as tx:
        await tx.run("select post_entry_sets_v1($1, false, $2)", company, lines)


async def test_one_cause_posts_once(shop: Shop) -> None:
    cause = ids.new()
    await post(shop.company.id, Money(7, EUR), Money(-7, EUR), cause_id=cause)
    with pytest.raises(asyncpg.UniqueViolationError):
        await post(shop.company.id, Money(7, EUR), Money(-7, EUR), cause_id=cause)


async def test_entries_of_another_company_cannot_be_posted(shop: Shop, other_shop: Shop) -> None:
    async with db.transaction(company=shop.company.id) as tx:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tx.run(
                "select post_entries_v1($1, $2, 'outcome', false, now(), '[]')",
                other_shop.company.id, ids.new(),
            )  # fmt: skip


@pytest.mark.parametrize("role", PRODUCT)
async def test_no_row_enters_the_ledger_beside_its_function(shop: Shop, role: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await as_role(
            shop.company.id, role,
            "insert into entry (company_id, cause_id, cause, line, account, amount_minor, currency,"
            " live, at) values ($1, $1, 'outcome', 1, 'bank', 1, 'EUR', false, now())",
        )  # fmt: skip


@pytest.mark.parametrize("table", ["entry", "event"])
@pytest.mark.parametrize("act", ["update", "delete"])
async def test_the_product_may_not_touch_what_was_written(shop: Shop, table: str, act: str) -> None:
    await shop.paid()
    for role in PRODUCT:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(shop.company.id, role, TOUCH[table, act])


@pytest.mark.parametrize("table", ["entry", "event"])
@pytest.mark.parametrize("act", ["update", "delete", "truncate"])
async def test_not_even_the_owner_of_the_tables_changes_what_was_written(
    shop: Shop, table: str, act: str
) -> None:
    await shop.paid()
    before = await entries(shop.company.id)
    with pytest.raises(asyncpg.RestrictViolationError, match="never changed"):
        await as_owner(shop.company.id, TOUCH[table, act])
    assert await entries(shop.company.id) == before


TOUCH = {
    ("entry", "update"): "update entry set at = now() where company_id = $1",
    ("entry", "delete"): "delete from entry where company_id = $1",
    ("entry", "truncate"): "truncate entry",
    ("event", "update"): "update event set kind = 'x' where company_id = $1",
    ("event", "delete"): "delete from event where company_id = $1",
    ("event", "truncate"): "truncate event",
}


async def as_owner(company: UUID, sql: str) -> None:
    if "$1" in sql:
        await as_role(company, "comptoir_owner", sql)
        return
    async with db.transaction(company=company) as tx:
        await tx.run("set local role comptoir_owner")
        await tx.run(sql)


async def test_every_operation_of_a_busy_day_sums_to_zero(shop: Shop) -> None:
    sale = await shop.paid(1500)
    await shop.follow(sale, "refunds", 400)
    hold = await shop.paid(999, operation="authorize")
    await shop.follow(hold, "captures", 500)
    await shop.follow(await shop.paid(300, operation="authorize"), "cancels")
    await shop.follow(sale, "rebills", 700)
    await shop.paid(1200, currency=JPY)
    await shop.pay(90_051)  # Declined.
    sums: dict[tuple[UUID, str], int] = defaultdict(int)
    async with db.transaction(company=shop.company.id) as tx:
        for line in await tx.rows(
            "select cause_id, currency, amount_minor from entry where company_id = $1 limit 500",
            tx.company,
        ):
            sums[line["cause_id"], line["currency"]] += line["amount_minor"]
    assert len(sums) == 8
    assert set(sums.values()) == {0}
    assert await entries(shop.company.id) == {
        ("receivable", EUR): 1500 - 400 + 500 + 700,
        ("payable", EUR): -(1500 - 400 + 500 + 700),
        ("authorised", EUR): 999 - 500,
        ("authorised_contra", EUR): -(999 - 500),
        ("receivable", JPY): 1200,
        ("payable", JPY): -1200,
    }


amounts = st.integers(0, 999_999_999_999).map(lambda minor: Money(minor, EUR))


@given(st.sampled_from(Kind), amounts, st.sampled_from([None, *Kind]))
def test_what_an_outcome_posts_sums_to_zero(kind: Kind, amount: Money, origin: Kind | None) -> None:
    lines = accounting.outcome_lines(kind, amount, ids.new(), origin)
    assert sum(line.amount.minor for line in lines) == 0
    assert all(line.amount.minor for line in lines)


@given(amounts, st.integers(0, 10**9))
def test_what_a_settlement_posts_sums_to_zero(net: Money, fee: int) -> None:
    lines = accounting.settled_lines(net, Money(fee, EUR), ids.new())
    assert sum(line.amount.minor for line in lines) == 0


@given(st.lists(amounts, max_size=10))
def test_the_opposite_of_lines_undoes_them(some: list[Money]) -> None:
    lines = [Line("bank", amount) for amount in some]
    back = accounting.opposite(lines)
    assert [a.amount + b.amount for a, b in zip(lines, back, strict=True)] == [
        Money(0, EUR) for _ in some
    ]


async def test_two_shops_have_two_ledgers(app: Any, shop: Shop) -> None:
    other = await make_shop(app, "Quiet shop")
    await shop.paid()
    assert await entries(other.company.id) == {}
