"""One-time links: an invitation, a forgotten password, the first administrator.

256 random bits, kept as their hash, good once and for a limited time. A link replaces the password
only: whoever has a second factor is still asked for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from comptoir.identity import letters, security
from comptoir.identity.password import hash_password, new_hash, refuse_weak, store_password
from comptoir.identity.permissions import PlatformRole
from comptoir.identity.security import Happening
from comptoir.identity.session import end_all
from comptoir.identity.signing_in import AccountUnused, SignIn, enter
from comptoir.identity.user import (
    EmailTaken,
    User,
    UserState,
    clean_email,
    clean_name,
    find_user,
    get_user,
    insert_user,
)
from comptoir.kit import background, clock, crypto, db, mail
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound

MAX_AN_HOUR = 3  # Mails about a forgotten password to one address.


class LinkPurpose(StrEnum):
    INVITATION = "invitation"
    PASSWORD = "password"  # noqa: S105  A name, not a password.
    FIRST = "first"


LASTS = {
    LinkPurpose.INVITATION: timedelta(days=7),
    LinkPurpose.PASSWORD: timedelta(hours=24),
    LinkPurpose.FIRST: timedelta(hours=24),
}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link is for. `email` and `name` are None for the first administrator's."""

    purpose: LinkPurpose
    user_id: UUID | None
    email: str | None
    name: str | None
    expires_at: datetime


class LinkGone(NotFound):
    code = "link_gone"
    title = "This link was used already, is too old, or never existed; ask for a new one"


async def insert_link(tx: db.Tx, purpose: LinkPurpose, user_id: UUID | None) -> str:
    """A new link's token, which is not kept."""
    token, now = crypto.new_secret(), clock.now()
    await tx.run(
        "insert into one_time_link (token_hash, user_id, purpose, created_at, expires_at)"
        " values ($1, $2, $3, $4, $5)",
        crypto.digest(token), user_id, purpose, now, now + LASTS[purpose],
    )  # fmt: skip
    return token


async def forgot_password(email: str, public_url: str, ip: str | None = None) -> None:
    """Mail a link if there is such a user. Answers at once, and the same, in every case."""
    background.start(_send_forgotten(email, public_url, ip), "forgotten password")


async def _send_forgotten(email: str, public_url: str, ip: str | None) -> None:
    async with db.lookup() as tx:
        user = await find_user(tx, email=email)
        if user is None or user.state in {UserState.DISABLED, UserState.UNUSED}:
            return
        made: int = await tx.value(
            "select count(*) from one_time_link"
            " where user_id = $1 and purpose = 'password' and created_at > $2",
            user.id,
            clock.now() - timedelta(hours=1),
        )
        if made >= MAX_AN_HOUR:
            return
        token = await insert_link(tx, LinkPurpose.PASSWORD, user.id)
        await security.record(tx, Happening.PASSWORD_FORGOTTEN, user.id, ip)
    letter = letters.forgotten(
        user.name, letters.link_address(public_url, token), LASTS[LinkPurpose.PASSWORD]
    )
    await mail.send(user.email, *letter)


async def send_invitation(actor: Actor, user: User, public_url: str) -> None:
    """Mail an invitation, again if need be; earlier ones of the same user stop working."""
    async with db.lookup() as tx:
        await tx.run(
            "update one_time_link set used_at = $2"
            " where user_id = $1 and purpose = 'invitation' and used_at is null",
            user.id,
            clock.now(),
        )
        token = await insert_link(tx, LinkPurpose.INVITATION, user.id)
        await security.record(tx, Happening.LINK_MADE, user.id, by=actor)
    letter = letters.invitation(
        user.name,
        actor.name,
        letters.link_address(public_url, token),
        LASTS[LinkPurpose.INVITATION],
    )
    await mail.send(user.email, *letter)


async def first_administrator_link(public_url: str) -> str | None:
    """The address where the first administrator signs up; None once there is one.

    Printed by a first start without demo. A new one makes the earlier ones useless.
    """
    async with db.lookup() as tx:
        if await _has_administrator(tx):
            return None
        await _spend_first_links(tx)
        token = await insert_link(tx, LinkPurpose.FIRST, None)
        await security.record(tx, Happening.LINK_MADE, None, purpose=LinkPurpose.FIRST)
    return letters.link_address(public_url, token)


async def _has_administrator(tx: db.Tx) -> bool:
    return bool(
        await tx.value(
            "select true from app_user where platform_role = 'administrator'"
            " and disabled_at is null limit 1"
        )
    )


async def _spend_first_links(tx: db.Tx) -> None:
    await tx.run(
        "update one_time_link set used_at = $1 where purpose = 'first' and used_at is null",
        clock.now(),
    )


async def open_link(token: str) -> Link:
    """What the page behind a link asks for. Looking does not use it: mail scanners look too."""
    async with db.lookup() as tx:
        link = await tx.one(
            Link,
            "select l.purpose, l.user_id, u.email, u.name, l.expires_at from one_time_link l"
            " left join app_user u on u.id = l.user_id where l.token_hash = $1"
            " and l.used_at is null and l.expires_at > $2 and u.disabled_at is null",
            crypto.digest(token), clock.now(),
        )  # fmt: skip
        if link is None or (link.purpose is LinkPurpose.FIRST and await _has_administrator(tx)):
            raise LinkGone
        return link


async def use_link(token: str, password: str, ip: str | None, agent: str | None) -> SignIn:
    """Set the password and sign in with it. Of two at once, one wins; a weak one uses nothing."""
    link = await open_link(token)
    if link.user_id is None or link.email is None:
        raise LinkGone
    user_id = link.user_id
    async with db.lookup() as tx:
        user = await get_user(tx, user_id)
    if user.state is UserState.UNUSED:
        raise AccountUnused
    hashed = await new_hash(user_id, link.email, password)
    async with db.lookup() as tx:
        await _spend(tx, token)
        await tx.run(
            "update one_time_link set used_at = $2 where user_id = $1 and used_at is null",
            user_id,
            clock.now(),
        )
        await end_all(tx, user_id)
        await store_password(tx, user_id, hashed, must_change=False)
        await _unlock_without_factor(tx, user_id)
        await security.record(tx, Happening.LINK_USED, user_id, ip, purpose=link.purpose)
    if link.purpose is LinkPurpose.PASSWORD:
        letter = letters.password_changed(user.name)
        background.start(mail.send(user.email, *letter), "notice")
    return await enter(user_id, ip, agent)


async def _unlock_without_factor(tx: db.Tx, user_id: UUID) -> None:
    """The mailbox proved who it is. With a second factor the tries at its codes stay counted."""
    await tx.run(
        "update app_user set failures = 0, locked_until = null"
        " where id = $1 and totp_confirmed_at is null",
        user_id,
    )


async def _spend(tx: db.Tx, token: str) -> None:
    spent = await tx.run(
        "update one_time_link set used_at = $2"
        " where token_hash = $1 and used_at is null and expires_at > $2",
        crypto.digest(token),
        clock.now(),
    )
    if spent != 1:
        raise LinkGone


async def use_first_link(
    token: str, *, email: str, name: str, password: str, ip: str | None, agent: str | None
) -> SignIn:
    """Make the first administrator and sign them in."""
    link = await open_link(token)
    if link.purpose is not LinkPurpose.FIRST:
        raise LinkGone
    email, name = clean_email(email), clean_name(name)
    refuse_weak(password, email)
    hashed = await hash_password(password)
    async with db.lookup() as tx:
        await _spend(tx, token)
        await _spend_first_links(tx)
        user = await insert_user(
            tx, email=email, name=name, platform_role=PlatformRole.ADMINISTRATOR
        )
        if user is None:
            raise EmailTaken(email=email)
        await store_password(tx, user.id, hashed, must_change=False)
        await security.record(tx, Happening.LINK_USED, user.id, ip, purpose=LinkPurpose.FIRST)
    return await enter(user.id, ip, agent)
