"""`transaction`: list, show, and capture, refund, cancel, rebill or credit."""

import sys
from typing import Annotated, Any

from cyclopts import App, Parameter

from comptoir import gateways, payments
from comptoir.cli.office import Cursor, Limit, actor_of, opened, show, show_one, tell_more
from comptoir.kit import db, ids
from comptoir.kit.money import Money
from comptoir.payments import Kind

transactions = App(name="transaction", help="Transactions: find them and act on them.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]
Amount = Annotated[str | None, Parameter(help='As "12.50 EUR"; left out: all that is left.')]


@transactions.command(name="list")
async def list_transactions(
    q: str = "",
    *,
    company: str | None = None,
    live: bool = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: Json = False,
) -> None:
    """What matches Q (`status:declined amount:>100`, or free text), newest first."""
    async with opened():
        actor = await actor_of(company, live=live)
        asked = payments.parse(q)
        page = await payments.list_transactions(actor, asked, cursor=cursor, limit=limit)
    rows = [
        {
            "number": row.number,
            "date": row.occurred_at.isoformat(timespec="seconds"),
            "kind": row.kind,
            "status": row.status,
            "result": row.result_code,
            "amount": row.amount.text(),
            "currency": row.amount.currency,
            "order": row.order_id,
            "card": row.card_last4,
            "id": ids.typeid("op", row.id),
        }
        for row in page.rows
    ]
    show(rows, as_json=as_json, empty="Nothing matches")
    tell_more(page, "comptoir export transactions")


@transactions.command(name="totals")
async def show_totals(
    q: str = "", *, company: str | None = None, live: bool = False, as_json: Json = False
) -> None:
    """Exact sums of what matches Q, by kind, status and currency."""
    async with opened():
        actor = await actor_of(company, live=live)
        asked = payments.parse(q)
        totals = await payments.total_transactions(actor, asked)
        known = await payments.count_consumers(actor, asked)
        zone = await payments.get_zone(actor, asked)
    rows: list[dict[str, Any]] = [
        {
            "kind": t.kind,
            "status": t.status,
            "number": t.number,
            "amount": t.amount.text(),
            "currency": t.currency,
        }
        for t in totals
    ]
    if as_json:
        facts = {
            "zone": zone,
            "totals": rows,
            "consumers": known.consumers,
            "without_consumer": known.without,
        }
        show_one(facts, as_json=True)
    else:
        show(rows, as_json=False, empty="Nothing matches")
        sys.stdout.write(f"Days begin at midnight in {zone}\n")


@transactions.command(name="show")
async def show_transaction(number: int, *, live: bool = False, as_json: Json = False) -> None:
    """One transaction by its number, and what can be done with it."""
    async with opened():
        actor = await actor_of(live=live)
        async with db.reads(actor) as tx:
            found = await payments.get_by_number(tx, actor, number)
        async with db.transaction(company=found.company_id) as tx:
            states = await payments.possibilities(tx, actor, found.id)
    facts = _facts(found)
    facts["possible"] = ", ".join(f"{s.kind} ({s.left})" for s in states if s.allowed)
    show_one(facts, as_json=as_json)


def _facts(found: payments.Operation) -> dict[str, Any]:
    code = found.result_code
    return {
        "number": found.number,
        "id": ids.typeid("op", found.id),
        "payment": ids.typeid("pay", found.payment_id),
        "kind": str(found.kind),
        "status": str(found.status),
        "result": code,
        "meaning": None if code is None else gateways.text_of(code),
        "amount": str(found.amount),
        "card": found.card,
        "date": found.occurred_at.isoformat(),
        "financial_status": found.financial,
    }


async def _follow(
    kind: Kind, number: int, amount: str | None, reason: str | None, *, live: bool, as_json: bool
) -> None:
    async with opened():
        actor = await actor_of(live=live)
        async with db.reads(actor) as tx:
            found = await payments.get_by_number(tx, actor, number)
        chosen = None if amount is None else _money(amount, found.amount.currency)
        made, _ = await payments.follow_up(
            actor.within(found.company_id), kind, found.id, chosen, reason=reason
        )
    show_one(_facts(made), as_json=as_json)
    if made.status not in (payments.Status.SUCCEEDED, payments.Status.PENDING):
        raise SystemExit(1)


def _money(text: str, currency: str) -> Money:
    try:
        return Money.parse(text, None if " " in text.strip() else currency)
    except ValueError as error:
        raise payments.WrongAmount(str(error)) from None


def _add(kind: Kind, help_text: str) -> None:
    async def act(
        number: int,
        amount: Amount = None,
        *,
        reason: str | None = None,
        live: bool = False,
        as_json: Json = False,
    ) -> None:
        await _follow(kind, number, amount, reason, live=live, as_json=as_json)

    transactions.command(act, name=str(kind), help=help_text)


_add(Kind.CAPTURE, "Capture an authorisation, wholly or in parts.")
_add(Kind.REFUND, "Refund a sale, capture or rebill, wholly or in parts.")
_add(Kind.CANCEL, "Undo an authorisation before it is captured.")
_add(Kind.REBILL, "Charge the kept card of an earlier payment again.")
_add(Kind.CREDIT, "Send money to the card of a payment, if the originator may.")


@transactions.command(name="ask")
async def ask_gateway(number: int, *, live: bool = False, as_json: Json = False) -> None:
    """Ask the gateway now what became of a transaction whose outcome is not known."""
    async with opened():
        actor = await actor_of(live=live)
        async with db.reads(actor) as tx:
            found = await payments.get_by_number(tx, actor, number)
        await payments.ask_now(actor, found.id)
        async with db.reads(actor) as tx:
            found = await payments.get_by_number(tx, actor, number)
    show_one(_facts(found), as_json=as_json)
