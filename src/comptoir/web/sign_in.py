"""Signing in: password, code or enrolment, forced change, forgotten password, one-time links."""

from typing import Any
from urllib.parse import quote

import msgspec
import segno
from litestar import Request
from markupsafe import Markup

from comptoir import identity, merchants, settings
from comptoir.edge import cookies
from comptoir.edge.http import PUBLIC, client_ip, get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page
from comptoir.identity import Permission, Stage
from comptoir.kit.errors import Invalid
from comptoir.web.forms import Form, own

Asked = Request[Any, Any, Any]


class SignInForm(msgspec.Struct):
    email: str
    password: str
    next: str = ""


class CodeForm(msgspec.Struct):
    code: str
    next: str = ""


class PasswordForm(msgspec.Struct):
    password: str
    again: str
    name: str = ""
    email: str = ""


class EmailForm(msgspec.Struct):
    email: str


class PasswordsDiffer(Invalid):
    code = "passwords_differ"
    title = "The two passwords are not the same"


def _onward(done: identity.SignIn, wanted: str = "") -> Done:
    """The next step, or the page that was asked for in the first place."""
    to = own(wanted)
    if done.next is not Stage.COMPLETE:
        to = f"/office/sign-in/{done.next}" + (f"?next={quote(to)}" if wanted else "")
    answer = Done(to)
    answer.set_cookie(cookies.keep(done.token))
    return answer


def token_of(request: Asked) -> str:
    return request.cookies.get(cookies.name(), "")


def _from(request: Asked) -> tuple[str | None, str | None]:
    """Address and browser, for the security log."""
    return client_ip(request), request.headers.get("user-agent")


def same(password: str, again: str) -> str:
    if password != again:
        raise PasswordsDiffer(field="again")
    return password


@get("/office/sign-in", needs=PUBLIC)
async def sign_in_page(next: str = "") -> Page:  # noqa: A002  The address says `next`.
    return Page("auth/sign_in.html", next=own(next) if next else "")


@post("/office/sign-in", needs=PUBLIC)
async def sign_in(request: Asked, data: Form[SignInForm]) -> Done:
    done = await identity.sign_in(data.email, data.password, *_from(request))
    return _onward(done, data.next)


@get("/office/sign-in/totp", needs=PUBLIC)
async def code_page(request: Asked, next: str = "") -> Page:  # noqa: A002  Its name in addresses.
    _, user = await identity.get_session(token_of(request))
    return Page("auth/code.html", email=user.email, next=next)


@post("/office/sign-in/totp", needs=PUBLIC)
async def code(request: Asked, data: Form[CodeForm]) -> Done:
    return _onward(await identity.confirm_totp(token_of(request), data.code), data.next)


@get("/office/sign-in/enrol", needs=PUBLIC)
async def enrol_page(request: Asked, next: str = "") -> Page:  # noqa: A002  Its name in addresses.
    enrolment = await identity.start_enrolment(token_of(request))
    provider = await merchants.get_provider()
    session, _ = await identity.get_session(token_of(request))
    may_skip = provider.demo and session.stage is Stage.ENROL
    return Page(
        "auth/enrol.html", qr=qr(enrolment.address), secret=enrolment.secret, may_skip=may_skip,
        next=next,
    )  # fmt: skip


def qr(text: str) -> Markup:
    """A QR code as an SVG of our own page: nothing is loaded from anywhere."""
    drawn = segno.make(text, error="m").svg_inline(scale=4, border=0, svgclass=None, lineclass=None)
    return Markup(drawn)  # noqa: S704  Made here, of modules only.


@post("/office/sign-in/enrol", needs=PUBLIC)
async def enrol(request: Asked, data: Form[CodeForm]) -> Done:
    return _onward(await identity.confirm_enrolment(token_of(request), data.code), data.next)


@post("/office/sign-in/skip", needs=PUBLIC)
async def skip_enrolment(request: Asked) -> Done:
    return _onward(await identity.skip_enrolment(token_of(request)))


@get("/office/sign-in/change_password", needs=PUBLIC)
async def forced_change_page(request: Asked) -> Page:
    _, user = await identity.get_session(token_of(request))
    return Page(
        "auth/new_password.html",
        title=message("Choose a new password"),
        about=message("The one you were given is for this first sign-in only."),
        action="/office/sign-in/change_password",
        email=user.email,
        first=False,
    )


@post("/office/sign-in/change_password", needs=PUBLIC)
async def forced_change(request: Asked, data: Form[PasswordForm]) -> Done:
    return _onward(
        await identity.change_password(token_of(request), same(data.password, data.again))
    )


@get("/office/forgotten", needs=PUBLIC)
async def forgotten_page() -> Page:
    return Page("auth/forgotten.html", sent=False)


@post("/office/forgotten", needs=PUBLIC)
async def forgotten(request: Asked, data: Form[EmailForm]) -> Page:
    await identity.forgot_password(data.email, settings.load().public, _from(request)[0])
    return Page("auth/forgotten.html", sent=True)


_LINKS = {
    identity.LinkPurpose.INVITATION: (
        message("Welcome"),
        message("Choose a password for your new account."),
    ),
    identity.LinkPurpose.PASSWORD: (
        message("Choose a new password"),
        message("All your other sessions end when you save it."),
    ),
    identity.LinkPurpose.FIRST: (
        message("Make the first administrator"),
        message("This account sees and changes everything. The link works once."),
    ),
}


@get("/office/link/{token:str}", needs=PUBLIC)
async def link_page(token: str) -> Page:
    link = await identity.open_link(token)
    title, about = _LINKS[link.purpose]
    return Page(
        "auth/new_password.html",
        title=title,
        about=about,
        action=f"/office/link/{token}",
        email=link.email,
        first=link.purpose is identity.LinkPurpose.FIRST,
    )


@post("/office/link/{token:str}", needs=PUBLIC)
async def use_link(request: Asked, token: str, data: Form[PasswordForm]) -> Done:
    secret = same(data.password, data.again)
    if not data.email:
        return _onward(await identity.use_link(token, secret, *_from(request)))
    ip, agent = _from(request)
    return _onward(
        await identity.use_first_link(
            token, email=data.email, name=data.name, password=secret, ip=ip, agent=agent
        )
    )


@post("/office/sign-out", needs=Permission.PROFILE_WRITE)
async def sign_out(request: Asked) -> Done:
    await identity.sign_out(request.state.session)
    answer = Done("/office/sign-in")
    answer.set_cookie(cookies.forget())
    return answer


ROUTES = [
    sign_in_page, sign_in, code_page, code, enrol_page, enrol, skip_enrolment, forced_change_page,
    forced_change, forgotten_page, forgotten, link_page, use_link, sign_out,
]  # fmt: skip
