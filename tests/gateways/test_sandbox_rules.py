"""The simulator behaves as gateways do."""

import asyncio
from datetime import timedelta

import pytest

from comptoir import gateways
from comptoir.gateways import GatewayRef, OutcomeStatus, simulator
from comptoir.gateways.simulator import acs
from comptoir.kit import clock, ids
from comptoir.kit.errors import NotFound
from comptoir.kit.money import Money
from gateways.acts import PLAIN, about, an_act


async def done(account, kind, amount="10.00 EUR", **more):
    return (await gateways.perform(account, an_act(kind, amount, **more))).outcome


def result(outcome):
    return outcome.status.value, outcome.result_code


async def test_an_authorization_is_captured_in_parts_and_never_beyond(account):
    held = await done(account, "authorize", "50.00 EUR")
    assert result(held) == ("succeeded", "000")
    assert held.capture_before is not None
    assert result(await done(account, "capture", "20.00 EUR", **about(held))) == (
        "succeeded",
        "000",
    )
    assert result(await done(account, "capture", "30.01 EUR", **about(held))) == (
        "rejected",
        "064",
    )
    assert result(await done(account, "capture", "30.00 EUR", **about(held))) == (
        "succeeded",
        "000",
    )
    assert result(await done(account, "capture", "0.01 EUR", **about(held))) == ("rejected", "080")


async def test_a_cancel_releases_what_is_left_and_ends_capturing(account):
    held = await done(account, "authorize", "50.00 EUR")
    await done(account, "capture", "20.00 EUR", **about(held))
    cancelled = await done(account, "cancel", "50.00 EUR", **about(held))
    assert (result(cancelled), cancelled.amount_done) == (
        ("succeeded", "000"),
        Money(3000, "EUR"),
    )
    assert result(await done(account, "capture", "1.00 EUR", **about(held))) == ("rejected", "080")
    assert result(await done(account, "cancel", "50.00 EUR", **about(held))) == ("rejected", "080")


async def test_an_authorization_expires(account, held_clock):
    held = await done(account, "authorize")
    clock.advance(timedelta(days=7, seconds=1))
    assert result(await done(account, "capture", **about(held))) == ("rejected", "032")


@pytest.mark.parametrize("kind", ["sale", "capture", "rebill"])
async def test_refunds_stay_within_what_was_taken(account, kind):
    sale = await done(account, "sale")
    if kind == "capture":
        sale = await done(account, "capture", **about(await done(account, "authorize")))
    elif kind == "rebill":
        sale = await done(account, "rebill", token=sale.token.token)
    assert result(await done(account, "refund", "4.00 EUR", **about(sale))) == ("succeeded", "000")
    assert result(await done(account, "refund", "6.01 EUR", **about(sale))) == ("rejected", "064")
    assert result(await done(account, "refund", "6.00 EUR", **about(sale))) == ("succeeded", "000")
    assert result(await done(account, "refund", "0.01 EUR", **about(sale))) == ("rejected", "080")


async def test_refunds_at_once_never_give_back_more_than_was_taken(account):
    sale = await done(account, "sale")
    tries = [done(account, "refund", "3.00 EUR", **about(sale)) for _ in range(8)]
    outcomes = [outcome.status for outcome in await asyncio.gather(*tries)]
    assert outcomes.count(OutcomeStatus.SUCCEEDED) == 3
    assert outcomes.count(OutcomeStatus.REJECTED) == 5


async def test_a_refund_in_another_currency_or_of_a_decline_is_refused(account):
    sale = await done(account, "sale")
    assert result(await done(account, "refund", "1.00 USD", **about(sale))) == ("rejected", "013")
    declined = await done(account, "sale", "900.51 EUR")
    assert result(await done(account, "refund", **about(declined))) == ("rejected", "012")
    nowhere = {"refs": (GatewayRef("operation", "sbx_" + "0" * 32),)}
    assert result(await done(account, "refund", **nowhere)) == ("rejected", "012")


async def test_a_capture_and_a_refund_can_be_declined_by_amount(account):
    held = await done(account, "authorize", "2000.00 EUR")
    assert result(await done(account, "capture", "900.51 EUR", **about(held))) == (
        "declined",
        "051",
    )
    taken = await done(account, "capture", "2000.00 EUR", **about(held))
    assert result(taken) == ("succeeded", "000")
    assert result(await done(account, "refund", "900.57 EUR", **about(taken))) == (
        "declined",
        "057",
    )
    assert result(await done(account, "refund", "2000.00 EUR", **about(taken))) == (
        "succeeded",
        "000",
    )


async def test_a_rebill_is_a_charge_of_its_own_even_after_a_whole_refund(account):
    sale = await done(account, "sale", "15.00 EUR")
    await done(account, "refund", "15.00 EUR", **about(sale))
    by_ref = await done(account, "rebill", "55.00 EUR", **about(sale))
    by_token = await done(account, "rebill", "55.00 EUR", token=sale.token.token)
    assert result(by_ref) == result(by_token) == ("succeeded", "000")
    assert by_token.token.last4 == PLAIN[-4:]


async def test_a_token_keeps_what_its_card_does(account):
    declined = await done(account, "sale", card="4000000000009995")
    assert declined.result_code == "051"
    assert result(await done(account, "rebill", token=declined.token.token)) == (
        "declined",
        "051",
    )


async def test_credits_go_to_a_card_or_to_a_token(account):
    assert result(await done(account, "credit")) == ("succeeded", "000")
    sale = await done(account, "sale")
    assert result(await done(account, "credit", token=sale.token.token)) == ("succeeded", "000")
    assert result(await done(account, "credit", **about(sale), card=None)) == ("succeeded", "000")
    assert result(await done(account, "credit", token="tok_nonsense")) == ("rejected", "056")


async def test_a_check_says_whether_the_card_is_enrolled(account):
    enrolled = await done(account, "3dscheck", "0.00 EUR")
    assert (result(enrolled), enrolled.three_ds["enrolled"]) == (("succeeded", "000"), True)
    absent = await done(account, "3dscheck", "0.00 EUR", card="4012888888881881")
    assert (result(absent), absent.three_ds["enrolled"]) == (("declined", "650"), False)
    assert await simulator.charges(account.company_id, account.account_id) == 0


async def test_3ds_without_the_shopper_needs_no_action(account):
    paid = await done(account, "sale")
    assert (paid.action, paid.three_ds["status"], paid.three_ds["eci"]) == (None, "Y", "05")
    off = await done(account, "sale", three_ds="off")
    assert off.three_ds is None


async def challenged(account, number=PLAIN, **more):
    act = an_act("sale", card=number, three_ds="force", return_url="https://shop.test/back", **more)
    outcome = (await gateways.perform(account, act)).outcome
    assert outcome.status is OutcomeStatus.ACTION_REQUIRED
    assert outcome.action["kind"] == "redirect"
    path, _, name = outcome.action["url"].rpartition("/")
    assert path == "/sandbox/acs"
    return act, outcome, name


async def back(account, act, outcome):
    again = an_act("continue", key=act.key, **about(outcome))
    return (await gateways.perform(account, again)).outcome


async def test_a_challenge_with_the_right_code_takes_the_money(account):
    act, outcome, name = await challenged(account)
    page = await acs.page_data(name)
    assert (page.amount, page.last4, page.state) == (Money(1000, "EUR"), "1111", "open")
    assert (await back(account, act, outcome)).status is OutcomeStatus.ACTION_REQUIRED
    assert (await acs.submit(name, "9999")).wrong_code
    page = await acs.submit(name, " 1234 ")
    assert (page.state, page.return_url) == ("passed", "https://shop.test/back")
    for _ in range(2):
        paid = await back(account, act, outcome)
        assert (result(paid), paid.three_ds["status"]) == (("succeeded", "000"), "Y")
    assert await simulator.charges(account.company_id, account.account_id) == 1


async def test_a_challenge_with_the_failing_code_takes_nothing(account):
    act, outcome, name = await challenged(account)
    await acs.submit(name, "0000")
    assert (await acs.submit(name, "1234")).state == "failed"
    assert result(await back(account, act, outcome)) == ("declined", "001")
    assert await simulator.charges(account.company_id, account.account_id) == 0


async def test_a_soft_decline_is_accepted_after_a_challenge(account):
    assert result(await done(account, "sale", card="4000002760003184")) == ("declined", "065")
    act, outcome, name = await challenged(account, "4000002760003184")
    await acs.submit(name, "1234")
    paid = await back(account, act, outcome)
    assert result(paid) == ("succeeded", "000")
    assert result(await done(account, "rebill", token=paid.token.token)) == ("succeeded", "000")


async def test_a_card_that_always_challenges_asks_for_it_when_3ds_is_off(account):
    assert result(await done(account, "sale", card="4000000000003220", three_ds="off")) == (
        "declined",
        "065",
    )


async def test_an_abandoned_challenge_expires(account, held_clock):
    act, outcome, name = await challenged(account)
    clock.advance(timedelta(minutes=31))
    assert (await acs.page_data(name)).state == "expired"
    assert (await acs.submit(name, "1234")).state == "expired"
    assert result(await back(account, act, outcome)) == ("declined", "032")


@pytest.mark.parametrize("name", ["", "acs_x", "pay_" + "0" * 52, "acs_" + "0" * 52])
async def test_a_challenge_page_that_does_not_exist_is_not_found(gateway, name):
    with pytest.raises(NotFound):
        await acs.page_data(name)


async def test_one_key_is_one_charge_where_keys_are_honoured(account):
    act = an_act()
    outcomes = await asyncio.gather(*[gateways.perform(account, act) for _ in range(6)])
    assert len({str(found.outcome.refs) for found in outcomes}) == 1
    assert await simulator.charges(account.company_id, account.account_id) == 1


async def test_one_key_with_another_amount_is_refused(account):
    act = an_act()
    await gateways.perform(account, act)
    other = an_act(key=act.key, amount="11.00 EUR")
    assert result((await gateways.perform(account, other)).outcome) == ("rejected", "094")


async def test_without_keys_the_same_request_is_a_second_charge(an_account):
    account = an_account(honours_keys=False)
    act = an_act()
    for _ in range(2):
        await gateways.perform(account, act)
    assert await simulator.charges(account.company_id, account.account_id) == 2


async def test_a_query_finds_by_our_key_and_by_reference(account):
    act = an_act()
    sale = (await gateways.perform(account, act)).outcome
    assert (await done(account, "query", key=act.key)).refs == sale.refs
    assert result(await done(account, "query", key=act.key, **about(sale))) == ("succeeded", "000")
    missing = await done(account, "query", key=ids.new())
    assert (missing.status, missing.absent) == (OutcomeStatus.UNKNOWN, True)


async def test_one_company_does_not_find_anothers_operation(account, an_account):
    sale = await done(account, "sale")
    stranger = an_account()
    assert result(await done(stranger, "refund", **about(sale))) == ("rejected", "012")
    assert result(await done(stranger, "rebill", token=sale.token.token)) == ("rejected", "056")


async def test_a_wrong_key_is_rejected_as_a_matter_of_configuration(account):
    wrong = gateways.AccountContext(
        account.company_id, account.account_id, "sandbox", {"api_key": "wrong-key"}, False
    )
    refused = (await gateways.perform(wrong, an_act())).outcome
    assert result(refused) == ("rejected", "003")
    assert refused.reason.decline is gateways.Decline.MERCHANT_CONFIGURATION


async def test_the_same_seed_gives_the_same_names(an_account, held_clock):
    act = an_act()
    first, second = [
        (await gateways.perform(an_account(seed=7), act)).outcome.refs for _ in range(2)
    ]
    assert first == second
