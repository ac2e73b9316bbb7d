"""`user`: who may sign in."""

import sys
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

from cyclopts import App, Parameter

from comptoir import identity
from comptoir.cli.office import actor_of, company_id, opened, show, show_one
from comptoir.identity import CompanyRole, PlatformRole
from comptoir.kit import ids
from comptoir.kit.errors import Invalid

R = TypeVar("R", bound=StrEnum)

users = App(name="user", help="People and programs that sign in.")

Json = Annotated[bool, Parameter(name="--json", negative="", help="Print JSON.")]


@users.command(name="list")
async def list_users(*, company: str | None = None, as_json: Json = False) -> None:
    """Users of a company, or everybody."""
    found: list[identity.Member] = []
    async with opened():
        actor = await actor_of(company)
        while page := await identity.list_users(actor, after=_last(found)):
            found += page
    rows = [
        {
            "email": m.email,
            "name": m.name,
            "role": m.platform_role or m.role,
            "company": m.company_name,
            "disabled": m.disabled_at is not None,
        }
        for m in found
    ]
    show(rows, as_json=as_json, empty="Nobody yet: comptoir user create")


def _last(found: list[identity.Member]) -> tuple[str, UUID | None] | None:
    return (found[-1].email, found[-1].company_id) if found else None


@users.command(name="create")
async def create_user(
    email: str,
    name: str,
    role: str,
    *,
    company: str | None = None,
    as_json: Json = False,
) -> None:
    """Add a user with a generated password, which must be changed at the first sign-in.

    ROLE is one of the company's roles (with --company) or of the platform's.
    """
    password = identity.generate_password()
    inside = None if company is None else _role(CompanyRole, role, "a company")
    outside = "the platform (in a company: --company)"
    platform = _role(PlatformRole, role, outside) if company is None else None
    async with opened():
        chosen = None if company is None else await company_id(company)
        user = await identity.create_user(
            await actor_of(company),
            email=email,
            name=name,
            password=password,
            role=inside,
            company_id=chosen,
            platform_role=platform,
        )
    facts = {"id": ids.typeid("usr", user.id), "email": user.email, "password": password}
    show_one(facts, as_json=as_json)


def _role(roles: type[R], name: str, of: str) -> R:
    if name in roles._value2member_map_:
        return roles(name)
    raise Invalid(f"The roles of {of} are {', '.join(roles)}; not {name}")


@users.command(name="first")
async def first_administrator(*, url: str) -> None:
    """Print the one-time link where the first administrator signs up."""
    async with opened():
        link = await identity.first_administrator_link(url)
    if link is None:
        sys.stdout.write("There is an administrator already; sign in with that user.\n")
    else:
        sys.stdout.write(f"Open this link once to become the first administrator:\n  {link}\n")


@users.command(name="key")
async def create_platform_key(
    name: str, role: str = "operations", *, as_json: Json = False
) -> None:
    """A key of the platform for the API (user name `platform`); shown this once."""
    chosen = _role(PlatformRole, role, "the platform")
    async with opened():
        key, secret = await identity.create_platform_key(await actor_of(), name=name, role=chosen)
    show_one({"name": key.name, "role": key.role, "key": secret}, as_json=as_json)
