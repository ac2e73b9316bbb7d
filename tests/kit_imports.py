"""The books that tests import into: a company with one originator, as a clerk sees it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from comptoir import accounting, events, identity, imports, merchants, payments
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.money import Money


@dataclass(frozen=True)
class Books:
    """What an import goes into, as a clerk of the platform sees it."""

    company: merchants.Company
    originator: merchants.Originator
    actor: Actor
    home: Path

    async def run(
        self, path: Path, mapping: Path | None = None, **more: Any
    ) -> imports.ImportReport:
        number = self.originator.number
        return await imports.run_import(
            self.actor, path, number, home=self.home, mapping_path=mapping, **more
        )

    async def totals(self, query: str = "") -> dict[str, tuple[int, str]]:
        """`sale succeeded EUR` -> number and sum, of what the Transactions list shows."""
        found = await payments.total_transactions(self.actor, payments.parse(query))
        return {f"{t.kind} {t.status} {t.currency}": (t.number, t.amount.text()) for t in found}

    async def rows(self, query: str = "") -> list[payments.Transaction]:
        """What the list shows, oldest first."""
        found = await payments.list_transactions(self.actor, payments.parse(query), limit=200)
        return found.rows[::-1]

    async def named(self, order: str) -> dict[str, payments.Transaction]:
        """The operations of an order, by their kinds."""
        return {row.kind: row for row in await self.rows() if row.order_id == order}

    async def balances(self) -> dict[str, str]:
        """Every account of the ledger that is not zero."""
        found = await accounting.balances(self.actor)
        return {
            f"{b.account} {b.currency}": Money(b.balance_minor, b.currency).text()
            for b in found
            if b.balance_minor
        }

    async def events(self) -> list[str]:
        """Kinds of all events of the company's imports, oldest first."""
        kinds: list[str] = []
        cursor = events.START
        async with db.transaction(company=self.company.id) as tx:
            while found := await events.list_new(tx, self.actor, cursor):
                cursor = found[-1].cursor
                kinds += [event.kind for event in found]
        return kinds

    async def undo(self, report: imports.ImportReport) -> imports.UndoReport:
        assert report.import_id is not None
        return await imports.undo_import(self.actor, report.import_id)

    def in_live_mode(self) -> "Books":
        return replace(self, actor=identity.command_line(self.company.id, live=True))


async def make_books(home: Path, name: str = "History") -> Books:
    everybody = identity.command_line()
    company = await merchants.create_company(everybody, name, country="GB")
    async with db.transaction(company=company.id) as tx:
        originator = await merchants.create_originator(tx, everybody, f"{name} shop", "GBP")
    return Books(company, originator, identity.command_line(company.id), home)
