"""What commands share: the database opened, an actor, and one way to print."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table

from comptoir import identity, merchants, settings, startup, supervisor
from comptoir.kit import ids, log
from comptoir.kit.actor import Actor
from comptoir.settings import Settings


@asynccontextmanager
async def opened() -> AsyncIterator[Settings]:
    """The installation's database: running, given by URL, or started for the while."""
    log.configure("warning")  # To standard error: what scripts read stands alone on the other.
    async with supervisor.database(settings.load()) as ready, startup.running(ready, pool=4):
        yield ready


async def actor_of(company: str | None = None, *, live: bool = False) -> Actor:
    """Whoever sits at the machine, in one company (`com_…` or its exact name) or over all."""
    everywhere = identity.command_line(None, live)
    if company is None:
        return everywhere
    return identity.command_line(await company_id(company), live)


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
        table.add_row(*["" if value is None else str(value) for value in row.values()])
    Console().print(table)


def show_one(facts: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(facts)).decode() + "\n")
        return
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        shown = "" if value is None else value
        sys.stdout.write(f"{name.replace('_', ' '):<{width}}  {shown}\n")
