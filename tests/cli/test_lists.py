"""Lists at the command line: ids that can be used, and nothing cut without a word."""

import asyncio
import json
import os
import pty
import sys

import pytest

from comptoir import identity
from comptoir.kit import db, ids
from kit import Shop
from kit_cli import Line


def company_of(shop: Shop) -> str:
    return ids.typeid("com", shop.company.id)


async def test_a_pipe_gets_whole_lines(typed: Line, shop: Shop) -> None:
    sale = await shop.paid(order_id="an-order-with-a-rather-long-name-that-fills-the-line")
    said = await typed("transaction", "list", "--company", company_of(shop))
    (line,) = [line for line in said.out.splitlines() if str(sale["number"]) in line]
    assert sale["id"] in line
    assert "an-order-with-a-rather-long-name-that-fills-the-line" in line
    assert "…" not in said.out


async def test_a_narrow_terminal_shows_whole_ids(typed: Line, shop: Shop) -> None:
    sale = await shop.paid(order_id="an-order-with-a-rather-long-name-that-fills-the-line")
    ours, theirs = pty.openpty()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "transaction", "list", "--company", company_of(shop),
        env={**typed.environment(), "TERM": "dumb"}, stdout=theirs, stderr=theirs,
    )  # fmt: skip
    os.close(theirs)
    said = await asyncio.to_thread(all_of, ours)
    assert await program.wait() == 0, said
    assert sale["id"] in said
    assert str(sale["number"]) in said
    assert "…" not in said


def all_of(terminal: int) -> str:
    found = b""
    try:
        while block := os.read(terminal, 65536):
            found += block
    except OSError:  # The other end is closed.
        return found.decode()
    finally:
        os.close(terminal)
    return found.decode()


async def test_a_list_says_that_it_goes_on_and_goes_on(typed: Line, shop: Shop) -> None:
    orders = [f"order-{n}" for n in range(3)]
    for order in orders:
        await shop.paid(order_id=order)
    asked = ("transaction", "list", "--company", company_of(shop), "--json", "--limit", "2")
    first = await typed(*asked)
    (more,) = first.err.splitlines()
    assert more.startswith("more: the same command with --cursor ")
    assert "comptoir export transactions" in more
    cursor = more.partition("--cursor ")[2].partition(";")[0]
    rest = await typed(*asked, "--cursor", cursor)
    assert rest.err == ""
    found = [row["order"] for page in (first, rest) for row in json.loads(page.out)]
    assert found == orders[::-1]


@pytest.mark.parametrize("limit", ["0", "-1", "201", "1000000"])
@pytest.mark.parametrize("words", [("transaction", "list"), ("consumer", "list", "x")], ids=str)
async def test_a_limit_out_of_bounds_is_not_understood(
    typed: Line, words: tuple[str, ...], limit: str
) -> None:
    said = await typed(*words, "--limit", limit, "--json")
    assert (said.code, said.out) == (2, "")
    assert "200" in said.err or "1" in said.err


async def test_consumers_go_on_too(typed: Line, shop: Shop) -> None:
    for name in ("ada", "bob"):
        await shop.post("/consumers", {"shop_id": name})
    asked = ("consumer", "list", company_of(shop), "--json", "--limit", "1")
    first = await typed(*asked)
    rest = await typed(*asked, "--cursor", first.err.split()[-1])
    assert [json.loads(page.out)[0]["shop_id"] for page in (first, rest)] == ["bob", "ada"]


async def test_every_user_is_listed(typed: Line, shop: Shop) -> None:
    async with db.lookup() as tx:
        await tx.run(
            "insert into app_user (id, email, name, created_at) select gen_random_uuid(),"
            " 'crowd-' || n || '@shop.test', 'Crowd', now() from generate_series(1, 120) n"
        )
        await tx.run(
            "insert into membership (user_id, company_id, role) select id, $1, $2 from app_user"
            " where name = 'Crowd'",
            shop.company.id, identity.CompanyRole.VIEWER,
        )  # fmt: skip
    said = await typed("user", "list", "--company", company_of(shop), "--json")
    assert len(json.loads(said.out)) == 120
