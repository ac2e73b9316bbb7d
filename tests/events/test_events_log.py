"""The log: recorded with who and what, listed by company and mode, in pages, by an index."""

from uuid import UUID

import asyncpg
import pytest

from comptoir import events
from comptoir.events import Cursor
from comptoir.kit import db, ids
from comptoir.kit.actor import Actor, ActorKind, system
from comptoir.kit.errors import Invalid
from comptoir.kit.money import Money


def ada(company: UUID, live: bool = False) -> Actor:
    return Actor(ActorKind.USER, "u1", "Ada: the first", company, live, frozenset())


async def test_an_event_tells_who_did_what_to_what(database):
    company, payment, refund = ids.new(), ids.new(), ids.new()
    actor = ada(company)
    async with db.transaction(company=company) as tx:
        await events.record(
            tx, actor, "refund.requested", refund, payment_id=payment,
            amount=Money(1250, "EUR"), kind="partial",
        )  # fmt: skip
        (event,) = await events.list_for_payment(tx, actor, payment)
    assert (event.kind, event.subject_id, event.live) == ("refund.requested", refund, False)
    assert (event.actor, event.actor_kind, event.actor_name) == (
        "user:u1:Ada: the first", "user", "Ada: the first"
    )  # fmt: skip
    assert event.data == {"amount": {"minor": 1250, "currency": "EUR"}, "kind": "partial"}


async def test_live_and_test_events_never_meet(database):
    company, subject = ids.new(), ids.new()
    async with db.transaction(company=company) as tx:
        await events.record(tx, ada(company, live=True), "key.created", subject)
        await events.record(tx, ada(company), "key.rolled", subject, live=False)
        live = await events.list_for_subject(tx, ada(company, live=True), subject)
        test = await events.list_events(tx, ada(company))
    assert [event.kind for event in live] == ["key.created"]
    assert [event.kind for event in test] == ["key.rolled"]


async def test_another_companys_events_look_absent(database):
    company, other, payment = ids.new(), ids.new(), ids.new()
    async with db.transaction(company=company) as tx:
        await events.record(tx, ada(company), "payment.seen", payment, payment_id=payment)
    async with db.transaction(company=other) as tx:
        assert await events.list_for_payment(tx, ada(company), payment) == []
        assert await events.list_for_payment(tx, ada(other), payment) == []
        assert await events.list_new(tx, ada(company)) == []


async def test_pages_meet_without_gap_or_overlap_in_both_directions(database):
    company = ids.new()
    actor = system(company, live=False)
    written = []
    for _ in range(7):
        async with db.transaction(company=company) as tx:
            written.append(await events.record(tx, actor, "thing.done", ids.new()))
    async with db.transaction(company=company) as tx:
        down, before = [], None
        while page := await events.list_events(tx, actor, before=before, limit=3):
            down += [event.seq for event in page]
            before = page[-1].cursor
        up, after = [], events.START
        while page := await events.list_new(tx, actor, after=after, limit=2):
            up += [event.seq for event in page]
            after = page[-1].cursor
    assert up == written
    assert down == written[::-1]


async def test_who_polls_is_not_shown_what_an_open_transaction_may_still_precede(database):
    company = ids.new()
    actor = system(company, live=False)
    async with db.transaction(company=company) as open_one:
        early = await events.record(open_one, actor, "written.first", ids.new())
        async with db.transaction(company=company) as tx:
            late = await events.record(tx, actor, "written.second", ids.new())
        async with db.transaction(company=company) as tx:
            assert await events.list_new(tx, actor) == []
            assert [event.seq for event in await events.list_events(tx, actor)] == [late]
    async with db.transaction(company=company) as tx:
        assert [event.seq for event in await events.list_new(tx, actor)] == [early, late]


async def test_a_place_this_server_has_not_reached_is_refused_instead_of_waited_for(database):
    company = ids.new()
    async with db.transaction(company=company) as tx:
        with pytest.raises(Invalid):
            await events.list_new(tx, ada(company), after=Cursor(2**62, 1))


@pytest.mark.parametrize("text", ["", "1", "1.x", "1.-2", "99999999999999999999999.1", "a.b.c"])
def test_a_cursor_that_names_no_place_is_refused(text):
    with pytest.raises(Invalid):
        Cursor.parse(text)


def test_a_cursor_reads_back_what_it_wrote():
    assert Cursor.parse(Cursor(2**63, 7).text()) == Cursor(2**63, 7)


async def test_events_are_never_changed_or_deleted(database):
    company = ids.new()
    async with db.transaction(company=company) as tx:
        seq = await events.record(tx, ada(company), "thing.done", ids.new())
    for statement in (
        "update event set kind = 'x' where company_id = $1 and seq = $2",
        "delete from event where company_id = $1 and seq = $2",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(company, statement, seq)


async def run(company: UUID, statement: str, seq: int) -> None:
    async with db.transaction(company=company) as tx:
        await tx.run(statement, company, seq)


# The cursors leave most of the log on their side, so that only a company's own index helps.
NEWEST = (
    "explain select seq from event where company_id = $1 and live"
    " and (tx, seq) < ('999999999999'::xid8, 5) order by tx desc, seq desc limit 5"
)
OLDEST = (
    "explain select seq from event where company_id = $1 and live"
    " and (tx, seq) > ('1'::xid8, 5) order by tx, seq limit 5"
)
PAYMENT = (
    "explain select seq from event where company_id = $1 and payment_id = $1 and live"
    " order by seq limit 5"
)
SUBJECT = (
    "explain select seq from event where company_id = $1 and live and subject_id = $1"
    " and payment_id is null order by seq desc limit 5"
)

MANY = (
    "insert into event (company_id, at, live, kind, payment_id, subject_id, actor, data)"
    " select case when n % 20 < 2 then $1::uuid else gen_random_uuid() end, now(), true,"
    " 'thing.done',"
    " case when n % 2 = 0 then gen_random_uuid() end, gen_random_uuid(), 'test', '{}'"
    " from generate_series(1, 2000) as n"
)


@pytest.mark.parametrize(
    ("sql", "index"),
    [
        (NEWEST, "event_list"),
        (OLDEST, "event_list"),
        (PAYMENT, "event_payment"),
        (SUBJECT, "event_subject"),
    ],
)
async def test_every_list_of_events_is_served_by_its_index(database, sql, index):
    company = ids.new()
    connection = await asyncpg.connect(database)
    taken_back = connection.transaction()
    await taken_back.start()
    await connection.execute("set local role comptoir_owner")
    await connection.execute(MANY, company)
    await connection.execute("analyze event")  # Of few rows any index would do.
    await connection.execute("set local enable_seqscan = off; set local enable_sort = off")
    plan = await connection.fetch(sql, company)
    await taken_back.rollback()
    await connection.close()
    text = "\n".join(row[0] for row in plan)
    assert index in text
    assert "Sort" not in text
    if "xid8" in sql:
        assert "ROW(tx, seq)" in text.partition("Index Cond")[2].partition("Filter")[0]


async def test_followers_read_by_their_index(database):
    async with db.platform() as tx:
        await tx.run("set local enable_seqscan = off")
        plan = await tx.rows(
            "explain select seq from event where (tx, seq) > ('9'::xid8, 5)"
            " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx, seq limit 5"
        )
    text = "\n".join(row[0] for row in plan)
    assert "event_follow" in text
    assert "Sort" not in text
