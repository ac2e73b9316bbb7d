"""What runs where: tasks, schedules and followers, registered by name in one readable place."""

from datetime import timedelta

from comptoir import events, jobs

TASKS: list[jobs.Task] = []

SCHEDULES: list[jobs.Schedule] = [
    jobs.schedule("jobs.prune", every=timedelta(hours=1), function=jobs.prune),
]

FOLLOWERS: list[events.Follower] = []
