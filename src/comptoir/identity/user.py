"""Users: people who sign in. A platform role sees every company, a membership one company.

A user is never deleted, only disabled: what they did keeps their name.
"""

import re
import zoneinfo
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import asyncpg

from comptoir.identity import security
from comptoir.identity.password import hash_password, refuse_weak, store_password
from comptoir.identity.permissions import CompanyRole, Permission, PlatformRole
from comptoir.identity.security import Happening
from comptoir.kit import clock, db, ids
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Conflict, Invalid, NotFound

UNUSED_AFTER = timedelta(days=90)
LANGUAGES = ("en", "es", "fr")
THEMES = ("system", "light", "dark")
DENSITIES = ("comfortable", "compact")
MAX_COLUMNS = 40  # Columns of one list, and lists, whose choice a profile keeps.

_EMAIL = re.compile(r"[^@\s<>()\[\],;:\"\\]+@[^@\s<>()\[\],;:\"\\]+")


class UserState(StrEnum):
    INVITED = "invited"  # Has not set a password yet.
    ACTIVE = "active"
    LOCKED = "locked"  # Too many bad tries; opens by itself.
    UNUSED = "unused"  # Not seen for 90 days; an administrator opens it again.
    DISABLED = "disabled"


@dataclass(frozen=True, slots=True)
class User:
    id: UUID
    email: str
    name: str
    platform_role: PlatformRole | None
    must_change_password: bool
    password_changed_at: datetime | None
    totp_confirmed_at: datetime | None
    locked_until: datetime | None
    disabled_at: datetime | None
    last_seen_at: datetime | None
    reopened_at: datetime | None
    language: str
    time_zone: str
    theme: str
    density: str
    columns: dict[str, Any]
    created_at: datetime

    @property
    def state(self) -> UserState:
        if self.disabled_at is not None:
            return UserState.DISABLED
        if clock.now() - self._last_use >= UNUSED_AFTER:
            return UserState.UNUSED
        if self.locked_until is not None and self.locked_until > clock.now():
            return UserState.LOCKED
        return UserState.INVITED if self.password_changed_at is None else UserState.ACTIVE

    @property
    def _last_use(self) -> datetime:
        moments = (self.created_at, self.last_seen_at, self.reopened_at)
        return max(moment for moment in moments if moment is not None)


class EmailUnusable(Invalid):
    code = "email_unusable"
    title = "This is not an e-mail address"


class EmailTaken(Conflict):
    code = "email_taken"
    title = "There is a user with this e-mail address already"


class ProfileInvalid(Invalid):
    code = "profile_invalid"
    title = "The profile cannot hold this value"


def clean_email(text: str) -> str:
    """Lower case, no space around; `EmailUnusable` if mail could never reach it."""
    email = text.strip().lower()
    if not (3 <= len(email) <= 254 and email.isprintable() and _EMAIL.fullmatch(email)):
        raise EmailUnusable(email=text[:254])
    return email


def clean_name(text: str) -> str:
    name = text.strip()
    if not (1 <= len(name) <= 128 and name.isprintable()):
        raise Invalid("A name has 1 to 128 printable characters")
    return name


def one_role(role: CompanyRole | None, platform_role: PlatformRole | None) -> None:
    """Staff of the provider belong to no company, and the other way round."""
    if (role is None) == (platform_role is None):
        raise Invalid("Choose one role: in a company, or at the provider")


async def create_user(
    actor: Actor,
    *,
    email: str,
    name: str,
    password: str,
    role: CompanyRole | None = None,
    company_id: UUID | None = None,
    platform_role: PlatformRole | None = None,
    must_change_password: bool = True,
    time_zone: str = "UTC",
    language: str = "en",
) -> User:
    """A user with a password right away, for the command line and the demo."""
    actor.needs(Permission.USER_WRITE)
    one_role(role, platform_role)
    email, name = clean_email(email), clean_name(name)
    refuse_weak(password, email)
    _check_profile(time_zone=time_zone, language=language)
    hashed = await hash_password(password)
    async with db.lookup() as tx:
        user = await insert_user(
            tx,
            email=email,
            name=name,
            platform_role=platform_role,
            time_zone=time_zone,
            language=language,
        )
        if user is None:
            raise EmailTaken(email=email)
        if role is not None:
            await insert_membership(tx, user.id, company_id or actor.company_id, role)
        await store_password(tx, user.id, hashed, must_change=must_change_password)
        await security.record(tx, Happening.USER_CREATED, user.id, by=actor, email=email)
        return await get_user(tx, user.id)


async def insert_user(
    tx: db.Tx,
    *,
    email: str,
    name: str,
    platform_role: PlatformRole | None,
    time_zone: str = "UTC",
    language: str = "en",
) -> User | None:
    """A user without a password, or None if somebody has the address."""
    user_id: UUID | None = await tx.value(
        "insert into app_user (id, email, name, platform_role, time_zone, language, created_at)"
        " values ($1, $2, $3, $4, $5, $6, $7) on conflict (email) do nothing returning id",
        ids.new(), email, name, platform_role, time_zone, language, clock.now(),
    )  # fmt: skip
    return None if user_id is None else await get_user(tx, user_id)


async def insert_membership(
    tx: db.Tx, user_id: UUID, company_id: UUID | None, role: CompanyRole
) -> bool:
    """Whether the user is new to the company. A company that does not exist is `NotFound`."""
    if company_id is None:
        raise Invalid("A role in a company needs the company")
    try:
        added = await tx.run(
            "insert into membership (user_id, company_id, role, created_at)"
            " values ($1, $2, $3, $4) on conflict do nothing",
            user_id, company_id, CompanyRole(role), clock.now(),
        )  # fmt: skip
    except asyncpg.ForeignKeyViolationError:
        raise NotFound from None
    return added == 1


async def update_profile(
    user_id: UUID,
    *,
    name: str | None = None,
    language: str | None = None,
    time_zone: str | None = None,
    theme: str | None = None,
    density: str | None = None,
) -> User:
    """Change one's own profile; what is None stays."""
    _check_profile(language=language, time_zone=time_zone, theme=theme, density=density)
    async with db.lookup() as tx:
        await tx.run(
            "update app_user set name = coalesce($2, name), language = coalesce($3, language),"
            " time_zone = coalesce($4, time_zone), theme = coalesce($5, theme),"
            " density = coalesce($6, density) where id = $1",
            user_id, None if name is None else clean_name(name), language, time_zone, theme,
            density,
        )  # fmt: skip
        await security.record(tx, Happening.PROFILE_CHANGED, user_id)
        return await get_user(tx, user_id)


async def choose_columns(user_id: UUID, table: str, columns: list[str] | None) -> None:
    """Remember the columns of a list for this user; None restores the default."""
    sizes = [len(table), len(columns or []), *(len(column) for column in columns or [])]
    if max(sizes) > MAX_COLUMNS:
        raise ProfileInvalid(table=table[:MAX_COLUMNS])
    async with db.lookup() as tx:
        kept = await tx.run(
            "update app_user set columns = case when $3::jsonb is null then columns - $2::text"
            " else jsonb_set(columns, array[$2::text], $3::jsonb) end where id = $1"
            " and ((select count(*) from jsonb_object_keys(columns)) < $4 or columns ? $2)",
            user_id, table, columns, MAX_COLUMNS,
        )  # fmt: skip
    if not kept:
        raise ProfileInvalid(table=table)


def _check_profile(**values: str | None) -> None:
    known = {"language": LANGUAGES, "theme": THEMES, "density": DENSITIES}
    for field, value in values.items():
        allowed = known.get(field) or zoneinfo.available_timezones()
        if value is not None and value not in allowed:
            raise ProfileInvalid(field=field, value=value[:64])


async def find_user(tx: db.Tx, *, user_id: UUID | None = None, email: str = "") -> User | None:
    """By id, or by e-mail address as somebody typed it."""
    return await tx.one(
        User,
        "select id, email, name, platform_role, must_change_password, password_changed_at,"
        " totp_confirmed_at, locked_until, disabled_at, last_seen_at, reopened_at, language,"
        " time_zone, theme, density, columns, created_at"
        " from app_user where id = $1 or email = $2",
        user_id, email.strip().lower(),
    )  # fmt: skip


async def get_user(tx: db.Tx, user_id: UUID) -> User:
    user = await find_user(tx, user_id=user_id)
    if user is None:
        raise NotFound
    return user


async def is_demo(tx: db.Tx) -> bool:
    """Whether this home holds the demo: a second factor is then offered, not asked for."""
    return bool(await tx.value("select demo from provider where id = 1"))
