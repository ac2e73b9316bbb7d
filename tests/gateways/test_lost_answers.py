"""A lost answer is unknown, never failed; recovery finds the true state and never charges twice."""

import asyncio
import random

import pytest

from comptoir import gateways
from comptoir.gateways import ActKind, OutcomeStatus, simulator
from comptoir.gateways.simulator import Fault
from comptoir.gateways.simulator.faults import fault_numbers, fault_of_number
from comptoir.kit.money import Money
from gateways.acts import a_card, about, an_act

UNKNOWN, NOT_SENT = OutcomeStatus.UNKNOWN, OutcomeStatus.NOT_SENT
SUCCEEDED, PENDING = OutcomeStatus.SUCCEEDED, OutcomeStatus.PENDING
# What the caller sees at once, and whether the gateway did it.
MEANING = {
    Fault.DELAY: (SUCCEEDED, True),
    Fault.TIMEOUT_BEFORE: (UNKNOWN, False),
    Fault.TIMEOUT_AFTER: (UNKNOWN, True),
    Fault.RESET: (UNKNOWN, True),
    Fault.ERROR_BEFORE: (UNKNOWN, False),
    Fault.ERROR_AFTER: (UNKNOWN, True),
    Fault.GARBAGE: (UNKNOWN, True),
    Fault.DUPLICATE: (SUCCEEDED, True),
    Fault.LATE: (PENDING, True),
    Fault.REFUSED: (NOT_SENT, False),
    Fault.BUSY: (NOT_SENT, False),
}
KINDS = ["sale", "authorize", "capture", "cancel", "refund", "rebill", "credit"]


def without_card(act):
    """The act as a worker knows it later: a card is never kept."""
    return gateways.Act(act.kind, act.key, act.amount, act.refs, None, act.token)


async def prepared(account, kind, amount="10.00 EUR"):
    """An act of that kind, ready to be sent, on an operation that allows it."""
    if kind in {"sale", "authorize"}:
        return an_act(kind, amount)
    first = "authorize" if kind in {"capture", "cancel"} else "sale"
    outcome = (await gateways.perform(account, an_act(first, "5000.00 EUR"))).outcome
    if kind in {"rebill", "credit"}:
        return an_act(kind, amount, token=outcome.token.token)
    return an_act(kind, amount, **about(outcome))


async def charges(account, act):
    return await simulator.charges(account.company_id, account.account_id, str(act.key))


async def until_known(account, act, tries=8):
    for attempt in range(tries):
        found = (await gateways.recover(account, act, attempt)).outcome
        if found.status in gateways.TERMINAL or found.status is PENDING:
            return found
    raise AssertionError("nobody knows")


def test_every_fault_has_its_meaning_here():
    assert set(MEANING) == set(Fault)


@pytest.mark.parametrize("honours_keys", [True, False])
@pytest.mark.parametrize("kind", KINDS)
async def test_each_fault_has_one_outcome_and_recovery_finds_the_truth(
    an_account, kind, honours_keys
):
    account = an_account(honours_keys=honours_keys)
    for fault, (seen, happened) in MEANING.items():
        act = await prepared(account, kind)
        await simulator.script(account.account_id, [fault])
        done = await gateways.perform(account, act)
        assert done.outcome.status is seen, fault
        assert len(done.exchanges) == 1
        assert await charges(account, act) == int(happened), fault
        if seen is not UNKNOWN:
            continue
        truth = await until_known(account, without_card(act))
        repeated = honours_keys and kind not in {"sale", "authorize"}
        if happened or repeated:
            assert (truth.status, truth.result_code) == (SUCCEEDED, "000"), fault
            assert await charges(account, act) == 1, fault
        else:
            assert truth.status is NOT_SENT, fault
            assert await charges(account, act) == 0, fault


async def test_without_keys_recovery_asks_and_never_sends_again(an_account):
    account = an_account(honours_keys=False)
    act = await prepared(account, "rebill")
    await simulator.script(account.account_id, [Fault.TIMEOUT_AFTER])
    await gateways.perform(account, act)
    for attempt in range(5):
        found = await gateways.recover(account, act, attempt)
        assert [exchange.purpose for exchange in found.exchanges] == ["query"]
    assert await charges(account, act) == 1


async def test_a_card_is_never_sent_again(account):
    act = an_act()
    await simulator.script(account.account_id, [Fault.TIMEOUT_BEFORE])
    await gateways.perform(account, act)
    found = await gateways.recover(account, act, 0)
    assert [exchange.purpose for exchange in found.exchanges] == ["query"]
    assert await charges(account, act) == 0


async def test_a_question_that_gets_lost_says_nothing_of_the_act(account):
    act = await prepared(account, "refund")
    await simulator.script(account.account_id, [Fault.TIMEOUT_AFTER])
    await gateways.perform(account, act)
    for fault in (Fault.REFUSED, Fault.BUSY, Fault.ERROR_BEFORE, Fault.TIMEOUT_BEFORE):
        await simulator.script(account.account_id, [fault, fault])
        assert (await gateways.recover(account, act, 9)).outcome.status is UNKNOWN, fault
    assert (await gateways.recover(account, act, 9)).outcome.status is SUCCEEDED


async def test_an_account_that_lost_its_key_leaves_the_unknown_unknown(account):
    act = await prepared(account, "refund")
    await simulator.script(account.account_id, [Fault.TIMEOUT_AFTER])
    await gateways.perform(account, act)
    for key in ("wrong", ""):
        locked = gateways.AccountContext(
            account.company_id, account.account_id, "sandbox", {"api_key": key}, False
        )
        assert (await gateways.recover(locked, act, 9)).outcome.status is UNKNOWN


async def test_an_absent_act_is_unknown_at_first_and_not_sent_in_the_end(account):
    act = an_act()
    statuses = [(await gateways.recover(account, act, n)).outcome.status for n in range(4)]
    assert statuses == [UNKNOWN, UNKNOWN, NOT_SENT, NOT_SENT]


async def test_a_lost_refusal_is_found_to_be_a_refusal(account):
    sale = (await gateways.perform(account, an_act())).outcome
    act = an_act("refund", "10.01 EUR", **about(sale))
    await simulator.script(account.account_id, [Fault.ERROR_AFTER])
    assert (await gateways.perform(account, act)).outcome.status is UNKNOWN
    found = (await gateways.recover(account, act, 0)).outcome
    assert (found.status, found.result_code) == (OutcomeStatus.REJECTED, "064")


async def test_a_lost_continuation_is_asked_for_again(account):
    act = an_act(three_ds="force")
    outcome = (await gateways.perform(account, act)).outcome
    await simulator.acs.submit(outcome.action["url"].rpartition("/")[2], "1234")
    again = an_act("continue", key=act.key, **about(outcome))
    for fault in (Fault.TIMEOUT_BEFORE, Fault.TIMEOUT_AFTER):
        await simulator.script(account.account_id, [fault])
        assert (await gateways.perform(account, again)).outcome.status is UNKNOWN
    found = (await gateways.recover(account, again, 0)).outcome
    assert (found.status, found.result_code) == (SUCCEEDED, "000")
    assert await charges(account, act) == 1


@pytest.mark.parametrize("number", fault_numbers())
async def test_documented_fault_amounts_and_cards_play_once(account, number):
    fault = fault_of_number(number)
    seen, _ = MEANING[fault]
    card = next(card for card in simulator.TEST_CARDS.values() if card.fault is fault)
    by_amount = an_act(amount=str(Money(91_000 + number, "EUR")))
    by_card = an_act(card=a_card(card.number))
    for act in (by_amount, by_card):
        assert (await gateways.perform(account, act)).outcome.status is seen
        if seen is UNKNOWN:
            again = (await gateways.perform(account, act)).outcome
            assert again.status is SUCCEEDED
            assert await charges(account, act) == 1


async def test_a_seed_deals_the_same_faults_every_time(an_account):
    rates = {"timeout_after": 0.2, "error_before": 0.2, "late": 0.1}
    acts = [an_act() for _ in range(60)]

    async def run():
        account = an_account(seed=11, faults=rates)
        return [(await gateways.perform(account, act)).outcome.status for act in acts]

    first, second = await run(), await run()
    assert first == second
    assert {SUCCEEDED, UNKNOWN, PENDING} <= set(first)


async def test_real_delays_are_ended_by_the_calls_own_time_out(an_account, monkeypatch):
    monkeypatch.setattr("comptoir.gateways.connectors.sandbox.AUTHORIZE_SECONDS", 0.05)
    account = an_account(real_delays=True)
    await simulator.script(account.account_id, [Fault.TIMEOUT_AFTER])
    done = await gateways.perform(account, an_act())
    assert (done.outcome.status, done.exchanges[0].fault) == (UNKNOWN, "timeout")
    assert done.exchanges[0].milliseconds >= 40


@pytest.mark.slow
@pytest.mark.parametrize("honours_keys", [True, False])
async def test_hundreds_of_seeded_cases_reach_their_true_state_without_a_double_charge(
    an_account, honours_keys
):
    rates = {fault.value: 0.07 for fault in Fault}
    account = an_account(honours_keys=honours_keys, seed=2026, faults=rates)
    calm = gateways.AccountContext(
        account.company_id, account.account_id, "sandbox", account.credentials, False,
        {"honours_keys": honours_keys},
    )  # fmt: skip
    dice = random.Random(2026)  # noqa: S311

    async def one(kind):
        act = await prepared(calm, kind)
        outcome = (await gateways.perform(account, act)).outcome
        for attempt in range(40):
            if outcome.status not in {UNKNOWN, PENDING}:
                break
            outcome = (await gateways.recover(account, without_card(act), attempt)).outcome
            if outcome.status is PENDING:
                break
        made = await charges(account, act)
        if outcome.status in {SUCCEEDED, PENDING}:
            assert made == 1, (kind, outcome)
        else:
            assert outcome.status is NOT_SENT, (kind, outcome)
            assert made == 0, (kind, outcome)

    for _ in range(30):
        await asyncio.gather(*[one(dice.choice(KINDS)) for _ in range(8)])


def test_every_claimed_operation_has_a_case_here():
    claimed = gateways.get_connector("sandbox").capabilities.operations
    proven = {ActKind(kind) for kind in KINDS} | {ActKind.QUERY, ActKind.CONTINUE, ActKind.CHECK}
    assert claimed == proven
