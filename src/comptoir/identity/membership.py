"""The people of a company and of the provider: invite, give a role, disable, help back in.

The provider's administrators manage everybody. The owner of a company manages its people, and the
account of somebody only if they work for no other company: an owner never gets at another's people.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir.identity import letters, lockout, security, totp
from comptoir.identity.link import send_invitation
from comptoir.identity.permissions import CompanyRole, Permission, PlatformRole
from comptoir.identity.security import Happening
from comptoir.identity.session import end_all
from comptoir.identity.user import (
    EmailTaken,
    User,
    UserState,
    clean_email,
    clean_name,
    find_user,
    get_user,
    insert_membership,
    insert_user,
    one_role,
)
from comptoir.kit import background, clock, db, ids, mail
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Forbidden, NotFound

PAGE = 100


@dataclass(frozen=True, slots=True)
class Member:
    """A row of the users list: one person in one place."""

    user_id: UUID
    email: str
    name: str
    platform_role: PlatformRole | None
    company_id: UUID | None
    company_name: str | None
    role: CompanyRole | None
    password_changed_at: datetime | None
    totp_confirmed_at: datetime | None
    locked_until: datetime | None
    disabled_at: datetime | None
    last_seen_at: datetime | None
    created_at: datetime


class UserIsStaff(Conflict):
    code = "user_is_staff"
    title = "This person works for the provider and sees every company already"


class UserIsShared(Conflict):
    code = "user_is_shared"
    title = "This person works for another company too; the provider can help"


class LastAdministrator(Conflict):
    code = "last_administrator"
    title = "Somebody must stay administrator"


class NotYourself(Conflict):
    code = "not_yourself"
    title = "Somebody else must do this to your account"


class AlreadyAccepted(Conflict):
    code = "already_accepted"
    title = "The invitation was accepted already"


async def list_users(
    actor: Actor, *, after: tuple[str, UUID | None] | None = None, limit: int = PAGE
) -> list[Member]:
    """By e-mail address; `after` is the (email, company_id) of the last row of the page before."""
    actor.needs(Permission.USER_READ)
    email, company_id = after or ("", None)
    async with db.reads(actor) as tx:
        return await tx.all(
            Member,
            "select u.id as user_id, u.email, u.name, u.platform_role, m.company_id,"
            " c.name as company_name, m.role, u.password_changed_at, u.totp_confirmed_at,"
            " u.locked_until, u.disabled_at, u.last_seen_at, u.created_at"
            " from app_user u left join membership m on m.user_id = u.id"
            " left join company c on c.id = m.company_id"
            " where ($1::uuid is null or m.company_id = $1)"
            " and (u.email, coalesce(m.company_id, $5)) > ($2, coalesce($3::uuid, $5))"
            " order by u.email, coalesce(m.company_id, $5) limit $4",
            actor.company_id, email, company_id, min(limit, PAGE), UUID(int=0),
        )  # fmt: skip


async def get_member(actor: Actor, user_id: UUID) -> User:
    """One user, if the actor may know of them."""
    actor.needs(Permission.USER_READ)
    async with db.lookup() as tx:
        return await _known(tx, actor, user_id)


async def find_by_email(actor: Actor, email: str) -> User | None:
    """For the command line, where people are named by their address."""
    actor.needs(Permission.USER_READ)
    if not actor.platform:
        raise Forbidden(permission=Permission.USER_READ)
    async with db.lookup() as tx:
        return await find_user(tx, email=email)


async def invite_user(
    actor: Actor,
    *,
    email: str,
    name: str,
    public_url: str,
    role: CompanyRole | None = None,
    platform_role: PlatformRole | None = None,
    company_id: UUID | None = None,
) -> User:
    """A new user gets a link by mail; one who is known already gets the company added."""
    actor.needs(Permission.USER_WRITE)
    one_role(role, platform_role)
    place = _place(actor, company_id, platform_role)
    email, name = clean_email(email), clean_name(name)
    async with db.lookup() as tx:
        fresh = await insert_user(tx, email=email, name=name, platform_role=platform_role)
        user = fresh or await find_user(tx, email=email)
        assert user is not None, "the address was just inserted, or is somebody's"
        if fresh is None and platform_role is not None:
            raise EmailTaken(email=email)
        if role is not None:
            await _add_member(tx, user, place, role)
        await security.record(
            tx, Happening.USER_INVITED, user.id, by=actor, company_id=place,
            role=role or platform_role,
        )  # fmt: skip
    if user.state is UserState.INVITED:
        await send_invitation(actor, user, public_url)
    else:
        address = f"{public_url.rstrip('/')}/office/"
        await mail.send(user.email, *letters.added(user.name, actor.name, address))
    return user


async def _add_member(tx: db.Tx, user: User, place: UUID | None, role: CompanyRole) -> None:
    if user.platform_role is not None:
        raise UserIsStaff
    if not await insert_membership(tx, user.id, place, role):
        raise EmailTaken("This person belongs to the company already", email=user.email)


def _place(
    actor: Actor, company_id: UUID | None, platform_role: PlatformRole | None
) -> UUID | None:
    """Where somebody is put: owners reach their own company, and never the provider's staff."""
    if actor.platform:
        return None if platform_role else company_id or actor.company_id
    if platform_role is not None:
        raise Forbidden("Only the provider's administrators choose its staff")
    if company_id is not None and company_id != actor.company_id:
        raise NotFound
    return actor.company_id


async def invite_again(actor: Actor, user_id: UUID, public_url: str) -> None:
    """Another link for somebody who has not come yet."""
    actor.needs(Permission.USER_WRITE)
    async with db.lookup() as tx:
        user = await _known(tx, actor, user_id)
        if user.password_changed_at is not None:
            raise AlreadyAccepted
        await tx.run("update app_user set reopened_at = $2 where id = $1", user.id, clock.now())
    await send_invitation(actor, user, public_url)


async def set_role(
    actor: Actor,
    user_id: UUID,
    *,
    role: CompanyRole | None = None,
    platform_role: PlatformRole | None = None,
    company_id: UUID | None = None,
) -> None:
    """Change what somebody is, in a company or at the provider; it counts with their next click."""
    actor.needs(Permission.USER_WRITE)
    one_role(role, platform_role)
    place = _place(actor, company_id, platform_role)
    async with db.lookup() as tx:
        user = await _manageable(tx, actor, user_id, account=False)
        if platform_role is not None:
            changed = await _set_platform_role(tx, user, platform_role)
        else:
            changed = await tx.run(
                "update membership set role = $3 where user_id = $1 and company_id = $2",
                user.id, place, CompanyRole(role or ""),
            )  # fmt: skip
        if not changed:
            raise NotFound
        await security.record(
            tx, Happening.ROLE_SET, user.id, by=actor, company_id=place, role=role or platform_role
        )


async def _set_platform_role(tx: db.Tx, user: User, role: PlatformRole) -> int:
    if role is not PlatformRole.ADMINISTRATOR:
        await _keep_an_administrator(tx, user.id)
    return await tx.run(
        "update app_user set platform_role = $2 where id = $1 and platform_role is not null",
        user.id,
        PlatformRole(role),
    )


async def remove_member(actor: Actor, user_id: UUID, company_id: UUID | None = None) -> None:
    """Take a company away from somebody; their account stays."""
    actor.needs(Permission.USER_WRITE)
    place = _place(actor, company_id, None)
    async with db.lookup() as tx:
        user = await _manageable(tx, actor, user_id, account=False)
        if not await tx.run(
            "delete from membership where user_id = $1 and company_id = $2", user.id, place
        ):
            raise NotFound
        await security.record(tx, Happening.MEMBER_REMOVED, user.id, by=actor, company_id=place)


async def disable_user(actor: Actor, user_id: UUID) -> None:
    """Nobody signs in with this account any more; open sessions end now."""
    actor.needs(Permission.USER_WRITE)
    async with db.lookup() as tx:
        user = await _manageable(tx, actor, user_id)
        await _keep_an_administrator(tx, user.id)
        await tx.run(
            "update app_user set disabled_at = coalesce(disabled_at, $2) where id = $1",
            user.id,
            clock.now(),
        )
        await end_all(tx, user.id)
        await security.record(tx, Happening.USER_DISABLED, user.id, by=actor)


async def enable_user(actor: Actor, user_id: UUID) -> None:
    """Let a disabled user in again, with the password they had."""
    actor.needs(Permission.USER_WRITE)
    async with db.lookup() as tx:
        user = await _manageable(tx, actor, user_id)
        await tx.run(
            "update app_user set disabled_at = null, reopened_at = $2 where id = $1",
            user.id,
            clock.now(),
        )
        await security.record(tx, Happening.USER_ENABLED, user.id, by=actor)


async def unlock_user(actor: Actor, user_id: UUID) -> None:
    """Open an account that is locked after bad tries or blocked after 90 days without use."""
    actor.needs(Permission.USER_WRITE)
    async with db.lookup() as tx:
        user = await _manageable(tx, actor, user_id)
        await lockout.clear(tx, user.id)
        await tx.run("update app_user set reopened_at = $2 where id = $1", user.id, clock.now())
        await security.record(tx, Happening.USER_UNLOCKED, user.id, by=actor)


async def reset_totp(actor: Actor, user_id: UUID) -> None:
    """A lost phone: sessions end, the next sign-in sets up a new second factor."""
    actor.needs(Permission.USER_WRITE)
    async with db.lookup() as tx:
        user = await _manageable(tx, actor, user_id)
        await totp.forget(tx, user.id)
        await end_all(tx, user.id)
        await security.record(tx, Happening.TOTP_RESET, user.id, by=actor)
    background.start(mail.send(user.email, *letters.second_factor_reset(user.name)), "notice")


async def _known(tx: db.Tx, actor: Actor, user_id: UUID) -> User:
    """Fetch and authorize: staff know everybody, an owner the people of the company."""
    user = await get_user(tx, user_id)
    if not actor.platform and not await tx.value(
        "select true from membership where user_id = $1 and company_id = $2",
        user_id,
        actor.company_id,
    ):
        raise NotFound
    return user


async def _manageable(tx: db.Tx, actor: Actor, user_id: UUID, *, account: bool = True) -> User:
    """Somebody whom the actor may change; `account` for what reaches beyond one company."""
    user = await _known(tx, actor, user_id)
    if ids.typeid("usr", user.id) == actor.id:
        raise NotYourself
    if actor.platform or not account:
        return user
    elsewhere = await tx.value(
        "select true from membership where user_id = $1 and company_id <> $2 limit 1",
        user_id,
        actor.company_id,
    )
    if elsewhere or user.platform_role is not None:
        raise UserIsShared
    return user


async def _keep_an_administrator(tx: db.Tx, but: UUID) -> None:
    """Refuse when `but` is the last one. Locked in order, so that two cannot remove each other."""
    administrators = await tx.rows(
        "select id from app_user where platform_role = 'administrator' and disabled_at is null"
        " order by id limit 1000 for update"
    )
    found = {row["id"] for row in administrators}
    if found == {but}:
        raise LastAdministrator
