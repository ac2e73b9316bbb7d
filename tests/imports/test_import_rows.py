"""What rows become: amounts of every exponent, declines, partial refunds, any order of rows."""

from collections.abc import Callable
from pathlib import Path

import pytest

from comptoir import consumers, imports, payments
from comptoir.kit import db
from kit_imports import Books

DATA = Path(__file__).parent / "data"
MIXED, MAPPING = DATA / "mixed.csv", DATA / "mixed.toml"
Written = Callable[..., Path]

TOTALS = {
    "authorize succeeded EUR": (1, "100.00"),
    "cancel succeeded EUR": (1, "20.00"),
    "capture succeeded EUR": (1, "80.00"),
    "chargeback succeeded EUR": (1, "1250.00"),
    "credit succeeded KWD": (1, "10.000"),
    "fraud succeeded EUR": (1, "75.00"),
    "refund succeeded EUR": (3, "180.75"),
    "representment succeeded EUR": (1, "1250.00"),
    "retrieval succeeded EUR": (1, "1250.00"),
    "sale declined EUR": (1, "75.00"),
    "sale succeeded EUR": (3, "1625.00"),
    "sale succeeded JPY": (1, "5000"),
    "sale succeeded KWD": (1, "12.345"),
}
BALANCES = {
    "bank EUR": "261.75",
    "fee_income EUR": "-38.25",
    "gateway_cost EUR": "38.25",
    "payable EUR": "-1486.00",
    "payable JPY": "-5000",
    "payable KWD": "-2.345",
    "receivable EUR": "1224.25",
    "receivable JPY": "5000",
    "receivable KWD": "2.345",
}


@pytest.fixture(autouse=True)
def _in_2026(held_clock: None) -> None:
    """Rows of 2099 lie in the future."""


async def test_every_good_row_comes_in_and_every_bad_one_is_counted(books: Books) -> None:
    report = await books.run(MIXED, MAPPING)
    counted = (report.rows, report.added, report.refused, report.ignored, report.alone)
    assert counted == (30, 17, 12, 1, 1)
    assert await books.totals() == TOTALS
    held = {
        f"{h.kind} {h.status} {h.currency}": (h.number, h.sum_minor) for h in report.held
    }  # What the file says, in minor units.
    assert held["sale succeeded EUR"] == (3, 162500)
    assert held["sale succeeded KWD"] == (1, 12345)
    assert held["sale succeeded JPY"] == (1, 5000)


async def test_every_account_balances_to_the_last_minor_unit(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    balances = await books.balances()
    assert balances == BALANCES
    async with db.transaction(company=books.company.id) as tx:
        unbalanced = await tx.rows(
            "select cause_id, cause, currency from entry where company_id = $1"
            " group by cause_id, cause, currency having sum(amount_minor) <> 0",
            tx.company,
        )
    assert unbalanced == []


async def test_rows_find_what_they_refer_to_in_whatever_order_they_come(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    first = await books.named("A-100")
    sale, back, won = first["sale"], first["chargeback"], first["representment"]
    assert (back.refers_to, won.refers_to) == (sale.id, back.id)
    assert first["retrieval"].refers_to == sale.id
    assert {row.payment_id for row in first.values()} == {sale.payment_id}
    refunds = [row for row in await books.rows("kind:refund") if row.order_id == "A-101"]
    sale = (await books.named("A-101"))["sale"]
    assert [row.refers_to for row in refunds] == [sale.id, sale.id]
    authorised = await books.named("A-105")
    assert authorised["capture"].refers_to == authorised["authorize"].id
    assert authorised["cancel"].refers_to == authorised["authorize"].id


async def test_what_refers_to_nothing_here_stands_alone(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    refund = (await books.named("Z-999"))["refund"]
    assert refund.refers_to is None
    credit = (await books.named("A-103"))["credit"]
    assert credit.refers_to is None


async def test_tries_of_one_order_are_one_payment_with_its_shopper(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    tries = [row for row in await books.rows("kind:sale") if row.order_id == "A-102"]
    assert [(row.status, row.result_code) for row in tries] == [
        ("declined", "051"),
        ("succeeded", "000"),
    ]
    assert tries[0].payment_id == tries[1].payment_id
    async with db.transaction(company=books.company.id) as tx:
        operations = await payments.list_operations(tx, tries[0].payment_id)
    assert payments.payment_status(operations, "EUR") == "captured"


async def test_consumers_are_recognised_by_shop_id_and_by_e_mail(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    found = (await consumers.list_consumers(books.actor)).rows
    by_mail = {consumer.email: consumer for consumer in found}
    ana = by_mail["ana@example.com"]
    assert (ana.shop_id, ana.country) == ("C1", "IE")  # Her other order had come first.
    named = [row for row in await books.rows("consumer:known") if row.kind == "sale"]
    hers = {row.order_id for row in named if row.consumer_id == ana.id}
    assert hers == {"A-100", "A-101", "A-102"}
    assert len(found) == 4


async def test_cards_countries_brands_and_times_are_told_alike(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    sale = (await books.named("A-100"))["sale"]
    assert (sale.card_first6, sale.card_last4, sale.brand) == ("411111", "1111", "visa")
    assert sale.occurred_at.isoformat() == "2024-01-31T23:30:00+00:00"
    japan = (await books.named("A-104"))["sale"]
    assert (japan.card_first6, japan.card_last4, japan.brand) == (None, "8431", "amex")
    assert {row.country for row in await books.rows("kind:sale")} == {"ES", "IE", "JP", "KW"}
    assert (japan.source, japan.live, japan.financial) == ("imported", False, "not_sent")
    assert sale.financial == "settled"


async def test_operations_are_found_by_the_names_that_the_provider_gave(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    for name in ("T01", "ARN-01"):
        assert [row.order_id for row in await books.rows(name)] == ["A-100"]


async def test_history_is_told_to_listeners_once_and_calls_nobody(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    kinds = await books.events()
    assert kinds.count("import.started") == kinds.count("import.finished") == 1
    assert kinds.count("operation.succeeded") == 16
    assert kinds.count("operation.declined") == 1
    async with db.platform() as tx:
        jobs = await tx.value(
            "select count(*) from pgqueuer where payload is not null"
            " and position($1::text in convert_from(payload, 'UTF8')) > 0",
            str(books.company.id),
        )
    assert jobs == 0


async def test_a_second_run_of_the_mixed_file_adds_nothing(books: Books) -> None:
    await books.run(MIXED, MAPPING)
    again = await books.run(MIXED, MAPPING)
    assert (again.added, again.known, again.refused, again.ignored) == (0, 17, 12, 1)
    assert await books.totals() == TOTALS
    assert await books.balances() == BALANCES


async def test_a_better_mapping_adds_only_what_was_refused_before(
    books: Books, tmp_path: Path
) -> None:
    first = await books.run(MIXED, MAPPING)
    better = tmp_path / "better.toml"
    better.write_text(MAPPING.read_text().replace("[kinds]", '[kinds]\nTeleport = "sale"'))
    second = await books.run(MIXED, better)
    assert (second.import_id, second.added, second.known) == (first.import_id, 1, 17)
    assert (await books.totals())["sale succeeded EUR"] == (4, "1635.00")


async def test_a_mapping_that_would_add_all_of_it_again_is_refused(
    books: Books, written: Written
) -> None:
    path = written("created_at,id,kind,amount,currency", "2024-01-01T10:00:00Z,1,sale,5.00,EUR")
    report = await books.run(path)
    otherwise = written('identity = ["id"]', name="otherwise.toml")
    with pytest.raises(imports.ReadOtherwise):
        await books.run(path, otherwise)
    await books.undo(report)
    assert (await books.run(path, otherwise)).added == 1


async def test_rows_are_told_apart_by_the_columns_that_the_mapping_names(
    books: Books, written: Written
) -> None:
    header = "created_at,id,kind,amount,currency,balance"
    mapping = written('identity = ["id", "kind"]', name="m.toml")
    sale = "2024-01-01T10:00:00Z,1,sale,5.00,EUR,"
    await books.run(written(header, sale + "100.00"), mapping)
    report = await books.run(written(header, sale + "105.00", name="later.csv"), mapping)
    assert (report.added, report.known) == (0, 1)


async def test_the_same_rows_in_another_file_are_known(books: Books, written: Written) -> None:
    header = "created_at,order_id,kind,amount,currency"
    january = ["2024-01-01T10:00:00Z,1,sale,5.00,EUR", "2024-01-31T10:00:00Z,2,sale,6.00,EUR"]
    february = ["2024-02-01T10:00:00Z,3,sale,7.00,EUR"]
    await books.run(written(header, *january, name="january.csv"))
    report = await books.run(written(header, *january[1:], *february, name="february.csv"))
    assert (report.added, report.known) == (1, 1)
    assert await books.totals() == {"sale succeeded EUR": (3, "18.00")}


async def test_equal_rows_are_as_many_operations_and_still_come_only_once(
    books: Books, written: Written
) -> None:
    header = "created_at,kind,amount,currency"
    path = written(header, *["2024-01-01T00:00:00Z,sale,5.00,EUR"] * 3)
    assert (await books.run(path)).added == 3
    assert (await books.run(path)).known == 3
    more = written(header, *["2024-01-01T00:00:00Z,sale,5.00,EUR"] * 5, name="more.csv")
    report = await books.run(more)
    assert (report.added, report.known) == (2, 3)


async def test_live_and_test_never_meet(books: Books, written: Written) -> None:
    path = written(
        "created_at,order_id,kind,amount,currency", "2024-01-01T10:00:00Z,1,sale,5.00,EUR"
    )
    live = books.in_live_mode()
    await books.run(path)
    assert await live.totals() == {}
    assert (await live.run(path)).added == 1
    assert await live.totals() == await books.totals() == {"sale succeeded EUR": (1, "5.00")}


async def test_a_dry_run_tells_all_of_it_and_adds_nothing(books: Books) -> None:
    report = await books.run(MIXED, MAPPING, dry_run=True)
    counted = (report.added, report.known, report.refused, report.ignored)
    assert (report.import_id, *counted) == (None, 17, 0, 12, 1)
    assert report.rejected is not None
    assert await books.totals() == {}
    assert await imports.list_imports(books.actor) == []


async def test_a_later_file_refers_to_an_earlier_one(books: Books, written: Written) -> None:
    header = "created_at,id,order_id,kind,amount,currency,reference"
    await books.run(written(header, "2024-01-01T10:00:00Z,S1,9,sale,5.00,EUR,"))
    later = "2024-03-01T10:00:00Z,R1,,refund,2.00,EUR,S1"
    report = await books.run(written(header, later, name="later.csv"))
    assert (report.added, report.alone) == (1, 0)
    found = await books.named("9")
    assert found["refund"].refers_to == found["sale"].id
