"""Sessions: kept by the server, 15 minutes idle and 12 hours in all, of a token stored as its hash.

totp | enrol -> change_password -> complete, as far as each is needed. Each step ends the session
and opens the next under a new token: one that leaked on the way in is worth nothing.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from comptoir.identity import permissions, security
from comptoir.identity.permissions import CompanyRole, PlatformRole
from comptoir.identity.security import Happening
from comptoir.identity.user import User, UserState, get_user
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.actor import EVERYWHERE, Actor, ActorKind
from comptoir.kit.errors import NotFound, Unauthorized

IDLE = timedelta(minutes=15)
ABSOLUTE = timedelta(hours=12)
SIGN_IN_WITHIN = timedelta(minutes=15)  # From the password to the last step.
SEEN_EVERY = timedelta(minutes=1)  # Not every click is worth a write.
MAX_LISTED = 100
MAX_AGENT = 256


class Stage(StrEnum):
    """What is left to do before the session may be used."""

    TOTP = "totp"
    ENROL = "enrol"
    CHANGE_PASSWORD = "change_password"  # noqa: S105  A name, not a password.
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Session:
    id: UUID
    user_id: UUID
    stage: Stage
    company_id: UUID | None
    live: bool
    csrf: str
    ip: str | None
    agent: str | None
    created_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """A company where a user works, for the switcher."""

    company_id: UUID
    name: str
    role: CompanyRole


class SignedOut(Unauthorized):
    code = "signed_out"
    title = "You are signed out; sign in again"


class SignInUnfinished(Unauthorized):
    """Carries `next`: the step that is left."""

    code = "sign_in_unfinished"
    title = "Your sign-in is not finished"


async def open_session(
    tx: db.Tx,
    user_id: UUID,
    stage: Stage,
    *,
    live: bool,
    company_id: UUID | None,
    ip: str | None,
    agent: str | None,
) -> str:
    """A new session; its token, which is not kept."""
    token, now = crypto.new_secret(), clock.now()
    await tx.run(
        "insert into session (id, token_hash, user_id, stage, company_id, live, csrf, ip, agent,"
        " created_at, seen_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)",
        ids.new(), crypto.digest(token), user_id, stage, company_id, live, crypto.new_secret(),
        ip, None if agent is None else agent[:MAX_AGENT], now,
    )  # fmt: skip
    return token


async def move_session(tx: db.Tx, session: Session, stage: Stage) -> str:
    """End this session and open the next step's; two at once: the second is `SignedOut`."""
    if not await _end(tx, session.id):
        raise SignedOut
    return await open_session(
        tx,
        session.user_id,
        stage,
        live=session.live,
        company_id=session.company_id,
        ip=session.ip,
        agent=session.agent,
    )


async def find_session(tx: db.Tx, token: str) -> Session | None:
    """The session of a token if it has not ended, by hand or by time."""
    now = clock.now()
    return await tx.one(
        Session,
        "select id, user_id, stage, company_id, live, csrf, ip, agent, created_at, seen_at"
        " from session where token_hash = $1 and ended_at is null and seen_at > $2"
        " and created_at > case stage when 'complete' then $3::timestamptz else $4 end",
        crypto.digest(token), now - IDLE, now - ABSOLUTE, now - SIGN_IN_WITHIN,
    )  # fmt: skip


async def get_session(token: str) -> tuple[Session, User]:
    """A session at any stage, for the pages of the sign-in itself."""
    async with db.lookup() as tx:
        return await session_and_user(tx, token)


async def session_and_user(tx: db.Tx, token: str) -> tuple[Session, User]:
    session = await find_session(tx, token)
    if session is None:
        raise SignedOut
    user = await get_user(tx, session.user_id)
    if user.state is UserState.DISABLED:
        raise SignedOut
    return session, user


async def session_actor(
    token: str, request_id: str = "", *, seen: bool = True
) -> tuple[Actor, User, Session]:
    """Who asks. A page that refreshes by itself passes `seen=False`: that is no use of it."""
    async with db.lookup() as tx:
        session, user = await session_and_user(tx, token)
        if session.stage is not Stage.COMPLETE:
            raise SignInUnfinished(next=session.stage)
        if seen and session.seen_at <= clock.now() - SEEN_EVERY:
            await touch(tx, session.id, user.id)
        return await _actor(tx, session, user, request_id), user, session


async def touch(tx: db.Tx, session_id: UUID, user_id: UUID) -> None:
    now = clock.now()
    await tx.run("update session set seen_at = $2 where id = $1", session_id, now)
    await tx.run("update app_user set last_seen_at = $2 where id = $1", user_id, now)


async def _actor(tx: db.Tx, session: Session, user: User, request_id: str) -> Actor:
    """Roles are read each time: one taken away is gone with the next click."""
    zone: str | None = None
    if user.platform_role is not None:
        allowed = permissions.of_platform_role(user.platform_role)
        if session.company_id is not None:
            zone = await find_zone(tx, session.company_id)
    else:
        place = await tx.row(
            "select role, company_zone_v1(company_id) as time_zone from membership"
            " where user_id = $1 and company_id = $2",
            user.id, session.company_id,
        )  # fmt: skip
        if place is None:
            raise SignedOut  # No longer of this company; signing in again finds another one.
        allowed = permissions.of_company_role(CompanyRole(place["role"]), session.live)
        zone = place["time_zone"]
    return Actor(
        kind=ActorKind.USER,
        id=ids.typeid("usr", user.id),
        name=user.name,
        company_id=session.company_id,
        live=session.live,
        permissions=allowed,
        platform=user.platform_role is not None,
        request_id=request_id,
        zone=zone or EVERYWHERE,
    )


async def find_zone(tx: db.Tx, company_id: UUID) -> str | None:
    zone: str | None = await tx.value("select company_zone_v1($1)", company_id)
    return zone


async def within_company(actor: Actor, company_id: UUID) -> Actor:
    """A platform actor narrowed to one company, whose days are counted by its clocks."""
    async with db.lookup() as tx:
        zone = await find_zone(tx, company_id)
    if zone is None:
        raise NotFound("There is no such company")
    return replace(actor.within(company_id), zone=zone)


async def find_role(tx: db.Tx, user_id: UUID, company_id: UUID | None) -> CompanyRole | None:
    role: str | None = await tx.value(
        "select role from membership where user_id = $1 and company_id = $2", user_id, company_id
    )
    return None if role is None else CompanyRole(role)


async def switch_company(session: Session, company_id: UUID | None) -> Session:
    """Look at another company; None is all of them, for the provider's staff only."""
    async with db.lookup() as tx:
        user = await get_user(tx, session.user_id)
        if user.platform_role is None and not await find_role(tx, user.id, company_id):
            raise NotFound
    async with db.platform() as tx:  # Companies are visible here; who asks was checked above.
        if company_id is not None and not await tx.value(
            "select true from company where id = $1", company_id
        ):
            raise NotFound
        await tx.run("update session set company_id = $2 where id = $1", session.id, company_id)
        await security.record(
            tx, Happening.COMPANY_SWITCHED, user.id, session.ip, company_id=company_id
        )
    return replace(session, company_id=company_id)


async def switch_mode(session: Session, live: bool) -> Session:
    """From test to live or back; live and test never meet on one page."""
    async with db.lookup() as tx:
        await tx.run("update session set live = $2 where id = $1", session.id, live)
        await security.record(tx, Happening.MODE_SWITCHED, session.user_id, session.ip, live=live)
    return replace(session, live=live)


async def sign_out(session: Session) -> None:
    async with db.lookup() as tx:
        if await _end(tx, session.id):
            await security.record(tx, Happening.SIGNED_OUT, session.user_id, session.ip)


async def list_sessions(user_id: UUID) -> list[Session]:
    """Where a user is signed in now, the latest first."""
    now = clock.now()
    async with db.lookup() as tx:
        return await tx.all(
            Session,
            "select id, user_id, stage, company_id, live, '' as csrf, ip, agent, created_at,"
            " seen_at from session where user_id = $1 and stage = 'complete' and ended_at is null"
            " and seen_at > $2 and created_at > $3 order by created_at desc limit $4",
            user_id, now - IDLE, now - ABSOLUTE, MAX_LISTED,
        )  # fmt: skip


async def end_session(session: Session, other_id: UUID) -> None:
    """End one of one's own sessions, on another machine say."""
    async with db.lookup() as tx:
        ended = await tx.run(
            "update session set ended_at = $3"
            " where id = $1 and user_id = $2 and ended_at is null",
            other_id, session.user_id, clock.now(),
        )  # fmt: skip
        if not ended:
            raise NotFound
        await security.record(
            tx, Happening.SESSION_ENDED, session.user_id, session.ip, session=str(other_id)
        )


async def end_other_sessions(session: Session) -> int:
    """End all of one's own sessions but this one; how many there were."""
    async with db.lookup() as tx:
        ended = await end_all(tx, session.user_id, but=session.id)
        await security.record(
            tx, Happening.SESSION_ENDED, session.user_id, session.ip, others=ended
        )
    return ended


async def end_all(tx: db.Tx, user_id: UUID, *, but: UUID | None = None) -> int:
    return await tx.run(
        "update session set ended_at = $3"
        " where user_id = $1 and ended_at is null and id is distinct from $2",
        user_id,
        but,
        clock.now(),
    )


async def _end(tx: db.Tx, session_id: UUID) -> bool:
    ended = await tx.run(
        "update session set ended_at = $2 where id = $1 and ended_at is null",
        session_id,
        clock.now(),
    )
    return ended == 1


async def list_places(user_id: UUID) -> list[Place]:
    """The companies where a user works, by name. Theirs only, whichever scope they are in."""
    async with db.platform() as tx:
        return await tx.all(
            Place,
            "select m.company_id, c.name, m.role from membership m"
            " join company c on c.id = m.company_id where m.user_id = $1 order by c.name limit $2",
            user_id,
            MAX_LISTED,
        )


def role_of(user: User, places: list[Place], company_id: UUID | None) -> str:
    """The word for what somebody is here: a platform role, or the role in this company."""
    if user.platform_role is not None:
        return PlatformRole(user.platform_role)
    return next((place.role for place in places if place.company_id == company_id), "")
