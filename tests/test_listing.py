"""Lists: pages by keyset skip and repeat nothing while rows come in; counts stop at a cap."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comptoir.kit import db, ids, listing
from comptoir.kit.listing import BadCursor, Query, like

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Row:
    at: datetime
    id: UUID


# Few moments for many rows: what the id decides is where paging goes wrong.
moments = st.integers(0, 5).map(lambda seconds: START + timedelta(seconds=seconds, microseconds=7))
rows = st.builds(Row, moments, st.uuids())


def query() -> Query:
    return Query("t.at, t.id", "listed t", order=("t.at", "t.id"))


@asynccontextmanager
async def listed(given: list[Row]) -> AsyncIterator[db.Tx]:
    """A transaction with a table of its own that holds `given`."""
    async with db.lookup() as tx:
        await tx.run("set local role none")  # The product's own roles make no tables.
        await tx.run("create temporary table listed (at timestamptz, id uuid) on commit drop")
        await add(tx, given)
        yield tx


async def add(tx: db.Tx, more: list[Row]) -> None:
    await tx.run(
        "insert into listed (at, id) select a, i from unnest($1::timestamptz[], $2::uuid[])"
        " as x(a, i)",
        [row.at for row in more],
        [row.id for row in more],
    )


def newest_first(some: list[Row]) -> list[Row]:
    return sorted(some, key=lambda row: (row.at, row.id), reverse=True)


@settings(deadline=None)
@given(
    st.lists(rows, max_size=25, unique_by=lambda row: row.id),
    st.lists(st.lists(rows, max_size=3), max_size=12),
    st.integers(1, 7),
)
async def test_paging_skips_and_repeats_nothing_while_rows_come_in(
    database: str, first: list[Row], later: list[list[Row]], limit: int
) -> None:
    async with listed(first) as tx:
        seen: list[Row] = []
        cursor = None
        for _ in range(len(first) + 50):
            page = await query().page(tx, Row, cursor=cursor, limit=limit)
            seen += page.rows
            if page.next is None:
                break
            cursor = page.next
            await add(tx, later.pop() if later else [])
        assert cursor is None or page.next is None, "the list has an end"
        assert [row for row in seen if row in first] == newest_first(first)
        assert len(set(seen)) == len(seen)
        assert seen == newest_first(seen)


@settings(deadline=None)
@given(st.lists(rows, min_size=1, max_size=25, unique_by=lambda row: row.id), st.integers(1, 7))
async def test_going_back_shows_the_pages_one_came_by(
    database: str, given: list[Row], limit: int
) -> None:
    async with listed(given) as tx:
        pages = [await query().page(tx, Row, limit=limit)]
        while pages[-1].next is not None:
            pages.append(await query().page(tx, Row, cursor=pages[-1].next, limit=limit))
        page = pages.pop()
        while pages:
            assert page.previous is not None
            page = await query().page(tx, Row, cursor=page.previous, limit=limit)
            assert page.rows == pages.pop().rows
        assert page.previous is None


async def test_the_first_and_the_last_page_lead_no_further(database: str) -> None:
    async with listed([Row(START, ids.new()) for _ in range(4)]) as tx:
        first = await query().page(tx, Row, limit=2)
        last = await query().page(tx, Row, cursor=first.next, limit=2)
        assert (first.previous, last.next) == (None, None)
        assert last.previous is not None


async def test_an_empty_list_has_one_empty_page(database: str) -> None:
    async with listed([]) as tx:
        page = await query().page(tx, Row)
        assert (page.rows, page.next, page.previous) == ([], None, None)


@settings(deadline=None)
@given(st.text(max_size=80))
async def test_a_cursor_that_no_list_gave_is_refused(database: str, text: str) -> None:
    async with listed([]) as tx:
        if text:
            with pytest.raises(BadCursor):
                await query().page(tx, Row, cursor=text)


async def test_a_cursor_of_another_list_is_refused(database: str) -> None:
    async with listed([Row(START, ids.new()) for _ in range(3)]) as tx:
        by_id = Query("t.at, t.id", "listed t", order=("t.id", "t.at"))
        other = (await by_id.page(tx, Row, limit=1)).next
        with pytest.raises(BadCursor):
            await query().page(tx, Row, cursor=other)


async def test_values_never_reach_the_text_of_a_query(database: str) -> None:
    async with listed([Row(START, ids.new())]) as tx:
        hostile = query().where("t.at::text = ?", "x' or true --")
        assert (await hostile.page(tx, Row)).rows == []
        assert (await hostile.count(tx)).number == 0


async def test_a_count_is_exact_up_to_its_cap_and_says_when_it_stopped(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "COUNT_CAP", 3)
    async with listed([Row(START, ids.new()) for _ in range(3)]) as tx:
        assert (await query().count(tx)).text == "3"
        await add(tx, [Row(START, ids.new()) for _ in range(9)])
        counted = await query().count(tx)
        assert (counted.text, counted.number) == ("3+", 4)


async def test_a_large_count_is_written_with_thin_groups() -> None:
    assert listing.Count(10_001, capped=True).text == "10 000+"


async def test_an_export_streams_every_row_without_a_cap(database: str) -> None:
    given = [Row(START + timedelta(seconds=i), ids.new()) for i in range(2500)]
    async with listed(given) as tx:
        batches = query().batches(lambda: nullcontext(tx), Row)
        assert [row async for batch in batches for row in batch] == newest_first(given)


@settings(deadline=None)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20))
async def test_a_pattern_finds_its_text_and_nothing_by_wildcard(database: str, text: str) -> None:
    async with db.lookup() as tx:
        found = await tx.value("select $1::text like $2", f"a{text.lower()}b", like(text))
        assert found is True
        other = await tx.value("select $1::text like $2", "", like(text))
        assert other is (text == "")
