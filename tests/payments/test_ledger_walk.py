"""A random walk over every operation: the ledger is what an accountant would recompute by hand."""

import random
from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from litestar import Litestar

from comptoir import accounting, gateways, identity
from comptoir.gateways import simulator
from comptoir.kit import clock, db
from comptoir.kit.money import Money
from kit import Shop, allow_credits, entries, make_shop, run_jobs
from kit_jobs import in_
from payments.hooking import account_of, bring_all

STEPS = 50
CURRENCIES = ("EUR", "JPY", "KWD")
NEXT = {
    "sale": ["refunds", "rebills", "credits"],
    "authorize": ["captures", "captures", "cancels", "rebills"],
    "capture": ["refunds", "rebills"],
    "rebill": ["refunds"],
}
FAULTS = ["timeout_after", "error_before", "late", "duplicate", "garbage"]
Lines = Counter[tuple[str, str]]

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")


class Walk:
    """A shop and everything that was done in it, with chance and trouble."""

    def __init__(self, shop: Shop, seed: int) -> None:
        self.shop = shop
        self.dice = random.Random(seed)  # noqa: S311
        self.known: list[dict[str, Any]] = []

    async def step(self) -> None:
        if self.dice.random() < 0.15:
            await simulator.script(self.shop.account.id, [self.dice.choice(FAULTS)])
        origins = [o for o in self.known if o["kind"] in NEXT and o["status"] == "succeeded"]
        if not origins or self.dice.random() < 0.4:
            answer = await self.shop.pay(
                self.dice.choice([self.dice.randrange(1, 80_000), 90_051]),
                operation=self.dice.choice(["sale", "authorize"]),
                currency=self.dice.choice(CURRENCIES),
            )
        else:
            origin = self.dice.choice(origins)
            what = self.dice.choice(NEXT[origin["kind"]])
            part = self.dice.choice([None, self.dice.randrange(1, origin["amount"] + 1)])
            answer = await self.shop.follow(origin, what, None if what == "cancels" else part)
        assert answer.status_code in {201, 202, 409}, answer.text
        if answer.status_code != 409:
            self.known.append(answer.json())
        clock.advance(in_(minutes=self.dice.randrange(90)) - clock.now())


async def recomputed(shop: Shop) -> Lines:
    """Balances by hand: from the operations, the acquirer's lines and the company's price."""
    sums: Lines = Counter()
    async with db.transaction(company=shop.company.id) as tx:
        rows = await tx.rows(
            "select o.kind, o.amount_minor as minor, o.currency, o.financial, p.kind as origin"
            " from operation o left join operation p on p.id = o.refers_to"
            " where o.status = 'succeeded'"
        )
    for row in rows:
        add(sums, row["kind"], row["minor"], row["currency"], row["origin"])
        if row["financial"] == "settled" and row["kind"] == "sale":
            charged(sums, Money(row["minor"], row["currency"]))
    for line in await acquirers(shop):
        currency = line.gross.currency
        sums["bank", currency] += line.net.minor
        sums["gateway_cost", currency] += line.fee.minor
        sums["receivable", currency] -= line.gross.minor
    return sums


def add(sums: Lines, kind: str, minor: int, currency: str, origin: str | None) -> None:
    moved = {"sale": 1, "capture": 1, "rebill": 1, "refund": -1, "credit": -1}.get(kind, 0)
    promised = {"authorize": 1, "capture": -1, "cancel": -1}.get(kind, 0)
    assert kind != "cancel" or origin == "authorize"
    sums["receivable", currency] += moved * minor
    sums["payable", currency] -= moved * minor
    sums["authorised", currency] += promised * minor
    sums["authorised_contra", currency] -= promised * minor


def charged(sums: Lines, amount: Money) -> None:
    """The price: 1 % and 20, at least 30, of sales in EUR."""
    if amount.currency == "EUR":
        fee = max(amount.share(Decimal("0.01")).minor + 20, 30)
        sums["payable", "EUR"] += fee
        sums["fee_income", "EUR"] -= fee


async def acquirers(shop: Shop) -> list[gateways.SettlementLine]:
    account = await account_of(shop)
    days = [(clock.now() - (in_(days=n) - clock.now())).date() for n in range(40)]
    found = [await simulator.settlement_lines(account, day) for day in days]
    return [line for lines in found for line in lines]


@pytest.mark.parametrize("seed", range(3))
async def test_after_a_random_walk_the_ledger_is_what_the_operations_say(
    app: Litestar, seed: int
) -> None:
    shop = await make_shop(app, f"Walk {seed}", honours_keys=seed % 2 == 0)
    await allow_credits(shop)
    everybody = identity.command_line(shop.company.id)
    async with db.transaction(company=shop.company.id) as tx:
        await accounting.set_price(
            tx, everybody, side="price", currency="EUR", percent=Decimal(1), fixed_minor=20,
            minimum_minor=30, operation="sale",
        )  # fmt: skip
    walk = Walk(shop, seed)
    for _ in range(STEPS):
        await walk.step()
    await bring_all(shop)
    await run_jobs(until=in_(days=20))
    sums = await recomputed(shop)
    assert {k: v for k, v in (await entries(shop.company.id)).items() if v} == {
        k: v for k, v in sums.items() if v
    }
    totals: Counter[str] = Counter()
    for balance in await accounting.balances(shop.actor()):
        totals[balance.currency] += balance.balance_minor
    assert set(totals.values()) == {0}
    assert sums["authorised", "EUR"] == 0, "what nobody captured has expired"
