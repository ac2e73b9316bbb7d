"""Load on the API: wrk where it is installed, else a small client of our own.

wrk (`apt install wrk`) takes about a twentieth of the CPU, so its figures are the better ones.
"""

import asyncio
import json
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.table import percentile

SCRIPT = Path(__file__).with_name("sale.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What a run of requests came to; times in milliseconds."""

    requests: int
    seconds: float
    p50: float
    p99: float
    bad: int  # Answers other than 2xx and 3xx, and connections lost.

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


def tool() -> str:
    return "wrk" if shutil.which("wrk") else "own client"


async def sales(
    port: int, authorization: str, *, connections: int, seconds: float, run: str
) -> Load:
    """New sales, each under its own key, over that many connections kept open."""
    said = {"BENCH_AUTHORIZATION": authorization, "BENCH_RUN": run}
    return await requests(
        port, SCRIPT, said, lambda name: _sale(authorization, f"{run}-{name}"),
        connections=connections, seconds=seconds,
    )  # fmt: skip


async def requests(
    port: int,
    script: Path,
    said: dict[str, str],
    build: Callable[[str], bytes],
    *,
    connections: int,
    seconds: float,
) -> Load:
    """wrk with a script that reads `said`, or our own client with what `build` makes of a name."""
    if shutil.which("wrk"):
        return await _wrk(port, script, said, connections, seconds)
    return await _own(port, build, connections, seconds)


async def _wrk(
    port: int, script: Path, said: dict[str, str], connections: int, seconds: float
) -> Load:
    process = await asyncio.create_subprocess_exec(
        "wrk", "-t1", f"-c{connections}", f"-d{round(seconds)}s", "-s", str(script),
        f"http://127.0.0.1:{port}",
        env={**os.environ, **said},
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, _ = await process.communicate()
    told = json.loads(out.decode().strip().splitlines()[-1])
    return Load(
        told["requests"], told["microseconds"] / 1e6, told["p50"], told["p99"],
        told["bad"] + told["lost"],
    )  # fmt: skip


async def _own(port: int, build: Callable[[str], bytes], connections: int, seconds: float) -> Load:
    begun = time.perf_counter()
    until = begun + seconds
    found = await asyncio.gather(*(_client(port, build, until, str(n)) for n in range(connections)))
    took = time.perf_counter() - begun
    times = [each for each_client, _ in found for each in each_client]
    bad = sum(count for _, count in found)
    return Load(len(times), took, percentile(times, 0.5), percentile(times, 0.99), bad)


async def _client(
    port: int, build: Callable[[str], bytes], until: float, name: str
) -> tuple[list[float], int]:
    """One connection: a request, its answer, the next; times in milliseconds, and bad answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    times: list[float] = []
    bad = 0
    while time.perf_counter() < until:
        begun = time.perf_counter()
        writer.write(build(f"{name}-{len(times)}"))
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r", 1)[0]
        await reader.readexactly(int(length))
        times.append((time.perf_counter() - begun) * 1000)
        bad += not head.startswith(b"HTTP/1.1 2")
    writer.close()
    return times, bad


def _sale(authorization: str, order: str) -> bytes:
    body = json.dumps(
        {
            "amount": 1000, "currency": "EUR", "order_id": order,
            "card": {
                "number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030,
                "cvc": "123",
            },
            "shopper": {
                "email": f"shopper{random.randint(1, 10_000)}@example.com", "country": "ES",
                "ip": "192.0.2.17",
            },
        }
    )  # fmt: skip
    return (
        f"POST /api/v1/payments HTTP/1.1\r\nHost: bench\r\nAuthorization: {authorization}\r\n"
        f"Content-Type: application/json\r\nIdempotency-Key: {order}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
