"""A card number that went through the whole product is found nowhere but in the gateway's hands."""

import io
from pathlib import Path
from typing import Any

import asyncpg
import msgspec

from comptoir import vault
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.vault import envelope
from kit import Shop, make_shop, run_jobs
from kit_canary import dump, found, logged
from vault.cards import CANARY, kept

__all__ = ["logged"]  # A fixture.

CARD = "5555552500001001"  # A documented test card that no other test pays with.
HOLDER = "Wilhelmina Canary"
SECRETS = {"card": CARD, "another card": CANARY, "holder": HOLDER}


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
    assert found(SECRETS, "\n".join(told)) == []
    assert found(SECRETS, logged.getvalue()) == []
    tables = await dump(database)
    assert tables["vault_card"]
    assert tables["gateway_call"]
    for name, text in tables.items():
        assert (name, found(SECRETS, text)) == (name, [])


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
