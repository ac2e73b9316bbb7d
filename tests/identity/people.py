"""People for the tests of sign-in: made and signed in through the front door."""

import asyncio
import email
import email.policy
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pyotp

from comptoir import identity
from comptoir.kit import background, clock, db, ids
from comptoir.kit.actor import Actor

PASSWORD = "Correct horse 42"
PUBLIC = "https://office.example"
WRONG = "Wrong horse 4242"


@dataclass
class Person:
    user: identity.User
    password: str = PASSWORD
    totp: str = ""

    @property
    def id(self) -> UUID:
        return self.user.id

    @property
    def email(self) -> str:
        return self.user.email

    def code(self, later: timedelta = timedelta()) -> str:
        """What the phone shows, now or a little later."""
        return pyotp.TOTP(self.totp).at(clock.now() + later)


def an_address() -> str:
    return f"{ids.new().hex}@shop.example"


async def a_company(name: str = "Librairie du Port") -> UUID:
    company_id = ids.new()
    async with db.platform() as tx:
        await tx.run("insert into company (id, name) values ($1, $2)", company_id, name)
    return company_id


async def a_person(
    role: str | None = None,
    company_id: UUID | None = None,
    *,
    platform_role: str | None = None,
    must_change_password: bool = False,
) -> Person:
    if role is None and platform_role is None:
        platform_role = "administrator"
    user = await identity.create_user(
        identity.command_line(),
        email=an_address(),
        name="Ada Lovelace",
        password=PASSWORD,
        role=None if role is None else identity.CompanyRole(role),
        company_id=company_id,
        platform_role=None if platform_role is None else identity.PlatformRole(platform_role),
        must_change_password=must_change_password,
    )
    return Person(user)


async def knock(person: Person, password: str | None = None) -> identity.SignIn:
    """First step only: the password."""
    return await identity.sign_in(
        person.email, password or person.password, "192.0.2.7", "Mozilla/5.0"
    )


async def enter(person: Person) -> str:
    """The whole sign-in, with enrolment the first time; the token of a complete session."""
    step = await knock(person)
    if step.next is identity.Stage.ENROL:
        person.totp = (await identity.start_enrolment(step.token)).secret
        step = await identity.confirm_enrolment(step.token, person.code())
    elif step.next is identity.Stage.TOTP:
        clock.advance(timedelta(seconds=60))  # A code works once: wait for the next.
        step = await identity.confirm_totp(step.token, person.code())
    assert step.next is identity.Stage.COMPLETE
    return step.token


async def actor_of(person: Person) -> Actor:
    return (await identity.session_actor(await enter(person)))[0]


async def happenings(person: Person) -> list[str]:
    """The person's security log, oldest first."""
    await background.drain()
    return [str(e.kind) for e in reversed(await identity.list_own_security_events(person.id))]


async def at_once(count: int, act: Callable[[], Awaitable[object]]) -> list[object]:
    """Do the same thing several times at the same moment; results and errors together."""
    return await asyncio.gather(*[act() for _ in range(count)], return_exceptions=True)


class Mailbox:
    """The outbox folder, read as its reader would."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    async def mails(self, to: str) -> list[tuple[str, str]]:
        """(subject, text) of everything sent to an address so far."""
        await background.drain()
        found = []
        for file in sorted(self.folder.glob("*.eml")):
            message = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            if message["To"] == to:
                found.append((message["Subject"], message.get_content()))
        return found

    async def link(self, to: str) -> str:
        """The token of the last link that was mailed."""
        for _, text in reversed(await self.mails(to)):
            if found := re.search(rf"^{re.escape(PUBLIC)}/office/link/(\S+)$", text, re.MULTILINE):
                return found[1]
        raise AssertionError("no link was mailed")
