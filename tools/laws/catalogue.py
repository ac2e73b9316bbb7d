"""Every mutation, by law. The laws are those of the design; a new law gets its line here."""

from laws.law import Change, Mutation

_MONEY = "src/comptoir/kit/money.py"
_LISTING = "src/comptoir/kit/listing.py"
_ENGINE = "src/comptoir/gateways/engine.py"
_LOG = "src/comptoir/events/log.py"
_REDACT = "src/comptoir/kit/redact.py"
_ARCHIVE = "src/comptoir/gateways/redaction.py"
_FUNCTIONS = "src/comptoir/migrations/0004_functions.sql"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        "money is exact", "every currency has two decimals",
        (Change(_MONEY, "return _EXPONENTS.get(currency, 2)", "return 2"),),
        ("tests/test_money.py::test_amounts_follow_the_exponents_of_iso_4217",),
    ),
    Mutation(
        "money is exact", "the database knows other exponents",
        (Change(_FUNCTIONS, "when p_currency in ('BHD', 'IQD', ", "when p_currency in ('BHD', "),),
        ("tests/test_money.py::test_the_database_knows_the_same_exponents",),
    ),
    Mutation(
        "money is exact", "two currencies may be added",
        (Change(_MONEY, "assert self.currency == other.currency", "assert True"),),
        ("tests/test_money.py::test_two_currencies_never_meet_in_one_sum",),
    ),
    Mutation(
        "money is exact", "a split loses the units that are left",
        (Change(_MONEY, "base + (1 if i < left else 0)", "base"),),
        ("tests/test_money.py::test_a_split_gives_every_minor_unit_to_somebody",),
    ),
    Mutation(
        "a lost answer is no failure", "a call without an answer is rejected",
        (Change(_ENGINE, "in NOTHING_SENT else OutcomeStatus.UNKNOWN",
                "in NOTHING_SENT else OutcomeStatus.REJECTED"),),
        ("tests/gateways/test_engine.py::test_every_transport_fault_has_one_meaning",),
    ),
    Mutation(
        "a lost answer is no failure", "a server error means that nothing happened",
        (Change(_ENGINE, "return Outcome(OutcomeStatus.UNKNOWN, retry_after=_retry_after(answer))",
                "return Outcome(OutcomeStatus.NOT_SENT, retry_after=_retry_after(answer))"),),
        ("tests/gateways/test_engine.py::test_every_http_status_has_one_meaning",),
    ),
    Mutation(
        "a lost answer is no failure", "the first denial of the gateway is believed",
        (Change(_ENGINE, "if tries >= ABSENT_IS_FINAL_AT_TRY:", "if tries >= 0:"),),
        ("tests/gateways/test_lost_answers.py",),
    ),
    Mutation(
        "no call in a transaction", "the engine runs while a transaction is open",
        (Change("src/comptoir/kit/db.py", "return _open.get() > 0", "return False"),),
        ("tests/gateways/test_engine.py::test_the_engine_refuses_to_run_in_a_transaction",),
    ),
    Mutation(
        "followers lose no event", "rows are read before older ones are committed",
        (Change(_LOG, '''" from event where (tx, seq) > ($1::xid8, $2)"
        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order''',
                '''" from event where (tx, seq) > ($1::xid8, $2)"
        " order'''),),
        ("tests/events/test_events_follow.py",),
    ),
    Mutation(
        "followers lose no event", "the order of numbers is taken for the order of commits",
        (Change(_LOG, '''" from event where (tx, seq) > ($1::xid8, $2)"
        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by tx, seq limit''',
                '''" from event where $1::bigint >= 0 and seq > $2"
        " and tx < pg_snapshot_xmin(pg_current_snapshot()) order by seq limit'''),),
        ("tests/events/test_events_follow.py",),
    ),
    Mutation(
        "lists are keyset pages", "a page begins with the last row of the one before",
        (Change(_LISTING, '">" if backwards else "<"', '">=" if backwards else "<="'),),
        ("tests/test_listing.py::test_paging_skips_and_repeats_nothing_while_rows_come_in",),
    ),
    Mutation(
        "lists are keyset pages", "a cursor forgets what breaks ties",
        (Change(_LISTING, "({', '.join(self._order)}) {sign} ({', '.join(places)})",
                "({', '.join(self._order[:1])}) {sign} ({', '.join(places[:1])})"),),
        ("tests/test_listing.py::test_paging_skips_and_repeats_nothing_while_rows_come_in",),
    ),
    Mutation(
        "lists are keyset pages", "a count goes on to the end",
        (Change(_LISTING, 'f"limit {COUNT_CAP + 1}"', '""'),),
        ("tests/test_listing.py::test_a_count_is_exact_up_to_its_cap_and_says_when_it_stopped",),
    ),
    Mutation(
        "no card number or secret", "logs keep card numbers",
        (Change(_REDACT, "value = _RUN.sub(_cut_run, value)", "value = value + ''"),),
        ("tests/logs/test_logs_redaction.py",),
    ),
    Mutation(
        "no card number or secret", "logs do not look into base64",
        (Change(_REDACT, "return _BASE64.sub(_cut_encoded, value) if deep else value",
                "return value"),),
        ("tests/logs/test_logs_redaction.py",),
    ),
    Mutation(
        "no card number or secret", "the archive of calls keeps what stood in the request",
        (Change(_ARCHIVE, "            if spelling in text:\n", "            if not spelling:\n"),),
        ("tests/gateways/test_engine.py",),
    ),
)  # fmt: skip
