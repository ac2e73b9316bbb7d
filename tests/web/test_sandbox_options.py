"""The options of a sandbox account: set at the page, the API and the command line, and obeyed."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from comptoir import identity, merchants
from comptoir.kit import db, ids
from identity.people import a_person, enter
from kit import Shop, platform_client
from kit_office import Clerk

CHARGES_TWICE = {"honours_keys": False, "seed": 7, "faults": {"timeout_after": 0.25}}


async def kept(shop: Shop, name: str) -> dict[str, Any]:
    async with db.transaction(company=shop.company.id) as tx:
        return (await merchants.get_account(tx, ids.untype("acc", name))).options


async def a_provider(shop: Shop) -> Clerk:
    """Somebody of the platform who chose the shop's company."""
    token = await enter(await a_person(platform_role="administrator"))
    _, _, session = await identity.session_actor(token)
    session = await identity.switch_mode(session, False)
    return Clerk(shop, token, await identity.switch_company(session, shop.company.id))


async def staff(shop: Shop) -> httpx.AsyncClient:
    return await platform_client(shop.app, comptoir_company=ids.typeid("com", shop.company.id))


async def test_the_page_makes_and_edits_them_and_shows_them(shop: Shop) -> None:
    who = await a_provider(shop)
    boxes = {
        "sandbox": "1", "forgets_keys": "true", "seed": "7", "faults": "timeout_after=0.25",
    }  # fmt: skip
    made = await who.send("/office/accounts/new", name="Twice", currencies="EUR", **boxes)
    address = made.headers["hx-redirect"]
    name = address.rpartition("/")[2].partition("?")[0]
    assert await kept(shop, name) == CHARGES_TWICE
    page = await who.page(f"/office/accounts/{name}")
    assert "ignored: a request sent twice makes two charges" in page
    assert "timeout_after=0.25" in page
    panel = await who.page(f"/office/accounts/{name}/edit")
    assert 'value="timeout_after=0.25"' in panel
    edited = {"name": "Twice", "currencies": "EUR", "sandbox": "1", "no_tokens": "true"}
    assert (await who.send(f"/office/accounts/{name}/edit", **edited)).status_code == 200
    assert await kept(shop, name) == {"tokens": False}
    plain = {"name": "Still", "currencies": "EUR"}  # A form without the boxes changes none.
    assert (await who.send(f"/office/accounts/{name}/edit", **plain)).status_code == 200
    assert await kept(shop, name) == {"tokens": False}


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("faults", "sometimes", "Faults are written like"),
        ("faults", "no_such=0.1", "no_such"),
        ("faults", "busy=0.7,late=0.7", "at most 1 together"),
        ("faults", "busy=nan", "options.faults"),
        ("seed", "-1", "options.seed"),
        ("seed", "many", "whole number"),
    ],
)
async def test_what_is_no_option_is_refused_in_words(
    shop: Shop, field: str, value: str, said: str
) -> None:
    who = await a_provider(shop)
    form = {"name": "X", "currencies": "EUR", "sandbox": "1", field: value}
    refused = await who.send("/office/accounts/new", **form)
    assert refused.status_code == 422
    assert said in refused.text


async def test_the_api_takes_and_tells_them(shop: Shop) -> None:
    new = {"name": "Twice", "currencies": ["EUR"], "options": CHARGES_TWICE}
    async with await staff(shop) as client:
        made = (await client.post("/merchant-accounts", json=new)).json()
        assert made["options"] == CHARGES_TWICE
        path = f"/merchant-accounts/{made['id']}/options"
        changed = (await client.put(path, json={"tokens": False})).json()
        assert changed["options"] == {"tokens": False}
        wrong = await client.put(path, json={"honours_keys": "no"})
        assert wrong.status_code == 400
        unknown = await client.put(path, json={"token": False})
        assert unknown.status_code == 400
    assert (await shop.get(f"/merchant-accounts/{made['id']}")).json()["options"] == {
        "tokens": False
    }


async def test_the_command_line_takes_them(shop: Shop, database: str, tmp_path: Path) -> None:
    async def comptoir(*words: str) -> tuple[int | None, Any]:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "comptoir", "account", *words, "--json",
            env={**os.environ, "COMPTOIR_HOME": str(tmp_path), "COMPTOIR_DATABASE_URL": database},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        said, _ = await process.communicate()
        return process.returncode, json.loads(said or b"null")

    company = ids.typeid("com", shop.company.id)
    _, made = await comptoir(
        "create", company, "Twice", "EUR", "--options", json.dumps(CHARGES_TWICE)
    )
    assert await kept(shop, made["id"]) == CHARGES_TWICE
    _, changed = await comptoir("options", company, made["id"], "{}")
    assert changed["options"] == {}
    code, _ = await comptoir("options", company, made["id"], '{"honours": 1}')
    assert code == 1


async def test_a_payment_goes_by_the_options_of_its_account(shop: Shop) -> None:
    """An account without keys and with a lost answer: the gateway charged, and is found out."""
    who = await a_provider(shop)
    account = ids.typeid("acc", shop.account.id)
    boxes = {"sandbox": "1", "faults": "timeout_after=1"}
    form = {"name": "Lost", "currencies": "EUR", **boxes}
    assert (await who.send(f"/office/accounts/{account}/edit", **form)).status_code == 200
    assert (await shop.pay()).json()["status"] == "unknown"
