"""Users: invite people, give them a role, help them back in, take access away."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request

from comptoir import identity, merchants, settings
from comptoir.edge.http import get, post
from comptoir.edge.i18n import message
from comptoir.edge.render import Done, Page
from comptoir.identity import CompanyRole, Permission, PlatformRole
from comptoir.kit import clock, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Invalid, NotFound
from comptoir.web.forms import Form

PATH = "/office/users"
Asked = Request[Any, Any, Any]
_PAGE = 100


class InviteForm(msgspec.Struct):
    email: str
    name: str
    role: str = ""
    company: str = ""


class RoleForm(msgspec.Struct):
    role: str
    company: str = ""


class PlaceForm(msgspec.Struct):
    company: str = ""


def state(member: identity.Member) -> str:
    """The state of a row of the list, as `User.state` says it for one user."""
    if member.disabled_at is not None:
        return "disabled"
    if member.locked_until is not None and member.locked_until > clock.now():
        return "locked"
    return "invited" if member.password_changed_at is None else "active"


def _after(text: str) -> tuple[str, UUID | None] | None:
    """`ada@example.com` or `ada@example.com|com_…`: the last row of the page before."""
    email, _, company = text.partition("|")
    return (email, ids.untype("com", company) if company else None) if email else None


def _next(rows: list[identity.Member]) -> str:
    if len(rows) < _PAGE:
        return ""
    last = rows[-1]
    return last.email + (f"|{ids.typeid('com', last.company_id)}" if last.company_id else "")


def _role(text: str) -> dict[str, Any]:
    """`platform:support` or `company:owner` as arguments."""
    side, _, name = text.partition(":")
    if side == "platform" and name in set(PlatformRole):
        return {"platform_role": PlatformRole(name)}
    if side == "company" and name in set(CompanyRole):
        return {"role": CompanyRole(name)}
    raise Invalid("Choose a role", field="role")


def _company(text: str) -> UUID | None:
    return ids.untype("com", text) if text else None


def _user(text: str) -> UUID:
    return ids.untype("usr", text)


async def _place(actor: Actor, user_id: UUID, company: str) -> identity.Place | None:
    """Where somebody works, among what the one who asks may see."""
    seen = [
        p
        for p in await identity.list_places(user_id)
        if actor.platform or p.company_id == actor.company_id
    ]
    return next((p for p in seen if p.company_id == _company(company)), None)


@get(PATH, needs=Permission.USER_READ)
async def list_page(actor: Actor, after: str = "") -> Page:
    rows = await identity.list_users(actor, after=_after(after))
    return Page("users/list.html", rows=rows, state=state, next=_next(rows))


def _roles(actor: Actor) -> list[tuple[str, str]]:
    """Roles this person may give: owners give those of their company."""
    company = [(f"company:{role}", str(role)) for role in CompanyRole]
    platform = [(f"platform:{role}", str(role)) for role in PlatformRole]
    return company + platform if actor.platform else company


@get(f"{PATH}/invite", needs=Permission.USER_WRITE)
async def invite_panel(actor: Actor) -> Page:
    everywhere = replace(actor, company_id=None) if actor.platform else actor
    companies = await merchants.list_companies(everywhere)
    return Page("users/invite.html", roles=_roles(actor), companies=companies)


@post(f"{PATH}/invite", needs=Permission.USER_WRITE)
async def invite(actor: Actor, data: Form[InviteForm]) -> Done:
    made = await identity.invite_user(
        actor, email=data.email, name=data.name, public_url=settings.load().public,
        company_id=_company(data.company), **_role(data.role),
    )  # fmt: skip
    return Done(f"{PATH}/{ids.typeid('usr', made.id)}", message("The invitation is on its way"))


@get(f"{PATH}/{{user:str}}", needs=Permission.USER_READ)
async def detail(request: Asked, actor: Actor, user: str) -> Page:
    found = await identity.get_member(actor, _user(user))
    places = await identity.list_places(found.id)
    shown = [p for p in places if actor.platform or p.company_id == actor.company_id]
    return Page(
        "users/detail.html", user=found, places=shown, ref=user,
        is_self=found.id == request.state.user.id,
    )  # fmt: skip


@get(f"{PATH}/{{user:str}}/role", needs=Permission.USER_WRITE)
async def role_panel(actor: Actor, user: str, company: str = "") -> Page:
    found = await identity.get_member(actor, _user(user))
    here = await _place(actor, found.id, company)
    if here is None and found.platform_role is None:
        raise NotFound
    side = "company" if here else "platform"
    now = here.role if here else found.platform_role
    roles = [pair for pair in _roles(actor) if pair[0].startswith(side)]
    return Page("users/role.html", user=found, roles=roles, now=f"{side}:{now}", company=company)


@post(f"{PATH}/{{user:str}}/role", needs=Permission.USER_WRITE)
async def set_role(actor: Actor, user: str, data: Form[RoleForm]) -> Done:
    await identity.set_role(
        actor, _user(user), company_id=_company(data.company), **_role(data.role)
    )
    return Done(f"{PATH}/{user}", message("The role counts from the next click on"))


@get(f"{PATH}/{{user:str}}/remove", needs=Permission.USER_WRITE)
async def remove_panel(actor: Actor, user: str, company: str = "") -> Page:
    found = await identity.get_member(actor, _user(user))
    here = await _place(actor, found.id, company)
    if here is None:
        raise NotFound
    return Page("users/remove.html", user=found, place=here)


@post(f"{PATH}/{{user:str}}/remove", needs=Permission.USER_WRITE)
async def remove(actor: Actor, user: str, data: Form[PlaceForm]) -> Done:
    await identity.remove_member(actor, _user(user), _company(data.company))
    return Done(PATH, message("The person no longer belongs to the company"))


@get(f"{PATH}/{{user:str}}/disable", needs=Permission.USER_WRITE)
async def disable_panel(actor: Actor, user: str) -> Page:
    return Page("users/disable.html", user=await identity.get_member(actor, _user(user)))


@post(f"{PATH}/{{user:str}}/disable", needs=Permission.USER_WRITE)
async def disable(actor: Actor, user: str) -> Done:
    await identity.disable_user(actor, _user(user))
    return Done(f"{PATH}/{user}", message("Nobody signs in with this account any more"))


@post(f"{PATH}/{{user:str}}/enable", needs=Permission.USER_WRITE)
async def enable(actor: Actor, user: str) -> Done:
    await identity.enable_user(actor, _user(user))
    return Done(f"{PATH}/{user}", message("The account works again"))


@post(f"{PATH}/{{user:str}}/unlock", needs=Permission.USER_WRITE)
async def unlock(actor: Actor, user: str) -> Done:
    await identity.unlock_user(actor, _user(user))
    return Done(f"{PATH}/{user}", message("The account is open again"))


@post(f"{PATH}/{{user:str}}/reset", needs=Permission.USER_WRITE)
async def reset_factor(actor: Actor, user: str) -> Done:
    await identity.reset_totp(actor, _user(user))
    return Done(f"{PATH}/{user}", message("The next sign-in sets up a new second factor"))


@post(f"{PATH}/{{user:str}}/again", needs=Permission.USER_WRITE)
async def invite_again(actor: Actor, user: str) -> Done:
    await identity.invite_again(actor, _user(user), settings.load().public)
    return Done(f"{PATH}/{user}", message("The invitation is on its way"))


ROUTES = [
    list_page, invite_panel, invite, detail, role_panel, set_role, remove_panel, remove,
    disable_panel, disable, enable, unlock, reset_factor, invite_again,
]  # fmt: skip
