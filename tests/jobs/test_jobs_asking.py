"""Asking for jobs: in the caller's transaction, with ids only, once per key."""

from uuid import UUID

import pytest

from comptoir import jobs
from comptoir.kit import db, ids
from comptoir.kit.actor import system
from comptoir.kit.errors import NotFound

COMPANY = ids.new()


@jobs.task
async def look_after(company_id: UUID, operation_id: UUID, live: bool) -> None:
    """A task of these tests."""


async def waiting() -> int:
    async with db.lookup() as tx:
        return await tx.value(
            "select count(*) from pgqueuer where entrypoint = $1", look_after.name
        )


async def test_a_job_of_a_transaction_that_is_rolled_back_never_existed(database):
    before = await waiting()
    with pytest.raises(RuntimeError):
        await ask_and_fail()
    assert await waiting() == before


async def ask_and_fail() -> None:
    async with db.transaction(company=COMPANY) as tx:
        await jobs.enqueue(tx, look_after, company_id=COMPANY, operation_id=ids.new(), live=False)
        raise RuntimeError


async def test_a_key_that_waits_already_is_not_asked_for_twice(database):
    async with db.transaction(company=COMPANY) as tx:
        given = {"company_id": COMPANY, "operation_id": ids.new(), "live": True}
        first = await jobs.enqueue(tx, look_after, dedupe="one", **given)
        second = await jobs.enqueue(tx, look_after, dedupe="one", **given)
        other = await jobs.enqueue(
            tx, look_after, dedupe="one", **{**given, "company_id": ids.new()}
        )
    assert first is not None
    assert second is None
    assert other is not None


async def test_a_job_does_not_carry_what_its_task_does_not_take(database):
    async with db.transaction(company=COMPANY) as tx:
        with pytest.raises(AssertionError):
            await jobs.enqueue(tx, look_after, company_id=COMPANY, operation_id=ids.new())
        with pytest.raises(AssertionError):
            await jobs.enqueue(tx, look_after, company_id=COMPANY, operation_id=1.5, live=True)


async def test_arguments_come_back_as_they_were_given(database):
    operation = ids.new()
    async with db.transaction(company=COMPANY) as tx:
        job = await jobs.enqueue(
            tx, look_after, company_id=COMPANY, operation_id=operation, live=True
        )
        payload = await tx.value("select payload from pgqueuer where id = $1", job)
    assert look_after.unpack(payload) == {
        "company_id": COMPANY, "operation_id": operation, "live": True
    }  # fmt: skip


async def test_failed_jobs_are_seen_by_their_company_only_and_can_begin_again(database):
    async with db.transaction(company=COMPANY) as tx:
        job = await jobs.enqueue(
            tx, look_after, company_id=COMPANY, operation_id=ids.new(), live=True
        )
        await tx.run("update pgqueuer set status = 'failed', attempts = 7 where id = $1", job)
    ours, theirs = system(COMPANY, live=False), system(ids.new(), live=False)
    async with db.lookup() as tx:
        assert [failed.id for failed in await jobs.list_failed(tx, ours)] == [job]
        assert await jobs.list_failed(tx, theirs) == []
        with pytest.raises(NotFound):
            await jobs.retry_failed(tx, theirs, job)
        await jobs.retry_failed(tx, ours, job)
        assert await jobs.list_failed(tx, ours) == []
