"""Sessions that ended and links that nobody can use are deleted after thirty days."""

from datetime import timedelta

from comptoir import identity, wiring
from comptoir.kit import clock, db
from identity.people import Person, a_person, enter, happenings
from kit import run_jobs


async def kept(person: Person) -> tuple[int, int]:
    async with db.lookup() as tx:
        sessions = await tx.value("select count(*) from session where user_id = $1", person.id)
        links = await tx.value("select count(*) from one_time_link where user_id = $1", person.id)
    return sessions, links


async def test_what_nobody_can_use_is_forgotten_and_what_was_done_is_not(mailbox):
    person = await a_person()
    await enter(person)
    await identity.forgot_password(person.email, "https://office.example")
    await mailbox.link(person.email)
    before = await kept(person)
    assert min(before) >= 1
    told = await happenings(person)
    daily = [item for item in wiring.SCHEDULES if item.name == "identity.forget"]
    await run_jobs(until=clock.now() + timedelta(days=29), schedules=daily)
    assert await kept(person) == before
    await enter(person)
    await run_jobs(until=clock.now() + timedelta(days=3), schedules=daily)
    assert await kept(person) == (before[0], 0)  # As many sessions, all of them new.
    async with db.lookup() as tx:
        oldest = await tx.value("select min(created_at) from session")
    assert oldest > clock.now() - timedelta(days=30)
    assert set(told) <= set(await happenings(person))
