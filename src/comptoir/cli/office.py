"""What commands share: the database opened, an actor, and one way to print."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import msgspec
from cyclopts import Parameter
from cyclopts.validators import Number
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from comptoir import identity, merchants, settings, startup, supervisor
from comptoir.kit import crypto, ids, log
from comptoir.kit.actor import Actor
from comptoir.kit.listing import Page
from comptoir.settings import Settings

MAX_LISTED = 200
WHOLE_LINES = 10_000  # Signs of a line that no terminal shows: who reads it cuts it himself.

Limit = Annotated[
    int,
    Parameter(
        validator=Number(gte=1, lte=MAX_LISTED), help=f"Rows, {MAX_LISTED} at most; see --cursor."
    ),
]
Cursor = Annotated[
    str | None, Parameter(help="Go on where a list ended: it says the cursor on standard error.")
]


@asynccontextmanager
async def opened() -> AsyncIterator[Settings]:
    """The installation's database: running, given by URL, or started for the while."""
    log.configure("warning")  # To standard error: what scripts read stands alone on the other.
    try:
        async with supervisor.database(settings.load()) as ready, startup.running(ready, pool=4):
            yield ready
    except crypto.BadKey as error:
        raise supervisor.Trouble(str(error)) from None


async def actor_of(company: str | None = None, *, live: bool = False) -> Actor:
    """Whoever sits at the machine, in one company (`com_…` or its exact name) or over all."""
    everywhere = identity.command_line(None, live)
    if company is None:
        return everywhere
    return await identity.within_company(everywhere, await company_id(company))


async def company_id(name: str) -> UUID:
    if name.startswith("com_"):
        return ids.untype("com", name)
    return await merchants.find_company_id(identity.command_line(), name)


def show(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    """A table for people, or the same rows as JSON for scripts."""
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(rows)).decode() + "\n")
        return
    if not rows:
        sys.stdout.write(f"{empty}\n")
        return
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for name in rows[0]:
        right = all(isinstance(row[name], int) for row in rows)
        table.add_column(name.replace("_", " "), justify="right" if right else "left")
    for row in rows:
        table.add_row(*["" if value is None else Text(str(value)) for value in row.values()])
    console = Console(width=None if sys.stdout.isatty() else WHOLE_LINES)
    if console.measure(table, options=console.options.update_width(WHOLE_LINES)).maximum <= (
        console.width
    ):
        console.print(table)
    else:
        _show_apart(rows)


def _show_apart(rows: Sequence[dict[str, Any]]) -> None:
    """In a terminal too narrow for the table: one row below the other, so that no id is cut."""
    for row in rows:
        show_one(row, as_json=False)
        sys.stdout.write("\n")


def tell_more(page: Page[Any], everything: str | None = None) -> None:
    """Say beside a list that it goes on, and how to get the rest."""
    if not page.whole:
        sys.stderr.write("more: the text matches more than a search reads; ask more narrowly\n")
    if page.next is not None:
        whole = "" if everything is None else f"; all of it: {everything}"
        sys.stderr.write(f"more: the same command with --cursor {page.next}{whole}\n")


def show_one(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(facts)).decode() + "\n")
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        shown = "" if value is None else value
        sys.stdout.write(f"{name.replace('_', ' '):<{width}}  {shown}\n")
