"""The life of the embedded PostgreSQL: made, started, asked whether it lives, stopped.

What must stay true: one living process owns the data folder (lock file); the server ends with it;
whatever was killed, the next start works and no acknowledged commit is missing; "running" means
that a connection was taken, never that a pid exists.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

import asyncpg

from comptoir.settings import Settings
from comptoir.supervisor import binaries, config, home, leash, orphans
from comptoir.supervisor.trouble import DatabaseFailed

CONNECT_LIMIT = 10.0  # Seconds for one attempt.
STANDSTILL_LIMIT = 300.0  # Seconds without any sign of work before a start is given up.
LOGS_KEPT = 6 * 86400  # Seconds: next week's file of the same weekday begins empty.
LAST_WORDS = 2000  # Characters of PostgreSQL's log shown when it fails.
RETRY = (0.2, 5.0)  # Seconds before a server that died is started again: first, and at most.

ROLE = """
do $$
begin
  if not exists (select from pg_roles where rolname = 'comptoir') then
    create role comptoir;
  end if;
  execute format(
    'alter role comptoir login nosuperuser nocreatedb createrole noreplication nobypassrls'
    ' password %L', current_setting('comptoir.secret'));
end $$
"""
# Error messages may quote values ("invalid input syntax for type bigint: …"). The caller gets
# them; the server's log does not.
QUIET = "alter role comptoir set log_min_messages = 'log'"
DATABASE = "create database comptoir owner comptoir"
PRIVATE = "revoke all on database comptoir from public"
HAS_DATABASE = "select exists (select from pg_database where datname = 'comptoir')"

# Somebody answers, but has not made, or made otherwise, our role or database.
NOT_SET_UP = (
    asyncpg.InvalidPasswordError,
    asyncpg.InvalidAuthorizationSpecificationError,
    asyncpg.InvalidCatalogNameError,
)
NOT_YET = (
    OSError,  # No socket yet, or nobody behind it.
    TimeoutError,
    asyncpg.CannotConnectNowError,
    asyncpg.ConnectionDoesNotExistError,
    asyncpg.TooManyConnectionsError,
)


def to_stderr(line: str) -> None:
    """The usual way to tell the person at the terminal something."""
    sys.stderr.write(f"comptoir: {line}\n")
    sys.stderr.flush()


class Cluster:
    """One data folder and the server on it. Start it in the main thread: it ends with the thread.

    `await cluster.start()` gives the URL; also good as `async with Cluster(home, settings) as url`.
    Nothing is tied to an event loop, so `asyncio.run(cluster.start())` and later
    `asyncio.run(cluster.stop())` work too.
    """

    def __init__(
        self, folder: Path, settings: Settings, say: Callable[[str], None] = to_stderr
    ) -> None:
        self.home = folder.expanduser().resolve()
        self.lock = home.Lock(self.home / "postgres" / "lock")  # Held by who runs the server.
        self.settings = settings
        self.binaries: binaries.Binaries | None = None
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._bootstrapped = False

    @property
    def data(self) -> Path:
        return self.home / "postgres" / "data"

    @property
    def log(self) -> Path:
        return self.home / "postgres" / "log"

    @property
    def run(self) -> Path:
        """The folder of the socket."""
        return home.socket_path(self.home)

    @property
    def url(self) -> str:
        """Where the database is; it holds a password: give it to children by the environment."""
        secret = quote(home.password(self.home), safe="")
        return f"postgresql://comptoir:{secret}@/comptoir?host={quote(str(self.run))}&port=5432"

    @property
    def pid(self) -> int | None:
        """The server's pid, while it runs under us."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def __aenter__(self) -> str:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def start(self) -> str:
        """Make the cluster if there is none, start it, wait for a connection; its URL."""
        self.home = home.prepare(self.home)
        await self.lock.take(
            home.Holder(pid=os.getpid(), command=" ".join(["comptoir", *sys.argv[1:2]])),
            f"The database in {self.home} is in use by",
        )
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise
        return self.url

    async def _start(self) -> None:
        account = home.account_for(self.data)
        home.let_pass(self.home, account)
        self.binaries = binaries.find(self.settings, self.data)
        if account.dropped and self.binaries.source is binaries.Source.WHEEL:
            copies = self.home / "postgres" / "binaries"
            copies.mkdir(exist_ok=True)
            copies.chmod(0o755)
            self.binaries = binaries.copied_into(copies, self.binaries)
        await orphans.put_to_rest(self.data, self.run)
        home.own_folder(self.log, account)
        self._forget_old_logs()
        home.socket_folder(self.home, account)
        if binaries.data_version(self.data) is None:
            await self._create(account)
        self._configure(account)
        await self._launch(account)

    async def _create(self, account: home.Account) -> None:
        """Make the data folder beside its place; it moves there when it is whole."""
        assert self.binaries is not None
        if self.data.exists() and any(self.data.iterdir()):
            raise DatabaseFailed(
                f"{self.data} is in the way: it holds something, but no database. Move it away."
            )
        half = self.data.with_name("data.half")
        shutil.rmtree(half, ignore_errors=True)
        home.own_folder(half, account)
        said = ""
        for place in ("--locale=C.UTF-8", "--no-locale"):  # Not every system knows the first.
            code, said = await leash.run_as(
                account,
                [
                    self.binaries.bin_dir / "initdb",
                    "--pgdata", half, "--username=postgres", "--encoding=UTF8", place,
                    "--auth-local=peer", "--auth-host=reject", "--data-checksums",
                ],
            )  # fmt: skip
            if code == 0:
                break
        else:
            raise DatabaseFailed(f"The database could not be made in {half}:\n{said.strip()}")
        with (half / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write("\ninclude 'comptoir.conf'\n")
        home.write_for(account, half / "own.conf", config.OWN)
        half.rename(self.data)

    def _configure(self, account: home.Account) -> None:
        text = config.config(self.run, self.log, orphans.cluster_name(self.data))
        owner = pwd.getpwuid(os.geteuid()).pw_name
        home.write_for(account, self.data / "comptoir.conf", text)
        home.write_for(account, self.data / "pg_hba.conf", config.HBA)
        home.write_for(account, self.data / "pg_ident.conf", config.ident(owner))

    def _forget_old_logs(self) -> None:
        """PostgreSQL empties last week's file only if it runs at midnight; so we look too."""
        for path in self.log.iterdir():
            if time.time() - path.stat().st_mtime > LOGS_KEPT:
                path.unlink()

    async def _launch(self, account: home.Account) -> None:
        assert self.binaries is not None
        with (self.log / "start.log").open("wb") as output:
            self._process = leash.spawn_as(
                account,
                [self.binaries.bin_dir / "postgres", "-D", self.data],
                death=signal.SIGINT,  # A fast, clean shutdown if we are killed.
                output=output.fileno(),
            )
        await self._answer()

    async def _answer(self) -> None:
        """Wait for a connection as long as the server lives and works: recovery takes its time."""
        assert self._process is not None
        progress, since, told = self._progress(), time.monotonic(), time.monotonic()
        self._bootstrapped = False
        while not await self._set_up():
            if self._process.poll() is not None:
                raise DatabaseFailed(
                    f"PostgreSQL ended with code {self._process.returncode} before it took a"
                    f" connection. Its last words:\n{self._last_words()}"
                )
            now, seen = time.monotonic(), self._progress()
            if seen != progress:
                progress, since = seen, now
            if now - since > STANDSTILL_LIMIT:
                raise DatabaseFailed(
                    f"PostgreSQL takes no connection and has done nothing for"
                    f" {STANDSTILL_LIMIT:.0f} s. Its last words:\n{self._last_words()}"
                )
            if now - told > 10:
                told = now
                self._say("the database is still starting (after a crash it replays its log)")
            await asyncio.sleep(leash.POLL / 2)

    def _progress(self) -> tuple[int, int]:
        size = sum(path.stat().st_size for path in self.log.iterdir())
        return size, orphans.work_done(orphans.postgres_processes(self.data))

    def _last_words(self) -> str:
        logs = sorted(self.log.iterdir(), key=lambda path: path.stat().st_mtime)
        text = "".join(path.read_text(errors="replace") for path in logs[-2:])
        return text.strip()[-LAST_WORDS:]

    async def _set_up(self) -> bool:
        """Whether a connection as `comptoir` works; makes role and database if they are missing."""
        try:
            connection = await asyncpg.connect(self.url, timeout=CONNECT_LIMIT)
        except NOT_YET:
            return False
        except NOT_SET_UP as error:
            if self._bootstrapped:
                raise DatabaseFailed(f"PostgreSQL refuses the role comptoir: {error}") from None
            await self._bootstrap()
            self._bootstrapped = True
            return False
        await connection.close(timeout=CONNECT_LIMIT)
        return True

    async def _bootstrap(self) -> None:
        connection = await asyncpg.connect(
            host=str(self.run), port=5432, user="postgres", password="", database="postgres",
            timeout=CONNECT_LIMIT,
        )  # fmt: skip
        try:
            secret = home.password(self.home)
            await connection.fetchval("select set_config('comptoir.secret', $1, false)", secret)
            await connection.execute(ROLE)
            await connection.execute(QUIET)
            if not await connection.fetchval(HAS_DATABASE):
                await connection.execute(DATABASE)
            await connection.execute(PRIVATE)
        finally:
            await connection.close(timeout=CONNECT_LIMIT)

    async def alive(self) -> bool:
        """Whether the server takes a connection now."""
        return await answers(self.url)

    async def keep(self) -> None:
        """Start the server again whenever it dies, for ever. Cancel it before `stop`."""
        pause = RETRY[0]
        while True:
            assert self._process is not None
            await leash.ended(self._process)
            self._say(f"the database ended with code {self._process.returncode}; starting it again")
            await asyncio.sleep(pause)
            try:
                await orphans.put_to_rest(self.data, self.run)
                await self._launch(home.account_for(self.data))
                pause = RETRY[0]
            except DatabaseFailed as trouble:
                self._say(str(trouble))
                pause = min(pause * 2, RETRY[1])

    async def stop(self, hurry: asyncio.Event | None = None) -> None:
        """Let clients finish for a moment, then end their connections; `hurry` skips the rest.

        Every step is safe for the data: the next start replays the log if it has to.
        """
        steps = ((signal.SIGTERM, 2.0), (signal.SIGINT, 60.0))
        if self._process is not None:
            for sign, patience in steps:
                if self._process.poll() is None:
                    self._process.send_signal(sign)
                await leash.ended(self._process, patience, hurry)
            for sign in (signal.SIGQUIT, signal.SIGKILL):
                if self._process.poll() is None:
                    self._process.send_signal(sign)
                await leash.ended(self._process, 10.0)
            self._process = None
        self.lock.release()


async def answers(url: str) -> bool:
    """Whether a database takes a connection now."""
    try:
        connection = await asyncpg.connect(url, timeout=CONNECT_LIMIT)
    except (*NOT_YET, *NOT_SET_UP):
        return False
    await connection.close(timeout=CONNECT_LIMIT)
    return True
