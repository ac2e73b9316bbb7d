"""Followers: nothing is lost, nothing is seen twice, whatever commits or dies in between."""

import asyncio
import random
from collections.abc import Sequence
from uuid import UUID

import asyncpg
import pytest
from killed import NAME, count, note, run_killed

from comptoir import events
from comptoir.kit import db, ids
from comptoir.kit.actor import system


class Reader:
    """A handler that remembers what it was handed of one company."""

    def __init__(self, company: UUID) -> None:
        self.name = f"reader {company}"
        self.company = company
        self.seen: list[int] = []

    async def __call__(self, tx: db.Tx, rows: Sequence[events.Event]) -> None:
        self.seen += [row.seq for row in rows if row.company_id == self.company]

    async def read(self, batch: int = 500) -> list[int]:
        """Go to the end of the log; what was new."""
        before = len(self.seen)
        await events.follow(self.name, self, batch)  # A new follower gets its cursor first.
        while await events.follow(self.name, self, batch):
            pass
        return self.seen[before:]


async def record(company: UUID, kind: str = "thing.done") -> int:
    async with db.transaction(company=company) as tx:
        return await events.record(tx, system(company, live=False), kind, ids.new())


async def test_an_event_that_commits_late_is_neither_lost_nor_seen_twice(database):
    company = ids.new()
    reader = Reader(company)
    first = await record(company)
    assert await reader.read() == [first]
    async with db.transaction(company=company) as open_one:
        actor = system(company, live=False)
        early = await events.record(open_one, actor, "written.first", ids.new())
        late = await record(company)
        assert early < late
        # The later one is committed, but the open one still comes before it.
        assert await reader.read() == []
    assert await reader.read() == [early, late]
    assert await reader.read() == []


async def test_a_number_given_early_in_a_later_transaction_is_not_passed_over(database):
    company = ids.new()
    reader, actor = Reader(company), system(company, live=False)
    async with db.transaction(company=company) as elder, db.transaction(company=company) as younger:
        await elder.value("select pg_current_xact_id()")
        low = await events.record(younger, actor, "low.number", ids.new())
        high = await events.record(elder, actor, "high.number", ids.new())
        assert low < high
        assert await reader.read() == []
    assert await reader.read() == [high, low]  # In the order of transactions.


async def test_what_is_rolled_back_never_appears(database):
    company = ids.new()
    with pytest.raises(RuntimeError):
        await record_and_fail(company)
    kept = await record(company)
    assert await Reader(company).read() == [kept]


async def record_and_fail(company: UUID) -> None:
    async with db.transaction(company=company) as tx:
        await events.record(tx, system(company, live=False), "thing.undone", ids.new())
        raise RuntimeError


async def test_many_writers_at_once_and_a_reader_beside_them_agree(database):
    company, chance = ids.new(), random.Random(7)  # noqa: S311
    reader, writing = Reader(company), True
    actor = system(company, live=False)

    async def write() -> list[int]:
        written = []
        for _ in range(12):
            async with db.transaction(company=company) as tx:
                for _ in range(chance.randrange(1, 4)):
                    written.append(await events.record(tx, actor, "thing.done", ids.new()))
                    await tx.value("select pg_sleep($1)", chance.random() / 200)
        return written

    async def read() -> None:
        while writing:
            await reader.read(batch=7)

    reading = asyncio.create_task(read())
    written = await asyncio.gather(*(write() for _ in range(6)))
    writing = False
    await reading
    await reader.read()
    assert sorted(reader.seen) == sorted(seq for part in written for seq in part)


async def test_a_handler_that_fails_is_handed_the_same_events_again(database, effects):
    company = ids.new()
    await lead_note()
    seqs = [await record(company), await record(company)]

    async def note_and_fail(tx: db.Tx, rows: Sequence[events.Event]) -> None:
        await note(tx, rows)
        raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        await events.follow(NAME, note_and_fail)
    assert await count(effects, company) == []
    await lead_note()
    assert await count(effects, company) == seqs


@pytest.mark.slow
async def test_a_process_killed_between_effect_and_commit_has_done_nothing(database, effects):
    company = ids.new()
    await lead_note()
    seqs = [await record(company) for _ in range(3)]
    assert await run_killed(database) == -9
    assert await count(effects, company) == []
    await lead_note()
    assert await count(effects, company) == seqs


async def lead_note() -> None:
    async with asyncio.timeout(10):  # The dead process's transaction ends when the server sees it.
        while True:
            await events.follow(NAME, note)
            async with db.platform() as tx:
                if not await events.list_behind(tx, [NAME]):
                    return


async def test_two_workers_never_lead_the_same_follower_at_once(database):
    company = ids.new()
    reader = Reader(company)
    await reader.read()
    seq = await record(company)
    inside, go_on = asyncio.Event(), asyncio.Event()

    async def wait(tx: db.Tx, rows: Sequence[events.Event]) -> None:
        inside.set()
        await go_on.wait()
        await reader(tx, rows)

    slow = asyncio.create_task(events.follow(reader.name, wait))
    await asyncio.wait_for(inside.wait(), 10)
    assert await events.follow(reader.name, reader) == 0
    go_on.set()
    assert await slow >= 1
    assert reader.seen == [seq]


async def test_a_follower_after_the_end_of_the_log_says_so_instead_of_waiting_for_ever(database):
    reader = Reader(ids.new())
    await reader.read()
    async with db.platform() as tx:
        await tx.run("update follower set tx = $2 where name = $1", reader.name, 2**60)
        assert await events.list_behind(tx, [reader.name]) == [reader.name]
    with pytest.raises(events.LogRestarted):
        await reader.read()


async def test_the_distance_of_followers_is_measured(database):
    company = ids.new()
    reader = Reader(company)
    await reader.read()
    await record(company)
    async with db.platform() as tx:
        states = {state.name: state for state in await events.measure(tx)}
    assert states[reader.name].waiting_since is not None
    await reader.read()
    async with db.platform() as tx:
        states = {state.name: state for state in await events.measure(tx)}
    assert states[reader.name].waiting_since is None


async def test_after_a_restore_elsewhere_every_follower_goes_on_where_it_was(database):
    company = ids.new()
    actor = system(company, live=False)
    behind, ahead = Reader(company), Reader(company)
    ahead.name += " ahead"
    await behind.read()
    await ahead.read()
    far = 2**62  # As if written on a server that had counted much further.
    connection = await asyncpg.connect(database)
    try:
        for number in range(4):
            await connection.execute(
                "insert into event (company_id, tx, at, live, kind, subject_id, actor)"
                " values ($1, $2, now(), false, 'thing.done', $1, $3)",
                company, far + number, events.signature(actor),
            )  # fmt: skip
        rows = await connection.fetch(
            "select tx, seq from event where company_id = $1 order by tx, seq", company
        )
        for reader, place in ((behind, rows[0]), (ahead, rows[2])):
            await connection.execute(
                "update follower set tx = $2, seq = $3 where name = $1",
                reader.name, place["tx"], place["seq"],
            )  # fmt: skip
        with pytest.raises(events.LogRestarted):
            await behind.read()
        await connection.execute("set role comptoir_owner")
        assert await connection.fetchval("select adopt_event_log_v1()") > 0
        assert await connection.fetchval("select adopt_event_log_v1()") == 0
    finally:
        await connection.close()
    new = await record(company)
    seqs = [row["seq"] for row in rows]
    assert await behind.read() == [*seqs[1:], new]
    assert await ahead.read() == [*seqs[3:], new]


# What is read of the log one row after the other in this transaction.
READ = "select seq_tup_read from pg_stat_xact_user_tables where relname = 'event'"


async def test_to_ask_who_has_something_to_read_does_not_read_the_whole_log(database):
    company = ids.new()
    async with db.transaction(company=company) as tx:
        await tx.run(
            "insert into event (company_id, at, live, kind, subject_id, actor)"
            " select $1, now(), true, 'thing.done', gen_random_uuid(), 'test'"
            " from generate_series(1, 2000)",
            company,
        )
    reader = Reader(company)
    assert len(await reader.read()) == 2000
    async with db.platform() as tx:
        assert await events.list_behind(tx, [reader.name, "not begun yet"]) == ["not begun yet"]
        assert await tx.value(READ) == 0
