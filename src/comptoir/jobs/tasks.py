"""Tasks: the functions that run as jobs, known by a name that outlives a restart.

A task's first argument is its company, the others are ids or plain marks; it is safe to run twice
and opens its own short transactions. It may fail a bounded number of times, with growing pauses.
"""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, overload
from uuid import UUID

import msgspec

# Pauses after the 1st, 2nd, … failed attempt; after the last one the job is kept as failed.
PAUSES = (
    timedelta(seconds=2),
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
)
MAX_ATTEMPTS = len(PAUSES) + 1
LIMIT = timedelta(minutes=5)  # What one attempt may take unless its task says otherwise.
ALLOWED = (UUID, int, bool, str)  # What a job may carry: ids and marks, never data of a person.

Function = Callable[..., Awaitable[None]]


class UnknownTask(LookupError):
    """A job names a task that this process has not imported."""


@dataclass(frozen=True, slots=True)
class Task:
    """A registered function. Calling it runs it here and now, without a job."""

    name: str
    function: Function
    arguments: dict[str, Any]
    attempts: int
    limit: timedelta

    async def __call__(self, *args: object, **kwargs: object) -> None:
        await self.function(*args, **kwargs)

    def pack(self, given: dict[str, object]) -> dict[str, object]:
        """Check what a caller hands over; a wrong argument is a bug, so an assertion."""
        wanted = self.arguments.keys() - {"company_id"}
        assert given.keys() == wanted, f"{self.name} takes {sorted(wanted)}, not {sorted(given)}"
        for value in given.values():
            assert isinstance(value, ALLOWED), f"{self.name}: a job carries ids only"
        return given

    def unpack(self, payload: bytes | None) -> dict[str, Any]:
        """The arguments of a stored job, in the types that the function declares."""
        raw = msgspec.json.decode(payload or b"{}", type=dict[str, Any])
        return {
            name: msgspec.convert(raw[name], kind, strict=False)
            for name, kind in self.arguments.items()
        }

    def pause(self, attempt: int) -> timedelta | None:
        """How long to wait after failed attempt number `attempt`; None: it was the last."""
        if attempt >= self.attempts:
            return None
        return PAUSES[min(attempt, len(PAUSES)) - 1]


_tasks: dict[str, Task] = {}


@overload
def task(function: Function) -> Task: ...


@overload
def task(
    *, attempts: int = MAX_ATTEMPTS, limit: timedelta = LIMIT
) -> Callable[[Function], Task]: ...


def task(
    function: Function | None = None, *, attempts: int = MAX_ATTEMPTS, limit: timedelta = LIMIT
) -> Task | Callable[[Function], Task]:
    """Register an async function as a task: `@jobs.task` or `@jobs.task(attempts=3)`."""
    if function is None:
        return lambda wrapped: _register(wrapped, attempts, limit)
    return _register(function, attempts, limit)


def _register(function: Function, attempts: int, limit: timedelta) -> Task:
    arguments = inspect.get_annotations(function, eval_str=True)
    arguments.pop("return", None)
    assert next(iter(arguments), None) == "company_id", "a job's first argument is its company"
    assert arguments["company_id"] is UUID, "a company is named by its UUID"
    made = Task(_name(function), function, arguments, attempts, limit)
    assert made.name not in _tasks, f"two tasks are named {made.name}"
    _tasks[made.name] = made
    return made


def _name(function: Function) -> str:
    """Domain and function: a task may move between the files of its domain."""
    parts = function.__module__.split(".")
    domain = parts[1] if parts[0] == "comptoir" and len(parts) > 1 else parts[0]
    return f"{domain}.{function.__name__}"


def get_task(name: str) -> Task:
    """The task of that name, or `UnknownTask`."""
    if name not in _tasks:
        raise UnknownTask(name)
    return _tasks[name]


def list_tasks() -> list[Task]:
    """Every task that this process has imported."""
    return list(_tasks.values())
