"""`comptoir doctor`: what is wrong with an installation, and how to mend it. Changes nothing."""

import os
import shutil
import stat
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

import asyncpg

from comptoir import settings as all_settings
from comptoir.settings import BadSetting, Settings
from comptoir.supervisor import binaries, home, running
from comptoir.supervisor.cluster import CONNECT_LIMIT, Cluster
from comptoir.supervisor.trouble import PortTaken, Trouble

MEGABYTE = 1024 * 1024
LITTLE_SPACE = 1024  # Megabytes free: a warning below, an error below a fifth of it.
SKEW_LIMIT = 2  # Seconds between our clock and the database's.
NUMBERS_LIMIT = 50  # Percent of all operation numbers used.
STATEMENT_LIMIT = 10.0  # Seconds for one question to the database.

ROLES = ("comptoir_owner", "comptoir_app", "comptoir_platform", "comptoir_lookup")
MISSING_ROLES = """
select coalesce(string_agg(wanted, ', '), '') from unnest($1::text[]) as wanted
where not exists (select from pg_roles where rolname = wanted)
"""
NUMBERS = """
select (100 * last_value / max_value)::int from pg_sequences
where sequencename = 'operation_number_block' and last_value is not null
"""
UNSAFE = """
select coalesce(string_agg(name || ' = ' || setting, ', '), '') from pg_settings
where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'
"""

Pending = Callable[[str], Awaitable[list[str]]]


class Level(StrEnum):
    OK = "ok"
    NOTE = "note"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: how it is, and what to do about it."""

    level: Level
    title: str
    mend: str = ""


def _ok(title: str) -> Finding:
    return Finding(Level.OK, title)


async def diagnose(
    settings: Settings | None = None,
    *,
    pending: Pending | None = None,
    environ: Mapping[str, str] | None = None,
) -> list[Finding]:
    """Look at everything; without settings they are read here, so that bad ones are findings."""
    found: list[Finding] = []
    if settings is None:
        found, settings = _settings(dict(os.environ if environ is None else environ))
    place = _home(settings)
    found += place
    if any(finding.level is Level.ERROR for finding in place):
        return found  # Everything else lies in the home folder.
    found += _secrets(settings)
    found.append(vault_keys(settings))
    found.append(await _port(settings))
    found += _postgres(settings)
    found += [finding async for finding in _database(settings, pending)]
    return found


def _settings(environ: dict[str, str]) -> tuple[list[Finding], Settings]:
    """The settings without those nobody can use, and a finding for each of these."""
    found = []
    for name in [name for name in environ if name.startswith(all_settings.PREFIX)]:
        try:
            all_settings.load({name: environ[name]})
        except BadSetting as error:
            found.append(Finding(Level.ERROR, str(error), f"Correct {name}, or unset it."))
            del environ[name]
    return found or [_ok("Every COMPTOIR_ variable is known")], all_settings.load(environ)


def _home(settings: Settings) -> list[Finding]:
    folder = settings.home.expanduser().absolute()
    there = next(path for path in (folder, *folder.parents) if os.access(path, os.F_OK))
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return [
            Finding(
                Level.ERROR,
                f"The home folder {folder} cannot be used: nothing can be written in {there}",
                "Give it to this user, or name another one with COMPTOIR_HOME.",
            )
        ]
    if there == folder:
        found = [_ok(f"The home folder {folder} can be used")]
    else:
        found = [Finding(Level.NOTE, f"The home folder {folder} is not there yet", "comptoir up")]
    found += _passage(settings, there)
    free = shutil.disk_usage(there).free // MEGABYTE
    if free < LITTLE_SPACE:
        level = Level.ERROR if free < LITTLE_SPACE // 5 else Level.WARNING
        title = f"Only {free} MB are free for {folder}"
        return [*found, Finding(level, title, "Make space; a full disk stops payments.")]
    return [*found, _ok(f"{free} MB are free for {folder}")]


def _passage(settings: Settings, there: Path) -> Iterator[Finding]:
    """As root: whether PostgreSQL's account can reach the home."""
    if settings.database_url is not None:
        return
    try:
        account = home.account_for(settings.home / "postgres" / "data")
    except Trouble as trouble:
        yield Finding(Level.ERROR, str(trouble), "")
        return
    closed = home.closed_folder(there, account) if account.dropped else None
    if closed is not None and closed != settings.home:  # Its own mode `up` puts right.
        yield Finding(
            Level.ERROR,
            f"The user {account.name}, as whom PostgreSQL runs, cannot pass through {closed}",
            f"chmod o+x {closed}, or name another home with COMPTOIR_HOME.",
        )


def _secrets(settings: Settings) -> Iterator[Finding]:
    for path, what in (
        (settings.key_file, "secret key"),
        (settings.home / "postgres" / "password", "database password"),
    ):
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
        except FileNotFoundError:
            continue
        except OSError as error:
            yield Finding(Level.ERROR, f"The {what} cannot be read: {error}", "")
            continue
        if mode & 0o077:
            title = f"The {what} in {path} can be read by others"
            yield Finding(Level.ERROR, title, f"chmod 600 {path}")
        else:
            yield _ok(f"The {what} is readable by its owner alone")
    used = (settings.home / "postgres" / "data").exists() or settings.database_url is not None
    if settings.secret_key_file is not None and used and not settings.key_file.exists():
        title = f"The key file {settings.key_file} is missing"
        yield Finding(Level.ERROR, title, "Bring it back: without it nothing sealed can be opened.")


def vault_keys(settings: Settings) -> Finding:
    """Whether card numbers can be kept; `comptoir vault status` looks at the keys themselves."""
    file = settings.vault_key_file
    if file is None and settings.vault_keys is None:
        title = "There is no vault key: live card numbers are refused"
        mend = "To take them: COMPTOIR_VAULT_KEY_FILE=/etc/comptoir/vault.key comptoir vault key"
        return Finding(Level.NOTE, title, mend)
    if file is None:
        return _ok("The vault's keys come from the environment")
    if settings.vault_keys is not None:
        title = "The vault has keys from a file and from the environment"
        return Finding(Level.ERROR, title, "Unset COMPTOIR_VAULT_KEYS or COMPTOIR_VAULT_KEY_FILE.")
    file = file.expanduser().absolute()
    try:
        mode = stat.S_IMODE(file.stat().st_mode)
    except OSError:
        title = f"The vault's key file {file} cannot be reached"
        mend = "Bring it back: without it no stored card can be read. For a first one: "
        return Finding(Level.ERROR, title, mend + "comptoir vault key")
    if mode & 0o077:
        title = f"The vault's keys in {file} can be read by others"
        return Finding(Level.ERROR, title, f"chmod 600 {file}")
    if (settings.home / "postgres").expanduser().absolute() in file.parents:
        title = "The vault's key file lies in the database's folder"
        return Finding(Level.ERROR, title, "Move it: a copy of one must not be a copy of both.")
    return _ok("There are vault keys, readable by their owner alone")


async def _port(settings: Settings) -> Finding:
    holder = home.Lock(settings.home / "up.lock").holder()
    where = f"{settings.host} port {settings.port}"
    if holder is not None:
        status = await running.ready_status(settings)
        if status == 200:
            return _ok(f"Comptoir runs (process {holder.pid}) and is ready at {holder.address}")
        return Finding(
            Level.ERROR,
            f"Comptoir runs (process {holder.pid}), but {where} is not ready",
            f"See what it says on its terminal; it should be at {holder.address}.",
        )
    try:
        running.check_port(settings)
    except PortTaken as trouble:
        return Finding(Level.ERROR, str(trouble), "End the other program or set COMPTOIR_PORT.")
    return _ok(f"{where} is free")


def _postgres(settings: Settings) -> Iterator[Finding]:
    if settings.database_url is not None:
        return
    try:
        found = binaries.find(settings, settings.home / "postgres" / "data")
    except Trouble as trouble:
        title, _, way = str(trouble).partition("\n")
        yield Finding(Level.ERROR, title, way)
    else:
        yield _ok(f"PostgreSQL {found.release} ({found.source}) in {found.bin_dir}")


async def _database(settings: Settings, pending: Pending | None) -> AsyncIterator[Finding]:
    url = settings.database_url
    if url is None:
        cluster = Cluster(settings.home, replace(settings))
        if cluster.lock.holder() is None:
            yield Finding(Level.NOTE, "The database is not running", "comptoir up")
            return
        url = cluster.url
    try:
        async with _connection(url) as connection:
            for finding in await _answers(connection):
                yield finding
        if pending is not None:
            yield _migrations(await pending(url))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        yield Finding(
            Level.ERROR,
            f"The database does not answer: {error or type(error).__name__}",
            "Check COMPTOIR_DATABASE_URL." if settings.database_url else "Start comptoir up again.",
        )


@asynccontextmanager
async def _connection(url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(url, timeout=CONNECT_LIMIT, command_timeout=STATEMENT_LIMIT)
    try:
        yield connection
    finally:
        await connection.close(timeout=CONNECT_LIMIT)


async def _answers(connection: asyncpg.Connection) -> list[Finding]:
    found = []
    version = connection.get_server_version()
    if version.major < binaries.OLDEST:
        title = f"The database is PostgreSQL {version.major}"
        mend = f"Comptoir needs {binaries.OLDEST} or newer."
        found.append(Finding(Level.ERROR, title, mend))
    else:
        # Its own words: the driver's count of versions knows releases that there never were.
        release = str(await connection.fetchval("show server_version")).partition(" ")[0]
        found.append(_ok(f"The database answers (PostgreSQL {release})"))
    found.append(await _skew(connection))
    missing = await connection.fetchval(MISSING_ROLES, list(ROLES))
    if missing:
        found.append(Finding(Level.ERROR, f"Roles are missing: {missing}", "comptoir migrate"))
    unsafe = await connection.fetchval(UNSAFE)
    if unsafe:
        title = f"The database may forget acknowledged payments: {unsafe}"
        found.append(Finding(Level.ERROR, title, "Switch it on in the settings of PostgreSQL."))
    used = await connection.fetchval(NUMBERS)
    if used is not None and used >= NUMBERS_LIMIT:
        title = f"{used} % of all operation numbers are used"
        found.append(Finding(Level.WARNING, title, "Plan the move to wider numbers now."))
    return found


async def _skew(connection: asyncpg.Connection) -> Finding:
    begun = time.monotonic()
    there = await connection.fetchval("select clock_timestamp()")
    way = time.monotonic() - begun
    skew = abs((datetime.now(UTC) - there).total_seconds()) - way
    if skew > SKEW_LIMIT:
        title = f"The clocks of this machine and of the database are {skew:.0f} s apart"
        return Finding(Level.WARNING, title, "Let both follow the same time server.")
    return _ok("The clocks of this machine and of the database agree")


def _migrations(waiting: list[str]) -> Finding:
    if waiting:
        title = f"{len(waiting)} migrations are waiting, the first is {waiting[0]}"
        return Finding(Level.ERROR, title, "comptoir migrate")
    return _ok("Every migration is applied")
