"""Rotation while cards are read and stored: nothing is lost, nobody has to wait."""

import asyncio
import shutil
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from comptoir import vault
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.vault.opening import CardUnreadable
from kit import at_once
from vault.cards import acts, kept, numbered, opened

ROTATING = Path(__file__).with_name("rotating.py")
CARDS = 120


async def stored(actor: Actor, count: int = CARDS, start: int = 0) -> dict[Any, str]:
    """Cards in the vault: their numbers by record."""
    numbers = [numbered(start + place) for place in range(count)]
    records = await asyncio.gather(*(kept(actor, number) for number in numbers))
    return {record.id: number for record, number in zip(records, numbers, strict=True)}


async def all_open(actor: Actor, cards: dict[Any, str]) -> None:
    for record_id, number in cards.items():
        assert (await opened(actor, record_id)).number == number


async def used(key_file: Path) -> dict[str, int]:
    """Cards by generation, of those in the key file."""
    return {item.id: item.cards for item in (await vault.status()).generations if item.made_on}


@asynccontextmanager
async def readers(actor: Actor, cards: dict[Any, str]) -> AsyncIterator[list[int]]:
    """Three readers that never rest; every card they open is the right one."""
    reads, going = [0], True

    async def read() -> None:
        while going:
            for record_id, number in cards.items():
                assert (await opened(actor, record_id)).number == number
                reads[0] += 1

    tasks = [asyncio.create_task(read()) for _ in range(3)]
    yield reads
    going = False
    await asyncio.gather(*tasks)


async def test_every_card_moves_to_the_new_generation_while_it_is_read(
    actor: Actor, key_file: Path
) -> None:
    cards = await stored(actor)
    old = next(iter(await used(key_file)))
    fresh = vault.add_generation(key_file)
    seen: list[tuple[int, int]] = []
    async with readers(actor, cards) as reads:
        done = await vault.rotate(lambda *step: seen.append(step), batch=7)
        assert reads[0] > 0
    assert (done.generation, done.wrapped, done.left) == (fresh.id, CARDS, 0)
    assert seen == sorted(seen)
    assert seen[-1] == (CARDS, CARDS)
    assert await used(key_file) == {fresh.id: CARDS, old: 0}
    await all_open(actor, cards)


async def test_cards_stored_during_a_rotation_are_not_left_behind(
    actor: Actor, key_file: Path
) -> None:
    cards = await stored(actor, 60)
    old = next(iter(await used(key_file)))
    vault.add_generation(key_file)
    late, done = await asyncio.gather(stored(actor, 60, start=1000), vault.rotate(batch=5))
    assert done.left == 0
    assert (await used(key_file))[old] == 0
    await all_open(actor, cards | late)


async def test_a_rotation_killed_in_the_middle_is_finished_by_the_next(
    actor: Actor, key_file: Path, database: str
) -> None:
    cards = await stored(actor)
    old = next(iter(await used(key_file)))
    vault.add_generation(key_file)
    async with readers(actor, cards):
        process = await asyncio.create_subprocess_exec(
            sys.executable, ROTATING, database, key_file, "3", stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(3):
            assert await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
        left = (await used(key_file))[old]
        assert 0 < left < CARDS
        done = await vault.rotate(batch=10)
    assert (done.wrapped, done.left) == (left, 0)
    await all_open(actor, cards)


async def test_two_rotations_at_once_do_the_work_once(actor: Actor, key_file: Path) -> None:
    cards = await stored(actor, 40)
    vault.add_generation(key_file)
    done = await at_once(2, lambda: vault.rotate(batch=5))
    assert sum(each.wrapped for each in done) >= 40
    assert {each.left for each in done} == {0}
    await all_open(actor, cards)


async def test_an_old_generation_is_dropped_when_nothing_needs_it(
    actor: Actor, key_file: Path
) -> None:
    cards = await stored(actor, 3)
    old = next(iter(await used(key_file)))
    with pytest.raises(vault.LastGeneration):
        await vault.check_unused(old)
    fresh = vault.add_generation(key_file)
    with pytest.raises(vault.GenerationUsed):
        await vault.check_unused(old)
    await vault.rotate()
    await vault.check_unused(old)
    vault.drop_generation(key_file, old)
    assert list(await used(key_file)) == [fresh.id]
    await all_open(actor, cards)


async def test_a_card_whose_key_was_taken_away_is_unreadable_and_counted(
    actor: Actor, key_file: Path
) -> None:
    cards = await stored(actor, 3)
    old = next(iter(await used(key_file)))
    vault.add_generation(key_file)
    backup = key_file.with_name("copy.key")
    shutil.copy2(key_file, backup)
    late = await stored(actor, 2, start=50)
    vault.drop_generation(key_file, old)
    for record_id in cards:
        with pytest.raises(CardUnreadable):
            await opened(actor, record_id)
    await all_open(actor, late)
    found = await vault.status()
    assert found.unreadable == 3
    assert (await vault.rotate()).left == 3
    shutil.copy2(backup, key_file)
    await all_open(actor, cards | late)
    assert (await vault.rotate()).left == 0


async def test_keys_that_were_replaced_neither_store_nor_rotate(
    actor: Actor, key_file: Path, tmp_path: Path
) -> None:
    behind = tmp_path / "behind.key"
    shutil.copy2(key_file, behind)
    cards = await stored(actor, 2)
    vault.add_generation(key_file)
    await vault.rotate()
    vault.load(behind)
    with pytest.raises(vault.KeysBehind):
        await kept(actor, numbered(99))
    with pytest.raises(vault.KeysReplaced):
        await vault.rotate()
    vault.load(key_file)
    await all_open(actor, cards)


async def test_a_card_that_was_tampered_with_is_left_and_the_others_go_on(
    actor: Actor, key_file: Path, database: str
) -> None:
    cards = await stored(actor, 5)
    victim = next(iter(cards))
    connection = await asyncpg.connect(database)
    await connection.execute("set role comptoir_platform")
    await connection.execute(
        "update vault_card set wrapped_key = set_bit(wrapped_key, 300, 1 - get_bit(wrapped_key,"
        " 300)) where id = $1",
        victim,
    )
    await connection.close()
    vault.add_generation(key_file)
    done = await vault.rotate(batch=2)
    assert (done.wrapped, done.left) == (4, 1)
    with pytest.raises(CardUnreadable):
        await opened(actor, victim)
    del cards[victim]
    await all_open(actor, cards)


async def test_a_rotation_opens_no_card_and_leaves_no_line_in_the_log(
    actor: Actor, key_file: Path
) -> None:
    record = await kept(actor)
    vault.add_generation(key_file)
    await vault.rotate()
    assert [act for act, _, _ in await acts(actor, record)] == ["stored"]


async def test_destroyed_cards_are_not_rotated(actor: Actor, key_file: Path) -> None:
    record = await kept(actor)
    assert actor.company_id is not None
    async with db.transaction(company=actor.company_id) as tx:
        await vault.destroy(tx, actor, record.id, "gone")
    vault.add_generation(key_file)
    assert (await vault.rotate()).wrapped == 0
    assert (await vault.status()).destroyed >= 1
