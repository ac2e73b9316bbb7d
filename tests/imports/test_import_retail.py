"""A year of real invoices: every figure that their owner gives is found again in the list."""

import csv
import gzip
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from comptoir import payments
from kit_imports import Books, make_books

DATA = Path(__file__).parents[3] / "shared" / "data" / "online-retail"
FILE = DATA / "payments.csv.gz"

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason=f"the Online Retail data are not in {DATA}"
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def retail(database: str, tmp_path_factory: pytest.TempPathFactory) -> Books:
    books = await make_books(tmp_path_factory.mktemp("retail"), "Online Retail")
    report = await books.run(FILE)
    assert (report.rows, report.added, report.refused) == (23796, 23796, 0)
    return books


def table(first_cell: str) -> Iterator[list[str]]:
    """The rows of the table of the README whose header begins so."""
    lines = iter((DATA / "README.md").read_text().splitlines())
    for line in lines:
        if line.startswith(f"| {first_cell}"):
            break
    next(lines)
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip("|").split("|")]


async def both(books: Books, query: str) -> list[str]:
    """Sales and credits as the tables of the README write them."""
    totals = await books.totals(query)
    sales = totals.get("sale succeeded GBP", (0, "0.00"))
    credited = totals.get("credit succeeded GBP", (0, "0.00"))
    assert set(totals) <= {"sale succeeded GBP", "credit succeeded GBP"}
    return [str(sales[0]), sales[1], str(credited[0]), credited[1]]


async def test_the_sums_of_the_year_are_equal(retail: Books) -> None:
    text = (DATA / "README.md").read_text().replace(",", "")
    found = re.search(
        r"sales (\d+) = ([\d.]+) GBP; credits (\d+) = ([\d.]+) GBP; net ([\d.]+)", text
    )
    assert found is not None
    *sums, net = found.groups()
    assert await both(retail, "") == sums
    assert await retail.balances() == {"receivable GBP": net, "payable GBP": f"-{net}"}


async def test_the_sums_of_each_month_are_equal(retail: Books) -> None:
    months = list(table("month"))
    assert len(months) == 13
    for month, *sums in months:
        year, number = month.split("-")
        last = {"01": 31, "02": 28, "04": 30, "06": 30, "09": 30, "11": 30}.get(number, 31)
        query = f"from:{month}-01 to:{year}-{number}-{last}"
        assert [month, *await both(retail, query)] == [month, *sums]


async def test_the_sums_of_the_first_ten_countries_are_equal(retail: Books) -> None:
    countries = list(table("country"))
    assert len(countries) == 10
    for country, *sums in countries:
        assert [country, *await both(retail, f'country:"{country}"')] == [country, *sums]


async def test_the_sums_of_every_country_are_those_of_the_file(retail: Books) -> None:
    number: Counter[tuple[str, str]] = Counter()
    amount: Counter[tuple[str, str]] = Counter()
    with gzip.open(FILE, "rt", encoding="utf-8", newline="") as text:
        for row in csv.DictReader(text):
            key = (row["customer_country"], row["kind"])
            number[key] += 1
            amount[key] += Decimal(row["amount"])  # type: ignore[assignment]
    countries = {country for country, _ in number}
    assert len(countries) == 38
    for country in countries:
        expected = [
            text
            for kind in ("sale", "credit")
            for text in (str(number[country, kind]), f"{amount[country, kind]:.2f}")
        ]
        assert [country, *await both(retail, f'country:"{country}"')] == [country, *expected]


async def test_known_customers_and_rows_without_one_are_equal(retail: Books) -> None:
    text = (DATA / "README.md").read_text().replace(",", "")
    found = re.search(r"(\d+) known customers (\d+) rows without one", text)
    assert found is not None
    counted = await payments.count_consumers(retail.actor, payments.parse(""))
    assert (counted.consumers, counted.without) == tuple(int(n) for n in found.groups())
    without = await retail.totals("consumer:unknown")
    assert sum(count for count, _ in without.values()) == counted.without


async def test_a_second_run_adds_nothing(retail: Books) -> None:
    before = await retail.totals(), await retail.balances(), len(await retail.events())
    again = await retail.run(FILE)
    assert (again.added, again.known, again.refused) == (0, 23796, 0)
    assert (await retail.totals(), await retail.balances(), len(await retail.events())) == before
