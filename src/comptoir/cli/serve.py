"""`up`, `web`, `worker`, `migrate`, `doctor`: the processes of an installation."""

import asyncio
import os
import sys
from dataclasses import replace

import msgspec

from comptoir import settings as configuration
from comptoir import supervisor
from comptoir.kit import migrate as migrations
from comptoir.settings import BadSetting, Settings

_MARKS = {
    supervisor.Level.OK: "ok      ",
    supervisor.Level.NOTE: "note    ",
    supervisor.Level.WARNING: "warning ",
    supervisor.Level.ERROR: "error   ",
}


def up(*, empty: bool = False) -> None:
    """Start everything on this machine: database, web, worker. Ctrl-C stops it all.

    Parameters
    ----------
    empty: bool
        No demo data: print a one-time link for the first administrator instead.
    """
    chosen = configuration.load()
    if not empty and chosen.database_url is None:
        # A demo home talks to a shop on the same machine.
        chosen = replace(chosen, allow_private_callbacks=True)
    asyncio.run(_up(chosen, empty=empty))


async def _up(chosen: Settings, *, empty: bool) -> None:
    if chosen.vault_key_file or chosen.vault_keys or chosen.secret_key_file:
        await _check_keys(chosen)
    await supervisor.up(
        chosen,
        migrate=_migrate,
        demo=_demo,
        on_ready=lambda address: _ready(address, chosen, empty=empty),
        empty=empty,
        log=True,
    )


async def _check_keys(chosen: Settings) -> None:
    """Processes that cannot read their keys would be started again and again."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", "vault", "check",
        env=supervisor.environment(chosen), stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await process.communicate()
    if process.returncode:
        raise supervisor.Trouble(said.decode().strip().removeprefix("comptoir: "))


async def _migrate(chosen: Settings) -> None:
    waiting = await migrations.pending(_migrating(chosen))
    if waiting:
        supervisor.to_stderr(f"bringing the database up to date, {len(waiting)} steps")
    await migrations.migrate(_migrating(chosen))


def _migrating(chosen: Settings) -> str:
    url = chosen.migrate_url or chosen.database_url
    if url is None:
        raise BadSetting("COMPTOIR_DATABASE_URL is needed here; `comptoir up` has its own")
    return url


async def _step(*arguments: str, chosen: Settings) -> None:
    """Run another command of ours; what it loads is gone again before the web starts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "comptoir", *arguments, env=supervisor.environment(chosen)
    )
    if await process.wait():
        raise supervisor.Trouble(f"`comptoir {' '.join(arguments)}` failed; see above")


async def _demo(chosen: Settings) -> None:
    await _step("demo", "--quiet", chosen=chosen)


async def _ready(address: str, chosen: Settings, *, empty: bool) -> None:
    public = chosen.public_url or address
    sys.stdout.write(f"\nComptoir is ready at {public}/office/\n\n")
    sys.stdout.flush()
    async with supervisor.database(chosen) as ready:
        if empty:
            await _step("user", "first", "--url", public, chosen=ready)
        else:
            await _step("demo", "--sign-ins", chosen=ready)
    sys.stdout.write(f"\nLogs: {ready.home / supervisor.LOGS}\nCtrl-C stops everything.\n")
    sys.stdout.flush()


def web() -> None:
    """Serve pages and APIs; waits for migrations. Needs COMPTOIR_DATABASE_URL."""
    _migrating(configuration.load())
    os.execv(sys.executable, [sys.executable, "-m", "comptoir.serving"])  # noqa: S606  No shell.


def worker() -> None:
    """Run jobs, schedules and followers; waits for migrations. Needs COMPTOIR_DATABASE_URL."""
    os.execv(sys.executable, [sys.executable, "-m", "comptoir.worker"])  # noqa: S606  No shell.


def migrate() -> None:
    """Bring the database up to date: COMPTOIR_MIGRATE_URL, else the installation's own."""
    asyncio.run(_migrate_here())


async def _migrate_here() -> None:
    async with supervisor.database(configuration.load()) as chosen:
        applied = await migrations.migrate(_migrating(chosen))
    for name in applied:
        sys.stdout.write(f"applied {name}\n")
    if not applied:
        sys.stdout.write("The database is up to date\n")


def doctor(*, json: bool = False) -> None:
    """Say what is wrong with this installation and how to mend it. Exit code 1 for errors."""
    findings = asyncio.run(supervisor.diagnose(pending=migrations.pending))
    if json:
        rows = [{"level": f.level, "title": f.title, "mend": f.mend} for f in findings]
        sys.stdout.write(msgspec.json.encode(rows).decode() + "\n")
    else:
        for found in findings:
            sys.stdout.write(f"{_MARKS[found.level]} {found.title}\n")
            if found.mend:
                sys.stdout.write(f"    {found.mend}\n")
    if any(found.level is supervisor.Level.ERROR for found in findings):
        raise SystemExit(1)
