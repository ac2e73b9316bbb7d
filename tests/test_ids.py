"""Ids: sorted by the moment they were made, short and unmistakable at the edge."""

import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from comptoir.kit import ids
from comptoir.kit.errors import NotFound

moments = st.integers(0, 2**48 - 1)
entropy = st.integers(0, 2**80 - 1)
prefixes = st.sampled_from(["pay", "op", "usr", "cons"])


@given(st.uuids(), prefixes)
def test_an_id_reads_back_under_its_own_prefix(value: UUID, prefix: str) -> None:
    text = ids.typeid(prefix, value)
    assert ids.untype(prefix, text) == value
    assert len(text) == len(prefix) + 27


@given(st.uuids(), st.uuids())
def test_the_order_of_texts_is_the_order_of_ids(first: UUID, second: UUID) -> None:
    assert (first < second) == (ids.typeid("pay", first) < ids.typeid("pay", second))


@given(st.uuids())
def test_an_id_of_another_kind_names_nothing(value: UUID) -> None:
    with pytest.raises(NotFound):
        ids.untype("pay", ids.typeid("op", value))


@given(st.text(max_size=40) | st.text("0123456789abcdefghjkmnpqrstvwxyz", max_size=30))
def test_any_text_names_exactly_one_thing_or_nothing(text: str) -> None:
    try:
        value = ids.untype("pay", "pay_" + text)
    except NotFound:
        return
    assert ids.typeid("pay", value) == "pay_" + text


@given(moments, entropy)
def test_a_made_id_is_a_uuid_of_version_seven(moment: int, bits: int) -> None:
    made = ids.at(moment, bits)
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == moment


@given(moments, moments, entropy, entropy)
def test_a_later_id_sorts_after_an_earlier_one(a: int, b: int, c: int, d: int) -> None:
    if a != b:
        assert (ids.at(a, c) < ids.at(b, d)) == (a < b)


def test_a_new_id_carries_the_present_moment_and_no_other_id_is_the_same() -> None:
    before = time.time_ns() // 1_000_000
    made = [ids.new() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert len(set(made)) == 1000
    assert all(before <= one.int >> 80 <= after for one in made)


def test_the_published_example_of_typeid_is_read_as_published() -> None:
    value = UUID("01890a5d-ac96-774b-bcce-b302099a8057")
    assert ids.typeid("prefix", value) == "prefix_01h455vb4pex5vsknk084sn02q"
