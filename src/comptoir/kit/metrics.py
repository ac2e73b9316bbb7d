"""Figures for Prometheus: one registry per process, read at `GET /metrics`.

Each process tells its own counters; what is common to all (queue, followers) is read from the
database when the page is asked for, so any process tells it rightly.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)

_QUICK = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
_SLOW = (0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0, 300.0)

REQUESTS = Counter(
    "comptoir_requests", "Requests answered", ["door", "method", "status"], registry=REGISTRY
)
REQUEST_SECONDS = Histogram(
    "comptoir_request_seconds", "Time to answer", ["door"], buckets=_QUICK, registry=REGISTRY
)
GATEWAY_CALLS = Counter(
    "comptoir_gateway_calls",
    "Calls to gateways",
    ["connector", "purpose", "outcome"],
    registry=REGISTRY,
)
GATEWAY_SECONDS = Histogram(
    "comptoir_gateway_seconds",
    "Time a gateway took",
    ["connector"],
    buckets=_SLOW,
    registry=REGISTRY,
)
JOBS = Counter(
    "comptoir_jobs", "Jobs run: succeeded, retried, failed", ["task", "outcome"], registry=REGISTRY
)
JOB_SECONDS = Histogram(
    "comptoir_job_seconds", "Time a job took", ["task"], buckets=_SLOW, registry=REGISTRY
)
TICKS = Counter(
    "comptoir_ticks", "Schedules run: succeeded, failed", ["schedule", "outcome"], registry=REGISTRY
)
FOLLOWED = Counter(
    "comptoir_followed_events", "Events handed to a follower", ["follower"], registry=REGISTRY
)
FOLLOWER_FAILURES = Counter(
    "comptoir_follower_failures", "Batches a follower refused", ["follower"], registry=REGISTRY
)
QUEUE = Gauge("comptoir_queue_jobs", "Jobs in the queue", ["task", "status"], registry=REGISTRY)
QUEUE_AGE = Gauge(
    "comptoir_queue_age_seconds", "Age of the oldest due job", ["task"], registry=REGISTRY
)
FOLLOWER_LAG = Gauge(
    "comptoir_follower_lag_seconds",
    "Age of the oldest event a follower has not seen",
    ["follower"],
    registry=REGISTRY,
)
PROCESS = Gauge("comptoir_process", "This process", ["pid"], registry=REGISTRY)


def render() -> tuple[bytes, str]:
    """The page for Prometheus, and its content type."""
    PROCESS.clear()
    PROCESS.labels(str(os.getpid())).set(1)
    return generate_latest(REGISTRY), CONTENT_TYPE_LATEST


@contextmanager
def timed(histogram: Histogram, *labels: str) -> Iterator[None]:
    """Observe how long the block takes, whether it succeeds or raises."""
    begun = time.perf_counter()
    try:
        yield
    finally:
        histogram.labels(*labels).observe(time.perf_counter() - begun)
