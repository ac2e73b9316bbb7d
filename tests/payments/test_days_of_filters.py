"""A day of a filter is a day of the company: page, API and command line add up the same rows."""

import asyncio
import json
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from comptoir import identity, merchants
from comptoir.kit import clock, db, ids
from identity.people import a_person, enter
from kit import Shop, platform_client
from kit_office import Clerk, clerk

DAY = "from:2026-11-10 to:2026-11-10 kind:sale"
# In Paris the 10th begins at 23:00 of the 9th in UTC, and so two payments are made "on the 9th".
PAID_AT = (
    datetime(2026, 11, 9, 22, 59, tzinfo=UTC),
    datetime(2026, 11, 9, 23, 30, tzinfo=UTC),
    datetime(2026, 11, 10, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 10, 23, 30, tzinfo=UTC),
)
OF_PARIS = [(2, 600)]  # The second and the third.


@pytest.fixture
def clock_let_go() -> Iterator[None]:
    yield
    clock.release()


async def a_shop_in_paris(shop: Shop) -> None:
    async with db.transaction(company=shop.company.id) as tx:
        await merchants.edit_company(
            tx, identity.command_line(), shop.company.id, name=shop.company.name, legal_name=None,
            country="FR", time_zone="Europe/Paris", website=None, support_email=None,
        )  # fmt: skip
    for number, at in enumerate(PAID_AT):
        clock.hold(at)
        await shop.paid(100 * 2**number)
    clock.release()


async def by_command(shop: Shop, home: Path, database: str, q: str, *more: str) -> object:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "transaction", "totals", q, *more, "--json",
        env={**os.environ, "COMPTOIR_HOME": str(home), "COMPTOIR_DATABASE_URL": database},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    answer = json.loads((await process.communicate())[0])
    rows = [(t["number"], int(t["amount"].replace(".", ""))) for t in answer["totals"]]
    return answer["zone"], rows


async def by_page(who: Clerk, q: str) -> object:
    page = await who.page("/office/transactions/totals", q=q)
    shown = re.findall(r'c-when">(\d+)</td><td class="num c-main">(.*?)</td>', page)
    sums = [int(re.sub(r"<[^>]*>|\D", "", amount)) for _, amount in shown]
    zone = re.search(r"Days begin at midnight in ([\w/]+)\.", page)
    return zone and zone[1], list(zip([int(n) for n, _ in shown], sums, strict=True))


async def by_platform_key(shop: Shop, q: str, **headers: str) -> dict[str, Any]:
    async with await platform_client(shop.app, **headers) as client:
        answer: dict[str, Any] = (await client.get("/transactions/totals", params={"q": q})).json()
    return answer


def told(answer: dict[str, Any]) -> object:
    return answer["zone"], [(t["number"], t["amount"]) for t in answer["totals"]]


async def staff(shop: Shop, *, chosen: bool) -> Clerk:
    token = await enter(await a_person(platform_role="administrator"))
    _, _, session = await identity.session_actor(token)
    session = await identity.switch_mode(session, False)
    if chosen:
        await identity.switch_company(session, shop.company.id)
    return Clerk(shop, token, session)


@pytest.mark.usefixtures("clock_let_go")
async def test_one_filter_has_one_sum_at_every_door(
    shop: Shop, database: str, tmp_path: Path
) -> None:
    await a_shop_in_paris(shop)
    company = ids.typeid("com", shop.company.id)
    whose = f"{DAY} originator:{shop.originator.number}"
    abroad = await clerk(shop)  # Somebody whose own times are shown in UTC.
    keyed = {
        "page": await by_page(abroad, DAY),
        "page of staff who chose the company": await by_page(await staff(shop, chosen=True), DAY),
        "page of staff who look at all": await by_page(await staff(shop, chosen=False), whose),
        "key": told((await shop.get("/transactions/totals", q=DAY)).json()),
        "platform key": told(await by_platform_key(shop, DAY, comptoir_company=company)),
        "platform key over all": told(await by_platform_key(shop, whose)),
        "command": await by_command(shop, tmp_path, database, DAY, "--company", company),
        "command over all": await by_command(shop, tmp_path, database, whose),
    }
    assert keyed == dict.fromkeys(keyed, ("Europe/Paris", OF_PARIS))


@pytest.mark.usefixtures("clock_let_go")
async def test_over_all_companies_days_are_those_of_utc(shop: Shop) -> None:
    await a_shop_in_paris(shop)
    assert (await by_platform_key(shop, DAY))["zone"] == "UTC"


async def test_the_chip_of_a_date_names_the_zone(shop: Shop) -> None:
    await a_shop_in_paris(shop)
    page = await (await clerk(shop)).page("/office/transactions", q=DAY)
    assert "2026-11-10 – 2026-11-10 · Europe/Paris" in page
