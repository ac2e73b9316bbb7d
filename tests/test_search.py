"""The query of every list: what a person types is what is looked for."""

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from comptoir import payments
from comptoir.kit import search
from comptoir.kit.search import BadQuery, Search, Term
from comptoir.payments.transaction_filters import FILTERS
from kit import Shop

NAMES = frozenset({"status", "amount", "card", "email"})


def parse(text: str) -> Search:
    return search.parse(text, NAMES)


def test_filters_and_free_text_stand_side_by_side() -> None:
    found = parse('status:declined amount:>100 "two words" ada -card:1111')
    assert found.terms == (
        Term("status", "declined"), Term("amount", ">100"), Term("card", "1111", negated=True),
    )  # fmt: skip
    assert found.free == "two words ada"


def test_a_quoted_value_keeps_its_spaces_and_its_quotes() -> None:
    [term] = parse('email:"Ada ""the first"" Lovelace"').terms
    assert term.value == 'Ada "the first" Lovelace'


@pytest.mark.parametrize("text", ["O'Brien", '5"disc', "back\\slash", "it's", "a-b", "-", "--"])
def test_ordinary_characters_are_looked_for_as_they_are_typed(text: str) -> None:
    assert parse(text) == Search((), text)


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/?a=1", "mailto:ada@shop.example", "ada:b@shop.example",
        "shop.example:8443", "12:30", "order-7:1", "2026-11-10T12:00:00", ":", "::1", "3:x",
    ],
)  # fmt: skip
def test_a_word_before_a_colon_that_nobody_means_as_a_filter_is_free_text(text: str) -> None:
    assert parse(text).free == text


@pytest.mark.parametrize(
    "text",
    [
        "stauts:declined",
        "-date:2026-11-10",
        "ada company:x",
        'STAUTS:"a b"',
        "date:",
        "x" * 99 + ":1",
    ],
)
def test_a_filter_that_nobody_knows_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(BadQuery, match="There is no filter") as refused:
        parse(text)
    assert "status" in str(refused.value.data["known"])
    assert len(refused.value.detail) < 150
    assert parse('"stauts:declined"').free == "stauts:declined"


@pytest.mark.parametrize(
    "text",
    [
        "stauts:declined", "date:2026-11-10", "company:x", "source:x", "financial:x",
        "amount:10..5", "from:2026-02-01 to:2026-01-31", "-card:1111", "-from:2026-01-01",
        "status:decline",
    ],
)  # fmt: skip
async def test_a_filter_that_could_match_nothing_is_refused_everywhere(
    shop: Shop, text: str
) -> None:
    for path in ("/transactions", "/transactions/totals"):
        answer = await shop.get(path, q=text)
        assert (answer.status_code, answer.json()["code"]) == (422, "bad_query"), answer.text
    with pytest.raises(BadQuery):
        await payments.export_csv(shop.actor(), payments.parse(text))


@pytest.mark.parametrize(
    "text",
    ["source:own", "amount:10..10", "from:2026-01-31 to:2026-01-31", "-source:demo", "-kind:sale"],
)
async def test_what_can_match_is_looked_for(shop: Shop, text: str) -> None:
    assert (await shop.get("/transactions", q=text)).status_code == 200


def test_a_quoted_filter_is_free_text_and_stays_so() -> None:
    found = parse('"status:declined"')
    assert found == Search((), "status:declined")
    assert parse(found.text) == found


@pytest.mark.parametrize("text", ['"open', 'status:"open', 'status:"open" "', '"a"b'])
def test_a_quotation_mark_that_nobody_closes_is_refused(text: str) -> None:
    with pytest.raises(BadQuery, match="quotation"):
        parse(text)


@pytest.mark.parametrize("text", ["status:", "status: declined", "-status:"])
def test_a_filter_without_a_value_is_refused(text: str) -> None:
    with pytest.raises(BadQuery, match="needs a value"):
        parse(text)


def test_a_search_is_bounded() -> None:
    with pytest.raises(BadQuery):
        parse("a" * (search.MAX_LENGTH + 1))
    with pytest.raises(BadQuery):
        parse("card:1 " * (search.MAX_TERMS + 1))


def test_the_cross_of_a_chip_takes_one_filter_away() -> None:
    found = parse('status:declined email:"Ada L" rest')
    assert found.without(found.terms[0]) == 'email:"Ada L" rest'


def test_setting_a_filter_replaces_the_one_of_its_name() -> None:
    assert parse("status:declined rest").plus("status", "unknown") == "status:unknown rest"


@given(st.text(max_size=search.MAX_LENGTH))
def test_any_text_is_read_or_refused_and_what_was_read_reads_back(text: str) -> None:
    try:
        found = parse(text)
    except BadQuery:
        return
    assume(len(found.text) <= search.MAX_LENGTH)
    assert parse(found.text) == found


values = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)
terms = st.builds(Term, st.sampled_from(sorted(NAMES)), values, st.booleans())


@given(st.lists(terms, max_size=5))
def test_every_value_survives_being_written_into_an_address(chosen: list[Term]) -> None:
    written = Search(tuple(chosen), "")
    assume(len(written.text) <= search.MAX_LENGTH)
    assert parse(written.text).terms == tuple(chosen)


nasty = st.sampled_from(
    [
        "²", "٣", "٣٣٣٣", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59", "2026-02-30",
        ">999999999999999", "-1", "1..2", "..", "known", "pay_", "9999999999", "%", "\\", "a" * 120,
        "con_7zzzzzzzzzzzzzzzzzzzzzzzzz", "é", "\U0001f4b6", "1e9", "NaN", "١٢", "1111", "EUR,JPY",
    ]
)  # fmt: skip
typed = st.builds(Term, st.sampled_from(sorted(FILTERS)), nasty | values, st.booleans())
queries = st.builds(Search, st.lists(typed, max_size=3).map(tuple), nasty | st.text(max_size=30))


@settings(
    deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(queries)
async def test_whatever_is_typed_is_answered_or_refused_and_never_crashes(
    shop: Shop, query: Search
) -> None:
    answers = {200, 422} if len(query.text) <= search.MAX_LENGTH else {400}
    for path in ("/transactions", "/transactions/totals"):
        answer = await shop.get(path, q=query.text)
        assert answer.status_code in answers, f"{query.text!r}: {answer.text}"
