"""`python -m comptoir.serving`: what `comptoir web` becomes.

The application is loaded and put together once, then forked into every web process: the second one,
and one that takes the place of a dead one, answer at once, and share what never changes.
"""

import asyncio
import gc

import asyncpg
from granian import Granian
from granian.constants import Interfaces, Loops
from granian.log import LogLevels

from comptoir import server, settings
from comptoir.kit import log
from comptoir.kit.migrate import pending
from comptoir.settings import Settings

BACKLOG = 1024  # Connections that wait to be taken.
KILL_AFTER = 10  # Seconds that a web process may take to end.
TELL_EVERY = 10.0  # Seconds of waiting after which the log hears of it.
POLL = 0.05  # Seconds between two looks whether the migrations are done.
GARBAGE = (10_000, 50, 50)  # Objects and rounds between two looks for garbage.

_log = log.get("web")


async def _migrated(url: str) -> None:
    """Wait until the database answers and somebody else has brought it up to date."""
    clock = asyncio.get_running_loop().time
    told = clock()
    while True:
        try:
            if not await pending(url):
                return
        except (OSError, asyncpg.PostgresError) as error:
            if clock() - told > TELL_EVERY:
                _log.warning("web_waits_for_database", trouble=log.describe(error))
                told = clock()
        await asyncio.sleep(POLL)


def main(chosen: Settings) -> None:
    """Serve for ever, with as many processes as the settings say."""
    log.configure(chosen.log_level)
    gc.disable()  # What is loaded now stays for ever: looking at it would only take time.
    server.prepare(chosen)
    gc.freeze()
    gc.set_threshold(*GARBAGE)
    gc.enable()
    if chosen.database_url is not None:
        asyncio.run(_migrated(chosen.database_url))
    Granian(
        "comptoir.server:create",
        chosen.host,
        chosen.port,
        interface=Interfaces.ASGI,
        factory=True,
        workers=chosen.workers,
        loop=Loops.uvloop,
        backlog=BACKLOG,
        respawn_failed_workers=True,
        workers_kill_timeout=KILL_AFTER,
        log_level=LogLevels.warning,
    ).serve()


if __name__ == "__main__":
    main(settings.load())
