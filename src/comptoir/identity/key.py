"""Keys of programs: an originator's (name: its number) and the platform's (name: `platform`).

256 random bits, kept as SHA-256: there is nothing to guess, so nothing needs to be slow.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from comptoir.identity import permissions, security
from comptoir.identity.permissions import Permission, PlatformRole
from comptoir.identity.security import Happening
from comptoir.kit import clock, crypto, db, ids
from comptoir.kit.actor import Actor, ActorKind
from comptoir.kit.errors import Forbidden, Invalid, NotFound, Unauthorized

PLATFORM = "platform"
MAX_LISTED = 200
KEY_ROLES = (PlatformRole.ADMINISTRATOR, PlatformRole.OPERATIONS, PlatformRole.SUPPORT)


@dataclass(frozen=True, slots=True)
class OriginatorKey:
    """A key that was shown, with all that a payment needs to know of its originator."""

    company_id: UUID
    originator_id: UUID
    key_id: UUID
    live: bool
    name: str
    currency: str
    currencies: tuple[str, ...]
    default_operation: str
    credit_allowed: bool
    credit_limit_minor: int | None
    state: str
    company_state: str
    time_zone: str
    descriptor: str | None  # What the shopper reads on the statement.


@dataclass(frozen=True, slots=True)
class PlatformKey:
    id: UUID
    name: str
    role: PlatformRole
    hint: str  # Its last four characters.
    created_at: datetime
    revoked_at: datetime | None


class KeyRefused(Unauthorized):
    code = "key_refused"
    title = "This number and key do not belong together, or the key was revoked"


class OriginatorDisabled(Forbidden):
    code = "originator_disabled"
    title = "This originator, or its company, is switched off"


async def authenticate_key(
    number: str, secret: str, request_id: str = "", *, live: bool = False
) -> Actor:
    """Who calls with HTTP Basic. `live` chooses the mode of a platform key only."""
    if number == PLATFORM:
        return await _platform_actor(secret, request_id, live)
    return originator_actor(await find_originator_key(number, secret), request_id)


async def find_originator_key(number: str, secret: str) -> OriginatorKey:
    """One round trip, through the directory: the caller's company is not known yet."""
    if not (number.isascii() and number.isdigit() and len(number) <= 9):
        raise KeyRefused
    row = await db.call(
        "select k.company_id, k.originator_id, k.key_id, k.live, k.name, k.currency, k.currencies,"
        " k.default_operation, k.credit_allowed, k.credit_limit_minor, k.state, k.company_state,"
        " k.time_zone, k.descriptor from (select 1) as asked"
        " left join authenticate_key_v1($1, $2) as k on true",
        int(number),
        crypto.digest(secret),
    )
    if row["key_id"] is None:
        raise KeyRefused
    key: OriginatorKey = db.reader(OriginatorKey)(row)
    if key.state != "active" or key.company_state != "active":
        raise OriginatorDisabled
    return key


def originator_actor(key: OriginatorKey, request_id: str = "") -> Actor:
    """A key acts for its originator, in its own mode, and in no other."""
    return Actor(
        kind=ActorKind.KEY,
        id=ids.typeid("key", key.key_id),
        name=key.name,
        company_id=key.company_id,
        live=key.live,
        permissions=permissions.KEY_PERMISSIONS,
        originator_id=key.originator_id,
        request_id=request_id,
        zone=key.time_zone,
    )


async def _platform_actor(secret: str, request_id: str, live: bool) -> Actor:
    async with db.lookup() as tx:
        key = await tx.one(
            PlatformKey,
            "select id, name, role, hint, created_at, revoked_at from platform_key"
            " where secret_hash = $1 and revoked_at is null",
            crypto.digest(secret),
        )
    if key is None:
        raise KeyRefused
    return Actor(
        kind=ActorKind.KEY,
        id=ids.typeid("pkey", key.id),
        name=key.name,
        company_id=None,
        live=live,
        permissions=permissions.of_platform_key(key.role),
        platform=True,
        request_id=request_id,
    )


async def create_platform_key(
    actor: Actor, name: str, role: PlatformRole
) -> tuple[PlatformKey, str]:
    """A key of the provider; the second value is the secret, shown this once."""
    actor.needs(Permission.PROVIDER_WRITE)
    if role not in KEY_ROLES or not 1 <= len(name.strip()) <= 64:
        raise Invalid("A platform key has a name and one of the roles", roles=list(KEY_ROLES))
    secret = "plat_" + crypto.new_secret()
    key = PlatformKey(ids.new(), name.strip(), role, secret[-4:], clock.now(), None)
    async with db.lookup() as tx:
        await tx.run(
            "insert into platform_key (id, name, role, secret_hash, hint, created_at)"
            " values ($1, $2, $3, $4, $5, $6)",
            key.id, key.name, key.role, crypto.digest(secret), key.hint, key.created_at,
        )  # fmt: skip
        await security.record(tx, Happening.KEY_CREATED, None, by=actor, key=key.id, role=role)
    return key, secret


async def list_platform_keys(actor: Actor) -> list[PlatformKey]:
    actor.needs(Permission.PROVIDER_WRITE)
    async with db.lookup() as tx:
        return await tx.all(
            PlatformKey,
            "select id, name, role, hint, created_at, revoked_at from platform_key"
            " order by created_at desc limit $1",
            MAX_LISTED,
        )


async def revoke_platform_key(actor: Actor, key_id: UUID) -> None:
    actor.needs(Permission.PROVIDER_WRITE)
    async with db.lookup() as tx:
        if not await tx.run(
            "update platform_key set revoked_at = $2 where id = $1 and revoked_at is null",
            key_id,
            clock.now(),
        ):
            raise NotFound
        await security.record(tx, Happening.KEY_REVOKED, None, by=actor, key=key_id)


def command_line(company_id: UUID | None = None, live: bool = False) -> Actor:
    """Whoever runs commands on the machine itself may do everything there."""
    return Actor(
        kind=ActorKind.CLI,
        id="command_line",
        name="Command line",
        company_id=company_id,
        live=live,
        permissions=permissions.ALL,
        platform=True,
    )
