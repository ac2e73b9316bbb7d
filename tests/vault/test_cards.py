"""Cards go in once, come out for a purpose that is written down, and can be destroyed."""

from dataclasses import replace

import asyncpg
import pytest

from comptoir import vault
from comptoir.kit import db, ids
from comptoir.kit.errors import NotFound
from comptoir.vault.opening import CardGone, CardUnreadable
from kit import as_role, at_once
from vault.cards import CANARY, acts, kept, numbered, opened

pytestmark = pytest.mark.usefixtures("key_file")


async def test_a_stored_card_is_opened_again_without_a_security_code(actor) -> None:
    record = await kept(actor)
    card = await opened(actor, record.id)
    assert (card.number, card.month, card.year, card.holder) == (CANARY, 10, 2030, "Ada Lovelace")
    assert (record.brand, record.first6, record.last4) == ("visa", "453957", "1486")
    assert not hasattr(card, "cvc")
    assert CANARY not in repr(card) + repr(record)


async def test_the_same_card_and_expiry_are_one_record_however_it_is_written(actor) -> None:
    first = await kept(actor)
    assert await kept(actor, "4539 5787-6362 1486") == first
    assert (await kept(actor, year=2031)).id != first.id
    assert (await kept(actor, numbered(1))).fingerprint != first.fingerprint


async def test_a_card_stored_many_times_at_once_is_one_record(actor) -> None:
    records = await at_once(12, lambda: kept(actor))
    assert len({record.id for record in records}) == 1


async def test_companies_and_modes_have_records_of_their_own(make_actor) -> None:
    test, other = await make_actor(), await make_actor()
    live = replace(test, live=True)
    records = [await kept(someone) for someone in (test, other, live)]
    assert len({record.id for record in records}) == 3
    assert len({record.fingerprint for record in records}) == 1
    for someone, record in ((other, records[0]), (test, records[2]), (live, records[0])):
        with pytest.raises(CardGone):
            await opened(someone, record.id)


async def test_a_row_moved_to_another_record_or_company_does_not_open(
    actor, make_actor, database
) -> None:
    mine, other = await kept(actor), await make_actor()
    beside, theirs = await kept(actor, numbered(1)), await kept(other, numbered(2))
    for changes in (
        "wrapped_key = s.wrapped_key, sealed = s.sealed",
        "wrapped_key = s.wrapped_key",
    ):
        for victim in (beside, theirs):
            await tampered(
                database,
                f"update vault_card t set {changes} from vault_card s"
                " where s.id = $1 and t.id = $2",
                mine.id,
                victim.id,
            )
        with pytest.raises(CardUnreadable):
            await opened(actor, beside.id)
        with pytest.raises(CardUnreadable):
            await opened(other, theirs.id)
    assert (await opened(actor, mine.id)).number == CANARY


async def test_a_card_changed_by_one_bit_does_not_open(actor, database) -> None:
    record = await kept(actor)
    for column in ("sealed", "wrapped_key"):
        flip = (
            f"update vault_card set {column} = set_bit({column}, 200, 1 - get_bit({column}, 200))"
        )
        await tampered(database, flip + " where id = $1", record.id)
        with pytest.raises(CardUnreadable):
            await opened(actor, record.id)
        await tampered(database, flip + " where id = $1", record.id)
        assert (await opened(actor, record.id)).number == CANARY


async def tampered(database: str, sql: str, *args: object) -> None:
    """A change by somebody with the whole database in hand: no trigger stops it."""
    connection = await asyncpg.connect(database)
    try:
        async with connection.transaction():
            await connection.execute("set local role comptoir_owner")
            await connection.execute("alter table vault_card disable trigger vault_card_keeps")
            await connection.execute(sql, *args)
            await connection.execute("alter table vault_card enable trigger vault_card_keeps")
    finally:
        await connection.close()


async def test_every_access_is_written_down_with_who_and_why(actor) -> None:
    record = await kept(actor)
    await kept(actor)
    await opened(actor, record.id, "rebill 1")
    with pytest.raises(CardGone):
        await opened(actor, record.id, "rebill 2", live=not actor.live)
    async with db.transaction(company=actor.company_id) as tx:
        await vault.destroy(tx, actor, record.id, "the shopper asked")
    with pytest.raises(CardGone):
        await opened(actor, record.id, "rebill 3")
    me = "cli:command_line:Command line"
    assert await acts(actor, record) == [
        ("stored", me, "kept"),
        ("known", me, "kept"),
        ("opened", "user:1:Grace", "rebill 1"),
        ("refused", "user:1:Grace", "rebill 2"),
        ("destroyed", me, "the shopper asked"),
        ("refused", "user:1:Grace", "rebill 3"),
    ]


async def test_what_is_sealed_cannot_be_read_past_the_log(actor) -> None:
    record = await kept(actor)
    for role in ("comptoir_app", "comptoir_platform", "comptoir_lookup"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await as_role(
                actor.company_id, role, "select sealed from vault_card where company_id = $1"
            )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(company=actor.company_id) as tx:
            await tx.value("select wrapped_key from vault_card where id = $1", record.id)


@pytest.mark.parametrize("role", ["comptoir_app", "comptoir_platform", "comptoir_owner"])
async def test_nobody_edits_the_log_or_what_is_kept(actor, role: str) -> None:
    await kept(actor)
    refused = (asyncpg.InsufficientPrivilegeError, asyncpg.RestrictViolationError)
    where = " where company_id = $1"
    for change in (
        "update vault_access set why = 'x'", "delete from vault_access", "delete from vault_card",
        "update vault_card set sealed = sealed || sealed", "update vault_card set last4 = '0000'",
        "update vault_card set live = not live",
    ):  # fmt: skip
        with pytest.raises(refused):
            await as_role(actor.company_id, role, change + where)


async def test_a_destroyed_card_is_kept_as_a_record_and_gone_as_a_number(actor) -> None:
    record = await kept(actor)
    async with db.transaction(company=actor.company_id) as tx:
        await vault.destroy(tx, actor, record.id, "no longer needed")
        seen = await vault.get_card(tx, actor, record.id)
        left = await tx.value("select generation from vault_card where id = $1", record.id)
    assert (seen.last4, seen.destroyed_at is not None, left) == ("1486", True, None)
    with pytest.raises(NotFound):
        async with db.transaction(company=actor.company_id) as tx:
            await vault.destroy(tx, actor, record.id, "twice")
    with pytest.raises(asyncpg.RestrictViolationError):
        await as_role(
            actor.company_id, "comptoir_owner",
            "update vault_card set destroyed_at = null, generation = '000000000000',"
            " wrapped_key = sha256('') || sha256('') where company_id = $1",
        )  # fmt: skip
    assert (await kept(actor)).id != record.id


async def test_another_companys_record_looks_absent(actor, make_actor) -> None:
    record, other = await kept(actor), await make_actor()
    for company, absent in ((other.company_id, record.id), (actor.company_id, ids.new())):
        someone = replace(other, company_id=company)
        async with db.transaction(company=company) as tx:
            with pytest.raises(NotFound):
                await vault.get_card(tx, someone, absent)
            with pytest.raises(NotFound):
                await vault.destroy(tx, someone, absent, "not mine")


@pytest.mark.parametrize(
    "number",
    ["4539578763621487", "453957876362148", "4" * 20, "", "4539 5787 6362 148x", "１" * 16],
)
async def test_what_is_no_card_number_is_refused_and_not_repeated(actor, number: str) -> None:
    with pytest.raises(vault.NotACardNumber) as refused:
        await kept(actor, number)
    assert not number or number not in str(refused.value) + str(refused.value.data)


@pytest.mark.parametrize(
    ("number", "brand"),
    [
        ("4111111111111111", "visa"), ("5555555555554444", "mastercard"),
        ("2223003122003222", "mastercard"), ("378282246310005", "amex"),
        ("30569309025904", "diners"), ("36227206271667", "diners"),
        ("6011111111111117", "discover"), ("3566002020360505", "jcb"),
        ("6200000000000005", "unionpay"), ("6759649826438453", "maestro"),
        ("9000000000000001", "other"),
    ],
)  # fmt: skip
def test_a_brand_is_known_by_its_range(number: str, brand: str) -> None:
    assert vault.brand_of(number) == brand
