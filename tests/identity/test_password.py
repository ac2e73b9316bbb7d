"""Rules of passwords, forced change, history."""

import itertools
from datetime import timedelta

import pytest

from comptoir import identity
from comptoir.identity import Fault, PasswordRefused, Stage
from comptoir.identity import password as rules
from comptoir.kit import clock, db
from identity.people import PASSWORD, WRONG, a_person, enter, happenings, knock


@pytest.mark.parametrize(
    ("secret", "broken"),
    [
        ("Abcdefghij1", [Fault.TOO_SHORT]),
        ("Abcdefghijk1", []),
        ("ABCDEFGHIJK1", [Fault.NO_LETTER]),
        ("abcdefghijk1", [Fault.NO_CAPITAL]),
        ("Abcdefghijkl", [Fault.NO_DIGIT]),
        ("Abcdefghijk1" * 10 + "Abcdefg1", []),
        ("Abcdefghijk1" * 10 + "Abcdefg12", [Fault.TOO_LONG]),
        ("Ada.Lovelace1815@example.org", [Fault.IS_EMAIL]),
        ("My Ada.Lovelace1815@example.org", [Fault.IS_EMAIL]),
        ("Ada.Lovelace1815", [Fault.IS_EMAIL]),
        ("Élan vital 42", []),
    ],
)
def test_a_password_keeps_every_rule(secret, broken):
    assert rules.faults(secret, "ada.lovelace1815@example.org") == broken


def test_a_generated_password_keeps_every_rule_and_has_no_look_alikes():
    made = {identity.generate_password() for _ in range(100)}
    assert len(made) == 100
    for secret in made:
        assert rules.faults(secret, "ada@example.org") == []
        assert not set(secret) & set("lIO01")


async def test_the_same_password_typed_on_two_keyboards_is_the_same():
    hashed = await rules.hash_password("E\u0301lan vital 42")
    assert await rules.verify(hashed, "\u00c9lan vital 42")


async def test_nobodys_hash_has_todays_cost_and_is_never_right():
    assert not rules.is_dated(rules._NOBODY)
    assert not await rules.verify(None, PASSWORD)
    assert not await rules.verify("not a hash at all", PASSWORD)


async def test_a_user_made_by_command_must_choose_an_own_password_first():
    person = await a_person(must_change_password=True)
    step = await knock(person)
    person.totp = (await identity.start_enrolment(step.token)).secret
    step = await identity.confirm_enrolment(step.token, person.code())
    assert step.next is Stage.CHANGE_PASSWORD
    with pytest.raises(identity.SignInUnfinished) as refused:
        await identity.session_actor(step.token)
    assert refused.value.data["next"] == "change_password"
    with pytest.raises(PasswordRefused):
        await identity.change_password(step.token, PASSWORD)
    done = await identity.change_password(step.token, "Another horse 43")
    assert done.next is Stage.COMPLETE
    _, user, _ = await identity.session_actor(done.token)
    assert not user.must_change_password
    assert "password.changed" in await happenings(person)


async def test_none_of_the_last_four_passwords_comes_back_and_the_fifth_may():
    person = await a_person()
    token = await enter(person)
    used = [PASSWORD, "Second horse 2", "Third horse 33", "Fourth horse 4"]
    for present, new in itertools.pairwise(used):
        clock.advance(timedelta(minutes=1))
        token = (await identity.change_password(token, new, present)).token
    for old in used:
        with pytest.raises(PasswordRefused) as refused:
            await identity.change_password(token, old, used[-1])
        assert refused.value.data["faults"] == ["used_before"]
    token = (await identity.change_password(token, "Fifth horse 55", used[-1])).token
    await identity.change_password(token, PASSWORD, "Fifth horse 55")
    async with db.lookup() as tx:
        kept = await tx.value("select count(*) from old_password where user_id = $1", person.id)
    assert kept == 3


async def test_changing_a_password_asks_for_the_present_one_and_counts_bad_tries():
    person = await a_person()
    token = await enter(person)
    for _ in range(10):
        with pytest.raises(identity.SignInRefused):
            await identity.change_password(token, "Another horse 43", WRONG)
    with pytest.raises(identity.SignedOut):
        await identity.change_password(token, "Another horse 43", PASSWORD)
    with pytest.raises(identity.SignInRefused):
        await knock(person)


async def test_changing_a_password_ends_every_other_session_and_renews_this_one(mailbox):
    person = await a_person()
    other = await enter(person)
    token = await enter(person)
    done = await identity.change_password(token, "Another horse 43", PASSWORD)
    for ended in (other, token):
        with pytest.raises(identity.SignedOut):
            await identity.session_actor(ended)
    await identity.session_actor(done.token)
    subjects = [subject for subject, _ in await mailbox.mails(person.email)]
    assert subjects == ["A second factor was set up", "Your password was changed"]
    with pytest.raises(identity.SignInRefused):
        await knock(person, PASSWORD)


async def test_a_weak_password_is_refused_with_every_reason():
    with pytest.raises(PasswordRefused) as refused:
        await identity.create_user(
            identity.command_line(),
            email="ada@example.org",
            name="Ada",
            password="short",
            platform_role=identity.PlatformRole.SUPPORT,
        )
    assert refused.value.data["faults"] == ["too_short", "no_capital", "no_digit"]
