"""Notifications: signed with one of the secrets, lately; late and double ones are told apart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from comptoir import gateways
from comptoir.gateways import NotificationRefused, OutcomeStatus, simulator
from comptoir.gateways.simulator import Fault
from comptoir.kit import clock
from gateways.acts import about, an_act


async def a_late_sale(account, **more):
    act = an_act(**more)
    await simulator.script(account.account_id, [Fault.LATE])
    outcome = (await gateways.perform(account, act)).outcome
    assert outcome.status is OutcomeStatus.PENDING
    return act, outcome


async def test_a_late_result_comes_by_notification_once(account, held_clock):
    act, outcome = await a_late_sale(account)
    assert await simulator.due_notifications(account) == []
    clock.advance(timedelta(minutes=2))
    [note] = await simulator.due_notifications(account)
    [event] = gateways.read_notification(account, note).events
    assert (event.operation_key, event.refs) == (act.key, outcome.refs)
    assert (event.outcome.status, event.outcome.result_code) == ("succeeded", "000")
    assert await simulator.due_notifications(account) == []


async def test_a_late_result_can_be_asked_for_before_its_notification(account, held_clock):
    act, _ = await a_late_sale(account)
    ask = an_act("query", key=act.key)
    assert (await gateways.perform(account, ask)).outcome.status is OutcomeStatus.PENDING
    clock.advance(timedelta(minutes=2))
    assert (await gateways.perform(account, ask)).outcome.status is OutcomeStatus.SUCCEEDED
    assert len(await simulator.due_notifications(account)) == 1


async def test_a_repeated_key_gets_the_first_answer_and_a_query_the_present_one(
    account, held_clock
):
    act, _ = await a_late_sale(account)
    clock.advance(timedelta(minutes=2))
    await simulator.due_notifications(account)
    assert (await gateways.perform(account, act)).outcome.status is OutcomeStatus.PENDING
    assert (await gateways.recover(account, act, 0)).outcome.status is OutcomeStatus.SUCCEEDED


async def test_a_late_refund_that_fails_gives_its_amount_back(account, held_clock):
    sale = (await gateways.perform(account, an_act(amount="2000.00 EUR"))).outcome
    await a_late_sale(account, kind="refund", amount="900.57 EUR", **about(sale))
    whole = an_act("refund", "2000.00 EUR", **about(sale))
    assert (await gateways.perform(account, whole)).outcome.result_code == "064"
    clock.advance(timedelta(minutes=2))
    [note] = await simulator.due_notifications(account)
    [event] = gateways.read_notification(account, note).events
    assert (event.outcome.status, event.outcome.result_code) == ("declined", "057")
    again = an_act("refund", "2000.00 EUR", **about(sale))
    assert (await gateways.perform(account, again)).outcome.status is OutcomeStatus.SUCCEEDED


async def test_a_duplicate_is_one_event_told_twice(account, held_clock):
    act = an_act()
    await simulator.script(account.account_id, [Fault.DUPLICATE])
    assert (await gateways.perform(account, act)).outcome.status is OutcomeStatus.SUCCEEDED
    notes = await simulator.due_notifications(account)
    events = [gateways.read_notification(account, note).events[0] for note in notes]
    assert len(events) == 2
    assert events[0].key == events[1].key


@pytest.fixture
async def note(account, held_clock):
    await a_late_sale(account)
    clock.advance(timedelta(minutes=2))
    [found] = await simulator.due_notifications(account)
    return found


async def test_a_tampered_notification_is_refused(account, note):
    for place in range(0, len(note.body), 7):
        body = bytearray(note.body)
        body[place] ^= 1
        with pytest.raises(NotificationRefused):
            gateways.read_notification(account, replace(note, body=bytes(body)))


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v1=",
        "v1=00",
        "t=abc,v1=00",
        "t=²,v1=00",
        "t=99999999999999999999,v1=00",
        "t=1,v1=é",
        "nonsense",
    ],
)
async def test_a_notification_with_a_broken_signature_is_refused(account, note, header):
    headers = {} if header is None else {"sandbox-signature": header}
    with pytest.raises(NotificationRefused):
        gateways.read_notification(account, replace(note, headers=headers))


async def test_an_old_notification_is_refused(account, note):
    later = replace(note, at=note.at + timedelta(minutes=6))
    with pytest.raises(NotificationRefused, match="too old"):
        gateways.read_notification(account, later)


async def test_secrets_can_be_changed_without_losing_a_notification(account, note):
    def with_secrets(now, before=""):
        secrets = {"webhook_secret": now, "webhook_secret_previous": before}
        return replace(account, credentials={"api_key": "k", **secrets})

    assert gateways.read_notification(with_secrets("new", "whisper-one"), note).events
    assert gateways.read_notification(with_secrets("whisper-one", "old"), note).events
    for strangers in (with_secrets("new", "old"), with_secrets("", "")):
        with pytest.raises(NotificationRefused):
            gateways.read_notification(strangers, note)


async def test_a_well_signed_notification_that_is_not_readable_is_refused(account, held_clock):
    body = b'{"id": "evt_1", "operation": {"reference": "no uuid"}}'
    signature = gateways.timed_signature(body, "whisper-one", clock.now())
    note = gateways.RawNotification(body, {"sandbox-signature": signature}, clock.now())
    with pytest.raises(NotificationRefused, match="not readable"):
        gateways.read_notification(account, note)
