"""A gateway that gives no tokens is sent the card from the vault: rebills and card tokens work."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from comptoir import vault
from comptoir.gateways import simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import db, ids
from kit import Shop, at_once, charges, make_shop, run_jobs

pytestmark = pytest.mark.usefixtures("own_database")

VISA = "4242424242424242"


@pytest_asyncio.fixture
async def tokenless(app, key_file: Path) -> Shop:
    """A shop whose gateway keeps no cards."""
    return await make_shop(app, tokens=False)


async def record_of(shop: Shop, operation: dict[str, Any]) -> UUID:
    """The vault's record behind an operation's card token."""
    async with db.transaction(company=shop.company.id) as tx:
        found: UUID = await tx.value(
            "select vault_id from card_token where company_id = $1 and id = $2",
            shop.company.id, ids.untype("card", operation["card"]["token"]),
        )  # fmt: skip
    return found


async def log_of(shop: Shop, record: UUID) -> list[tuple[str, str]]:
    async with db.transaction(company=shop.company.id) as tx:
        lines = await vault.list_accesses(tx, shop.actor(), record)
    return [(line.act.value, line.why) for line in reversed(lines)]


async def test_a_rebill_is_sent_the_card_and_the_log_says_so(tokenless: Shop) -> None:
    sale = await tokenless.paid(1500, number=VISA)
    answer = await tokenless.follow(sale, "rebills", 700)
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded"), answer.text
    again = await tokenless.follow(sale, "rebills")
    assert again.json()["status"] == "succeeded"
    first, second, third = [
        ids.untype("op", done["id"]) for done in (sale, answer.json(), again.json())
    ]
    assert await log_of(tokenless, await record_of(tokenless, sale)) == [
        ("stored", f"sale {first}"), ("opened", f"rebill {second}"), ("opened", f"rebill {third}"),
    ]  # fmt: skip
    assert await charges(tokenless) == 3


async def test_the_log_names_who_asked_for_the_rebill(tokenless: Shop) -> None:
    sale = await tokenless.paid(number=VISA)
    await tokenless.follow(sale, "rebills")
    record = await record_of(tokenless, sale)
    async with db.transaction(company=tokenless.company.id) as tx:
        newest, *_ = await vault.list_accesses(tx, tokenless.actor(), record)
    assert newest.who.startswith("key:")


async def test_a_card_token_pays_again_and_knows_its_shopper(tokenless: Shop) -> None:
    sale = await tokenless.paid(number=VISA, shopper={"id": "ada"})
    answer = await tokenless.pay(card={"token": sale["card"]["token"]})
    assert (answer.status_code, answer.json()["status"]) == (201, "succeeded"), answer.text
    assert answer.json()["card"] == sale["card"]
    first, second = await tokenless.stored(sale), await tokenless.stored(answer.json())
    assert first.consumer_id == second.consumer_id is not None


async def test_the_same_card_is_one_record_under_many_tokens(tokenless: Shop) -> None:
    sales = await at_once(6, lambda: tokenless.paid(number=VISA))
    records = {await record_of(tokenless, sale) for sale in sales}
    assert (len(records), len({sale["card"]["token"] for sale in sales})) == (1, 6)


async def test_a_card_that_passes_its_authentication_is_kept_too(tokenless: Shop) -> None:
    waiting = (await tokenless.pay(number=VISA, three_ds="force")).json()
    assert waiting["status"] == "action_required"
    await simulator.acs.submit(waiting["action"]["url"].rpartition("/")[2], "1234")
    done = await tokenless.follow(waiting, "continuations")
    assert done.json()["status"] == "succeeded", done.text
    assert (await tokenless.follow(done.json(), "rebills")).json()["status"] == "succeeded"


async def test_a_destroyed_card_is_never_sent(tokenless: Shop) -> None:
    sale = await tokenless.paid(number=VISA)
    async with db.transaction(company=tokenless.company.id) as tx:
        await vault.destroy(
            tx, tokenless.actor(), await record_of(tokenless, sale), "the shopper asked"
        )
    answer = (await tokenless.follow(sale, "rebills")).json()
    assert (answer["status"], answer["result_code"]) == ("rejected", "056")
    assert await charges(tokenless) == 1


async def test_without_the_key_nothing_is_sent_and_with_it_the_rebill_goes_on(
    tokenless: Shop, key_file: Path
) -> None:
    sale = await tokenless.paid(number=VISA)
    vault.load(None)
    assert (await tokenless.follow(sale, "rebills")).json()["status"] == "not_sent"
    vault.load(key_file)
    assert (await tokenless.follow(sale, "rebills")).json()["status"] == "succeeded"
    assert await charges(tokenless) == 2


async def test_with_the_wrong_keys_nothing_is_sent_and_the_log_says_so(
    tokenless: Shop, tmp_path: Path
) -> None:
    sale = await tokenless.paid(number=VISA)
    vault.add_generation(tmp_path / "other.key")
    vault.load(tmp_path / "other.key")
    assert (await tokenless.follow(sale, "rebills")).json()["status"] == "not_sent"
    log = await log_of(tokenless, await record_of(tokenless, sale))
    assert [act for act, _ in log] == ["stored", "opened", "unreadable"]
    assert await charges(tokenless) == 1


@pytest.mark.parametrize("fault", [Fault.TIMEOUT_AFTER, Fault.TIMEOUT_BEFORE])
async def test_a_rebill_without_an_answer_is_asked_for_and_its_card_never_sent_again(
    tokenless: Shop, fault: Fault
) -> None:
    sale = await tokenless.paid(number=VISA)
    await simulator.script(tokenless.account.id, [fault])
    lost = (await tokenless.follow(sale, "rebills")).json()
    assert lost["status"] == "unknown"
    happened = fault is Fault.TIMEOUT_AFTER
    for _ in range(4):
        await tokenless.follow(lost, "questions")
    await run_jobs()
    log = await log_of(tokenless, await record_of(tokenless, sale))
    assert [act for act, _ in log] == ["stored", "opened"]
    assert await charges(tokenless) == 1 + happened


async def test_where_the_gateway_gives_tokens_the_vault_keeps_nothing(app, key_file: Path) -> None:
    shop = await make_shop(app)
    await shop.paid(number=VISA)
    async with db.transaction(company=shop.company.id) as tx:
        assert await tx.value("select count(*) from vault_card") == 0


async def test_without_a_vault_a_tokenless_gateway_leaves_nothing_to_rebill(app) -> None:
    shop = await make_shop(app, tokens=False)
    sale = await shop.paid(number=VISA)
    assert sale["card"].get("token") is None
    assert (await shop.follow(sale, "rebills")).status_code == 409


async def test_live_cards_are_taken_once_there_is_a_vault_and_a_route(
    tokenless: Shop, key_file: Path
) -> None:
    live = await tokenless.with_key(live=True)
    for number, said in (
        ("4539578763621486", "no_account"),
        ("4539578763621487", "not_a_card_number"),
    ):
        answer = await live.pay(number=number, key=f"live-{said}")
        assert answer.json()["code"] == said
        assert number not in answer.text
    vault.load(None)
    assert (await live.pay()).json()["code"] == "live_cards_closed"
