"""The demo: two companies with ninety days of plausible traffic, all of it test data.

Made once in an empty home, by a seed, obeying every law of the product: real limits, balanced
entries, redacted exchanges, and a sandbox that knows each operation, so that it can be refunded.
"""

import asyncio
import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir import merchants
from comptoir.demo import founding, sign_ins, telling
from comptoir.demo.cast import COMPANIES, PROVIDER, SUPPORT, CompanyPlan
from comptoir.demo.rows import write
from comptoir.kit import clock, crypto, db
from comptoir.settings import Settings

SEED = 20_260
LOCK = 0x64656D6F  # "demo": two starts at once make one demo.


@dataclass(frozen=True, slots=True)
class DemoReport:
    """What `ensure` did. `made` is False when there was nothing to do, and `why` says why."""

    made: bool
    why: str
    payments: int = 0
    operations: int = 0


async def ensure(settings: Settings, say: Callable[[str], None]) -> DemoReport:
    """Make the demo, once, in a home that has no data of its own. Needs a database that answers."""
    _open_key(settings)
    async with db.lookup() as lock:
        await lock.run("select pg_advisory_xact_lock($1)", LOCK)
        provider = await merchants.get_provider()
        if provider.demo and provider.set_up_at is not None:
            return DemoReport(False, "The demo is there already")
        if not provider.demo and await _is_used():
            return DemoReport(False, "This home has data of its own")
        # A story is many objects that all live to its end: nothing in it is garbage yet.
        gc.disable()
        try:
            return await _make(say)
        finally:
            gc.enable()


async def describe(settings: Settings) -> dict[str, list[dict[str, str]]]:
    """Sign-ins and API keys of a demo home; both lists are empty in any other."""
    _open_key(settings)
    if not (await merchants.get_provider()).demo:
        return {"users": [], "originators": []}
    return {
        "users": await sign_ins.list_users(),
        "originators": await sign_ins.list_originators(),
    }


def _open_key(settings: Settings) -> None:
    if not crypto.is_loaded():
        crypto.load(crypto.ensure_key_file(settings.key_file))


async def _is_used() -> bool:
    async with db.platform() as tx:
        return bool(
            await tx.value("select exists (select from company) or exists (select from app_user)")
        )


async def _make(say: Callable[[str], None]) -> DemoReport:
    """Every step finds what an interrupted start has left, and goes on from there."""
    begun = time.perf_counter()
    say("Making the demo: two companies, ninety days of payments")
    await merchants.set_provider(PROVIDER, support_email=SUPPORT, demo=True)
    end = clock.now()
    companies = {plan.slug: (await founding.found_company(plan, end)).id for plan in COMPANIES}
    await founding.hire(companies)
    teller = asyncio.Lock()  # While one company is told, the database stores another.
    async with asyncio.TaskGroup() as group:
        tasks = []
        for plan in COMPANIES:
            # Companies open one after the other: the clock is set back meanwhile, and originators
            # have the same numbers in every home.
            opened = asyncio.Event()
            tasks.append(group.create_task(_tell(plan, companies[plan.slug], end, opened, teller)))
            await opened.wait()
    payments, operations = (sum(made) for made in zip(*(t.result() for t in tasks), strict=True))
    async with db.lookup() as tx:
        # Rough figures do until autovacuum has measured; exact ones would take seconds.
        await tx.run("set local default_statistics_target = 20")
        await tx.run("select measure_tables_v1()")
    await merchants.set_provider(PROVIDER, support_email=SUPPORT, demo=True, set_up_at=end)
    seconds = time.perf_counter() - begun
    say(f"Made {payments} payments with {operations} operations in {seconds:.1f} s")
    return DemoReport(True, "Made", payments, operations)


async def _tell(
    plan: CompanyPlan,
    company_id: UUID,
    end: datetime,
    opened: asyncio.Event,
    teller: asyncio.Lock,
) -> tuple[int, int]:
    """A company and its whole story in one transaction: a kill leaves all of it or nothing."""
    async with db.transaction(company=company_id) as tx:
        if await tx.value("select exists (select from originator)"):
            opened.set()
            return 0, 0
        await tx.run("set local synchronous_commit = off")
        ground = await founding.open_shops(tx, plan, end)
        listed = await founding.block(tx, end)
        opened.set()
        async with teller:
            told = await asyncio.to_thread(telling.tell, ground, SEED, end)
        rates = await founding.tariff(tx, plan)
        return len(told), await write(tx, ground, told, rates, end, listed)
