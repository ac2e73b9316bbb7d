"""Ten million operations of five hundred companies: the home in which lists are measured.

Made once by COPY and kept in a cache folder. Indexes are switched off while the rows go in and
built afterwards; one operation in a hundred has its calls, events, decisions and entries.
"""

import itertools
import json
import random
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import asyncpg

from benchmarks.people import COUNTRIES, FIRST_NAMES, LAST_NAMES, RESULTS
from benchmarks.place import Place, Shop, make_shop, opened, superuser
from benchmarks.table import say

COMPANIES = 500
LARGEST_SHARE = 0.1
CHUNK = 50_000
YEARS = timedelta(days=730)
DETAILED_EVERY = 100
FIRST_NUMBER = 10_000_000
NOTHING, NEVER = "\\N", "2100-01-01"  # As COPY reads them.
WAITING = frozenset({"unknown", "pending", "action_required"})
CARDS = (("visa", "411111"), ("visa", "401288"), ("mastercard", "555555"), ("amex", "378282"))
TABLES = (
    "consumer", "payment", "operation", "gateway_reference", "gateway_call", "event", "decision",
    "entry",
)  # fmt: skip
COLUMNS = {
    "consumer": "company_id id live name email country created_at",
    "payment": "company_id id live source originator_id consumer_id order_id amount_minor currency"
    " mode method email shopper occurred_at recorded_at",
    "operation": "company_id id number payment_id originator_id account_id consumer_id live source"
    " kind status result_code refers_to amount_minor currency method brand card_first6 card_last4"
    " country financial tries next_try_at actor occurred_at recorded_at finished_at",
    "gateway_reference": "company_id account_id kind value operation_id",
    "gateway_call": "company_id id operation_id account_id purpose at milliseconds request answer",
    "event": "company_id at live kind payment_id subject_id actor data",
    "decision": "company_id id payment_id operation_id kind version outcome inputs reasons at",
    "entry": "company_id cause_id cause line account merchant_account_id amount_minor currency live"
    " at",
}
SWITCH_OFF = (
    "update pg_index set indisready = false, indisvalid = false"
    " where indrelid = any($1::text[]::regclass[])"
)


@dataclass
class Company:
    """One company with its share of the traffic and what its refunds may refer to."""

    shop: Shop
    place: int
    size: int
    country: str
    currency: str
    id: str = ""  # The shop's ids as text, made once.
    originator: str = ""
    account: str = ""
    orders: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    paid: deque[tuple[str, str, int]] = field(default_factory=lambda: deque(maxlen=200))

    def __post_init__(self) -> None:
        self.id = str(self.shop.company_id)
        self.originator = str(self.shop.originator_id)
        self.account = str(self.shop.account_id)

    @property
    def shoppers(self) -> int:
        return max(self.size // 5, 10)


class Drawn(NamedTuple):
    """What chance decides about one operation; drawn for many at once, which is much faster."""

    refund: bool
    kind: str
    result: tuple[str, str]
    country: str
    domestic: bool
    card: tuple[str, str]
    last4: int
    amount: int


def _draw(number: int) -> Iterator[Drawn]:
    return map(
        Drawn,
        random.choices((True, False), (7, 93), k=number),
        random.choices(("sale", "authorize"), (93, 7), k=number),
        random.choices(*RESULTS, k=number),
        random.choices(*COUNTRIES, k=number),
        random.choices((True, False), (6, 4), k=number),
        random.choices(CARDS, k=number),
        random.choices(range(10_000), k=number),
        [max(50, round(random.lognormvariate(8.2, 0.9))) for _ in range(number)],
    )


def sizes(operations: int) -> list[int]:
    """How many operations each company has: one giant, then ever smaller ones."""
    weights = [1 / (rank + 8) for rank in range(COMPANIES - 1)]
    rest = operations * (1 - LARGEST_SHARE)
    small = [round(rest * weight / sum(weights)) for weight in weights]
    return [round(operations * LARGEST_SHARE), *small]


async def make(place: Place, operations: int) -> None:
    """Fill a fresh home. Takes about ten minutes for ten million."""
    random.seed(20_260_301)
    async with opened(place):
        companies = [
            Company(await make_shop(f"Company {n:03}"), n, size, *_home(n))
            for n, size in enumerate(sizes(operations))
        ]
    async with superuser(place) as connection:
        await connection.execute("set session_replication_role = replica")
        await connection.execute("set synchronous_commit = off")
        await connection.execute("set maintenance_work_mem = '1GB'")
        await connection.execute(SWITCH_OFF, list(TABLES))
        await _copy(connection, companies, operations)
        await connection.execute("select setval('operation_number_block', $1)", 40_000_000)
        for table in TABLES:
            begun = time.perf_counter()
            await connection.execute("reindex table " + table, timeout=3600)
            await connection.execute("vacuum (analyze) " + table, timeout=3600)
            say(f"indexes of {table}: {time.perf_counter() - begun:.0f} s")
        await connection.execute("vacuum (analyze)", timeout=3600)


def _home(place: int) -> tuple[str, str]:
    country = ("ES", "FR", "GB", "DE", "US", "IT", "PT", "NL", "JP", "KW")[place % 10]
    return country, {"GB": "GBP", "US": "USD", "JP": "JPY", "KW": "KWD"}.get(country, "EUR")


async def _copy(connection: asyncpg.Connection, companies: list[Company], operations: int) -> None:
    begun = time.perf_counter()
    for company in companies:
        await _send(connection, "consumer", _consumers(company))
    weights = list(itertools.accumulate(company.size for company in companies))
    start = datetime.now(UTC) - YEARS
    step = YEARS / operations
    for first in range(0, operations, CHUNK):
        rows: dict[str, list[str]] = {table: [] for table in TABLES}
        number = min(CHUNK, operations - first)
        chosen = random.choices(companies, cum_weights=weights, k=number)
        for place, company, drawn in zip(
            itertools.count(first), chosen, _draw(number), strict=False
        ):
            _operation(rows, company, place, start + step * place, drawn)
        for table, lines in rows.items():
            await _send(connection, table, lines)
        if first % 1_000_000 == 0:
            say(f"{first + number} operations after {time.perf_counter() - begun:.0f} s")


async def _send(connection: asyncpg.Connection, table: str, lines: list[str]) -> None:
    if not lines:
        return

    async def source() -> object:
        yield ("\n".join(lines) + "\n").encode()

    await connection.copy_to_table(
        table, source=source(), columns=COLUMNS[table].split(), format="text", timeout=600
    )


def _consumer_id(company: Company, place: int) -> str:
    return f"0190{company.place:08x}70008000{place:012x}"


def _consumer_email(company: Company, place: int) -> tuple[str, str]:
    mixed = place * 2_654_435_761 + company.place
    first = FIRST_NAMES[mixed % len(FIRST_NAMES)]
    last = LAST_NAMES[mixed // 64 % len(LAST_NAMES)]
    domain = ("example.com", "example.org", "example.net", "mail.example")[mixed // 4096 % 4]
    return f"{first} {last}".title(), f"{first}.{last}{place}@{domain}"


def _consumers(company: Company) -> list[str]:
    lines = []
    for place in range(company.shoppers):
        name, email = _consumer_email(company, place)
        lines.append(
            f"{company.id}\t{_consumer_id(company, place)}\tf\t{name}\t{email}"
            f"\t{company.country}\t2024-01-01 00:00+00"
        )
    return lines


def _id(milliseconds: int) -> str:
    bits = random.getrandbits(74)
    return f"{milliseconds:012x}7{bits >> 62:03x}{1 << 63 | bits & ((1 << 62) - 1):016x}"


def _operation(
    rows: dict[str, list[str]], company: Company, place: int, at: datetime, drawn: Drawn
) -> None:
    """One operation, and its payment unless it refunds an earlier one."""
    moment, milliseconds = at.isoformat(), int(at.timestamp() * 1000)
    operation, owner = _id(milliseconds), company.id
    shopper = int(random.random() ** 2 * company.shoppers)
    consumer = _consumer_id(company, shopper)
    if drawn.refund and company.paid:
        payment, refers, amount = random.choice(company.paid)
        kind, status, code = "refund", "succeeded", "000"
    else:
        payment, refers, amount = _id(milliseconds), NOTHING, drawn.amount
        kind, (status, code) = drawn.kind, drawn.result
        _, email = _consumer_email(company, shopper)
        rows["payment"].append(
            f"{owner}\t{payment}\tf\town\t{company.originator}\t{consumer}\tW{company.place}-"
            f"{moment[:4]}-{next(company.orders):07}\t{amount}\t{company.currency}\tsingle\tcard"
            f"\t{email}\t{{}}\t{moment}\t{moment}"
        )
        if status == "succeeded" and kind == "sale":
            company.paid.append((payment, operation, amount))
    brand, first6 = drawn.card
    next_try, finished = (NEVER, NOTHING) if status in WAITING else (NOTHING, moment)
    rows["operation"].append(
        f"{owner}\t{operation}\t{FIRST_NUMBER + place}\t{payment}\t{company.originator}"
        f"\t{company.account}\t{consumer}\tf\town\t{kind}\t{status}\t{code}\t{refers}\t{amount}"
        f"\t{company.currency}\tcard\t{brand}\t{first6}\t{drawn.last4:04}"
        f"\t{company.country if drawn.domestic else drawn.country}"
        f"\t{'settled' if code == '000' else 'not_sent'}\t0\t{next_try}\tkey:key_bench\t{moment}"
        f"\t{moment}\t{finished}"
    )
    rows["gateway_reference"].append(
        f"{owner}\t{company.account}\toperation\tsbx_{operation[12:]}{operation[:12]}\t{operation}"
    )
    if place % DETAILED_EVERY == 0:
        _details(rows, company.shop, operation, payment, amount, company.currency, at)


def _details(
    rows: dict[str, list[str]],
    shop: Shop,
    operation: str,
    payment: str,
    amount: int,
    currency: str,
    at: datetime,
) -> None:
    """Calls, events, decisions and entries, as many as a sale leaves behind."""
    moment, milliseconds = at.isoformat(), int(at.timestamp() * 1000)
    request = json.dumps({"method": "POST", "path": "/operations", "body": {"amount": amount}})
    rows["gateway_call"].append(
        f"{shop.company_id}\t{_id(milliseconds)}\t{operation}\t{shop.account_id}\tsale\t{moment}"
        f"\t12\t{request}\t{json.dumps({'status': 200, 'body': {'status': 'approved'}})}"
    )
    for kind, subject in (
        ("payment.created", payment), ("operation.sent", operation),
        ("operation.succeeded", operation),
    ):  # fmt: skip
        data = json.dumps({"amount_minor": amount, "currency": currency, "kind": "sale"})
        rows["event"].append(
            f"{shop.company_id}\t{moment}\tf\t{kind}\t{payment}\t{subject}\tkey:key_bench\t{data}"
        )
    for kind, outcome in (("risk", "allow"), ("routing", str(shop.account_id))):
        rows["decision"].append(
            f"{shop.company_id}\t{_id(milliseconds)}\t{payment}\t{operation}\t{kind}\t1\t{outcome}"
            f"\t{{}}\t[]\t{moment}"
        )
    for line, (account, sign) in enumerate((("receivable", 1), ("payable", -1)), start=1):
        rows["entry"].append(
            f"{shop.company_id}\t{operation}\toutcome\t{line}\t{account}\t{shop.account_id}"
            f"\t{sign * amount}\t{currency}\tf\t{moment}"
        )


def marker(home: Path) -> Path:
    """The file that says how many operations a finished home has."""
    return home / "bench.json"
