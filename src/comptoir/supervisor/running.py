"""`comptoir up`: lock, database, migrations and demo, web and worker, ready; and back again.

Other commands borrow the database by `database`: the running one, or one started for the while.
"""

import asyncio
import inspect
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import fields, replace
from typing import TypeVar

from comptoir.settings import PREFIX, Settings
from comptoir.supervisor import home
from comptoir.supervisor.cluster import Cluster, answers, to_stderr
from comptoir.supervisor.logs import Logs
from comptoir.supervisor.processes import Crew, Program
from comptoir.supervisor.trouble import AlreadyRunning, PortTaken

T = TypeVar("T")
Say = Callable[[str], None]
Step = Callable[[Settings], Awaitable[object]]
OnReady = Callable[[str], Awaitable[object] | None]

POLL = 0.05  # Seconds between two questions whether something is ready.
TELL_EVERY = 10.0  # Seconds of waiting after which the person at the terminal hears of it.
ANSWER_LIMIT = 10.0  # Seconds for one answer of /readyz.
ONE_GESTURE = 1.0  # Seconds: `make` passes on what the terminal has sent already.
PROGRAMS = (
    Program("web", (sys.executable, "-m", "comptoir.serving")),
    Program("worker", (sys.executable, "-m", "comptoir.worker")),
)
LOGS = "logs"  # The folder of the home that web and worker write to.
HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # Where to ask a server that listens everywhere.


class Stop:
    """The wish to stop: the first signal asks, a later one hurries."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.hurry = asyncio.Event()
        self._since = 0.0

    def ask(self) -> None:
        if not self.asked.is_set():
            self._since = time.monotonic()
            self.asked.set()
        elif time.monotonic() - self._since > ONE_GESTURE:
            self.hurry.set()

    @contextmanager
    def by_signals(self) -> Iterator[None]:
        signs = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # Else somebody said nohup.
            signs.append(signal.SIGHUP)
        loop = asyncio.get_running_loop()
        for sign in signs:
            loop.add_signal_handler(sign, self.ask)
        try:
            yield
        finally:
            for sign in signs:
                loop.remove_signal_handler(sign)

    async def unless(self, work: Coroutine[object, object, T]) -> T | None:
        """Do the work to its end, or drop it when somebody asks to stop; then None."""
        task, asked = asyncio.create_task(work), asyncio.create_task(self.asked.wait())
        try:
            await asyncio.wait({task, asked}, return_when=asyncio.FIRST_COMPLETED)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            asked.cancel()
            await asyncio.gather(task, asked, return_exceptions=True)


async def up(
    settings: Settings,
    *,
    migrate: Step,
    demo: Step,
    on_ready: OnReady,
    empty: bool = False,
    programs: tuple[Program, ...] = PROGRAMS,
    say: Say = to_stderr,
    log: bool = False,
) -> None:
    """Run everything until a signal says stop. Raises `Trouble` if a person has to mend something.

    `log`: what the programs write goes to files of the home, not to the terminal.

    The steps get settings whose `database_url` answers. `demo` runs unless `empty`, at every start:
    it knows itself whether its data are there.
    """
    place = home.prepare(settings.home)
    settings = replace(settings, home=place)
    address = f"http://{_bracketed(settings.host)}:{settings.port}"
    lock = home.Lock(place / "up.lock")
    await lock.take(
        home.Holder(os.getpid(), address, "comptoir up"), f"Comptoir already runs in {place}:"
    )
    stop = Stop()
    try:
        with stop.by_signals():
            check_port(settings)
            await _whole(
                settings,
                stop,
                [migrate] if empty else [migrate, demo],
                ready=lambda: _told(on_ready, address),
                programs=programs,
                say=say,
                logs=Logs(place / LOGS) if log else None,
            )
    finally:
        lock.release()


async def _whole(
    settings: Settings,
    stop: Stop,
    steps: list[Step],
    *,
    ready: Callable[[], Awaitable[None]],
    programs: tuple[Program, ...],
    say: Say,
    logs: Logs | None,
) -> None:
    """From the database to the last stop; what started first stops last."""
    cluster = None if settings.database_url else Cluster(settings.home, settings, say)
    crew: Crew | None = None
    try:
        if cluster is not None and not cluster.data.exists():
            await stop.unless(cluster.start())
        if cluster is not None:
            settings = replace(settings, database_url=cluster.url)
        if not stop.asked.is_set():
            crew = Crew(programs, environment(settings), str(settings.home), say, logs)
            # It loads meanwhile, and serves as soon as the migrations are done.
            await crew.start(programs[0].name)
        if cluster is not None and cluster.pid is None and not stop.asked.is_set():
            await stop.unless(cluster.start())
        for step in steps:
            if not stop.asked.is_set():
                await stop.unless(_run(step, settings))
        if crew is not None and not stop.asked.is_set():
            await crew.start(*(each.name for each in programs[1:]))
            await stop.unless(_serve(crew, cluster, settings, ready, say))
    finally:
        if crew is not None:
            await crew.stop(stop.hurry)
        if cluster is not None:
            await cluster.stop(stop.hurry)


async def _run(step: Step, settings: Settings) -> None:
    await step(settings)


async def _serve(
    crew: Crew,
    cluster: Cluster | None,
    settings: Settings,
    ready: Callable[[], Awaitable[None]],
    say: Say,
) -> None:
    """Keep everything running for ever; say once that it is ready."""

    async def announce() -> None:
        await wait_ready(settings, say)
        await ready()

    async with asyncio.TaskGroup() as group:
        group.create_task(crew.run())
        group.create_task(announce())
        if cluster is not None:
            group.create_task(cluster.keep())


async def _told(on_ready: OnReady, address: str) -> None:
    told = on_ready(address)
    if inspect.isawaitable(told):
        await told


def environment(settings: Settings) -> dict[str, str]:
    """Our environment with exactly these settings in it; passwords travel here, never in argv."""
    values = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
    for item in fields(settings):
        value = getattr(settings, item.name)
        if isinstance(value, bool):
            value = "1" if value else "0"
        elif isinstance(value, tuple):
            value = ",".join(value)
        if value is not None:
            values[PREFIX + item.name.upper()] = str(value)
    return values


def check_port(settings: Settings) -> None:
    """Refuse early if somebody else listens where we should; `PortTaken` says what to do."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise PortTaken(
            f"Comptoir cannot listen on {settings.host} port {settings.port}:"
            f" {(error.strerror or str(error)).lower()}. COMPTOIR_PORT names another port."
        ) from None


async def wait_ready(settings: Settings, say: Say) -> None:
    """Wait until /readyz answers 200; no limit, but the person waiting hears of it."""
    told = time.monotonic()
    while await ready_status(settings) != 200:
        if time.monotonic() - told > TELL_EVERY:
            told = time.monotonic()
            say("still waiting for the web process to be ready")
        await asyncio.sleep(POLL)


async def ready_status(settings: Settings) -> int | None:
    """What /readyz answers; None if nobody listens or it is no HTTP."""
    host = HERE.get(settings.host, settings.host)
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(ANSWER_LIMIT):
            reader, writer = await asyncio.open_connection(host, settings.port)
            request = (
                f"GET /readyz HTTP/1.1\r\nHost: {_bracketed(host)}\r\nConnection: close\r\n\r\n"
            )
            writer.write(request.encode())
            line = await reader.readline()
        return int(line.split()[1])
    except (OSError, ValueError, IndexError):
        return None
    finally:
        if writer is not None:
            writer.close()


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


@asynccontextmanager
async def database(settings: Settings, say: Say = to_stderr) -> AsyncIterator[Settings]:
    """Settings whose `database_url` answers, for a command beside or without `comptoir up`.

    That is the database given by URL, the one that already runs in this home, or one started now
    and stopped at the end (after everybody else who has come to use it meanwhile).
    """
    if settings.database_url is not None:
        yield settings
        return
    cluster = Cluster(settings.home, settings, say)
    guests = home.Lock(home.prepare(settings.home) / "postgres" / "guests")
    if await _borrowed(cluster, guests, say):
        try:
            yield replace(settings, home=cluster.home, database_url=cluster.url)
        finally:
            guests.release()
        return
    try:
        yield replace(settings, home=cluster.home, database_url=cluster.url)
        while not guests.take_if_free():  # noqa: ASYNC110  Another process lets go of it.
            await asyncio.sleep(POLL)
    finally:
        await cluster.stop()
        guests.release()


async def _borrowed(cluster: Cluster, guests: home.Lock, say: Say) -> bool:
    """Whether we are a guest of a database that somebody else runs; else it runs under us now."""
    told = time.monotonic()
    while True:
        # A host that is about to stop holds the guests' file alone: then we take our turn.
        if cluster.lock.holder() is not None and guests.share():
            if await answers(cluster.url):
                return True
            guests.release()
        try:
            await cluster.start()
        except AlreadyRunning as other:
            if time.monotonic() - told > TELL_EVERY:
                told = time.monotonic()
                say(f"waiting: {other}")
        else:
            return False
