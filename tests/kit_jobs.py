"""Run jobs, schedules and followers in the test's own process, on the held clock.

`await run_jobs()` does all that is due now and what follows from it. `await run_jobs(until=…)`
moves the held clock from one due moment to the next, runs the schedules on the way, and leaves the
clock at `until`. A schedule ticks at most `TICKS` times per call, evenly, and once at the end: a
week of ticks every second would teach nothing.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from comptoir import events, jobs, wiring
from comptoir.kit import clock, db
from comptoir.worker.perform import Attempt, Failure, perform

TICKS = 50
MAX_RUNS = 20_000  # More means that the queue feeds itself.


async def run_jobs(
    until: datetime | None = None,
    *,
    schedules: Sequence[jobs.Schedule] | None = None,
    followers: Sequence[events.Follower] | None = None,
) -> list[tuple[str, str | None]]:
    """What ran, in order: names of tasks, each with its trouble or None."""
    led = wiring.FOLLOWERS if followers is None else followers
    ran: list[tuple[str, str | None]] = []
    await _settle(led, ran)
    if until is None:
        return ran
    ticking = list(wiring.SCHEDULES if schedules is None else schedules)
    steps = {item.name: max(item.every, (until - clock.now()) / TICKS) for item in ticking}
    due = {item.name: clock.now() + steps[item.name] for item in ticking}
    while (moment := await _next_moment(list(due.values()))) is not None and moment < until:
        clock.hold(max(moment, clock.now()))
        for item in sorted(ticking, key=lambda item: due[item.name]):
            if due[item.name] <= clock.now():
                await item.function()
                due[item.name] = clock.now() + steps[item.name]
        await _settle(led, ran)
    clock.hold(max(until, clock.now()))
    for item in ticking:
        await item.function()
    await _settle(led, ran)
    return ran


async def lead(followers: Sequence[events.Follower]) -> int:
    """Lead followers to the end of the log; how many events they were handed."""
    seen = 0
    for item in followers:
        while (handed := await events.follow(item.name, item.handler, item.batch)) > 0:
            seen += handed
    return seen


async def _settle(followers: Sequence[events.Follower], ran: list[tuple[str, str | None]]) -> None:
    """Followers and due jobs in turn, until neither finds anything to do."""
    while True:
        moved = await lead(followers)
        while (attempt := await _take()) is not None:
            failure = await perform(attempt)
            await _put_away(attempt, failure)
            ran.append((attempt.task, failure.trouble if failure else None))
            assert len(ran) < MAX_RUNS, "the queue never gets empty"
            moved += 1
        if not moved:
            return


async def _take() -> Attempt | None:
    async with db.lookup() as tx:
        row = await tx.row(
            "update pgqueuer set status = 'picked', updated = now(), heartbeat = now()"
            " where id = (select id from pgqueuer where status = 'queued' and execute_after <= $1"
            "  and entrypoint = any($2) order by execute_after, id limit 1 for update skip locked)"
            " returning id, entrypoint, payload, attempts, headers",
            clock.now(), _names(),
        )  # fmt: skip
    if row is None:
        return None
    return Attempt(row["id"], row["entrypoint"], row["payload"], row["attempts"], row["headers"])


async def _put_away(attempt: Attempt, failure: Failure | None) -> None:
    """What PgQueuer does after a job, with the held clock instead of the server's."""
    async with db.lookup() as tx:
        if failure is None:
            await tx.run("delete from pgqueuer where id = $1", attempt.job_id)
        elif failure.pause is not None:
            await tx.run(
                "update pgqueuer set status = 'queued', attempts = attempts + 1,"
                " execute_after = $2 where id = $1",
                attempt.job_id, clock.now() + failure.pause,
            )  # fmt: skip
        else:
            await tx.run("update pgqueuer set status = 'failed' where id = $1", attempt.job_id)
            await tx.run(
                "insert into pgqueuer_log (job_id, status, priority, entrypoint, traceback)"
                " values ($1, 'failed', 0, $2, $3)",
                attempt.job_id, attempt.task, {"exception_message": failure.trouble},
            )  # fmt: skip


async def _next_moment(ticks: list[datetime]) -> datetime | None:
    async with db.lookup() as tx:
        job = await tx.value(
            "select min(execute_after) from pgqueuer where status = 'queued'"
            " and entrypoint = any($1)",
            _names(),
        )
    return min([*ticks, *([job] if job is not None else [])], default=None)


def _names() -> list[str]:
    return [task.name for task in jobs.list_tasks()]


def in_(**parts: int) -> datetime:
    """The held clock's moment and some time: `until=in_(days=8)`."""
    return clock.now() + timedelta(**parts)
