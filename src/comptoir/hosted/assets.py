"""The page's own files: served by their content's hash, loaded with their integrity.

What stands here is all that a payment page ever loads. The list of its scripts, with why each one
is there, is `SCRIPTS`; docs/operate/payment-page.md repeats it for an assessor (PCI DSS 6.4.3).
"""

import base64
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from comptoir.kit.errors import NotFound

BASE = "/payment/assets"
FOLDER = Path(__file__).resolve().parent / "static"
SEAMLESS = "seamless.js"
SEAMLESS_VERSION = "1.5.0"
_SERVED = frozenset({".css", ".js", ".svg"})


@dataclass(frozen=True, slots=True)
class Script:
    """One line of the inventory."""

    name: str
    where: str
    why: str


SCRIPTS = (
    Script(
        "pay.js",
        "every payment page",
        "Groups and checks what is typed, sends a form once, asks whether a payment is over, goes"
        " back to the shop. It keeps nothing and talks to this page's own origin alone.",
    ),
    Script(
        SEAMLESS,
        "the shop's own page, in seamless mode",
        "Mounts the payment page in a frame and tells the shop's page how it ended. It never sees"
        " what is typed in the frame.",
    ),
)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, as templates name it: its address and its integrity."""

    name: str
    body: bytes
    media_type: str
    mark: str  # Of its content: part of its address.
    integrity: str

    @property
    def url(self) -> str:
        return f"{BASE}/{self.mark}/{self.name}"


@cache
def asset(name: str) -> Asset:
    """A file by its name; an unknown name is a bug."""
    path = FOLDER / name
    assert path.suffix in _SERVED, f"{name} is not served"
    body = path.read_bytes()
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Asset(name, body, kind, hashlib.sha256(body).hexdigest()[:12], _integrity(body))


def libraries() -> list[tuple[str, str]]:
    """Version and integrity of each script that a shop's own page may load."""
    return [(SEAMLESS_VERSION, asset(SEAMLESS).integrity)]


def _integrity(body: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


def find(mark: str, name: str) -> Asset:
    """The file behind an address; another hash or name is `NotFound`."""
    if name not in _names() or asset(name).mark != mark:
        raise NotFound
    return asset(name)


@cache
def _names() -> frozenset[str]:
    return frozenset(path.name for path in FOLDER.iterdir() if path.suffix in _SERVED)
