"""The session cookie: the token itself, for this host alone, out of reach of scripts."""

from litestar.datastructures import Cookie

from comptoir import settings

MAX_AGE = 12 * 60 * 60  # The session's absolute end; the server ends idle ones sooner.


def name() -> str:
    """`__Host-` ties it to this very host; browsers accept that name over https only."""
    return "__Host-comptoir" if _secure() else "comptoir"


def _secure() -> bool:
    return settings.load().public.startswith("https://")


def keep(token: str) -> Cookie:
    return Cookie(
        key=name(), value=token, max_age=MAX_AGE, path="/", httponly=True, secure=_secure(),
        samesite="lax",
    )  # fmt: skip


def forget() -> Cookie:
    return Cookie(
        key=name(), value="", max_age=0, path="/", httponly=True, secure=_secure(), samesite="lax"
    )
