"""Payments run while everything is killed in turn: the acknowledged is there, once, and true."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from comptoir.supervisor import orphans

pytestmark = pytest.mark.slow

CUSTOMERS = 6
BEFORE, AFTER = 40, 30  # Acknowledged payments before a kill, and after it.
PATIENCE = 60.0  # Seconds until something must have happened.
PAUSE = 0.05  # Between two tries at a door that is closed.
CARD = {"number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030}
AFTERMATH = Path(__file__).with_name("aftermath.py")


@dataclass
class Installation:
    """A Comptoir of its own, started as its owner starts it."""

    home: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        tests = str(Path(__file__).parents[1])
        return {
            **os.environ, "COMPTOIR_HOME": str(self.home), "COMPTOIR_PORT": str(self.port),
            "COMPTOIR_WORKERS": "1", "COMPTOIR_LOG_LEVEL": "error", "PYTHONPATH": tests,
        }  # fmt: skip

    def start(self) -> None:
        log = (self.home / "test.log").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "comptoir", "up", "--empty"],
            env=self.environ, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        log.close()

    def stop(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)

    def command(self, *words: str) -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, *words], env=self.environ, capture_output=True, check=False
        )
        assert done.returncode == 0, done.stderr.decode()
        return dict(json.loads(done.stdout))

    def pids(self, word: str) -> list[int]:
        """Processes of this installation whose command line has the word."""
        found = []
        for pid in orphans.marked_processes(str(self.home)):
            with contextlib.suppress(OSError):
                if word.encode() in Path(f"/proc/{pid}/cmdline").read_bytes():
                    found.append(pid)
        return found

    def postgres(self) -> list[int]:
        return orphans.postgres_processes(self.home / "postgres" / "data")

    def postmaster(self) -> list[int]:
        text = (self.home / "postgres" / "data" / "postmaster.pid").read_text()
        return [int(text.split()[0])]

    def everything(self) -> list[int]:
        assert self.process is not None
        return [self.process.pid, *self.pids(""), *self.postgres()]


def kill(pids: list[int]) -> None:
    assert pids
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def installation() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="comptoir-kill-"))
    home.chmod(0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    made = Installation(home, port)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait()
    for pid in [*made.pids(""), *made.postgres()]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(home, ignore_errors=True)


@dataclass
class Load:
    """Customers who pay and sometimes want their money back, and do not give up."""

    client: httpx.AsyncClient
    acknowledged: dict[str, str] = field(default_factory=dict)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ask(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any] | None:
        """The same request until it is answered; None if its first copy died half-way."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = await self.client.post(path, json=body, headers={"idempotency-key": key})
            except httpx.HTTPError:
                await asyncio.sleep(PAUSE)
                continue
            if answer.status_code in {201, 202}:
                told = dict(answer.json())
                self.acknowledged[told["id"]] = told["status"]
                return told
            if answer.status_code == 409:
                return None
            assert answer.status_code >= 500, answer.text
            await asyncio.sleep(PAUSE)
        raise AssertionError("the door stays closed")

    async def customer(self, number: int) -> None:
        turn = 0
        while not self.ended.is_set():
            turn += 1
            order = f"order-{number}-{turn}"
            body = {"amount": 1000 + turn, "currency": "EUR", "order_id": order, "card": CARD}
            sale = await self.ask("/payments", body, order)
            if sale is not None and sale["status"] == "succeeded" and turn % 3 == 0:
                path = f"/operations/{sale['id']}/refunds"
                await self.ask(path, {"amount": 100}, f"back-{order}")

    async def more(self, number: int) -> None:
        """Wait until that many more have been acknowledged."""
        wanted, until = len(self.acknowledged) + number, time.monotonic() + PATIENCE
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, "no payment comes through any more"
            await asyncio.sleep(PAUSE)


async def answers(installation: Installation) -> None:
    until = time.monotonic() + PATIENCE
    async with httpx.AsyncClient() as client:
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                url = f"http://127.0.0.1:{installation.port}/readyz"
                if (await client.get(url)).status_code == 200:
                    return
            assert installation.process is not None
            assert installation.process.poll() is None, (installation.home / "test.log").read_text()
            await asyncio.sleep(PAUSE)
    raise AssertionError("it does not get ready")


def open_shop(installation: Installation) -> tuple[str, str]:
    """A company with an account and an originator; its number and key."""
    comptoir = ("-m", "comptoir")
    company = installation.command(*comptoir, "company", "create", "Kiosk", "--json")
    account = installation.command(
        *comptoir, "account", "create", company["id"], "Sandbox", "EUR", "--json"
    )
    originator = installation.command(
        *comptoir, "originator", "create", company["id"], "Web", "EUR",
        "--account", account["id"], "--json",
    )  # fmt: skip
    return str(originator["number"]), originator["test_key"]


async def through_all_kills(installation: Installation, load: Load) -> None:
    customers = [asyncio.create_task(load.customer(number)) for number in range(CUSTOMERS)]
    victims: list[Callable[[], list[int]]] = [
        lambda: installation.pids("comptoir.serving"), lambda: installation.pids("comptoir.worker"),
        installation.postmaster, installation.everything,
    ]  # fmt: skip
    for victim in victims:
        await load.more(BEFORE)
        kill(victim())
        if victim == installation.everything:
            assert installation.process is not None
            installation.process.wait()
            installation.start()
        await load.more(AFTER)
    load.ended.set()
    await asyncio.gather(*customers)


async def test_what_was_acknowledged_survives_every_kill(installation: Installation) -> None:
    installation.start()
    await answers(installation)
    auth = open_shop(installation)
    url = f"http://127.0.0.1:{installation.port}/api/v1"
    async with httpx.AsyncClient(base_url=url, auth=auth, timeout=10) as client:
        load = Load(client)
        await through_all_kills(installation, load)
    installation.stop()
    check(load.acknowledged, installation.command(str(AFTERMATH)))


def check(acknowledged: dict[str, str], found: dict[str, Any]) -> None:
    operations = {row["id"]: row for row in found["operations"]}
    assert len(acknowledged) >= 4 * (BEFORE + AFTER)
    for name, told in acknowledged.items():
        now = operations[name]["status"]
        assert now == told or told in {"unknown", "sent"}, f"{name} was {told} and is {now}"
    for row in operations.values():
        assert row["status"] in {"succeeded", "not_sent"}, row
        assert (row["approved"], row["open"]) == (int(row["status"] == "succeeded"), 0), row
    sales = Counter(row["order_id"] for row in operations.values() if row["kind"] == "sale")
    assert max(sales.values()) == 1, "an order was paid twice"
    assert found["strangers"] == 0, "the gateway did what nobody here knows of"
    signs = {"sale": 1, "refund": -1}
    assert found["receivable"] == sum(
        signs[row["kind"]] * row["minor"]
        for row in operations.values()
        if row["status"] == "succeeded"
    )
