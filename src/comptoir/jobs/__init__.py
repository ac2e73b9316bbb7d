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
from comptoir.jobs.schedule import Schedule, ScheduleState, list_schedules, schedule
from comptoir.jobs.task import Task, UnknownTask, get_task, list_tasks, task

__all__ = [
    "FailedJob",
    "JobAlreadyWaiting",
    "QueueLine",
    "Schedule",
    "ScheduleState",
    "Task",
    "UnknownTask",
    "enqueue",
    "get_task",
    "list_failed",
    "list_schedules",
    "list_tasks",
    "measure",
    "prune",
    "retry_failed",
    "schedule",
    "task",
]
