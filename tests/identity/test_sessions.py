"""Sessions end by time and by hand; they carry company, mode and what the role allows now."""

from datetime import timedelta

import pytest

from comptoir import identity
from comptoir.identity import SignedOut
from comptoir.kit import clock, db
from comptoir.kit.errors import NotFound
from identity.people import a_company, a_person, enter, happenings, knock


async def test_a_session_ends_after_15_minutes_without_use():
    token = await enter(await a_person())
    for _ in range(3):
        clock.advance(timedelta(minutes=14, seconds=59))
        await identity.session_actor(token)
    clock.advance(timedelta(minutes=15))
    with pytest.raises(SignedOut):
        await identity.session_actor(token)


async def test_a_session_ends_after_12_hours_however_much_it_is_used():
    token = await enter(await a_person())
    for _ in range(71):
        clock.advance(timedelta(minutes=10))
        await identity.session_actor(token)
    clock.advance(timedelta(minutes=9, seconds=59))
    await identity.session_actor(token)
    clock.advance(timedelta(seconds=1))
    with pytest.raises(SignedOut):
        await identity.session_actor(token)


async def test_a_page_that_refreshes_by_itself_does_not_keep_a_session_open():
    token = await enter(await a_person())
    clock.advance(timedelta(minutes=10))
    await identity.session_actor(token, seen=False)
    clock.advance(timedelta(minutes=5))
    with pytest.raises(SignedOut):
        await identity.session_actor(token)


async def test_a_sign_in_is_finished_within_15_minutes_or_begun_again():
    person = await a_person()
    step = await knock(person)
    clock.advance(timedelta(minutes=15))
    with pytest.raises(SignedOut):
        await identity.start_enrolment(step.token)


async def test_being_seen_is_written_at_most_once_a_minute():
    person = await a_person()
    token = await enter(person)
    start = clock.now()

    async def seen_at() -> timedelta:
        async with db.lookup() as tx:
            at = await tx.value("select last_seen_at from app_user where id = $1", person.id)
        return at - start

    clock.advance(timedelta(seconds=59))
    await identity.session_actor(token)
    assert await seen_at() == timedelta()
    clock.advance(timedelta(seconds=1))
    await identity.session_actor(token)
    assert await seen_at() == timedelta(minutes=1)


async def test_an_invented_token_opens_nothing():
    with pytest.raises(SignedOut):
        await identity.session_actor("not-a-token")


async def test_signing_out_ends_the_session():
    person = await a_person()
    token = await enter(person)
    session, _ = await identity.get_session(token)
    await identity.sign_out(session)
    with pytest.raises(SignedOut):
        await identity.session_actor(token)
    assert "session.signed_out" in await happenings(person)


async def test_one_sees_the_own_sessions_and_ends_the_others():
    person = await a_person()
    first, second, third = [await enter(person) for _ in range(3)]
    session, _ = await identity.get_session(third)
    listed = await identity.list_sessions(person.id)
    assert listed[0].id == session.id
    assert len(listed) == 3
    other, _ = await identity.get_session(first)
    await identity.end_session(session, other.id)
    with pytest.raises(SignedOut):
        await identity.session_actor(first)
    assert await identity.end_other_sessions(session) == 1
    with pytest.raises(SignedOut):
        await identity.session_actor(second)
    await identity.session_actor(third)


async def test_nobody_ends_the_session_of_somebody_else():
    mine, theirs = await enter(await a_person()), await enter(await a_person())
    session, _ = await identity.get_session(mine)
    other, _ = await identity.get_session(theirs)
    with pytest.raises(NotFound):
        await identity.end_session(session, other.id)
    await identity.session_actor(theirs)


async def test_the_actor_of_company_staff_is_of_that_company_with_the_role_there():
    bakery, bank = await a_company("Bakery"), await a_company("Bank")
    person = await a_person("support", bakery)
    await identity.update_profile(person.id, time_zone="Europe/Paris")  # For reading only.
    actor, user, session = await identity.session_actor(await enter(person), "req-1")
    assert (actor.company_id, actor.platform, actor.live) == (bakery, False, True)
    assert (actor.zone, actor.request_id, actor.name) == ("UTC", "req-1", user.name)
    assert actor.permissions == identity.of_company_role(identity.CompanyRole.SUPPORT, True)
    with pytest.raises(NotFound):
        await identity.switch_company(session, bank)
    with pytest.raises(NotFound):
        await identity.switch_company(session, None)


async def test_somebody_with_two_companies_switches_and_has_the_role_of_each():
    bakery, bank = await a_company("Bakery"), await a_company("Bank")
    person = await a_person("owner", bakery)
    await identity.invite_user(
        identity.command_line(),
        email=person.email,
        name="Ada",
        public_url="https://office.example",
        role=identity.CompanyRole.VIEWER,
        company_id=bank,
    )
    token = await enter(person)
    _, _, session = await identity.session_actor(token)
    places = await identity.list_places(person.id)
    assert [(place.name, str(place.role)) for place in places] == [
        ("Bakery", "owner"),
        ("Bank", "viewer"),
    ]
    await identity.switch_company(session, bank)
    actor, user, _ = await identity.session_actor(token)
    assert (actor.company_id, actor.may("user.write")) == (bank, False)
    assert identity.role_of(user, places, bank) == "viewer"


async def test_staff_of_the_provider_see_all_companies_or_one():
    company = await a_company()
    token = await enter(await a_person(platform_role="operations"))
    actor, _, session = await identity.session_actor(token)
    assert (actor.company_id, actor.platform) == (None, True)
    await identity.switch_company(session, company)
    actor, _, session = await identity.session_actor(token)
    assert actor.company_id == company
    with pytest.raises(NotFound):
        await identity.switch_company(session, session.id)
    await identity.switch_company(session, None)
    actor, _, _ = await identity.session_actor(token)
    assert actor.company_id is None


async def test_a_developer_pays_with_test_money_only():
    person = await a_person("developer", await a_company())
    token = await enter(person)
    actor, _, session = await identity.session_actor(token)
    assert (actor.live, actor.may("payment.create")) == (True, False)
    await identity.switch_mode(session, False)
    actor, _, _ = await identity.session_actor(token)
    assert (actor.live, actor.may("payment.create")) == (False, True)


async def test_a_role_taken_away_is_gone_with_the_next_click():
    company = await a_company()
    person = await a_person("owner", company)
    token = await enter(person)
    await identity.set_role(
        identity.command_line(),
        person.id,
        role=identity.CompanyRole.VIEWER,
        company_id=company,
    )
    actor, _, _ = await identity.session_actor(token)
    assert not actor.may("payment.refund")
    await identity.remove_member(identity.command_line(), person.id, company)
    with pytest.raises(SignedOut):
        await identity.session_actor(token)
