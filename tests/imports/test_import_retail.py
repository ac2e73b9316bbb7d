"""A year of real invoices: every figure that their owner gives is found again, at every door."""

import asyncio
import csv
import gzip
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

from comptoir import identity, merchants, payments
from comptoir.kit import db, ids
from comptoir.kit.money import Money
from kit_imports import Books, make_books

DATA = Path(__file__).parents[3] / "shared" / "data" / "online-retail"
FILE = DATA / "payments.csv.gz"
COMMAND = Path(__file__).with_name("cli_totals.py")
KINDS = ("sale", "credit")

pytestmark = pytest.mark.skipif(
    not FILE.exists(), reason=f"the Online Retail data are not in {DATA}"
)

# For each query: number and sum of sales, of credits, known consumers, rows without one.
Figures = list[list[str]]
Door = Callable[[list[str]], Awaitable[Figures]]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def retail(database: str, tmp_path_factory: pytest.TempPathFactory) -> Books:
    books = await make_books(tmp_path_factory.mktemp("retail"), "Online Retail")
    report = await books.run(FILE)
    assert (report.rows, report.added, report.refused) == (23796, 23796, 0)
    return books


def figures(sums: dict[str, tuple[int, str]], consumers: int, without: int) -> list[str]:
    """All of an answer in the order of the README's tables."""
    assert set(sums) <= set(KINDS)
    shown = [str(part) for kind in KINDS for part in sums.get(kind, (0, "0.00"))]
    return [*shown, str(consumers), str(without)]


def domain(retail: Books) -> Door:
    """What the Transactions page asks."""

    async def ask(queries: list[str]) -> Figures:
        found = []
        for query in queries:
            asked = payments.parse(query)
            totals = await payments.total_transactions(retail.actor, asked)
            known = await payments.count_consumers(retail.actor, asked)
            assert {(t.status, t.currency) for t in totals} <= {("succeeded", "GBP")}
            sums = {t.kind: (t.number, t.amount.text()) for t in totals}
            found.append(figures(sums, known.consumers, known.without))
        return found

    return ask


def api(client: httpx.AsyncClient) -> Door:
    """`/api/v1/transactions/totals` with the originator's test key."""

    async def ask(queries: list[str]) -> Figures:
        found = []
        for query in queries:
            answer = await client.get("/api/v1/transactions/totals", params={"q": query})
            assert answer.status_code == 200, answer.text
            body = answer.json()
            sums = {
                t["kind"]: (t["number"], Money(t["amount"], t["currency"]).text())
                for t in body["totals"]
            }
            found.append(figures(sums, body["consumers"], body["without_consumer"]))
        return found

    return ask


def command_line(retail: Books, database: str) -> Door:
    """`comptoir transaction totals`, in a process of its own."""

    async def ask(queries: list[str]) -> Figures:
        retail.home.mkdir(exist_ok=True)
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, str(COMMAND), ids.typeid("com", retail.company.id)],
            input="\n".join(json.dumps(query) for query in queries), text=True,
            capture_output=True, check=False,
            env={
                **os.environ, "COMPTOIR_DATABASE_URL": database, "COMPTOIR_HOME": str(retail.home),
            },
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        found = []
        for answer in map(json.loads, done.stdout.splitlines()):
            sums = {t["kind"]: (t["number"], t["amount"]) for t in answer["totals"]}
            found.append(figures(sums, answer["consumers"], answer["without_consumer"]))
        return found

    return ask


@pytest_asyncio.fixture(
    params=["list", "api", "command line"], scope="module", loop_scope="session"
)
async def door(
    request: pytest.FixtureRequest, retail: Books, database: str, app: Litestar
) -> AsyncIterator[Door]:
    if request.param == "list":
        yield domain(retail)
    elif request.param == "command line":
        yield command_line(retail, database)
    else:
        async with db.transaction(company=retail.company.id) as tx:
            _, secret = await merchants.create_key(
                tx, identity.command_line(), retail.originator.id, live=False
            )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
            base_url="http://testserver", auth=(str(retail.originator.number), secret),
        ) as client:  # fmt: skip
            yield api(client)


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


def said(pattern: str) -> tuple[str, ...]:
    """Figures of the README's sentences, without their thousands separators."""
    found = re.search(pattern, (DATA / "README.md").read_text().replace(",", ""))
    assert found is not None
    return found.groups()


async def test_every_total_of_the_readme_is_equal_at_every_door(door: Door) -> None:
    months, countries = list(table("month")), list(table("country"))
    assert (len(months), len(countries)) == (13, 10)
    last = {"01": 31, "02": 28, "04": 30, "06": 30, "09": 30, "11": 30}
    queries = [""]
    queries += [f"from:{m}-01 to:{m}-{last.get(m[-2:], 31)}" for m, *_ in months]
    queries += [f'country:"{country}"' for country, *_ in countries]
    whole, *parts = await door(queries)
    year = said(r"sales (\d+) = ([\d.]+) GBP; credits (\d+) = ([\d.]+) GBP; net")
    consumers = said(r"(\d+) known customers (\d+) rows without one")
    assert whole == [*year, *consumers]
    for (name, *sums), found in zip([*months, *countries], parts, strict=True):
        assert [name, *found[:4]] == [name, *sums]


async def test_the_ledger_says_the_same(retail: Books) -> None:
    (net,) = said(r"net ([\d.]+) GBP")
    assert await retail.balances() == {"receivable GBP": net, "payable GBP": f"-{net}"}


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
            for kind in KINDS
            for text in (str(number[country, kind]), f"{amount[country, kind]:.2f}")
        ]
        (found,) = await domain(retail)([f'country:"{country}"'])
        assert [country, *found[:4]] == [country, *expected]


async def test_rows_without_a_customer_can_be_looked_at(retail: Books) -> None:
    without = await retail.totals("consumer:unknown")
    assert sum(count for count, _ in without.values()) == 1610


async def test_a_second_run_adds_nothing(retail: Books) -> None:
    before = await retail.totals(), await retail.balances(), len(await retail.events())
    again = await retail.run(FILE)
    assert (again.added, again.known, again.refused) == (0, 23796, 0)
    assert (await retail.totals(), await retail.balances(), len(await retail.events())) == before
