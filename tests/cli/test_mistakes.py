"""Mistakes that people make at the command line are one line that says what to do, and code 1."""

import asyncio
import os
import sys
from decimal import Decimal

import pytest

from comptoir import accounting, checkout, identity, merchants, payments
from comptoir.edge.formats import BRANDS
from comptoir.kit import db, ids
from comptoir.kit.errors import Invalid
from kit import Shop, platform_client
from kit_cli import Line

NOBODY = "postgresql://a:b@127.0.0.1:1/x"


@pytest.mark.parametrize(
    "words", [("migrate",), ("up", "--empty"), ("transaction", "list")], ids=" ".join
)
async def test_a_database_that_is_not_there_is_said_in_one_line(
    typed: Line, words: tuple[str, ...], port: int
) -> None:
    said = await typed(*words, database_url=NOBODY, port=str(port))
    assert "The database does not answer" in said.refusal
    assert "COMPTOIR_DATABASE_URL" in said.refusal
    assert "comptoir doctor" in said.refusal


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("company", "create", "A", "--country", "ZZZ"), "two capital letters"),
        (("company", "create", "A", "--country", "QQ"), "two capital letters"),
        (("company", "create", " "), "A name has 1 to 128"),
        (("user", "create", "a@b.test", "N", "owner"), "--company"),
        (("user", "create", "a@b.test", "N", "boss", "--company", "{company}"), "viewer"),
        (("user", "key", "k", "boss"), "operations"),
        (("price", "set", "{company}", "EUR", "abc"), "such as 1.4"),
        (("price", "set", "{company}", "EUR", "NaN"), "0 to 100 percent"),
        (("price", "set", "{company}", "EUR", "1", "--region", "mars"), "domestic, eea"),
        (("consumer", "create", "{company}", "--email", "nope"), "not an e-mail"),
        (("consumer", "create", "{company}", "--email", "a@b c"), "not an e-mail"),
        (("originator", "edit", "{number}", "--name", ""), "A name has 1 to 128"),
        (("originator", "theme", "{number}", "--name", ""), "A name has 1 to 64"),
        (("originator", "theme", "{number}", "--primary", ""), "#1a2b3c"),
        (("transaction", "show", "9" * 20), "out of int64"),
        (("export", "transactions", "--output", "/nope/x.csv"), "/nope/x.csv: no such file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
async def test_what_cannot_be_used_is_said_in_one_line(
    typed: Line, shop: Shop, words: tuple[str, ...], why: str
) -> None:
    company = ids.typeid("com", shop.company.id)
    given = [word.format(company=company, number=shop.originator.number) for word in words]
    assert why in (await typed(*given)).refusal


async def test_a_reader_that_has_read_enough_ends_an_export_quietly(
    typed: Line, shop: Shop
) -> None:
    await shop.paid()
    reading, writing = os.pipe()
    os.close(reading)
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "export", "transactions", env=typed.environment(),
        stdout=writing, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    os.close(writing)
    _, err = await program.communicate()
    assert (program.returncode, err) == (1, b"")


@pytest.mark.parametrize(
    "filters",
    [{"operation": "bogus"}, {"method": "magic"}, {"brand": "xx"}, {"region": "mars"}],
    ids=str,
)
async def test_a_price_that_would_never_match_is_refused(
    shop: Shop, filters: dict[str, str]
) -> None:
    async with db.transaction(company=shop.company.id) as tx:
        with pytest.raises(Invalid) as refused:
            await set_price(tx, shop, "1", **filters)
    assert refused.value.data["field"] == next(iter(filters))


@pytest.mark.parametrize("percent", ["NaN", "Infinity", "-1", "101"])
async def test_a_percentage_is_a_number_of_0_to_100(shop: Shop, percent: str) -> None:
    async with db.transaction(company=shop.company.id) as tx:
        with pytest.raises(Invalid):
            await set_price(tx, shop, percent)


async def set_price(tx: db.Tx, shop: Shop, percent: str, **filters: str) -> None:
    await accounting.set_price(
        tx, shop.actor(), side="price", currency="EUR", percent=Decimal(percent), fixed_minor=0,
        **filters,  # type: ignore[arg-type]
    )  # fmt: skip


def test_prices_know_every_operation_method_and_brand_that_there_is() -> None:
    assert set(accounting.OPERATIONS) == set(payments.Kind)
    assert set(accounting.METHODS) == set(checkout.METHODS.values())
    assert set(accounting.BRANDS) == {*BRANDS, "other"}


async def test_a_country_that_is_none_is_refused_at_every_door(shop: Shop) -> None:
    with pytest.raises(Invalid):
        await merchants.create_company(identity.command_line(), "A", country="QQ")
    async with await platform_client(shop.app) as platform:
        answer = await platform.post("/companies", json={"name": "A", "country": "QQ"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/country")
