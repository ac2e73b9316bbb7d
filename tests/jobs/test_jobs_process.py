"""The worker as its own process: waits for its database, says what it does, stops when told."""

import asyncio
import json
import os
import signal
import sys

import pytest

RUN = (
    "import asyncio; from comptoir import settings, worker;"
    " asyncio.run(worker.run(settings.load()))"
)


@pytest.mark.slow
async def test_a_worker_process_starts_says_so_in_json_and_stops_on_sigterm(database):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "COMPTOIR_DATABASE_URL": database},
    )  # fmt: skip
    assert process.stderr is not None
    said = []
    try:
        async with asyncio.timeout(30):
            while not said or said[-1]["event"] != "worker_started":
                said.append(json.loads(await process.stderr.readline()))
            process.send_signal(signal.SIGTERM)
            rest = await process.stderr.read()
            assert await process.wait() == 0
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert json.loads(rest.splitlines()[-1])["event"] == "worker_stopped"
