"""The documented cards and amounts give exactly the documented codes."""

from pathlib import Path

import pytest

from comptoir import gateways
from comptoir.gateways import OutcomeStatus, simulator
from comptoir.gateways.reasons import GATEWAY_CODES
from comptoir.gateways.simulator.cards import TEST_CARDS, ThreeDs, luhn
from comptoir.kit.money import Money
from gateways.acts import PLAIN, a_card, an_act

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "test-cards.md"
PLAIN_CARDS = [card for card in TEST_CARDS.values() if card.fault is None]


async def test_every_documented_card_gives_its_documented_code(account):
    for card in PLAIN_CARDS:
        done = await gateways.perform(account, an_act(card=card.number))
        outcome = done.outcome
        if card.three_ds is ThreeDs.CHALLENGE:
            assert outcome.status is OutcomeStatus.ACTION_REQUIRED, card
            continue
        accepted = card.code == "000"
        assert outcome.result_code == card.code, card
        assert outcome.status is (
            OutcomeStatus.SUCCEEDED if accepted else OutcomeStatus.DECLINED
        ), card
        assert (outcome.reason is None) is accepted
        assert outcome.token is not None
        assert (outcome.token.brand, outcome.token.last4) == (card.brand, card.number[-4:])


@pytest.mark.parametrize("currency", ["EUR", "JPY", "KWD"])
async def test_amounts_give_their_code_in_every_currency(account, currency):
    for code in sorted(GATEWAY_CODES):
        amount = Money(90_000 + int(code), currency)
        done = await gateways.perform(account, an_act(amount=str(amount)))
        assert done.outcome.result_code == code
        assert done.outcome.status is OutcomeStatus.DECLINED
        assert done.outcome.amount_done is None


@pytest.mark.parametrize("number", [PLAIN, "4012888888881881"])
@pytest.mark.parametrize("minor", [1000, 1500, 2599, 5000, 5500, 10000])
async def test_the_two_published_cards_succeed_at_the_published_amounts(account, number, minor):
    for month, year in ((10, 2024), (1, 2000), (12, 2099)):
        card = gateways.CardData(number, month, year, "000")
        done = await gateways.perform(account, an_act(amount=str(Money(minor, "EUR")), card=card))
        assert (done.outcome.status, done.outcome.result_code) == ("succeeded", "000")
        assert done.outcome.amount_done == Money(minor, "EUR")


async def test_amounts_without_a_meaning_succeed(account):
    for minor in (1, 90_000, 90_999, 90_011, 91_000, 91_099):
        done = await gateways.perform(account, an_act(amount=str(Money(minor, "EUR"))))
        assert done.outcome.status is OutcomeStatus.SUCCEEDED, minor


def test_every_card_number_has_a_right_check_digit_and_fits_its_brand():
    starts = {
        "visa": ("4",),
        "mastercard": ("51", "52", "55", "22"),
        "amex": ("34", "37"),
        "cb": ("4", "5"),
        "maestro": ("67", "63"),
        "diners": ("30", "36", "38"),
        "discover": ("6011",),
        "jcb": ("35",),
        "unionpay": ("62",),
    }
    for card in TEST_CARDS.values():
        assert luhn(card.number), card
        assert card.number.startswith(starts[card.brand]), card
    assert {card.brand for card in TEST_CARDS.values()} == set(starts)


def test_every_result_code_has_a_card_an_amount_a_text_and_a_reason():
    assert {card.code for card in TEST_CARDS.values()} == GATEWAY_CODES | {"000"}
    for code in GATEWAY_CODES:
        assert simulator.code_of_amount(90_000 + int(code)) == code
        assert gateways.text_of(code)
        assert gateways.reason_of(code).retry


def test_every_reason_stands_for_a_code_that_has_a_text():
    for decline in gateways.Decline:
        assert gateways.code_of(decline) in gateways.RESULT_TEXTS
        assert gateways.CUSTOMER_TEXTS[gateways.Reason(decline).category]
    assert len(gateways.Decline) == 24


@pytest.mark.parametrize(
    "number", ["4970101234567890", "4111111111111112", "5413330089010434", "", "4111", "x" * 400]
)
def test_a_number_that_is_not_documented_is_refused_without_being_repeated(number):
    with pytest.raises(gateways.NotATestCard) as met:
        gateways.check_test_number(number)
    assert (met.value.code, met.value.status) == ("not_a_test_card", 422)
    assert not number or number not in f"{met.value!r} {met.value.data}"


def test_a_documented_number_may_be_typed_in_groups():
    assert gateways.check_test_number("4111 1111-1111 1111").number == PLAIN


async def test_the_gateway_itself_refuses_an_undocumented_number(account):
    done = await gateways.perform(account, an_act(card=a_card("4970101234567890")))
    assert (done.outcome.status, done.outcome.result_code) == ("rejected", "014")
    assert await simulator.charges(account.company_id, account.account_id) == 0


def test_the_guide_lists_every_card_and_every_code():
    guide = GUIDE.read_text()
    for card in TEST_CARDS.values():
        assert f"`{card.number}`" in guide, card
    for code in GATEWAY_CODES:
        assert f"{90_000 + int(code)}" in guide, code
    for fault in simulator.Fault:
        assert f"`{fault.value}`" in guide, fault
