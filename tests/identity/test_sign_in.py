"""Sign-in: what is asked, what is refused, and that refusals look and last the same."""

import time
from datetime import timedelta

import argon2
import pytest

from comptoir import identity
from comptoir.identity import CodeRefused, SignInRefused, Stage
from comptoir.kit import clock, db
from comptoir.kit.errors import Forbidden
from identity.people import (
    PASSWORD,
    WRONG,
    Person,
    a_company,
    a_person,
    actor_of,
    an_address,
    at_once,
    enter,
    happenings,
    knock,
)


async def test_the_second_factor_is_enrolled_at_the_first_sign_in_and_asked_at_the_next():
    person = await a_person()
    step = await knock(person)
    assert step.next is Stage.ENROL
    enrolment = await identity.start_enrolment(step.token)
    assert enrolment.address.startswith("otpauth://totp/Comptoir:")
    assert await identity.start_enrolment(step.token) == enrolment
    with pytest.raises(CodeRefused):
        await identity.confirm_enrolment(step.token, "000000")
    person.totp = enrolment.secret
    done = await identity.confirm_enrolment(step.token, person.code())
    assert done.next is Stage.COMPLETE
    clock.advance(timedelta(seconds=30))
    assert (await knock(person)).next is Stage.TOTP
    assert await happenings(person) == ["user.created", "totp.enrolled", "sign_in.succeeded"]


async def test_a_token_changes_with_each_step_and_the_old_one_is_worth_nothing():
    person = await a_person()
    step = await knock(person)
    person.totp = (await identity.start_enrolment(step.token)).secret
    done = await identity.confirm_enrolment(step.token, person.code())
    assert done.token != step.token
    with pytest.raises(identity.SignedOut):
        await identity.get_session(step.token)
    async with db.lookup() as tx:
        kept = await tx.rows("select token_hash from session where user_id = $1", person.id)
    assert all(row["token_hash"] not in {step.token.encode(), done.token.encode()} for row in kept)


async def test_a_secret_shown_to_one_session_cannot_be_confirmed_in_another():
    person = await a_person()
    first, second = await knock(person), await knock(person)
    person.totp = (await identity.start_enrolment(first.token)).secret
    await identity.start_enrolment(second.token)
    with pytest.raises(CodeRefused):
        await identity.confirm_enrolment(second.token, person.code())
    await identity.confirm_enrolment(first.token, person.code())
    with pytest.raises(identity.TotpAlreadySet):
        await identity.start_enrolment(second.token)


async def test_no_step_can_be_skipped_or_taken_twice():
    person = await a_person()
    step = await knock(person)
    with pytest.raises(identity.SignInUnfinished):
        await identity.session_actor(step.token)
    with pytest.raises(identity.WrongStep):
        await identity.confirm_totp(step.token, "123456")
    with pytest.raises(identity.WrongStep):
        await identity.change_password(step.token, "Another horse 43", PASSWORD)
    with pytest.raises(identity.WrongStep):
        await identity.confirm_enrolment(step.token, "123456")
    with pytest.raises(Forbidden):
        await identity.skip_enrolment(step.token)


async def test_a_demo_home_lets_in_with_the_password_and_offers_the_second_factor(demo_home):
    person = await a_person()
    step = await knock(person)
    assert (step.next, step.offer_enrolment) == (Stage.COMPLETE, True)
    actor, _, _ = await identity.session_actor(step.token)
    assert not actor.live
    person.totp = (await identity.start_enrolment(step.token)).secret
    done = await identity.confirm_enrolment(step.token, person.code())
    assert (done.next, done.offer_enrolment) == (Stage.COMPLETE, False)
    assert (await knock(person)).next is Stage.TOTP


async def test_a_code_is_good_one_step_early_and_late_and_no_further():
    person = await a_person()
    await enter(person)
    for seconds, good in [(-60, False), (-30, True), (0, True), (30, True), (60, False)]:
        clock.advance(timedelta(minutes=5))
        step = await knock(person)
        code = person.code(timedelta(seconds=seconds))
        if good:
            assert (await identity.confirm_totp(step.token, code)).next is Stage.COMPLETE
        else:
            with pytest.raises(CodeRefused):
                await identity.confirm_totp(step.token, code)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６", "12 34 5x"])
async def test_what_is_not_a_code_is_refused(code):
    person = await a_person()
    await enter(person)
    step = await knock(person)
    with pytest.raises(CodeRefused):
        await identity.confirm_totp(step.token, code)


async def test_a_code_works_once_and_an_earlier_one_not_after_it():
    person = await a_person()
    step = await knock(person)
    person.totp = (await identity.start_enrolment(step.token)).secret
    used = person.code()
    await identity.confirm_enrolment(step.token, used)
    step = await knock(person)
    with pytest.raises(CodeRefused):
        await identity.confirm_totp(step.token, used)
    clock.advance(timedelta(seconds=30))
    earlier, present = person.code(timedelta(seconds=-30)), person.code()
    await identity.confirm_totp(step.token, f"{present[:3]} {present[3:]}")
    step = await knock(person)
    for spent in (earlier, present):
        with pytest.raises(CodeRefused):
            await identity.confirm_totp(step.token, spent)


async def test_the_same_code_used_in_many_sessions_at_once_opens_one():
    person = await a_person()
    await enter(person)
    clock.advance(timedelta(minutes=1))
    steps = [await knock(person) for _ in range(6)]
    code = person.code()
    results = await at_once(1, lambda: identity.confirm_totp(steps[0].token, "000000"))
    assert isinstance(results[0], CodeRefused)
    waiting = iter(steps)
    results = await at_once(6, lambda: identity.confirm_totp(next(waiting).token, code))
    assert sorted(type(result).__name__ for result in results) == [*["CodeRefused"] * 5, "SignIn"]


async def test_ten_bad_passwords_lock_the_account_for_thirty_minutes():
    person = await a_person()
    for _ in range(10):
        with pytest.raises(SignInRefused):
            await knock(person, WRONG)
    clock.advance(timedelta(minutes=29, seconds=59))
    with pytest.raises(SignInRefused):
        await knock(person)
    clock.advance(timedelta(seconds=1))
    assert (await knock(person)).next is Stage.ENROL
    log = await happenings(person)
    assert log.count("sign_in.locked") == 1
    assert log.count("sign_in.failed") == 11


async def test_tries_while_locked_do_not_prolong_it():
    person = await a_person()
    await at_once(10, lambda: knock(person, WRONG))
    clock.advance(timedelta(minutes=20))
    await at_once(10, lambda: knock(person, WRONG))
    clock.advance(timedelta(minutes=10))
    await knock(person)


async def test_nine_bad_passwords_do_not_lock():
    person = await a_person()
    await at_once(9, lambda: knock(person, WRONG))
    assert (await knock(person)).next is Stage.ENROL


async def test_many_tries_at_once_get_ten_answers_and_no_more():
    person = await a_person()
    await at_once(15, lambda: knock(person, WRONG))
    log = await happenings(person)
    assert log.count("sign_in.failed") == 15
    events = await identity.list_own_security_events(person.id)
    assert sum(1 for event in events if event.data.get("not_checked")) == 5


async def test_bad_codes_and_bad_passwords_are_counted_together():
    person = await a_person()
    await enter(person)
    clock.advance(timedelta(minutes=1))
    step = await knock(person)
    for _ in range(9):
        with pytest.raises(CodeRefused):
            await identity.confirm_totp(step.token, "000000")
    step = await knock(person)  # A right password does not wipe the tries at codes.
    with pytest.raises(CodeRefused):
        await identity.confirm_totp(step.token, "000000")
    with pytest.raises(CodeRefused):
        await identity.confirm_totp(step.token, person.code())
    with pytest.raises(SignInRefused):
        await knock(person)
    clock.advance(timedelta(minutes=30))
    await enter(person)


async def test_a_complete_sign_in_forgets_the_bad_tries_before_it():
    person = await a_person()
    for _ in range(2):
        for _ in range(9):
            with pytest.raises(SignInRefused):
                await knock(person, WRONG)
        await enter(person)


async def test_an_administrator_unlocks_a_locked_account():
    person, chief = await a_person(), await a_person()
    await at_once(10, lambda: knock(person, WRONG))
    with pytest.raises(SignInRefused):
        await knock(person)
    await identity.unlock_user(await actor_of(chief), person.id)
    await knock(person)


async def test_an_account_is_blocked_after_90_days_without_use_until_it_is_opened_again():
    person = await a_person()
    await enter(person)
    clock.advance(timedelta(days=89, hours=23))
    await enter(person)
    clock.advance(timedelta(days=90))
    chief = await a_person()
    with pytest.raises(identity.AccountUnused):
        await knock(person)
    with pytest.raises(SignInRefused):  # Told only to who knows the password.
        await knock(person, WRONG)
    await identity.unlock_user(await actor_of(chief), person.id)
    await enter(person)


async def test_a_disabled_account_answers_like_an_unknown_one():
    person, chief = await a_person(), await a_person()
    token = await enter(person)
    await identity.disable_user(await actor_of(chief), person.id)
    with pytest.raises(identity.SignedOut):
        await identity.session_actor(token)
    refusals = []
    for email in (person.email, an_address()):
        with pytest.raises(SignInRefused) as refused:
            await identity.sign_in(email, PASSWORD, None, None)
        refusals.append((refused.value.detail, refused.value.data))
    assert refusals[0] == refusals[1]


async def test_an_unknown_address_takes_as_long_as_a_wrong_password():
    person = await a_person()
    locked = await a_person()
    await at_once(10, lambda: knock(locked, WRONG))

    async def quickest(email: str) -> float:
        took = []
        for _ in range(3):
            started = time.perf_counter()
            with pytest.raises(SignInRefused):
                await identity.sign_in(email, WRONG, None, None)
            took.append(time.perf_counter() - started)
        return min(took)

    known = await quickest(person.email)
    assert await quickest(an_address()) > known / 2
    assert await quickest(locked.email) > known / 2


async def test_the_log_of_an_unknown_address_does_not_hold_what_was_typed():
    typed = "My Password 123 in the wrong field"
    with pytest.raises(SignInRefused):
        await identity.sign_in(typed, "", "192.0.2.9", None)
    chief = await actor_of(await a_person())
    events = await identity.list_security_events(chief)
    last = next(event for event in events if event.ip == "192.0.2.9")
    assert typed.lower() not in str(last).lower()


async def test_an_address_is_known_however_it_is_written():
    person = await a_person()
    loud = f"  {person.email.upper()} "
    assert (await identity.sign_in(loud, PASSWORD, None, None)).next is Stage.ENROL


async def test_somebody_without_any_company_left_is_told_so():
    company = await a_company()
    person = await a_person("viewer", company)
    await identity.remove_member(identity.command_line(), person.id, company)
    with pytest.raises(identity.NoPlace):
        await knock(person)


async def test_secrets_do_not_show_when_values_are_printed():
    person: Person = await a_person()
    step = await knock(person)
    enrolment = await identity.start_enrolment(step.token)
    assert step.token not in repr(step)
    assert enrolment.secret not in repr(enrolment)


async def test_a_hash_of_an_older_cost_is_renewed_at_the_next_sign_in():
    person = await a_person()
    older = argon2.PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)
    async with db.lookup() as tx:
        await tx.run("update app_user set password_hash = $2 where id = $1", person.id, older)
    await knock(person)
    async with db.lookup() as tx:
        kept = await tx.value("select password_hash from app_user where id = $1", person.id)
    assert "m=32768,t=3,p=1" in kept
    await knock(person)
