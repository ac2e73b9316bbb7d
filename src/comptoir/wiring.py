"""What runs where: routes, tasks, schedules and followers, in one readable place."""

from datetime import timedelta

from litestar.types import ControllerRouterHandler

from comptoir import (
    api,
    checkout,
    events,
    hosted,
    identity,
    jobs,
    payments,
    subscriptions,
    traffic,
    web,
    wire,
)
from comptoir.edge import health, hooks
from comptoir.edge.openapi import Description

ROUTES: list[ControllerRouterHandler] = [
    *health.HANDLERS,
    hooks.notified,
    *api.ROUTES,
    *web.ROUTES,
    *wire.ROUTES,
    *hosted.ROUTES,
]

TASKS: list[jobs.Task] = [
    payments.recover_operation,
    payments.expire_authorisation,
    payments.settle_account,
    payments.return_collection,
    checkout.send_callback,
    checkout.send_mail,
    checkout.begin_late,
    subscriptions.renew,
    subscriptions.count_last_rebill,
    subscriptions.end_by_bank,
]

SCHEDULES: list[jobs.Schedule] = [
    jobs.schedule("jobs.prune", every=timedelta(hours=1), function=jobs.prune),
    jobs.schedule("payments.recover", every=timedelta(seconds=5), function=payments.sweep_due),
    jobs.schedule(
        "sandbox.notify", every=timedelta(seconds=5), function=payments.bring_notifications
    ),
    jobs.schedule("payments.expire", every=timedelta(minutes=5), function=payments.sweep_expired),
    jobs.schedule("payments.settle", every=timedelta(hours=1), function=payments.settle_yesterday),
    jobs.schedule(
        "payments.unused_cards", every=timedelta(hours=6), function=payments.destroy_unused_cards
    ),
    jobs.schedule("payments.forget_keys", every=timedelta(hours=1), function=payments.purge_keys),
    jobs.schedule(
        "payments.forget_notes", every=timedelta(days=1), function=payments.forget_notifications
    ),
    jobs.schedule("identity.forget", every=timedelta(days=1), function=identity.forget_entrances),
    jobs.schedule(
        "checkout.callbacks", every=timedelta(seconds=5), function=checkout.sweep_callbacks
    ),
    jobs.schedule("traffic.prune", every=timedelta(hours=1), function=traffic.prune),
    jobs.schedule(
        "subscriptions.renew", every=timedelta(minutes=1), function=subscriptions.sweep_due
    ),
]

FOLLOWERS: list[events.Follower] = [
    events.Follower("consumers.totals", payments.count_again),
    events.Follower("checkout.outcomes", checkout.follow_outcomes),
    events.Follower("subscriptions.endings", subscriptions.follow_endings),
]


def openapi_json() -> Description:
    """The description of the API at /api/openapi.json."""
    return Description(path="/openapi.json", examples=api.EXAMPLES, answers=api.ANSWERS)
