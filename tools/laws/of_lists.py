"""Lists are bounded keyset pages from an index; followers lose no event."""

from laws.law import Change, Mutation

_LISTING = "src/comptoir/kit/listing.py"
_LOG = "src/comptoir/events/log.py"
_LOG_SQL = "src/comptoir/migrations/0006_log.sql"
_PAYMENTS = "src/comptoir/migrations/0004_payments.sql"
_PAGING = "tests/test_listing.py::test_paging_skips_and_repeats_nothing_while_rows_come_in"
_PLAN_TEST = "tests/payments/test_list_plans.py::test_a_page_reads_what_it_shows"
_FOLLOW_TEST = "tests/events/test_events_follow.py::test_"

_LISTS = "lists are keyset pages"
_EVENTS = "followers lose no event"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _LISTS, "a page begins with the last row of the one before",
        (Change(_LISTING, '">" if direction == "asc" else "<"',
                '">=" if direction == "asc" else "<="'),),
        (_PAGING,),
    ),
    Mutation(
        _LISTS, "a cursor forgets what breaks ties",
        (Change(_LISTING, "({', '.join(self._order)}) {sign} ({', '.join(places)})",
                "({', '.join(self._order[:1])}) {sign} ({', '.join(places[:1])})"),),
        (_PAGING,),
    ),
    Mutation(
        _LISTS, "a count goes on to the end",
        (Change(_LISTING, 'f"limit {COUNT_CAP + 1}"', '""'),),
        ("tests/test_listing.py::test_a_count_is_exact_up_to_its_cap_and_says_when_it_stopped",),
    ),
    Mutation(
        _LISTS, "a page is cut from everything there is",
        (Change(_LISTING, " limit {wanted:d}\"", "\""),),
        (_PLAN_TEST,),
    ),
    Mutation(
        _LISTS, "the last four digits have no index",
        (Change(_PAYMENTS, "country, card_last4, account_id", "country, account_id"),),
        (_PLAN_TEST,),
    ),
    Mutation(
        _LISTS, "the list of events has no index",
        (Change(_LOG_SQL, "create index event_list on event (company_id, live, tx, seq);", ""),),
        ("tests/events/test_events_log.py::test_every_list_of_events_is_served_by_its_index",),
    ),
    Mutation(
        _EVENTS, "rows are read before older ones are committed",
        (Change(_LOG, '" from event where (tx, seq) > ($1::xid8, $2)"\n'
                '        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order',
                '" from event where (tx, seq) > ($1::xid8, $2)"\n'
                '        " order'),),
        (_FOLLOW_TEST + "an_event_that_commits_late_is_neither_lost_nor_seen_twice",),
    ),
    Mutation(
        _EVENTS, "the order of numbers is taken for the order of commits",
        (Change(_LOG, '" from event where (tx, seq) > ($1::xid8, $2)"\n'
                '        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx, seq limit',
                '" from event where $1::bigint >= 0 and seq > $2"\n'
                '        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by seq limit'),),
        (_FOLLOW_TEST + "a_number_given_early_in_a_later_transaction_is_not_passed_over",),
    ),
)  # fmt: skip
