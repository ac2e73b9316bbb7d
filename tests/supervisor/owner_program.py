"""A program that owns a database or a whole `up`: tests run it, kill it and run it again."""

import asyncio
import dataclasses
import http.server
import os
import signal
import subprocess
import sys
from pathlib import Path

THIS = str(Path(__file__).resolve())
WORKER = Path(os.environ.get("COMPTOIR_HOME", "/nowhere"), "worker-listens")


def say(line: str) -> None:
    """One whole line: several processes share the pipe."""
    os.write(1, (line + "\n").encode())


def web() -> None:
    """Answers /readyz, and has a child of its own, as granian has."""
    subprocess.Popen([sys.executable, "-S", THIS, "sleeper"])

    class Ready(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            # The worker is started later: here ready means that both listen to signals.
            self.send_response(200 if self.path == "/readyz" and WORKER.exists() else 503)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.HTTPServer(("127.0.0.1", int(os.environ["COMPTOIR_PORT"])), Ready)
    deaf = "WEB_IS_DEAF" in os.environ
    signal.signal(signal.SIGTERM, signal.SIG_IGN if deaf else lambda *_: ending("web"))
    server.serve_forever()


def worker() -> None:
    signal.signal(signal.SIGTERM, lambda *_: ending("worker"))
    say("worker started")
    WORKER.touch()
    while True:
        signal.pause()


def ending(name: str) -> None:
    database = Path(os.environ["COMPTOIR_HOME"], "postgres", "data", "postmaster.pid").exists()
    say(f"{name} stops, database {'there' if database else 'gone'}")
    os._exit(0)


def sleeper() -> None:
    while True:
        signal.pause()


async def own_database() -> None:
    from comptoir import settings, supervisor

    async with supervisor.Cluster(settings.load().home, settings.load()) as url:
        say(url)
        await asyncio.Event().wait()


async def own_everything() -> None:
    from comptoir import settings, supervisor

    async def migrate(given: settings.Settings) -> None:
        say(f"migrate {given.database_url}")

    async def demo(given: settings.Settings) -> None:
        say("demo")

    try:
        await supervisor.up(
            settings.load(),
            migrate=migrate,
            demo=demo,
            on_ready=lambda address: say(f"ready {address}"),
            empty="--empty" in sys.argv,
            programs=tuple(
                dataclasses.replace(program, argv=(sys.executable, "-S", THIS, program.name))
                for program in supervisor.running.PROGRAMS
            ),
        )
    except supervisor.Trouble as trouble:
        say(str(trouble))
        sys.exit(1)


if __name__ == "__main__":
    # The tests may run under nohup, and what is ignored is inherited.
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    what = sys.argv[1]
    if what in {"web", "worker", "sleeper"}:
        {"web": web, "worker": worker, "sleeper": sleeper}[what]()
    else:
        asyncio.run({"database": own_database, "up": own_everything}[what]())
