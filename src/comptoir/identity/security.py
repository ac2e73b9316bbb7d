"""The security log: who signed in, failed, was locked, invited, changed. Only ever added to."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from comptoir.identity.permissions import Permission
from comptoir.kit import clock, db
from comptoir.kit.actor import Actor

PAGE = 100


class Happening(StrEnum):
    SIGNED_IN = "sign_in.succeeded"
    SIGN_IN_FAILED = "sign_in.failed"
    CODE_FAILED = "sign_in.code_failed"
    LOCKED = "sign_in.locked"
    SIGNED_OUT = "session.signed_out"
    SESSION_ENDED = "session.ended"
    COMPANY_SWITCHED = "session.company_switched"
    MODE_SWITCHED = "session.mode_switched"
    ENROLLED = "totp.enrolled"
    ENROLMENT_SKIPPED = "totp.skipped"
    TOTP_RESET = "totp.reset"
    PASSWORD_CHANGED = "password.changed"  # noqa: S105  A name, not a password.
    PASSWORD_FORGOTTEN = "password.forgotten"  # noqa: S105  Nor this.
    LINK_USED = "link.used"
    LINK_MADE = "link.made"
    USER_CREATED = "user.created"
    USER_INVITED = "user.invited"
    USER_DISABLED = "user.disabled"
    USER_ENABLED = "user.enabled"
    USER_UNLOCKED = "user.unlocked"
    ROLE_SET = "user.role_set"
    MEMBER_REMOVED = "user.member_removed"
    PROFILE_CHANGED = "user.profile_changed"
    KEY_CREATED = "platform_key.created"
    KEY_REVOKED = "platform_key.revoked"


@dataclass(frozen=True, slots=True)
class SecurityEvent:
    id: int
    at: datetime
    kind: Happening
    user_id: UUID | None
    ip: str | None
    data: dict[str, Any]


async def record(
    tx: db.Tx,
    kind: Happening,
    user_id: UUID | None,
    ip: str | None = None,
    *,
    by: Actor | None = None,
    **data: object,
) -> None:
    """Write it down in the transaction that does it. `by` is who did it to somebody else."""
    if by is not None:
        data["by"] = {"kind": by.kind, "id": by.id, "name": by.name}
    await tx.run(
        "insert into security_event (at, kind, user_id, ip, data) values ($1, $2, $3, $4, $5)",
        clock.now(),
        kind,
        user_id,
        ip,
        data,
    )


async def list_own_security_events(user_id: UUID) -> list[SecurityEvent]:
    """What happened to one's own account, newest first: for the profile page."""
    async with db.lookup() as tx:
        return await tx.all(
            SecurityEvent,
            "select id, at, kind, user_id, ip, data from security_event where user_id = $1"
            " order by id desc limit $2",
            user_id,
            PAGE,
        )


async def list_security_events(actor: Actor, *, before: int | None = None) -> list[SecurityEvent]:
    """Everybody's, for the provider's administrators; `before` is the last id of the page above."""
    actor.needs(Permission.PROVIDER_WRITE)
    async with db.lookup() as tx:
        return await tx.all(
            SecurityEvent,
            "select id, at, kind, user_id, ip, data from security_event"
            " where id < coalesce($1, 9223372036854775807) order by id desc limit $2",
            before,
            PAGE,
        )
