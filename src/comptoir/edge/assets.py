"""Static files under addresses that carry their content's hash, so that browsers keep them.

Files are read once, compressed once per encoding and served from memory: there are few.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import zstandard

from comptoir.kit.errors import NotFound

BASE = "/office/static"
FOLDER = Path(__file__).resolve().parent.parent / "web" / "static"
FOREVER = "public, max-age=31536000, immutable"
_SERVED = {".css", ".js", ".svg", ".png", ".woff2", ".ico"}
_PLAIN = {".png", ".woff2", ".ico"}  # Compressed already.


@dataclass(frozen=True, slots=True)
class Asset:
    """One encoding of one file."""

    body: bytes
    media_type: str
    encoding: str  # "" when it is sent as it is.


@cache
def _hashes() -> dict[str, str]:
    paths = sorted(p for p in FOLDER.rglob("*") if p.is_file() and p.suffix in _SERVED)
    return {
        p.relative_to(FOLDER).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()[:10]
        for p in paths
    }


def url(name: str) -> str:
    """`url("app.css")` → `/office/static/4f0c3a91de/app.css`; an unknown name is a bug."""
    return f"{BASE}/{_hashes()[name]}/{name}"


@cache
def _icons() -> frozenset[str]:
    return frozenset((FOLDER / "icons.txt").read_text().split())


def icon(name: str) -> str:
    """The address of one icon of the sprite; one that is not there is a bug."""
    assert name in _icons(), f"no icon is called {name}"
    return f"{url('vendor/icons/icons.svg')}#{name}"


def find(path: str, accept_encoding: str) -> Asset:
    """The file behind `<hash>/<name>`; another hash or name is `NotFound`."""
    mark, _, name = path.strip("/").partition("/")
    if _hashes().get(name) != mark:
        raise NotFound
    plain = Path(name).suffix in _PLAIN
    offered = "" if plain else accept_encoding
    encoding = next((e for e in ("zstd", "gzip") if e in offered), "")
    return _read(name, encoding)


@cache
def _read(name: str, encoding: str) -> Asset:
    body = (FOLDER / name).read_bytes()
    if encoding == "zstd":
        body = zstandard.compress(body, level=12)
    elif encoding == "gzip":
        body = gzip.compress(body, compresslevel=9, mtime=0)
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(body, kind, encoding)
