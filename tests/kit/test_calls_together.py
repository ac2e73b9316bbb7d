"""Calls that wait at the same time share a round trip and a commit, and nothing else."""

import asyncio

import asyncpg
import pytest

from comptoir.kit import db, together

COMMIT = "select pg_current_xact_id()::text as number, $1::int as asked"
SHARE = "select 100 / $1::int as share"
LOCK = "select pg_advisory_xact_lock($1::bigint)::text as locked"


async def test_calls_that_wait_together_share_one_commit_and_keep_their_answers(database):
    rows = await asyncio.gather(*(db.call(COMMIT, number) for number in range(20)))
    assert [row["asked"] for row in rows] == list(range(20))
    assert len({row["number"] for row in rows}) == 2, "the first went alone, the others together"


async def test_a_call_that_fails_takes_no_other_call_with_it(database):
    answers = await asyncio.gather(
        *(db.call(SHARE, number) for number in (1, 2, 0, 4, 0, 5)), return_exceptions=True
    )
    assert [a["share"] for a in answers if not isinstance(a, Exception)] == [100, 50, 25, 20]
    failed = [a for a in answers if isinstance(a, Exception)]
    assert [type(a) for a in failed] == [asyncpg.DivisionByZeroError] * 2


async def test_a_call_that_fails_alone_says_so_and_the_next_ones_work(database):
    with pytest.raises(asyncpg.DivisionByZeroError):
        await db.call(SHARE, 0)
    assert (await db.call(SHARE, 4))["share"] == 25


async def test_somebody_who_gives_up_waiting_does_not_disturb_the_others(database):
    calls = [asyncio.create_task(db.call(COMMIT, number)) for number in range(6)]
    await asyncio.sleep(0)
    calls[2].cancel()
    calls[0].cancel()
    answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(a, asyncio.CancelledError) for a in answers] == [
        True, False, True, False, False, False,
    ]  # fmt: skip
    assert [a["asked"] for a in answers if not isinstance(a, BaseException)] == [1, 3, 4, 5]


async def test_nobody_waits_behind_a_call_that_is_held_up(database, monkeypatch):
    monkeypatch.setattr(together, "PATIENCE", -1.0)
    async with db.lookup() as tx:
        await tx.value(LOCK, 7)
        held_up = asyncio.create_task(db.call(LOCK, 7))
        await asyncio.sleep(0)
        others = await asyncio.gather(*(db.call(LOCK, number) for number in (8, 9)))
        assert len(others) == 2
        assert not held_up.done()
    await held_up


async def test_a_value_that_cannot_be_written_down_fails_alone(database: str) -> None:
    async def ask(value: object) -> object:
        return (await db.call("select $1::int as given", value))["given"]

    answers = await asyncio.gather(
        *(ask(2**40 if i == 7 else i) for i in range(20)), return_exceptions=True
    )
    assert [a for i, a in enumerate(answers) if i != 7] == [i for i in range(20) if i != 7]
    assert isinstance(answers[7], asyncpg.DataError)


async def test_who_comes_next_waits_a_moment_and_not_for_the_end_of_a_call_that_is_held_up(
    database: str,
) -> None:
    async with db.lookup() as tx:
        await tx.value(LOCK, 17)
        held_up = asyncio.create_task(db.call(LOCK, 17))
        await asyncio.sleep(0)
        async with asyncio.timeout(10):
            await db.call(LOCK, 18)  # Nobody comes after it.
        assert not held_up.done()
    await held_up


class Gone:
    """A server that dies at the commit: what it did, and that nobody hears of it."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.done: list[int] = []

    async def fetchrow(self, _sql: str, number: int) -> dict[str, int]:
        await asyncio.sleep(0)
        self.done.append(number)
        return {"asked": number}

    async def fetchmany(self, _sql: str, every: list[tuple[int]]) -> list[dict[str, int]]:
        self.done += [number for (number,) in every]
        raise self.error


async def test_what_may_be_committed_already_is_not_sent_again() -> None:
    server = Gone(asyncpg.ConnectionDoesNotExistError("gone"))
    line = together.Line(server, "select")
    answers = await asyncio.gather(*(line.call([n]) for n in range(5)), return_exceptions=True)
    assert server.done == [0, 1, 2, 3, 4]
    assert [type(a) for a in answers[1:]] == [asyncpg.ConnectionDoesNotExistError] * 4


async def test_after_a_group_that_broke_down_the_others_are_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(together, "MAX_TOGETHER", 2)
    monkeypatch.setattr(together, "PATIENCE", 60.0)
    line = together.Line(Gone(asyncpg.InternalClientError("a bug of the driver")), "select")
    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    try:
        async with asyncio.timeout(10):
            answers = await asyncio.gather(
                *(line.call([n]) for n in range(6)), return_exceptions=True
            )
    finally:
        asyncio.get_running_loop().set_exception_handler(None)
    assert [isinstance(a, Exception) for a in answers] == [False, True, True, True, True, False]
