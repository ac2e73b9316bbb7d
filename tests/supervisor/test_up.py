"""One command runs everything; what dies comes back; what stops leaves nothing behind."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest

from comptoir import settings as all_settings
from comptoir import supervisor
from comptoir.settings import Settings
from comptoir.supervisor import Cluster, Program, orphans, processes, running

pytestmark = pytest.mark.slow


@pytest.fixture
def up(made_home, owner, port):
    """Start `up` with stand-ins for web and worker; its address is known."""
    return lambda *args, **environ: owner("up", *args, COMPTOIR_PORT=str(port), **environ)


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_everything_in_order_and_leaves_nothing(up, port, still_running, sign):
    program = up()
    program.until("migrate postgresql://comptoir:")
    program.until("demo")
    assert program.until("ready") == f"ready http://127.0.0.1:{port}"
    assert len(still_running()) > 4
    program.signal(sign)
    stops = [line for line in program.rest() if "stops" in line]
    assert stops == ["web stops, database there", "worker stops, database there"]
    assert program.process.returncode == 0
    assert still_running() == []


def test_an_empty_start_runs_no_demo(up):
    program = up("--empty")
    program.until("ready")
    program.signal(signal.SIGTERM)
    assert "demo" not in program.rest()


def test_a_second_up_on_the_same_home_is_told_who_runs(up, made_home, port):
    first = up()
    first.until("ready")
    second = up()
    said = "\n".join(second.rest())
    assert second.process.returncode == 1
    assert f"already runs in {made_home}: process {first.pid}" in said
    assert f"http://127.0.0.1:{port}" in said
    first.signal(signal.SIGTERM)
    first.rest()


def test_a_web_process_that_is_killed_comes_back_without_its_old_children(up, made_home, port):
    program = up()
    program.until("ready")
    leader, sleeper = named(made_home, "web"), named(made_home, "sleeper")
    os.kill(leader, signal.SIGKILL)
    program.until("comptoir: web was ended by SIGKILL; it starts again in 0.1 s")
    eventually(lambda: answers(port))
    eventually(lambda: named(made_home, "sleeper") not in {None, sleeper})
    assert named(made_home, "web") != leader
    program.signal(signal.SIGTERM)
    program.rest()


def test_a_worker_that_is_killed_comes_back(up, made_home):
    program = up()
    program.until("worker started")
    os.kill(named(made_home, "worker"), signal.SIGKILL)
    program.until("worker started")
    program.signal(signal.SIGTERM)
    program.rest()


def test_a_database_that_is_killed_comes_back(up, made_home):
    program = up()
    url = program.until("migrate").split()[1]
    program.until("ready")
    data = made_home / "postgres" / "data"
    postmaster = int((data / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGKILL)
    program.until("comptoir: the database ended with code -9; starting it again")
    eventually(lambda: asyncio.run(connects(url)))
    program.signal(signal.SIGTERM)
    program.rest()


def test_after_the_kill_of_its_owner_everything_ends_and_up_works_again(up, made_home):
    first = up()
    first.until("ready")
    first.signal(signal.SIGKILL)
    second = up()  # At once, while the orphans are still stopping.
    second.until("ready")
    assert len(orphans.marked_processes(str(made_home))) == 3  # web, its child, worker
    second.signal(signal.SIGTERM)
    second.rest()


def test_after_the_kill_of_all_but_the_grandchildren_up_works_again(up, made_home):
    first = up()
    first.until("ready")
    stray = named(made_home, "sleeper")
    first.signal(signal.SIGSTOP)  # Else it would start again what is killed here.
    for name in ("web", "worker"):
        os.kill(named(made_home, name), signal.SIGKILL)
    for pid in [first.pid, *orphans.postgres_processes(made_home / "postgres" / "data")]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    assert named(made_home, "sleeper") == stray
    second = up()
    second.until("ready")
    assert named(made_home, "sleeper") != stray
    second.signal(signal.SIGTERM)
    second.rest()


def test_a_later_signal_hurries(up, still_running):
    program = up(WEB_IS_DEAF="1")
    program.until("ready")
    begun = time.monotonic()
    while program.process.poll() is None:
        program.signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            program.process.wait(0.3)
    assert time.monotonic() - begun < running.PROGRAMS[0].patience
    assert still_running() == []


def test_a_taken_port_is_said_before_anything_starts(up, port, made_home):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        program = up()
        said = "\n".join(program.rest())
    assert f"cannot listen on 127.0.0.1 port {port}" in said
    assert "COMPTOIR_PORT" in said
    assert not (made_home / "postgres" / "log" / "start.log").stat().st_size > 10_000


def test_with_a_database_url_no_database_is_made(owner, made, home, port):
    foreign = Cluster(made, Settings(home=made))
    url = asyncio.run(foreign.start())
    program = owner("up", COMPTOIR_DATABASE_URL=url, COMPTOIR_PORT=str(port))
    assert program.until("migrate") == f"migrate {url}"
    program.until("ready")
    program.signal(signal.SIGTERM)
    program.rest()
    assert not (home / "postgres" / "data").exists()
    assert asyncio.run(foreign.alive())
    asyncio.run(foreign.stop())


def test_no_password_is_on_a_command_line(up, made_home, still_running):
    program = up()
    program.until("ready")
    secret = (made_home / "postgres" / "password").read_bytes()
    for pid in [program.pid, *still_running()]:
        assert secret not in Path(f"/proc/{pid}/cmdline").read_bytes()
    program.signal(signal.SIGTERM)
    program.rest()


async def test_a_program_that_cannot_stay_alive_is_tried_again_ever_more_slowly():
    said: asyncio.Queue[str] = asyncio.Queue()
    crew = processes.Crew([Program("web", ("false",))], os.environ, "a try", said.put_nowait)
    await crew.start("web")
    lines = [await said.get() for _ in range(4)]
    await crew.stop(asyncio.Event())
    assert [line.split()[-2] for line in lines] == ["0.1", "0.2", "0.4", "0.8"]


async def test_a_command_starts_the_database_for_itself_and_stops_it(made_home, settings):
    async with supervisor.database(settings) as given:
        assert await connects(given.database_url)
    assert orphans.postgres_processes(made_home / "postgres" / "data") == []


async def test_a_command_uses_the_database_that_runs_and_leaves_it(made_home, settings):
    async with Cluster(made_home, settings) as url:
        async with supervisor.database(settings) as given:
            assert given.database_url == url
            assert await connects(url)
        assert await connects(url)


async def test_a_command_that_runs_the_database_waits_for_its_guests(made_home, settings):
    host, guest = supervisor.database(settings), supervisor.database(settings)
    await host.__aenter__()
    given = await guest.__aenter__()
    leaving = asyncio.create_task(host.__aexit__(None, None, None))
    await asyncio.wait({leaving}, timeout=0.2)
    assert not leaving.done()
    assert await connects(given.database_url)
    await guest.__aexit__(None, None, None)
    await leaving
    assert not await connects(given.database_url)


def test_children_get_exactly_the_settings_of_their_owner(monkeypatch):
    monkeypatch.setenv("COMPTOIR_PORT", "1")
    given = replace(
        Settings(),
        port=9000,
        trusted_proxies=("10.0.0.1", "10.0.0.2"),
        allow_private_callbacks=True,
        system_postgres=False,
    )
    assert all_settings.load(running.environment(given)) == given


def named(home: Path, name: str) -> int | None:
    """The pid of a supervised process by the last word of its command line."""
    for pid in orphans.marked_processes(str(home)):
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        if name.encode() in words:
            return pid
    return None


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError):
        return False


async def connects(url: str) -> bool:
    try:
        connection = await asyncpg.connect(url)
    except (OSError, asyncpg.PostgresError):
        return False
    await connection.close()
    return True


def eventually(happens: Callable[[], bool]) -> None:
    """Ask other processes again and again: they tell nobody when they are done."""
    until = time.monotonic() + 20
    while not happens():
        assert time.monotonic() < until
        time.sleep(0.02)
