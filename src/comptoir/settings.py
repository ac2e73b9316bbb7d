"""Typed settings, read once from `COMPTOIR_…` variables; a bad one is refused by its name."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

PREFIX = "COMPTOIR_"


class BadSetting(ValueError):
    """A `COMPTOIR_…` variable that is unknown or that has a value nobody can use."""


def default_home() -> Path:
    """As root the data belong under /var/lib, otherwise in the user's own folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/comptoir")
    return Path.home() / ".comptoir"


def _whole(text: str) -> int:
    if not text.isdecimal():  # int() would quote the value in its complaint.
        raise ValueError("a whole number")
    return int(text)


def _port(text: str) -> int:
    port = _whole(text)
    if not 1 <= port <= 65535:
        raise ValueError("a port is between 1 and 65535")
    return port


def _workers(text: str) -> int:
    workers = _whole(text)
    if not 1 <= workers <= 256:
        raise ValueError("between 1 and 256 workers")
    return workers


def _days(text: str) -> int:
    days = _whole(text)
    if days > 400:
        raise ValueError("at most 400 days")
    return days


def _flag(text: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}
    if text.lower() not in known:
        raise ValueError("one of 1, 0, true, false, yes, no")
    return known[text.lower()]


def _url(text: str) -> str:
    if not text.startswith(("http://", "https://")):
        raise ValueError("an address that begins with http:// or https://")
    return text.rstrip("/")


def _database(text: str) -> str:
    if not text.startswith(("postgresql://", "postgres://")):
        raise ValueError("an address that begins with postgresql://")
    return text


def _proxies(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an installation may set. Names in the environment: COMPTOIR_ + upper case."""

    home: Path = field(default_factory=default_home)
    database_url: str | None = None  # None: the embedded PostgreSQL under `home`.
    migrate_url: str | None = None
    clickhouse_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8400
    public_url: str | None = None
    pay_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()
    workers: int = field(default_factory=lambda: os.cpu_count() or 1)
    secret_key_file: Path | None = None
    vault_key_file: Path | None = None  # Neither this nor `vault_keys`: no vault, no live cards.
    vault_keys: str | None = field(default=None, repr=False)
    allow_private_callbacks: bool = False
    smtp_url: str | None = None  # None: mail is written to files under `home`/outbox.
    mail_from: str = "comptoir@localhost"
    log_level: str = "info"
    request_log_days: int = 7  # 0: nothing of what programs ask is kept.
    system_postgres: bool = True  # False: never use a system PostgreSQL's binaries.

    @property
    def public(self) -> str:
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def key_file(self) -> Path:
        return self.secret_key_file or self.home / "secret.key"

    @property
    def outbox(self) -> Path:
        return self.home / "outbox"


def _smtp(text: str) -> str:
    if not text.startswith(("smtp://", "smtps://")):
        raise ValueError("an address that begins with smtp:// or smtps://")
    return text


def _level(text: str) -> str:
    if text.lower() not in {"debug", "info", "warning", "error"}:
        raise ValueError("one of debug, info, warning, error")
    return text.lower()


_PARSERS = {
    "home": Path,
    "database_url": _database,
    "migrate_url": _database,
    "clickhouse_url": _url,
    "port": _port,
    "public_url": _url,
    "pay_url": _url,
    "trusted_proxies": _proxies,
    "workers": _workers,
    "secret_key_file": Path,
    "vault_key_file": Path,
    "allow_private_callbacks": _flag,
    "smtp_url": _smtp,
    "log_level": _level,
    "request_log_days": _days,
    "system_postgres": _flag,
}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; raises `BadSetting` naming the variable, without showing its value."""
    environ = os.environ if environ is None else environ
    known = {item.name for item in fields(Settings)}
    values: dict[str, object] = {}
    for variable, text in environ.items():
        if not variable.startswith(PREFIX):
            continue
        name = variable.removeprefix(PREFIX).lower()
        if name not in known:
            raise BadSetting(f"{variable} is not a setting of Comptoir; known: {_known(known)}")
        if text == "":
            continue
        try:
            values[name] = _PARSERS.get(name, str)(text)  # type: ignore[operator]  # Each reads text.
        except ValueError as error:
            raise BadSetting(f"{variable} has a value that cannot be used: {error}") from None
    return Settings(**values)  # type: ignore[arg-type]  # Parsed by their fields above.


def _known(names: set[str]) -> str:
    return ", ".join(sorted(PREFIX + name.upper() for name in names))
