"""Money is integer minor units and an ISO 4217 code: no float, nothing lost, nothing mixed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.kit import db
from comptoir.kit.money import CODES, MAX_MINOR, Money, exponent

minors = st.integers(-MAX_MINOR, MAX_MINOR)
currencies = st.sampled_from(sorted(CODES))
monies = st.builds(Money, minors, currencies)
pairs = st.builds(lambda a, b, c: (Money(a, c), Money(b, c)), minors, minors, currencies)


@given(monies)
def test_text_reads_back_to_the_same_money(money: Money) -> None:
    assert Money.parse(str(money)) == money
    assert Money.parse(money.text(), money.currency) == money


@given(monies)
def test_text_shows_the_currency_s_own_decimals(money: Money) -> None:
    shown = Decimal(money.text())
    assert shown == Decimal(money.minor).scaleb(-exponent(money.currency))
    assert -int(shown.as_tuple().exponent) == exponent(money.currency)


@given(pairs)
def test_adding_and_taking_away_lose_nothing(pair: tuple[Money, Money]) -> None:
    first, second = pair
    assert first + second - second == first
    assert (first < second) == (first.minor < second.minor)
    assert first + -first == second + -second


@given(monies, st.integers(1, 500))
def test_a_split_gives_every_minor_unit_to_somebody(money: Money, parts: int) -> None:
    shares = money.split(parts)
    assert len(shares) == parts
    assert sum(share.minor for share in shares) == money.minor
    assert max(shares).minor - min(shares).minor <= 1


@given(monies, st.decimals(0, 1, places=4))
def test_a_share_is_whole_and_at_most_half_a_unit_off(money: Money, rate: Decimal) -> None:
    share = money.share(rate)
    assert isinstance(share.minor, int)
    assert abs(Decimal(share.minor) - Decimal(money.minor) * rate) <= Decimal("0.5")


@given(monies, monies)
def test_two_currencies_never_meet_in_one_sum(first: Money, second: Money) -> None:
    if first.currency == second.currency:
        assert (first + second).currency == first.currency
        return
    for mix in (Money.__add__, Money.__sub__, Money.__lt__):
        with pytest.raises(AssertionError):
            mix(first, second)


@given(st.text(max_size=30))
def test_any_text_is_read_exactly_or_refused(text: str) -> None:
    try:
        money = Money.parse(text)
    except ValueError:
        return
    assert Money.parse(str(money)) == money


@pytest.mark.parametrize(
    "text",
    [
        "12.345 EUR", "1.500 EUR", "2.000 JPY", "1.5 JPY",
        "1,000.00 EUR", "1 000 EUR", "1e3 EUR", "0x10 EUR", "12.00",
        "12.00 EURO", "12.00 eur", "NaN EUR", "Infinity EUR", "+1 EUR", "--1 EUR", "١٢ EUR", "",
        "1. EUR", ".5 EUR", "1.00000 CLF", "12.00 EUR USD", "1\n EUR", "1_000 EUR",
    ],
)  # fmt: skip
def test_an_amount_that_could_be_read_in_two_ways_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  Any of the reasons will do.
        Money.parse(text)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("12.50 EUR", 1250), ("12.5000 EUR", 1250), ("1200.00 JPY", 1200),
        ("12 EUR", 1200), ("12.5 EUR", 1250), ("1200 JPY", 1200),
        ("1.234 KWD", 1234), ("0.0001 CLF", 1), ("-3.10 USD", -310), ("1.00 MGA", 100),
        ("5.000 IQD", 5000), ("7 ISK", 7), ("2.00 JPY", 2),
    ],
)  # fmt: skip
def test_amounts_follow_the_exponents_of_iso_4217(text: str, minor: int) -> None:
    assert Money.parse(text).minor == minor


def test_an_unknown_currency_has_no_exponent() -> None:
    with pytest.raises(KeyError):
        exponent("XXX")


async def test_the_database_knows_the_same_exponents(database: str) -> None:
    async with db.lookup() as tx:
        rows = await tx.rows(
            "select c as code, iso_exponent(c::char(3)) as places from unnest($1::text[]) as c",
            sorted(CODES),
        )
    assert {row["code"]: int(row["places"]) for row in rows} == {c: exponent(c) for c in CODES}


async def test_what_a_stored_column_is_made_by_is_found_without_a_search_path(
    database: str,
) -> None:
    async with db.lookup() as tx:  # A dump is restored so.
        await tx.run("set local search_path = ''")
        assert await tx.value("select public.amount_units(1250, 'EUR')") == 125_000


async def test_a_row_becomes_money_only_with_its_currency(database: str) -> None:
    async with db.lookup() as tx:
        row = await tx.row("select 1250::bigint as amount_minor, 'EUR'::text as currency")
    assert row is not None
    assert Money(row["amount_minor"], row["currency"]) == Money.parse("12.50 EUR")
