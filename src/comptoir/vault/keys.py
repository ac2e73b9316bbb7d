"""The vault's keys: read from a file or the environment, never from the database.

Newest first: the first generation wraps what is stored from now on, the older ones still open what
they wrapped. One more key makes fingerprints. The file is the truth: it is read again when it
changes, so that running processes know a new generation before anything is wrapped by it.
"""

import fcntl
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from comptoir.kit import clock, log
from comptoir.kit.errors import AppError, Conflict, Unavailable

KEY_BYTES = 32
MAX_GENERATIONS = 50
_WRAP, _FINGERPRINT = "wrap", "fingerprint"
_OTHERS_MAY = 0o027  # Write for the group, anything for everybody else.
_HEAD = """\
# The keys of Comptoir's vault, newest first. Without them no stored card can be read again.
# Keep a copy, apart from every copy of the database.
"""


class VaultClosed(Unavailable):
    code = "vault_closed"
    title = "There is no vault key: card numbers are neither kept nor read"


class BadVaultKeys(AppError):
    """The keys are missing, malformed or open to others. Never says what they are."""

    code = "bad_vault_keys"
    title = "The vault's keys cannot be used"


class GenerationUnknown(Conflict):
    code = "vault_generation_unknown"
    title = "The vault's keys hold no generation of this name"


class LastGeneration(Conflict):
    code = "last_vault_generation"
    title = "The newest generation of the vault's keys stays"


@dataclass(frozen=True, slots=True)
class Generation:
    """One key-encryption key. Its id is derived from it, so that no other key can have it."""

    id: str
    made_on: date
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class KeyRing:
    """All keys at one moment."""

    generations: tuple[Generation, ...]
    fingerprint: bytes = field(repr=False)
    fingerprint_on: date = field(repr=False)

    @property
    def newest(self) -> Generation:
        return self.generations[0]

    def find(self, generation_id: str) -> Generation | None:
        return next((item for item in self.generations if item.id == generation_id), None)


_log = log.get(__name__)
_file: Path | None = None
_stamp: tuple[int, int, int] | None = None
_ring: KeyRing | None = None


def generation_of(key: bytes, made_on: date) -> Generation:
    return Generation(hmac.digest(key, b"comptoir vault", "sha256")[:6].hex(), made_on, key)


def load(file: Path | None, text: str | None = None) -> None:
    """Open the vault with the keys of a file, or of a text from the environment; or close it."""
    global _file, _stamp, _ring  # noqa: PLW0603  One vault for a process.
    if file is not None and text is not None:
        raise BadVaultKeys("The vault's keys come from a file or from the environment, not both")
    _file, _stamp, _ring = None, None, None
    if text is not None:
        _ring = parse(text.replace(";", "\n"))
    elif file is not None:
        _file = file.expanduser().absolute()
        # The stamp first: a change in between is read a second time rather than never.
        _stamp = _stamp_of(_file)
        _ring = read(_file)


def is_open() -> bool:
    """Whether card numbers can be kept here."""
    return _ring is not None


def ring() -> KeyRing:
    """The keys as they are now; raises `VaultClosed`."""
    global _stamp, _ring  # noqa: PLW0603  The keys of the process.
    if _ring is None:
        raise VaultClosed
    if _file is not None:
        stamp = _stamp_of(_file)
        if stamp != _stamp:
            _stamp = stamp
            try:
                _ring = read(_file)
            except BadVaultKeys as error:
                # Half-written, or taken away: what was good until now still opens what is kept.
                _log.error("vault_keys_unusable", why=error.detail)
    return _ring


def _stamp_of(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def read(file: Path) -> KeyRing:
    """The keys of a file; raises `BadVaultKeys`, which names the file and never its content."""
    try:
        if file.stat().st_mode & _OTHERS_MAY:
            raise BadVaultKeys(f"{file} can be read or changed by others; chmod 600 it")
        return parse(file.read_text(encoding="ascii"))
    except FileNotFoundError:
        raise BadVaultKeys(f"{file} is not there; `comptoir vault key` makes it") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadVaultKeys(f"{file} cannot be read: {type(error).__name__}") from None


def parse(text: str) -> KeyRing:
    """Lines such as `wrap 2026-11-22 0123…ef`; raises `BadVaultKeys` naming the line's number."""
    generations: list[Generation] = []
    fingerprint: tuple[bytes, date] | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        try:
            kind, day, digits = words
            key, made_on = bytes.fromhex(digits), date.fromisoformat(day)
        except ValueError:
            kind, key, made_on = "", b"", date.min
        if len(key) != KEY_BYTES or kind not in {_WRAP, _FINGERPRINT}:
            raise BadVaultKeys(f"Line {number} of the vault's keys is not: wrap DAY 64-HEX-DIGITS")
        if kind == _WRAP:
            generations.append(generation_of(key, made_on))
        elif fingerprint is not None:
            raise BadVaultKeys("The vault's keys hold two fingerprint keys; there is one")
        else:
            fingerprint = (key, made_on)
    if not generations or fingerprint is None:
        raise BadVaultKeys("The vault's keys need a wrap line and a fingerprint line")
    if len({item.id for item in generations}) != len(generations):
        raise BadVaultKeys("A generation stands twice among the vault's keys")
    return KeyRing(tuple(generations), *fingerprint)


def add_generation(file: Path) -> Generation:
    """Make a key and put it first; the file is made with it if it is not there yet."""
    fresh = generation_of(secrets.token_bytes(KEY_BYTES), clock.now().date())
    with _alone(file):
        if file.exists():
            known = read(file)
        else:
            known = KeyRing((), secrets.token_bytes(KEY_BYTES), fresh.made_on)
        if len(known.generations) >= MAX_GENERATIONS:
            raise Conflict(f"{file} holds {MAX_GENERATIONS} generations; remove unused ones first")
        _write(file, KeyRing((fresh, *known.generations), known.fingerprint, known.fingerprint_on))
    return fresh


def drop_generation(file: Path, generation_id: str) -> None:
    """Forget a key for good. Who calls this has made sure that nothing is wrapped by it."""
    with _alone(file):
        known = read(file)
        if known.find(generation_id) is None:
            raise GenerationUnknown(generation=generation_id)
        if known.newest.id == generation_id:
            raise LastGeneration
        rest = tuple(item for item in known.generations if item.id != generation_id)
        _write(file, KeyRing(rest, known.fingerprint, known.fingerprint_on))


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One change at a time: two at once would lose a key that has wrapped something already."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise BadVaultKeys(f"{file.parent} cannot be used: {type(error).__name__}") from None
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(file: Path, known: KeyRing) -> None:
    """Written aside and renamed: whoever reads meets the old keys or the new, never a half."""
    lines = [f"{_WRAP} {item.made_on} {item.key.hex()}\n" for item in known.generations]
    lines.append(f"{_FINGERPRINT} {known.fingerprint_on} {known.fingerprint.hex()}\n")
    draft = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(_HEAD + "".join(lines))
            stream.flush()
            if file.exists():
                before = file.stat()
                os.fchown(stream.fileno(), before.st_uid, before.st_gid)
                os.fchmod(stream.fileno(), before.st_mode & 0o777)
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise BadVaultKeys(f"{file} cannot be written: {type(error).__name__}") from None
