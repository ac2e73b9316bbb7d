"""The followers' side of a worker: who is behind is led on, batch by batch."""

import asyncio
import time

from comptoir import events
from comptoir.kit import db, log, metrics
from comptoir.worker.ticks import pause

POLL = 0.2  # Seconds between two looks at the log.
FIRST_REST, LONGEST_REST = 0.5, 60.0  # After a failure, doubled each time.

_log = log.get("worker.followers")


class Leader:
    """Leads followers along the log. One that fails rests a while; the others go on."""

    def __init__(self, items: list[events.Follower]) -> None:
        self._items = {item.name: item for item in items}
        assert len(self._items) == len(items), "two followers have the same name"
        self._rests: dict[str, tuple[float, float]] = {}  # Name: (until, length of the next one).

    async def run(self, stopping: asyncio.Event) -> None:
        """Look for followers that are behind until told to stop."""
        while not stopping.is_set():
            now = time.monotonic()
            awake = [n for n in self._items if self._rests.get(n, (0.0, 0.0))[0] <= now]
            async with db.platform() as tx:
                behind = await events.list_behind(tx, awake)
            await asyncio.gather(*(self._lead(self._items[n], stopping) for n in behind))
            await pause(stopping, POLL)

    async def _lead(self, item: events.Follower, stopping: asyncio.Event) -> None:
        try:
            with log.bound(follower=item.name):
                while not stopping.is_set():
                    if await events.follow(item.name, item.handler, item.batch) < item.batch:
                        break
        except Exception as error:  # noqa: BLE001  One follower must not stop the others.
            length = self._rests.get(item.name, (0.0, FIRST_REST))[1]
            self._rests[item.name] = (time.monotonic() + length, min(length * 2, LONGEST_REST))
            metrics.FOLLOWER_FAILURES.labels(item.name).inc()
            _log.error("follower_failed", follower=item.name, rests=length, exc_info=error)
        else:
            self._rests.pop(item.name, None)
