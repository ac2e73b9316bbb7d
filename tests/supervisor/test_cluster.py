"""The embedded PostgreSQL: made, started, killed in every way, and started again."""

import asyncio
import contextlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import asyncpg
import pytest

from comptoir.settings import Settings
from comptoir.supervisor import (
    AlreadyRunning,
    Cluster,
    DatabaseFailed,
    Source,
    WrongVersion,
    orphans,
)
from comptoir.supervisor import home as homes

CARD = "4111111111111111"
CARD_IN_ERRORS = (
    ("select $1::text::uuid", ["4111111111111111"]),
    ("select '4111111111111111'::uuid", []),
    ("insert into card_try values (4111111111111111), (4111111111111111)", []),
    (
        "do $$ begin raise warning '%', 4111111111111111; perform '4111111111111111'::uuid; end $$",
        [],
    ),
    ("4111111111111111 is no syntax", []),
)


@pytest.mark.slow
async def test_a_fresh_home_gets_a_database_that_starts_and_stops(home, flavour):
    cluster = Cluster(home, Settings(home=home, system_postgres=flavour))
    async with cluster as url:
        assert cluster.binaries.source is (Source.SYSTEM if flavour else Source.WHEEL)
        assert cluster.binaries.version >= 15
        connection = await asyncpg.connect(url)
        role = await connection.fetchrow(
            "select rolname, rolsuper, rolcreaterole from pg_roles where rolname = current_user"
        )
        assert tuple(role) == ("comptoir", False, True)
        assert await connection.fetchval("show listen_addresses") == ""
        assert await connection.fetchval("show synchronous_commit") == "on"
        assert await connection.fetchval("show fsync") == "on"
        assert await connection.fetchval("show data_checksums") == "on"
        # What migrations need, without being superuser.
        await connection.execute("create extension pg_trgm")
        await connection.execute("create extension btree_gin")
        await connection.execute("create role comptoir_try; grant comptoir_try to comptoir")
        await connection.execute("set role comptoir_try")
        await connection.close()
        assert await cluster.alive()
    assert not await cluster.alive()
    assert orphans.postgres_processes(cluster.data) == []


async def test_folders_and_the_password_are_closed_to_others(made_home, settings):
    cluster = Cluster(made_home, settings)
    async with cluster:
        for folder in (cluster.data, cluster.log, cluster.run):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
            assert folder.stat().st_uid != 0
    password = made_home / "postgres" / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    assert password.stat().st_uid == os.geteuid()


async def test_a_wrong_password_is_refused(made_home, settings):
    async with Cluster(made_home, settings) as url:
        secret = homes.password(made_home)
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(url.replace(secret, "guess"))


async def test_a_lost_password_is_made_anew(made_home, settings):
    (made_home / "postgres" / "password").unlink()
    async with Cluster(made_home, settings) as url:
        await (await asyncpg.connect(url)).close()


@pytest.mark.slow
async def test_committed_rows_survive_the_kill_of_the_server_under_load(home, flavour):
    settings = Settings(home=home, system_postgres=flavour)
    cluster = Cluster(home, settings)
    url = await cluster.start()
    acknowledged = Acknowledged()
    await _table(url)
    writers = [asyncio.create_task(_write(url, start, acknowledged)) for start in range(4)]
    await acknowledged.reach(200)
    os.kill(cluster.pid, signal.SIGKILL)
    await asyncio.gather(*writers)
    await cluster.stop()
    async with Cluster(home, settings) as url:
        assert set(acknowledged.numbers) <= await _rows(url)


async def test_committed_rows_survive_the_kill_of_every_process_at_once(made_home, owner, settings):
    process = owner("database")
    url = process.until("postgresql://")
    acknowledged = Acknowledged()
    await _table(url)
    writer = asyncio.create_task(_write(url, 0, acknowledged))
    await acknowledged.reach(50)
    data = made_home / "postgres" / "data"
    for pid in [process.pid, *orphans.postgres_processes(data)]:
        with_luck(pid)
    await writer
    async with Cluster(made_home, settings) as url:
        assert set(acknowledged.numbers) <= await _rows(url)


async def test_the_server_ends_with_a_killed_owner_and_the_next_start_works(
    made_home, owner, settings
):
    process = owner("database")
    url = process.until("postgresql://")
    await _table(url)
    acknowledged = Acknowledged()
    writer = asyncio.create_task(_write(url, 0, acknowledged))
    await acknowledged.reach(50)
    process.signal(signal.SIGKILL)
    cluster = Cluster(made_home, settings)
    async with cluster as url:  # At once: the orphan may still be stopping.
        await writer
        assert set(acknowledged.numbers) <= await _rows(url)
        assert len([p for p in orphans.postgres_processes(cluster.data) if _is_leader(p)]) == 1


async def test_an_orphan_that_was_not_told_of_its_owners_death_is_ended(made_home, settings):
    old = Cluster(made_home, settings)
    await old.start()
    orphan = old.pid
    old.lock.release()  # As if the owner had been killed on a system that tells nobody.
    new = Cluster(made_home, settings)
    async with new:
        assert new.pid != orphan
        assert old.pid is None


async def test_a_second_owner_is_refused_by_name(made_home, settings):
    async with Cluster(made_home, settings):
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}") as refusal:
            await Cluster(made_home, settings).start()
        assert refusal.value.pid == os.getpid()


async def test_a_lock_file_that_names_a_living_stranger_does_not_keep_it_from_starting(
    made_home, settings
):
    cluster = Cluster(made_home, settings)
    for path in (cluster.data / "postmaster.pid", cluster.run / ".s.PGSQL.5432.lock"):
        path.write_text(f"{os.getppid()}\n{cluster.data}\n0\n5432\n{cluster.run}\n\n")
        shutil.chown(path, cluster.data.stat().st_uid, cluster.data.stat().st_gid)
    async with cluster:
        assert await cluster.alive()


async def test_a_lock_file_that_names_a_zombie_does_not_keep_it_from_starting(
    made_home, settings, zombie
):
    cluster = Cluster(made_home, settings)
    path = cluster.data / "postmaster.pid"
    path.write_text(f"{zombie}\n{cluster.data}\n0\n5432\n{cluster.run}\n\n")
    async with cluster:
        assert await cluster.alive()


@pytest.mark.slow
async def test_a_half_made_data_folder_is_made_anew(home, settings):
    half = home / "postgres" / "data.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("15\n")
    async with Cluster(home, settings) as url:
        await (await asyncpg.connect(url)).close()
    assert not half.exists()


async def test_the_last_words_of_a_server_that_cannot_start_are_shown(made_home, settings):
    (made_home / "postgres" / "data" / "own.conf").write_text("shared_buffers = 'many'\n")
    with pytest.raises(DatabaseFailed, match="shared_buffers"):
        await Cluster(made_home, settings).start()


async def test_data_of_another_version_are_refused_with_the_way_out(made_home, settings):
    (made_home / "postgres" / "data" / "PG_VERSION").write_text("12\n")
    with pytest.raises(WrongVersion, match=r"PostgreSQL 12.*(?s:.*)pg_dump(?s:.*)pg_restore"):
        await Cluster(made_home, settings).start()


@pytest.mark.slow
async def test_the_data_folder_decides_over_the_preferred_binaries(home):
    async with Cluster(home, Settings(home=home, system_postgres=False)):
        pass
    again = Cluster(home, Settings(home=home))
    async with again:
        assert again.binaries.version == 18


async def test_values_in_errors_do_not_reach_the_log(made_home, settings):
    cluster = Cluster(made_home, settings)
    async with cluster as url:
        connection = await asyncpg.connect(url)
        await connection.execute("create table card_try (number bigint primary key)")
        for statement, args in CARD_IN_ERRORS:
            with pytest.raises(asyncpg.PostgresError) as error:
                await connection.execute(statement, *args)
            assert CARD in f"{error.value} {error.value.detail}"
        await connection.execute("drop table card_try")
        await connection.close()
    for log in cluster.log.iterdir():
        assert CARD not in log.read_text()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives privileges up")
async def test_the_owner_of_the_data_is_who_the_server_runs_as(made_home, settings):
    user = pwd.getpwnam("nobody")
    for path in (made_home / "postgres").rglob("*"):
        os.chown(path, user.pw_uid, user.pw_gid)
    cluster = Cluster(made_home, settings)
    async with cluster:
        assert os.stat(f"/proc/{cluster.pid}").st_uid == user.pw_uid


async def test_an_empty_password_file_is_made_anew(made_home, settings):
    (made_home / "postgres" / "password").write_text("")
    async with Cluster(made_home, settings) as url:
        await (await asyncpg.connect(url)).close()


async def test_a_log_of_last_week_is_forgotten(made_home, settings):
    cluster = Cluster(made_home, settings)
    old = cluster.log / "postgresql-old.log"
    old.write_text("")
    os.utime(old, (0, 0))
    async with cluster:
        assert not old.exists()


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become a plain user")
def test_a_plain_user_runs_it_too(flavour):
    python = shutil.which("python3", path="/usr/bin")
    same = f"print(__import__('sys').version_info[:2] == {sys.version_info[:2]})"
    found = python and subprocess.run([python, "-c", same], capture_output=True, check=True)
    if not found or found.stdout.strip() != b"True":
        pytest.skip("no Python of this version that another user could run")
    user = pwd.getpwnam("nobody")
    folder = Path(tempfile.mkdtemp(prefix="comptoir-test-plain-"))
    os.chown(folder, user.pw_uid, user.pw_gid)
    script = (
        "import asyncio, asyncpg, os; from comptoir import settings, supervisor\n"
        "async def main():\n"
        "    given = settings.load()\n"
        "    for _ in range(2):\n"
        "        async with supervisor.Cluster(given.home, given) as url:\n"
        "            connection = await asyncpg.connect(url)\n"
        "            print(os.geteuid(), await connection.fetchval('show server_version_num'))\n"
        "            await connection.close()\n"
        "asyncio.run(main())"
    )
    packages = [path for path in sys.path if path.endswith(("site-packages", "src"))]
    ran = subprocess.run(
        [python, "-c", script],
        user=user.pw_uid,
        group=user.pw_gid,
        extra_groups=[],
        env={
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": ":".join(packages),
            "COMPTOIR_HOME": str(folder / "home"),
            "COMPTOIR_SYSTEM_POSTGRES": "1" if flavour else "0",
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    shutil.rmtree(folder)
    lines = ran.stdout.split("\n")
    assert len(lines) == 3, ran.stderr
    assert all(line.startswith(f"{user.pw_uid} ") for line in lines[:2])


def test_it_can_be_used_without_a_running_loop(made_home, settings):
    cluster = Cluster(made_home, settings)
    url = asyncio.run(cluster.start())
    assert asyncio.run(_rows_or_none(url)) is None
    asyncio.run(cluster.stop())


class Acknowledged:
    """Numbers whose commit the server has confirmed."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._wanted = 0
        self._reached = asyncio.Event()

    def add(self, number: int) -> None:
        self.numbers.append(number)
        if self._wanted and len(self.numbers) >= self._wanted:
            self._reached.set()

    async def reach(self, count: int) -> None:
        self._wanted = count
        await self._reached.wait()


def with_luck(pid: int) -> None:
    """Kill what may be dead already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _is_leader(pid: int) -> bool:
    return b"-D" in Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")


async def _table(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("create table kept (number int primary key)")
    await connection.close()


async def _write(url: str, number: int, acknowledged: Acknowledged) -> None:
    """Commit numbers one by one until the server is gone; note each one that was acknowledged."""
    try:
        connection = await asyncpg.connect(url)
        while True:
            await connection.execute("insert into kept values ($1)", number)
            acknowledged.add(number)
            number += 4
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
        return


async def _rows(url: str) -> set[int]:
    connection = await asyncpg.connect(url)
    rows = {row[0] for row in await connection.fetch("select number from kept")}
    await connection.close()
    return rows


async def _rows_or_none(url: str) -> object:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval("select to_regclass('kept')")
    finally:
        await connection.close()
