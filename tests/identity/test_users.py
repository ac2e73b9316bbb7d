"""Who manages whom; an owner never gets at another company's people."""

from datetime import timedelta
from uuid import UUID

import pytest

from comptoir import identity
from comptoir.identity import CompanyRole, PlatformRole
from comptoir.kit import clock, ids, mail
from comptoir.kit.actor import Actor
from comptoir.kit.errors import Forbidden, Invalid, NotFound
from identity.people import (
    PUBLIC,
    Person,
    a_company,
    a_person,
    actor_of,
    an_address,
    at_once,
    enter,
)


async def an_owner(company: UUID) -> Actor:
    return await actor_of(await a_person("owner", company))


async def added_to(company: UUID, person: Person) -> None:
    await identity.invite_user(
        identity.command_line(),
        email=person.email,
        name=person.user.name,
        public_url=PUBLIC,
        role=CompanyRole.SUPPORT,
        company_id=company,
    )


async def test_an_owner_invites_into_the_own_company_only():
    mine, other = await a_company(), await a_company()
    owner = await an_owner(mine)
    invited = await identity.invite_user(
        owner, email=an_address(), name="Grace", public_url=PUBLIC, role=CompanyRole.RISK
    )
    listed = await identity.list_users(owner)
    assert (invited.id, CompanyRole.RISK) in {(member.user_id, member.role) for member in listed}
    with pytest.raises(NotFound):
        await identity.invite_user(
            owner,
            email=an_address(),
            name="Grace",
            public_url=PUBLIC,
            role=CompanyRole.RISK,
            company_id=other,
        )
    with pytest.raises(Forbidden):
        await identity.invite_user(
            owner,
            email=an_address(),
            name="Grace",
            public_url=PUBLIC,
            platform_role=PlatformRole.SUPPORT,
        )


async def test_only_roles_with_the_permission_manage_users():
    company = await a_company()
    target = await a_person("viewer", company)
    for role in CompanyRole:
        actor = await actor_of(await a_person(role, company))
        if role is CompanyRole.OWNER:
            await identity.unlock_user(actor, target.id)
            continue
        for act in (identity.unlock_user, identity.disable_user, identity.reset_totp):
            with pytest.raises(Forbidden):
                await act(actor, target.id)
    support = await actor_of(await a_person(platform_role="support"))
    await identity.list_users(support)
    with pytest.raises(Forbidden):
        await identity.unlock_user(support, target.id)


async def test_another_companys_people_look_absent():
    mine, other = await a_company(), await a_company()
    owner, stranger = await an_owner(mine), await a_person("viewer", other)
    for act in (
        identity.get_member,
        identity.disable_user,
        identity.enable_user,
        identity.unlock_user,
        identity.reset_totp,
        identity.remove_member,
    ):
        with pytest.raises(NotFound):
            await act(owner, stranger.id)
        with pytest.raises(NotFound):
            await act(owner, ids.new())
    with pytest.raises(NotFound):
        await identity.set_role(owner, stranger.id, role=CompanyRole.OWNER)
    assert stranger.email not in {member.email for member in await identity.list_users(owner)}


async def test_an_owner_does_not_touch_the_account_of_somebody_shared_with_another_company():
    mine, other = await a_company(), await a_company()
    owner, shared = await an_owner(mine), await a_person("viewer", other)
    await added_to(mine, shared)
    for act in (identity.disable_user, identity.unlock_user, identity.reset_totp):
        with pytest.raises(identity.UserIsShared):
            await act(owner, shared.id)
    await identity.set_role(owner, shared.id, role=CompanyRole.FINANCE)
    await identity.remove_member(owner, shared.id)
    assert [p.company_id for p in await identity.list_places(shared.id)] == [other]


async def test_an_owner_cannot_draw_the_providers_staff_into_a_company():
    owner, staff = await an_owner(await a_company()), await a_person()
    with pytest.raises(identity.UserIsStaff):
        await identity.invite_user(
            owner, email=staff.email, name="X", public_url=PUBLIC, role=CompanyRole.VIEWER
        )


async def test_nobody_is_in_a_company_twice_or_in_one_that_does_not_exist():
    company = await a_company()
    person = await a_person("viewer", company)
    with pytest.raises(identity.EmailTaken):
        await added_to(company, person)
    with pytest.raises(NotFound):
        await added_to(ids.new(), person)


async def test_two_who_invite_the_same_address_at_once_make_one_user(mailbox):
    company, other = await a_company(), await a_company()
    address, places = an_address(), iter([company, other])
    results = await at_once(
        2,
        lambda: identity.invite_user(
            identity.command_line(),
            email=address,
            name="Grace",
            public_url=PUBLIC,
            role=CompanyRole.VIEWER,
            company_id=next(places),
        ),
    )
    assert len({user.id for user in results}) == 1
    assert len(await identity.list_places(results[0].id)) == 2


async def test_a_mail_that_cannot_be_sent_keeps_the_user_and_says_so(tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    mail.configure(outbox=blocked, smtp_url=None, sender="comptoir@office.example")
    address = an_address()
    with pytest.raises(mail.MailNotSent):
        await identity.invite_user(
            identity.command_line(),
            email=address,
            name="Grace",
            public_url=PUBLIC,
            platform_role=PlatformRole.SUPPORT,
        )
    assert await identity.find_by_email(identity.command_line(), address) is not None


async def test_nobody_acts_on_the_own_account_as_its_administrator():
    person = await a_person()
    actor = await actor_of(person)
    for act in (identity.disable_user, identity.reset_totp, identity.unlock_user):
        with pytest.raises(identity.NotYourself):
            await act(actor, person.id)
    with pytest.raises(identity.NotYourself):
        await identity.set_role(actor, person.id, platform_role=PlatformRole.SUPPORT)


async def test_two_administrators_cannot_remove_each_other_at_once(nobody_yet):
    first, second = await a_person(), await a_person()
    actors = {first.id: await actor_of(first), second.id: await actor_of(second)}
    pairs = iter([(actors[first.id], second.id), (actors[second.id], first.id)])

    async def disable() -> None:
        actor, target = next(pairs)
        await identity.disable_user(actor, target)

    results = await at_once(2, disable)
    assert sorted(type(result).__name__ for result in results) == ["LastAdministrator", "NoneType"]


async def test_a_disabled_user_comes_back_when_enabled_even_after_90_days():
    person = await a_person()
    chief = identity.command_line()
    await enter(person)
    await identity.disable_user(chief, person.id)
    clock.advance(timedelta(days=120))
    await identity.enable_user(chief, person.id)
    await enter(person)


async def test_a_lost_phone_is_replaced_at_the_next_sign_in(mailbox):
    person = await a_person()
    token = await enter(person)
    await identity.reset_totp(identity.command_line(), person.id)
    with pytest.raises(identity.SignedOut):
        await identity.session_actor(token)
    lost = person.totp
    await enter(person)
    assert person.totp != lost
    subjects = [subject for subject, _ in await mailbox.mails(person.email)]
    assert "Your second factor was reset" in subjects


async def test_the_list_of_users_is_paged_and_the_providers_has_everybody():
    company = await a_company()
    people = sorted([(await a_person("viewer", company)).email for _ in range(5)])
    actor = identity.command_line(company)
    first = await identity.list_users(actor, limit=3)
    last = first[-1]
    rest = await identity.list_users(actor, after=(last.email, last.company_id))
    assert [member.email for member in first + rest] == people
    assert first[0].company_name == "Librairie du Port"
    everybody = await identity.list_users(identity.command_line(), limit=10_000)
    assert len(everybody) <= 100


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "@example.org", "a da@example.org", "a@b\nBcc: c@d", "a@b@c"]
)
async def test_an_address_that_no_mail_reaches_is_refused(address):
    with pytest.raises(identity.EmailUnusable):
        await identity.invite_user(
            identity.command_line(),
            email=address,
            name="Ada",
            public_url=PUBLIC,
            platform_role=PlatformRole.SUPPORT,
        )


async def test_a_user_has_one_role_at_a_place():
    with pytest.raises(Invalid):
        await identity.invite_user(
            identity.command_line(),
            email=an_address(),
            name="Ada",
            public_url=PUBLIC,
            role=CompanyRole.OWNER,
            platform_role=PlatformRole.SUPPORT,
        )
    with pytest.raises(identity.EmailTaken):
        await identity.create_user(
            identity.command_line(),
            email=(await a_person()).email,
            name="Ada",
            password="Another horse 43",
            platform_role=PlatformRole.SUPPORT,
        )


async def test_a_profile_holds_what_screens_know_and_nothing_else():
    person = await a_person()
    user = await identity.update_profile(
        person.id, language="fr", time_zone="America/Lima", theme="dark", density="compact"
    )
    assert (user.language, user.time_zone, user.theme, user.density) == (
        "fr",
        "America/Lima",
        "dark",
        "compact",
    )
    for wrong in ({"language": "xx"}, {"time_zone": "Mars/Phobos"}, {"theme": "pink"}):
        with pytest.raises(identity.ProfileInvalid):
            await identity.update_profile(person.id, **wrong)


async def test_the_columns_of_a_list_are_remembered_and_restored():
    person = await a_person()
    await identity.choose_columns(person.id, "transactions", ["number", "amount"])
    await identity.choose_columns(person.id, "consumers", ["email"])
    await identity.choose_columns(person.id, "consumers", None)
    user = await identity.get_member(identity.command_line(), person.id)
    assert user.columns == {"transactions": ["number", "amount"]}
    with pytest.raises(identity.ProfileInvalid):
        await identity.choose_columns(person.id, "transactions", ["x"] * 1000)


async def test_what_somebody_does_to_somebody_else_names_both_in_the_log():
    chief, person = await a_person(), await a_person()
    actor = await actor_of(chief)
    await identity.disable_user(actor, person.id)
    events = await identity.list_security_events(actor)
    last = next(event for event in events if event.kind == "user.disabled")
    assert (last.user_id, last.data["by"]["id"]) == (person.id, actor.id)
    older = await identity.list_security_events(actor, before=events[-1].id)
    assert all(event.id < events[-1].id for event in older)
    with pytest.raises(Forbidden):
        await identity.list_security_events(await actor_of(await a_person(platform_role="risk")))
