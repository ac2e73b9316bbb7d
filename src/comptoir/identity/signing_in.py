"""Signing in: password, second factor, forced change; one answer for everything that is refused.

An unknown address, a wrong password and a locked or disabled account look and last the same.
"""

from dataclasses import dataclass, field
from uuid import UUID

from comptoir.identity import lockout, password, security, totp
from comptoir.identity.letters import password_changed, second_factor_set
from comptoir.identity.session import (
    Session,
    SignedOut,
    Stage,
    end_all,
    move_session,
    open_session,
    session_and_user,
    touch,
)
from comptoir.identity.user import User, UserState, find_user, get_user, is_demo
from comptoir.kit import background, crypto, db, mail
from comptoir.kit.errors import Conflict, Forbidden, Unauthorized

_EMAIL_PURPOSE = "security log e-mail"


@dataclass(frozen=True, slots=True)
class SignIn:
    """A step done: the token that now counts, and what is left to do."""

    token: str = field(repr=False)
    next: Stage
    offer_enrolment: bool = False  # A demo home does not ask for a second factor, it offers one.

    @property
    def stage(self) -> Stage:
        return self.next


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator app needs: shown once, as a QR code and as text."""

    secret: str = field(repr=False)
    address: str = field(repr=False)


class SignInRefused(Unauthorized):
    code = "sign_in_refused"
    title = (
        "E-mail address or password are not right. After 10 bad tries an account is locked"
        " for 30 minutes"
    )


class CodeRefused(Unauthorized):
    code = "code_refused"
    title = (
        "This code is not right, or was used before. After 10 bad tries an account is locked"
        " for 30 minutes"
    )


class AccountUnused(Forbidden):
    """Told only to somebody who knows the password or holds the link."""

    code = "account_unused"
    title = "This account was not used for 90 days; an administrator can open it again"


class NoPlace(Forbidden):
    code = "no_company"
    title = "You no longer belong to a company here; ask its owner"


class WrongStep(Conflict):
    code = "wrong_step"
    title = "Your sign-in is at another step"


class TotpAlreadySet(Conflict):
    code = "totp_already_set"
    title = "A second factor is set already; an administrator can reset it"


async def sign_in(email: str, secret: str, ip: str | None, agent: str | None) -> SignIn:
    """First step. Tells nobody whether an address is known."""
    async with db.lookup() as tx:
        user = await find_user(tx, email=email)
        kept = await _hash_of(tx, user)
    this = None
    if user is not None and kept is not None and user.state is not UserState.DISABLED:
        this = await lockout.claim_try(user.id)
    if user is None or this is None:
        await _note_stranger(user, email, ip)
        await password.verify(None, secret)  # Takes its time, as for everybody.
        raise SignInRefused
    if not await password.verify(kept, secret):
        lockout.try_was_bad(this, security.Happening.SIGN_IN_FAILED, ip)
        raise SignInRefused
    if kept is not None and password.is_dated(kept):
        await _renew_hash(user.id, kept, await password.hash_password(secret))
    async with db.lookup() as tx:
        await lockout.try_was_good(tx, this)
    return await enter(user.id, ip, agent)


async def _hash_of(tx: db.Tx, user: User | None) -> str | None:
    user_id = None if user is None else user.id
    kept: str | None = await tx.value("select password_hash from app_user where id = $1", user_id)
    return kept


async def _note_stranger(user: User | None, email: str, ip: str | None) -> None:
    """The address itself is not kept: people type passwords into that field."""
    known = None if user is None else user.id
    mark = crypto.fingerprint(_EMAIL_PURPOSE, email.strip().lower()).hex()
    async with db.lookup() as tx:
        await security.record(
            tx, security.Happening.SIGN_IN_FAILED, known, ip, email_mark=mark, not_checked=True
        )


async def _renew_hash(user_id: UUID, old: str, new: str) -> None:
    """Today's parameters for the same password: it counts as no change."""
    async with db.lookup() as tx:
        await tx.run(
            "update app_user set password_hash = $3 where id = $1 and password_hash = $2",
            user_id,
            old,
            new,
        )


async def enter(user_id: UUID, ip: str | None, agent: str | None) -> SignIn:
    """Open the session of somebody whose password is right, or who just set it by a link."""
    async with db.lookup() as tx:
        user = await get_user(tx, user_id)
        if user.state is UserState.UNUSED:
            raise AccountUnused
        demo = await is_demo(tx)
        stage = _first_step(user, demo)
        company_id = None if user.platform_role else await _first_company(tx, user_id)
        token = await open_session(
            tx, user_id, stage, live=not demo, company_id=company_id, ip=ip, agent=agent
        )
        if stage is Stage.COMPLETE:
            await _complete(tx, token, user, ip)
    return _result(token, stage, user, demo)


def _first_step(user: User, demo: bool) -> Stage:
    if user.totp_confirmed_at is not None:
        return Stage.TOTP
    return _after_factor(user) if demo else Stage.ENROL


def _after_factor(user: User) -> Stage:
    return Stage.CHANGE_PASSWORD if user.must_change_password else Stage.COMPLETE


def _result(token: str, stage: Stage, user: User, demo: bool) -> SignIn:
    offer = demo and stage is Stage.COMPLETE and user.totp_confirmed_at is None
    return SignIn(token, stage, offer_enrolment=offer)


async def _first_company(tx: db.Tx, user_id: UUID) -> UUID:
    first: UUID | None = await tx.value(
        "select company_id from membership where user_id = $1"
        " order by created_at, company_id limit 1",
        user_id,
    )
    if first is None:
        raise NoPlace
    return first


async def _complete(tx: db.Tx, token: str, user: User, ip: str | None) -> None:
    session, _ = await session_and_user(tx, token)
    await lockout.clear(tx, user.id)
    await touch(tx, session.id, user.id)
    await security.record(tx, security.Happening.SIGNED_IN, user.id, ip)


async def _at_step(tx: db.Tx, token: str, *stages: Stage) -> tuple[Session, User]:
    session, user = await session_and_user(tx, token)
    if session.stage not in stages:
        raise WrongStep(next=session.stage)
    return session, user


async def _go_on(tx: db.Tx, session: Session, user: User, stage: Stage) -> SignIn:
    """The next step under a new token."""
    token = await move_session(tx, session, stage)
    if stage is Stage.COMPLETE and session.stage is not Stage.COMPLETE:
        await _complete(tx, token, user, session.ip)
    return _result(token, stage, user, await is_demo(tx))


async def confirm_totp(token: str, code: str) -> SignIn:
    """Second step, for those who enrolled. A code works once; bad tries count as for passwords."""
    async with db.lookup() as tx:
        session, user = await _at_step(tx, token, Stage.TOTP)
    this = await lockout.claim_try(user.id)
    if this is None:
        raise CodeRefused
    async with db.lookup() as tx:
        if await totp.accept(tx, user.id, code):
            await lockout.try_was_good(tx, this)
            return await _go_on(tx, session, user, _after_factor(user))
    lockout.try_was_bad(this, security.Happening.CODE_FAILED, session.ip)
    raise CodeRefused


async def start_enrolment(token: str) -> Enrolment:
    """The secret to scan: the same one when the page is loaded again in the same session."""
    async with db.lookup() as tx:
        session, user = await _at_step(tx, token, Stage.ENROL, Stage.COMPLETE)
        if user.totp_confirmed_at is not None:
            raise TotpAlreadySet
        sealed: bytes = await tx.value(
            "update session set totp_pending = coalesce(totp_pending, $2) where id = $1"
            " returning totp_pending",
            session.id,
            totp.new_sealed(user.id),
        )
    secret = totp.open_secret(user.id, sealed)
    return Enrolment(secret, totp.address(secret, user.email))


async def confirm_enrolment(token: str, code: str) -> SignIn:
    """A first code proves that the app has the secret; from now on each sign-in asks for one."""
    async with db.lookup() as tx:
        session, user = await _at_step(tx, token, Stage.ENROL, Stage.COMPLETE)
        sealed: bytes | None = await tx.value(
            "select totp_pending from session where id = $1", session.id
        )
        if sealed is None:
            raise WrongStep(next=session.stage)
        step = totp.step_of(totp.open_secret(user.id, sealed), code)
        if step is None:
            raise CodeRefused("This code is not right; check the clock of your phone")
        if not await totp.enrol(tx, user.id, sealed, step):
            raise TotpAlreadySet
        await security.record(tx, security.Happening.ENROLLED, user.id, session.ip)
        stage = session.stage if session.stage is Stage.COMPLETE else _after_factor(user)
        user = await get_user(tx, user.id)
        done = await _go_on(tx, session, user, stage)
    background.start(mail.send(user.email, *second_factor_set(user.name)), "notice")
    return done


async def skip_enrolment(token: str) -> SignIn:
    """Go on without a second factor: in a demo home only."""
    async with db.lookup() as tx:
        session, user = await _at_step(tx, token, Stage.ENROL)
        if not await is_demo(tx):
            raise Forbidden("A second factor is required here")
        await security.record(tx, security.Happening.ENROLMENT_SKIPPED, user.id, session.ip)
        return await _go_on(tx, session, user, _after_factor(user))


async def change_password(token: str, new: str, current: str | None = None) -> SignIn:
    """Forced at a sign-in, or from the profile: there the present password is asked for.

    Every other session of the user ends; this one goes on under a new token.
    """
    async with db.lookup() as tx:
        session, user = await _at_step(tx, token, Stage.CHANGE_PASSWORD, Stage.COMPLETE)
    if session.stage is Stage.COMPLETE:
        await _check_current(user, current or "", session.ip)
    hashed = await password.new_hash(user.id, user.email, new)
    async with db.lookup() as tx:
        await end_all(tx, user.id, but=session.id)
        await password.store_password(tx, user.id, hashed, must_change=False)
        await security.record(tx, security.Happening.PASSWORD_CHANGED, user.id, session.ip)
        done = await _go_on(tx, session, user, Stage.COMPLETE)
    background.start(mail.send(user.email, *password_changed(user.name)), "notice")
    return done


async def _check_current(user: User, current: str, ip: str | None) -> None:
    this = await lockout.claim_try(user.id)
    if this is None:
        raise SignedOut
    async with db.lookup() as tx:
        kept = await _hash_of(tx, user)
    if not await password.verify(kept, current):
        lockout.try_was_bad(this, security.Happening.SIGN_IN_FAILED, ip)
        raise SignInRefused("Your present password is not right")
    async with db.lookup() as tx:
        await lockout.try_was_good(tx, this)
