"""A card number that went through the whole product is found nowhere but in the gateway's hands."""

import base64
import io
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import msgspec
import pytest
import structlog

from comptoir import vault
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import log
from comptoir.vault import envelope
from kit import Shop, make_shop, run_jobs
from vault.cards import CANARY, kept

CARD = "5555552500001001"  # A documented test card that no other test pays with.
HOLDER = "Wilhelmina Canary"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, down to debug."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    buffer = io.StringIO()
    log.configure("debug", buffer)
    yield buffer
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def dressed(number: str) -> list[str]:
    """A number as it could hide: plain, grouped, encoded, in bytes."""
    fours = [number[at : at + 4] for at in range(0, len(number), 4)]
    shifted = [base64.b64encode(b"x" * n + number.encode()).decode()[4:-4] for n in range(3)]
    return [
        number, " ".join(fours), "-".join(fours), quote(" ".join(fours)), "+".join(fours),
        number.encode().hex(), number[::-1], *shifted,
    ]  # fmt: skip


def assert_clean(text: str, what: str) -> None:
    for number in (CARD, CANARY):
        for form in dressed(number):
            assert form not in text, f"a card number is in {what}"
    for form in (HOLDER, HOLDER.encode().hex()):
        assert form not in text, f"a card holder is in {what}"


async def dump(database: str) -> dict[str, str]:
    """Every row of every table, as its owner sees it; bytes are shown as digits."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("set role comptoir_owner")
        names = await connection.fetch(
            "select relname from pg_class where relkind = 'r'"
            " and relnamespace = 'public'::regnamespace order by 1"
        )
        found = {}
        for (name,) in names:
            rows = await connection.fetch(f'select t::text as line from "{name}" t')
            found[name] = "\n".join(row["line"] for row in rows)
    finally:
        await connection.close()
    return found


async def lived(shop: Shop) -> list[dict[str, Any]]:
    """Payments that succeed, fail, get lost and are refused, with the card typed and kept."""
    card = {
        "number": CARD, "expiry_month": 11, "expiry_year": 2031, "cvc": "917", "holder": HOLDER,
    }  # fmt: skip
    sale = (await shop.pay(card=card, key="canary")).json()
    await simulator.script(shop.account.id, [Fault.TIMEOUT_AFTER, Fault.GARBAGE])
    lost = (await shop.pay(card=card)).json()
    garbled = (await shop.follow(sale, "rebills")).json()
    declined = (await shop.pay(90_051, card=card)).json()
    rebilled = (await shop.follow(sale, "rebills", 300)).json()
    token = (await shop.pay(card={"token": sale["card"]["token"]})).json()
    await shop.follow(lost, "questions")
    await run_jobs()
    assert (sale["status"], rebilled["status"], token["status"]) == ("succeeded",) * 3
    return [sale, lost, garbled, declined, rebilled, token]


async def test_a_card_number_is_nowhere_in_dump_log_page_or_error(
    app, key_file: Path, database: str, logged: io.StringIO, actor
) -> None:
    shop = await make_shop(app, tokens=False)
    operations = await lived(shop)
    await kept(actor, CANARY, holder=HOLDER)
    told = [msgspec.json.encode(operation).decode() for operation in operations]
    for operation in operations:
        for path in (f"/operations/{operation['id']}", f"/payments/{operation['payment']}"):
            told.append((await shop.get(path)).text)
    for path in ("/events", "/transactions", "/consumers"):
        told.append((await shop.get(path)).text)
    live = await shop.with_key(live=True)
    for number in (CANARY, CANARY[:-1] + "7"):
        told.append((await live.pay(number=number, key="live")).text)
    told.append((await shop.pay(number=CANARY)).text)
    vault.load(None)
    told.append((await shop.follow(operations[0], "rebills")).text)
    assert_clean("\n".join(told), "an answer")
    assert_clean(logged.getvalue(), "the log")
    tables = await dump(database)
    assert tables["vault_card"]
    assert tables["gateway_call"]
    for name, text in tables.items():
        assert_clean(text, name)


def test_there_is_no_place_for_a_security_code(key_file: Path) -> None:
    assert envelope.Plain.__struct_fields__ == ("number", "month", "year", "holder")


async def test_every_sealed_card_is_of_one_length_whatever_is_in_it(
    actor, key_file, database
) -> None:
    for number, holder in (("4222222222222", None), (CANARY, "Ada Lovelace"), (CARD, "A B")):
        await kept(actor, number, holder=holder)
    connection = await asyncpg.connect(database)
    await connection.execute("set role comptoir_owner")
    lengths = await connection.fetch(
        "select distinct length(sealed) from vault_card where company_id = $1", actor.company_id
    )
    await connection.close()
    assert len(lengths) == 1


async def test_the_same_card_is_sealed_differently_every_time(actor, key_file: Path) -> None:
    ring = vault.keys.ring()
    plain = envelope.Plain(CANARY, 1, 2030)
    record = (await kept(actor)).id
    seals = [envelope.seal(ring, actor.company_id, record, plain) for _ in range(50)]
    assert len({seal.sealed for seal in seals}) == 50
    assert len({seal.wrapped_key for seal in seals}) == 50
    assert CANARY not in repr(seals) + repr(plain)
