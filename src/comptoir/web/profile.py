"""One's own profile: name, language, time zone, look, password, second factor, sessions."""

from typing import Any

import msgspec
from litestar import Request, Response

from comptoir import identity
from comptoir.edge import cookies
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page
from comptoir.identity import Permission
from comptoir.kit import ids
from comptoir.web.choices import zones
from comptoir.web.forms import Form, own
from comptoir.web.sign_in import same, token_of

PATH = "/office/profile"
Asked = Request[Any, Any, Any]


class MainForm(msgspec.Struct):
    name: str
    language: str
    time_zone: str


class LookForm(msgspec.Struct):
    theme: str
    density: str


class ColumnsForm(msgspec.Struct):
    table: str
    show: list[str] = []
    restore: str = ""
    back: str = ""


class ChangeForm(msgspec.Struct):
    current: str
    password: str
    again: str


class SessionForm(msgspec.Struct):
    session: str = ""


_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS", "macOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser(agent: str | None) -> str:
    """`Firefox, Windows` for a browser's long name; other programs by their first word."""
    text = agent or ""
    name = next((word for mark, word in _BROWSERS if mark in text), text.split("/")[0][:32])
    system = next((word for mark, word in _SYSTEMS if mark in text), "")
    return ", ".join(part for part in (name, system) if part)


@get(PATH, needs=Permission.PROFILE_WRITE)
async def profile(request: Asked) -> Page:
    user = request.state.user
    return Page(
        "profile/page.html",
        user=user,
        session=request.state.session,
        sessions=await identity.list_sessions(user.id),
        happened=await identity.list_own_security_events(user.id),
        zones=zones(),
        browser=browser,
    )


@post(PATH, needs=Permission.PROFILE_WRITE)
async def save(request: Asked, data: Form[MainForm]) -> Done:
    await identity.update_profile(
        request.state.user.id, name=data.name, language=data.language, time_zone=data.time_zone
    )
    return Done(PATH, message("Your profile was saved"))


@post(f"{PATH}/look", needs=Permission.PROFILE_WRITE)
async def save_look(request: Asked, data: Form[LookForm]) -> Response[None]:
    """Theme and density change on the page at once; this only remembers them."""
    await identity.update_profile(request.state.user.id, theme=data.theme, density=data.density)
    return Response(None, status_code=204)


@post(f"{PATH}/columns", needs=Permission.PROFILE_WRITE)
async def save_columns(request: Asked, data: Form[ColumnsForm]) -> Done:
    chosen = None if data.restore else data.show
    await identity.choose_columns(request.state.user.id, data.table, chosen)
    return Done(own(data.back))


@get(f"{PATH}/password", needs=Permission.PROFILE_WRITE)
async def password_panel() -> Page:
    return Page("profile/password.html")


@post(f"{PATH}/password", needs=Permission.PROFILE_WRITE)
async def change_password(request: Asked, data: Form[ChangeForm]) -> Done:
    secret = same(data.password, data.again)
    done = await identity.change_password(token_of(request), secret, data.current)
    answer = Done(PATH, message("Your password was changed; your other sessions have ended"))
    answer.set_cookie(cookies.keep(done.token))
    return answer


@post(f"{PATH}/sessions/end", needs=Permission.PROFILE_WRITE)
async def end_session(request: Asked, data: Form[SessionForm]) -> Done:
    if data.session:
        await identity.end_session(request.state.session, ids.untype("ses", data.session))
    else:
        await identity.end_other_sessions(request.state.session)
    return Done(PATH, message("Ended: nobody is signed in there any more"))


ROUTES = [
    profile, save, save_look, save_columns, password_panel, change_password, end_session,
]  # fmt: skip
