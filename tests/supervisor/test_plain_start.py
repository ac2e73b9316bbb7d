"""`comptoir up` as it is typed, by root and by somebody else: few plain lines, logs in files."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from comptoir.supervisor.logs import KEPT, Logs
from supervisor.conftest import WATCHDOG, left_over

SOMEBODY = "nobody"
PLAIN = (
    pytest.param(SOMEBODY, marks=pytest.mark.skipif(
        os.geteuid() != 0 or shutil.which("setpriv") is None,
        reason="only root, with setpriv, can start it as somebody else",
    )),
    pytest.param("", id="whoever runs the tests"),
)  # fmt: skip


@pytest.fixture
def folder(home: Path) -> Iterator[Path]:
    """Somebody's own folder, of which nothing is known but `HOME`; nothing may live in it after."""
    folder = home / "somebody"
    folder.mkdir(mode=0o711)
    yield folder
    assert left_over(folder / ".comptoir") == []


def as_user(user: str) -> list[str]:
    account = pwd.getpwnam(user)
    ids = (f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}")
    return ["setpriv", *ids, "--clear-groups"]


def interpreter(user: str) -> str:
    """A Python of our version that this user may run: ours may lie in a home of root's."""
    ours = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for found in (sys.executable, shutil.which(ours, path="/usr/local/bin:/usr/bin")):
        asked = [*as_user(user), "/bin/sh", "-c", f"{found} -c 'import ssl, ctypes'"]
        if (
            found
            and subprocess.run(asked, check=False, stderr=subprocess.DEVNULL, cwd="/").returncode
            == 0
        ):
            return found
    pytest.skip(f"{user} may run no {ours} here")


def started(folder: Path, user: str, port: int) -> subprocess.Popen[str]:
    """`comptoir up --empty` with nothing set but a home and a port."""
    python = interpreter(user) if user else sys.executable
    command = [python, "-m", "comptoir", "up", "--empty"]
    environ = {
        "PATH": os.environ["PATH"], "HOME": str(folder), "COMPTOIR_PORT": str(port),
        "COMPTOIR_WORKERS": "1", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    if user:
        account = pwd.getpwnam(user)
        os.chown(folder, account.pw_uid, account.pw_gid)
        command = [*as_user(user), *command]
        environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    elif os.geteuid() == 0:
        environ["COMPTOIR_HOME"] = str(folder / ".comptoir")  # Root's own is elsewhere.
    return subprocess.Popen(
        command, env=environ, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


def said(program: subprocess.Popen[str]) -> list[str]:
    """Everything until it says that it runs; then it is asked to stop, and does."""
    assert program.stdout is not None
    watchdog = threading.Timer(WATCHDOG, program.kill)
    watchdog.start()
    lines = []
    try:
        for line in program.stdout:
            lines.append(line.rstrip())
            if line.startswith("Ctrl-C"):
                program.send_signal(signal.SIGTERM)
    finally:
        watchdog.cancel()
        program.stdout.close()
    assert program.wait() == 0, "\n".join(lines)
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("user", PLAIN)
def test_up_says_what_a_person_has_to_know_and_logs_the_rest(
    folder: Path, user: str, port: int
) -> None:
    lines = said(started(folder, user, port))
    text = "\n".join(lines)
    assert f"Comptoir is ready at http://127.0.0.1:{port}/office/" in lines
    assert f"http://127.0.0.1:{port}/office/link/" in text
    assert "Applying" not in text
    assert [line for line in lines if line.startswith("{") or len(line) > 160] == []
    assert len(lines) < 20, text
    logs = folder / ".comptoir" / "logs"
    assert f"Logs: {logs}" in lines
    assert {file.name for file in logs.iterdir()} == {"web.log", "worker.log"}
    for file in [logs, *logs.iterdir(), folder / ".comptoir"]:
        assert file.stat().st_mode & 0o077 in {0, 0o011}, file
        if user:
            assert file.owner() == user
    for line in (logs / "worker.log").read_text().splitlines():
        assert line.startswith("{"), line


def test_a_log_that_has_grown_is_put_away_under_its_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.supervisor.logs.LARGEST", 100)
    logs = Logs(tmp_path / "logs")
    output = logs.open("web")
    for number in range(KEPT + 3):
        os.write(output, f"{number}".encode() * 101)
        logs.put_away()
    os.write(output, b"last")
    os.close(output)
    kept = {file.name: file.read_text()[:1] for file in logs.folder.iterdir()}
    assert kept.pop("web.log") == "l"
    assert kept == {f"web.log.{n}": str(KEPT + 3 - n) for n in range(1, KEPT + 1)}
