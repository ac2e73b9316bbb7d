"""Jobs: asked for in the caller's transaction, run by workers, retried, kept when they fail."""

from comptoir.jobs.job import (
    FailedJob,
    JobAlreadyWaiting,
    QueueLine,
    enqueue,
    list_failed,
    measure,
    prune,
    retry_failed,
)
from comptoir.jobs.schedules import (
    Schedule,
    ScheduleState,
    begin_tick,
    end_tick,
    list_due_schedules,
    list_schedules,
    lock_schedule,
    register_schedules,
    schedule,
    unlock_schedule,
)
from comptoir.jobs.tasks import Task, UnknownTask, get_task, list_tasks, task

__all__ = [
    "FailedJob",
    "JobAlreadyWaiting",
    "QueueLine",
    "Schedule",
    "ScheduleState",
    "Task",
    "UnknownTask",
    "begin_tick",
    "end_tick",
    "enqueue",
    "get_task",
    "list_due_schedules",
    "list_failed",
    "list_schedules",
    "list_tasks",
    "lock_schedule",
    "measure",
    "prune",
    "register_schedules",
    "retry_failed",
    "schedule",
    "task",
    "unlock_schedule",
]
