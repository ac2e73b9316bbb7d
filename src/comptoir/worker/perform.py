"""One attempt at a job: its log context, its time limit, and what follows when it fails."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from comptoir import jobs
from comptoir.kit import log, metrics
from comptoir.kit.errors import AppError

_log = log.get("worker.jobs")


@dataclass(frozen=True, slots=True)
class Attempt:
    """A job as it came out of the queue. `failures` attempts failed before this one."""

    job_id: int
    task: str
    payload: bytes | None
    failures: int
    headers: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that failed. `pause` None: it was the last one. `trouble` is redacted."""

    trouble: str
    pause: timedelta | None


async def perform(attempt: Attempt) -> Failure | None:
    """Run a job once; None when it succeeded. Cancellation passes through."""
    task = jobs.get_task(attempt.task)
    facts: dict[str, object] = {
        "task": task.name,
        "job": attempt.job_id,
        "attempt": attempt.failures + 1,
    }
    if attempt.headers and "request_id" in attempt.headers:
        facts["request_id"] = attempt.headers["request_id"]
    with log.bound(**facts):
        failure = await _try(task, attempt)
        outcome = "succeeded" if failure is None else "retried" if failure.pause else "failed"
        metrics.JOBS.labels(task.name, outcome).inc()
        if failure is not None and failure.pause is None:
            _log.error("job_gave_up", trouble=failure.trouble)
        return failure


async def _try(task: jobs.Task, attempt: Attempt) -> Failure | None:
    number = attempt.failures + 1
    if number > task.attempts:  # Each worker that took it over has died of it.
        return Failure("WorkerDied: the process stopped during every attempt", None)
    try:
        arguments = task.unpack(attempt.payload)
        with (
            log.bound(company=str(arguments["company_id"])),
            metrics.timed(metrics.JOB_SECONDS, task.name),
        ):
            async with asyncio.timeout(task.limit.total_seconds()):
                await task.function(**arguments)
    except AppError as error:
        # Expected by whoever wrote the task: no crash, but not done either.
        _log.warning("job_refused", error=error.code, trouble=log.describe(error))
        return Failure(log.describe(error), task.pause(number))
    except Exception as error:  # noqa: BLE001  Whatever it is, it is logged and tried again.
        _log.error("job_failed", exc_info=error)
        return Failure(log.describe(error), task.pause(number))
    return None
