"""Limits hold under concurrency; facts stay; one key, one operation, one answer."""

from laws.law import Change, Mutation

_COMMITS = "src/comptoir/migrations/0015_operations.sql"
_RULES_SQL = "src/comptoir/migrations/0016_rules.sql"
_OPERATION = "src/comptoir/payments/operation.py"
_RULES = "src/comptoir/payments/rules.py"
_FOLLOWUP = "src/comptoir/payments/followup.py"
_ASK = "src/comptoir/payments/ask.py"
_LINKING = "src/comptoir/imports/linking.py"
_DOOR = "src/comptoir/edge/idempotency.py"
_LIMIT_TEST = "tests/payments/test_limits.py::test_"
_IMPORT_TEST = "tests/imports/test_import_limits.py::test_"
_KEY_TEST = "tests/payments/test_idempotency.py::test_"
_FACT_TEST = "tests/payments/test_facts.py::test_"

_LIMITS = "limits hold at once"
_FACTS = "facts never change"
_KEYS = "one key, one answer"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _LIMITS, "nobody locks what is referred to",
        (
            Change(_OPERATION, "originator_id = $4) for update", "originator_id = $4)"),
            Change(_RULES_SQL, "o.id = new.refers_to for update;", "o.id = new.refers_to;"),
        ),
        (_LIMIT_TEST + "two_people_at_once_cannot_refund_more_than_was_paid",
         _LIMIT_TEST + "many_at_once_take_exactly_what_there_is"),
    ),
    Mutation(
        _LIMITS, "the database does not lock what it counts",
        (Change(_RULES_SQL, "o.id = new.refers_to for update;", "o.id = new.refers_to;"),),
        (_LIMIT_TEST + "the_database_waits_for_what_another_transaction_is_writing",),
    ),
    Mutation(
        _LIMITS, "an imported refund may be of any amount",
        (
            Change(_LINKING, "used + row.amount <= original.amount", "used >= 0"),
            Change(_RULES_SQL, "if new.status <> 'succeeded' or new.kind", "if true or new.kind"),
        ),
        (_IMPORT_TEST + "a_refund_that_its_sale_cannot_bear_stands_alone",
         _IMPORT_TEST + "refunds_in_two_files_and_many_batches_share_what_is_left"),
    ),
    Mutation(
        _LIMITS, "the database does not count",
        (Change(_RULES_SQL, "if used + new.amount_minor > origin.amount_minor then",
                "if false then"),),
        (_LIMIT_TEST + "the_database_refuses_what_code_let_through",),
    ),
    Mutation(
        _LIMITS, "code asks for more than is left",
        (Change(_FOLLOWUP, "if kind not in _NEW_MONEY and amount > state.left:", "if False:"),),
        (_LIMIT_TEST + "two_people_at_once_cannot_refund_more_than_was_paid",),
    ),
    Mutation(
        _LIMITS, "an unknown refund gives its amount back",
        (Change(_RULES, "frozenset({Status.DECLINED, Status.REJECTED, Status.NOT_SENT})",
                "frozenset({Status.DECLINED, Status.REJECTED, Status.NOT_SENT, Status.UNKNOWN})"),),
        (_LIMIT_TEST + "a_refund_of_unknown_outcome_keeps_its_amount",),
    ),
    Mutation(
        _LIMITS, "a declined refund keeps its amount",
        (Change(_RULES, "frozenset({Status.DECLINED, Status.REJECTED, Status.NOT_SENT})",
                "frozenset({Status.REJECTED, Status.NOT_SENT})"),),
        (_LIMIT_TEST + "a_refund_that_was_declined_gives_its_amount_back",),
    ),
    Mutation(
        _LIMITS, "a refund follows what did not succeed",
        (Change(_RULES_SQL, "            and origin.status <> 'succeeded' then",
                "            and origin.status = 'prepared' then"),),
        (_LIMIT_TEST + "the_database_lets_nothing_follow_what_did_not_succeed",),
    ),
    Mutation(
        _FACTS, "the kind of an operation changes",
        (Change(_RULES_SQL, "or old.kind <> new.kind or old.live", "or old.live"),),
        (_FACT_TEST + "the_facts_of_an_operation_never_change",),
    ),
    Mutation(
        _FACTS, "a success becomes something else",
        (Change(_RULES_SQL, "or old.status in ('succeeded', 'declined', 'rejected', 'not_sent')",
                "or old.status in ('declined', 'rejected', 'not_sent')"),),
        (_FACT_TEST + "the_facts_of_an_operation_never_change",),
    ),
    Mutation(
        _KEYS, "a key does not look at the body",
        (Change(_ASK, "stored.route != ask.route or stored.body_hash != ask.body_hash",
                "stored.route != ask.route"),),
        (_KEY_TEST + "another_body_under_the_key_is_refused",),
    ),
    Mutation(
        _KEYS, "a key does not look at the route",
        (Change(_ASK, "stored.route != ask.route or stored.body_hash", "stored.body_hash"),),
        (_KEY_TEST + "another_route_under_the_key_is_refused",),
    ),
    Mutation(
        _KEYS, "two requests with one key both act",
        (Change(_COMMITS, "(p_key ->> 'lease_until')::timestamptz, at);",
                "(p_key ->> 'lease_until')::timestamptz, at) on conflict do nothing;"),),
        (_KEY_TEST + "many_parallel_payments_with_one_key_are_one_payment",),
    ),
    Mutation(
        _KEYS, "a copy does not wait for the first",
        (Change(_ASK, "stored.answer is None and stored.lease_until > clock.now()", "False"),),
        (_KEY_TEST + "while_the_first_copy_runs_others_wait",),
    ),
    Mutation(
        _KEYS, "the answer is rendered anew each time",
        (
            Change(_DOOR, "if stored.answer is not None and stored.answer_status is not None:",
                   "if False:"),
            Change(_ASK, 'return row["answer_status"], row["answer"]', "return status, body"),
        ),
        (_KEY_TEST + "an_unknown_outcome_is_replayed_as_such_and_get_tells_the_present",),
    ),
)  # fmt: skip
