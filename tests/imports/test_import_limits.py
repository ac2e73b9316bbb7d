"""What a file says of an original never takes more from it than there is, and is never booked twice
because a column changed."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from comptoir import identity, imports, payments
from comptoir.kit import db
from comptoir.kit.money import Money
from comptoir.payments import Kind
from kit import Shop
from kit_imports import Books

Written = Callable[..., Path]
HEADER = "created_at,id,kind,status,amount,currency,order_id,reference,settled_at"
SALE = "2024-01-01T10:00:00Z,1,sale,succeeded,10.00,EUR,A,,"


def refund(number: int, amount: str, currency: str = "EUR", of: str = "1", order: str = "") -> str:
    return (
        f"2024-02-0{number}T10:00:00Z,R{number},refund,succeeded,{amount},{currency},{order},{of},"
    )


@pytest.mark.parametrize("of", ["1", ""])
@pytest.mark.parametrize(
    ("rows", "left_alone"),
    [
        ([refund(2, "4.00"), refund(3, "6.00")], 0),
        ([refund(2, "4.00"), refund(3, "8.00")], 1),
        ([refund(3, "10.00"), refund(2, "0.01")], 1),
        ([refund(2, "4.00"), refund(3, "4.00", "USD")], 1),
    ],
)
async def test_a_refund_that_its_sale_cannot_bear_stands_alone(
    books: Books, written: Written, rows: list[str], left_alone: int, of: str
) -> None:
    rows = [row if of else row.replace(",,1,", ",A,,") for row in rows]
    report = await books.run(written(HEADER, SALE, *rows))
    assert (report.added, report.alone) == (3, left_alone)
    shown = await books.rows()
    originals = {row.payment_id for row in shown if row.kind == "sale"}
    followers = [row for row in shown if row.kind == "refund" and row.payment_id in originals]
    assert len(followers) == len(rows) - left_alone
    assert sum(row.amount.minor for row in followers) <= 1000
    assert {row.amount.currency for row in followers} <= {"EUR"}


async def test_a_refund_of_what_was_declined_stands_alone(books: Books, written: Written) -> None:
    declined = SALE.replace("succeeded", "declined")
    report = await books.run(written(HEADER, declined, refund(2, "4.00")))
    assert (report.added, report.alone) == (2, 1)
    assert len({row.payment_id for row in await books.rows()}) == 2


async def test_refunds_in_two_files_and_many_batches_share_what_is_left(
    books: Books, written: Written
) -> None:
    others = [SALE.replace(",1,", f",S{n},").replace(",A,", f",B{n},") for n in range(5400)]
    rows = [SALE, refund(2, "4.00"), *others[:2700], refund(3, "4.00"), *others[2700:]]
    second = written(HEADER, refund(4, "4.00"), refund(5, "2.00"), name="second.csv")
    assert (await books.run(written(HEADER, *rows))).alone == 0
    assert (await books.run(second)).alone == 1
    refunds = await books.rows("kind:refund")
    (sale,) = await books.rows("order:A kind:sale")
    parts = [row.amount.minor for row in refunds if row.payment_id == sale.payment_id]
    assert sorted(parts) == [200, 400, 400]


async def test_a_row_whose_id_is_known_with_another_content_is_refused_and_told(
    books: Books, written: Written, tmp_path: Path
) -> None:
    await books.run(written(HEADER, SALE))
    settled, dearer = SALE + "2024-01-03T00:00:00Z", SALE.replace("10.00", "12.00")
    later = written(HEADER, settled, SALE, dearer, SALE.replace(",1,", ",2,"), name="later.csv")
    tried = await books.run(later, dry_run=True)
    assert (tried.added, tried.known, tried.refused, tried.alone) == (1, 1, 2, None)
    report = await books.run(later)
    assert (report.added, report.known, report.refused) == (1, 1, 2)
    assert await books.totals() == {"sale succeeded EUR": (2, "20.00")}
    assert report.rejected is not None
    told = report.rejected.read_text("utf-8-sig").splitlines()
    assert [line.split(",")[:2] for line in told[1:]] == [["2", "id"], ["4", "id"]]
    assert "is known with another content" in told[1]
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('identity = ["id", "amount"]\n')
    other = await books.run(written(HEADER, dearer, name="other.csv"), mapping)
    assert (other.added, other.refused) == (1, 0)


async def test_an_imported_refund_and_one_through_the_gateway_never_take_more_than_there_is(
    shop: Shop, written: Written, tmp_path: Path
) -> None:
    actor = identity.command_line(shop.company.id)
    sale = await shop.stored(await shop.paid(1500, order_id="own-9"))
    path = written(HEADER, refund(2, "9.00", of="own-9"))

    async def by_file() -> imports.ImportReport:
        return await imports.run_import(actor, path, shop.originator.number, home=tmp_path)

    async def by_gateway() -> object:
        amount = Money(900, "EUR")
        return await payments.follow_up(shop.actor(), Kind.REFUND, sale.id, amount=amount)

    report, told = await asyncio.gather(by_file(), by_gateway(), return_exceptions=True)
    assert isinstance(report, imports.ImportReport), report
    assert report.added == 1
    assert (report.alone == 1) != isinstance(told, Exception)
    async with db.transaction(company=shop.company.id) as tx:
        taken = await tx.value(
            "select sum(amount_minor) from operation where company_id = $1 and refers_to = $2",
            tx.company, sale.id,
        )  # fmt: skip
    assert taken == 900
