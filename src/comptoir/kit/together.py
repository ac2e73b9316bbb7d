"""Calls that wait at the same time go to PostgreSQL together: one round trip and one commit.

Who comes first goes alone; who comes meanwhile waits and goes in one group. Only for statements
that are whole in themselves: a function that sets its own scope first and gives exactly one row.
If one of a group fails, PostgreSQL undoes them all, and each is sent again by itself.
"""

import asyncio
import contextvars
from collections import deque
from collections.abc import Sequence

import asyncpg

from comptoir.kit.errors import Unavailable

MAX_TOGETHER = 32
MAX_GROUPS = 4  # Of one statement, under way at the same time.
PATIENCE = 0.02  # Seconds: who comes later than this after a slow group does not wait for it.

Waiting = tuple[Sequence[object], "asyncio.Future[asyncpg.Record]"]


class Line:
    """Everybody who waits for one statement."""

    def __init__(self, pool: asyncpg.Pool, sql: str) -> None:
        self._pool = pool
        self._sql = sql
        self._waiting: deque[Waiting] = deque()
        self._groups = 0  # Under way.
        self._begun = 0.0  # When the latest of them was sent.
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None  # Set while somebody waits.

    async def call(self, arguments: Sequence[object]) -> asyncpg.Record:
        """The one row of the statement with these arguments."""
        loop = asyncio.get_running_loop()
        if self._groups == 0:
            return await self._alone(arguments, loop)
        answer: asyncio.Future[asyncpg.Record] = loop.create_future()
        self._waiting.append((arguments, answer))
        if self._groups < MAX_GROUPS and loop.time() - self._begun > PATIENCE:
            self._serve_soon(loop)
        elif self._alarm is None:
            self._alarm = loop.call_later(PATIENCE, self._hurry, loop)
        return await answer

    def _hurry(self, loop: asyncio.AbstractEventLoop) -> None:
        """Nobody came later; who waits behind a slow group is served all the same."""
        self._alarm = None
        if not self._waiting:
            return
        if self._groups < MAX_GROUPS and loop.time() - self._begun >= PATIENCE:
            self._serve_soon(loop)
        self._alarm = loop.call_later(PATIENCE, self._hurry, loop)

    async def _alone(
        self, arguments: Sequence[object], loop: asyncio.AbstractEventLoop
    ) -> asyncpg.Record:
        self._groups += 1
        self._begun = loop.time()
        try:
            return await self._pool.fetchrow(self._sql, *arguments)
        finally:
            self._groups -= 1
            if self._waiting:
                self._serve_soon(loop)

    def _serve_soon(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a context of its own: it works for many requests, not for the one that began it."""
        self._groups += 1
        self._begun = loop.time()
        task = loop.create_task(self._serve(loop), context=contextvars.Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            while self._waiting:
                group = [
                    self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_TOGETHER))
                ]
                self._begun = loop.time()
                await self._send([each for each in group if not each[1].done()])
        finally:
            self._groups -= 1
            if self._waiting:  # This one broke down; the others must not wait for a next call.
                self._serve_soon(loop)

    async def _send(self, group: list[Waiting]) -> None:
        if len(group) == 1:
            await self._one(*group[0])
            return
        try:
            rows = await self._pool.fetchmany(self._sql, [arguments for arguments, _ in group])
        except asyncpg.PostgresConnectionError as error:
            # It is gone, and nobody knows whether it was after the commit: nothing is sent again.
            for _, answer in group:
                _fail(answer, error)
        except (asyncpg.PostgresError, asyncpg.DataError):
            # One of them cannot be done, or not be written down; the others must not suffer.
            for arguments, answer in group:
                await self._one(arguments, answer)
        except (asyncpg.InterfaceError, OSError) as error:
            for _, answer in group:
                _fail(answer, error)
        else:
            for (_, answer), row in zip(group, rows, strict=True):
                if not answer.done():
                    answer.set_result(row)
        finally:
            # Whatever happens to the group, nobody waits for ever.
            for _, answer in group:
                _fail(answer, Unavailable())

    async def _one(
        self, arguments: Sequence[object], answer: "asyncio.Future[asyncpg.Record]"
    ) -> None:
        try:
            row = await self._pool.fetchrow(self._sql, *arguments)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            _fail(answer, error)
        else:
            if not answer.done():
                answer.set_result(row)


def _fail(answer: "asyncio.Future[asyncpg.Record]", error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
