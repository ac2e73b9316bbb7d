"""One-time links: good once, for a time, and silent about who is known."""

from datetime import timedelta

import pytest

from comptoir import identity
from comptoir.identity import LinkGone, Stage
from comptoir.kit import background, clock
from identity.people import (
    PASSWORD,
    PUBLIC,
    WRONG,
    a_company,
    a_person,
    actor_of,
    an_address,
    at_once,
    enter,
    knock,
)

NEW = "Another horse 43"


async def test_a_forgotten_password_is_chosen_anew_by_a_mailed_link(mailbox):
    person = await a_person()
    await enter(person)
    await identity.forgot_password(person.email.upper(), PUBLIC, "192.0.2.7")
    token = await mailbox.link(person.email)
    link = await identity.open_link(token)
    assert (link.purpose, link.email) == ("password", person.email)
    step = await identity.use_link(token, NEW, None, None)
    assert step.next is Stage.TOTP  # The link stands for the password, not for the phone.
    clock.advance(timedelta(minutes=1))
    await identity.confirm_totp(step.token, person.code())
    with pytest.raises(identity.SignInRefused):
        await knock(person, PASSWORD)
    await knock(person, NEW)


async def test_nobody_learns_whether_an_address_is_known(mailbox):
    person, stranger = await a_person(), an_address()
    answers = [await identity.forgot_password(to, PUBLIC) for to in (person.email, stranger)]
    assert answers == [None, None]
    assert len(await mailbox.mails(person.email)) == 1
    assert await mailbox.mails(stranger) == []


async def test_an_address_gets_three_mails_an_hour_at_most(mailbox):
    person = await a_person()
    for _ in range(5):
        await identity.forgot_password(person.email, PUBLIC)
        await background.drain()
    assert len(await mailbox.mails(person.email)) == 3
    clock.advance(timedelta(hours=1))
    await identity.forgot_password(person.email, PUBLIC)
    assert len(await mailbox.mails(person.email)) == 4


async def test_a_link_for_a_password_lasts_24_hours(mailbox):
    person = await a_person()
    await identity.forgot_password(person.email, PUBLIC)
    token = await mailbox.link(person.email)
    clock.advance(timedelta(hours=23, minutes=59))
    await identity.open_link(token)
    clock.advance(timedelta(minutes=1))
    with pytest.raises(LinkGone):
        await identity.open_link(token)
    with pytest.raises(LinkGone):
        await identity.use_link(token, NEW, None, None)


async def test_of_many_who_use_a_link_at_once_one_wins(mailbox):
    person = await a_person()
    await identity.forgot_password(person.email, PUBLIC)
    token = await mailbox.link(person.email)
    results = await at_once(5, lambda: identity.use_link(token, NEW, None, None))
    assert sorted(type(result).__name__ for result in results) == [*["LinkGone"] * 4, "SignIn"]


async def test_using_a_link_ends_sessions_and_every_other_link(mailbox):
    person = await a_person()
    session = await enter(person)
    tokens = []
    for _ in range(2):
        clock.advance(timedelta(seconds=1))
        await identity.forgot_password(person.email, PUBLIC)
        tokens.append(await mailbox.link(person.email))
    await identity.use_link(tokens[0], NEW, None, None)
    with pytest.raises(identity.SignedOut):
        await identity.session_actor(session)
    with pytest.raises(LinkGone):
        await identity.open_link(tokens[1])


async def test_a_refused_password_leaves_the_link_good(mailbox):
    person = await a_person()
    await identity.forgot_password(person.email, PUBLIC)
    token = await mailbox.link(person.email)
    for refused in ("short", PASSWORD):
        with pytest.raises(identity.PasswordRefused):
            await identity.use_link(token, refused, None, None)
    await identity.use_link(token, NEW, None, None)


async def test_a_link_opens_a_lock_only_where_no_second_factor_is_being_guessed(mailbox):
    fresh, enrolled = await a_person(), await a_person()
    await enter(enrolled)
    for person in (fresh, enrolled):
        await at_once(10, lambda person=person: knock(person, WRONG))
        await identity.forgot_password(person.email, PUBLIC)
        await identity.use_link(await mailbox.link(person.email), NEW, None, None)
    await knock(fresh, NEW)
    with pytest.raises(identity.SignInRefused):
        await knock(enrolled, NEW)


async def test_a_link_does_not_open_an_unused_or_disabled_account(mailbox):
    unused, disabled = await a_person(), await a_person()
    clock.advance(timedelta(days=89, hours=12))
    for person in (unused, disabled):
        await identity.forgot_password(person.email, PUBLIC)
    tokens = [await mailbox.link(person.email) for person in (unused, disabled)]
    await identity.disable_user(identity.command_line(), disabled.id)
    clock.advance(timedelta(hours=12))
    with pytest.raises(identity.AccountUnused):
        await identity.use_link(tokens[0], NEW, None, None)
    with pytest.raises(LinkGone):
        await identity.use_link(tokens[1], NEW, None, None)
    for person in (unused, disabled):
        await identity.forgot_password(person.email, PUBLIC)
        assert len(await mailbox.mails(person.email)) == 1


async def test_an_invitation_lasts_seven_days_and_can_be_sent_again(mailbox):
    chief, address = await actor_of(await a_person()), an_address()
    company = await a_company()
    user = await identity.invite_user(
        chief,
        email=address,
        name="Grace Hopper",
        public_url=PUBLIC,
        role=identity.CompanyRole.FINANCE,
        company_id=company,
    )
    assert user.state == "invited"
    first = await mailbox.link(address)
    assert (await identity.open_link(first)).purpose == "invitation"
    clock.advance(timedelta(days=7))
    with pytest.raises(LinkGone):
        await identity.open_link(first)
    await identity.invite_again(chief, user.id, PUBLIC)
    second = await mailbox.link(address)
    step = await identity.use_link(second, NEW, None, None)
    assert step.next is Stage.ENROL
    with pytest.raises(identity.AlreadyAccepted):
        await identity.invite_again(chief, user.id, PUBLIC)


async def test_sending_an_invitation_again_ends_the_one_before(mailbox):
    chief, address = await actor_of(await a_person()), an_address()
    user = await identity.invite_user(
        chief,
        email=address,
        name="Grace Hopper",
        public_url=PUBLIC,
        platform_role=identity.PlatformRole.SUPPORT,
    )
    first = await mailbox.link(address)
    clock.advance(timedelta(seconds=1))
    await identity.invite_again(chief, user.id, PUBLIC)
    with pytest.raises(LinkGone):
        await identity.open_link(first)
    await identity.open_link(await mailbox.link(address))


async def test_the_first_administrator_signs_up_by_a_link_and_there_is_one_first_only(nobody_yet):
    older = await identity.first_administrator_link(PUBLIC + "/")
    newer = await identity.first_administrator_link(PUBLIC)
    assert older is not None
    assert newer is not None
    assert newer.startswith(f"{PUBLIC}/office/link/")
    dead, token = older.rpartition("/")[2], newer.rpartition("/")[2]
    with pytest.raises(LinkGone):
        await identity.open_link(dead)
    assert (await identity.open_link(token)).email is None
    with pytest.raises(LinkGone):
        await identity.use_link(token, NEW, None, None)
    results = await at_once(
        3,
        lambda: identity.use_first_link(
            token, email=an_address(), name="Ada", password=NEW, ip=None, agent=None
        ),
    )
    assert sorted(type(result).__name__ for result in results) == ["LinkGone", "LinkGone", "SignIn"]
    assert await identity.first_administrator_link(PUBLIC) is None
