"""Money is exact; entries balance; what was written is never edited."""

from laws.law import Change, Mutation

_MONEY = "src/comptoir/kit/money.py"
_SCOPE = "src/comptoir/migrations/0010_scope.sql"
_POSTING = "src/comptoir/migrations/0014_posting.sql"
_PAYMENTS = "src/comptoir/migrations/0004_payments.sql"
_ENTRY = "src/comptoir/accounting/entry.py"
_MONEY_TEST = "tests/test_money.py::test_"
_LEDGER_TEST = "tests/accounting/test_ledger_entries.py::test_"

_EXACT = "money is exact"
_BALANCE = "entries balance"
_GROW = "the ledger only grows"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _EXACT, "every currency has two decimals",
        (Change(_MONEY, "return _EXPONENTS.get(currency, 2)", "return 2"),),
        (_MONEY_TEST + "amounts_follow_the_exponents_of_iso_4217",),
    ),
    Mutation(
        _EXACT, "the database knows other exponents",
        (Change(_PAYMENTS, "when p_currency in ('BHD', 'IQD', ", "when p_currency in ('BHD', "),),
        (_MONEY_TEST + "the_database_knows_the_same_exponents",),
    ),
    Mutation(
        _EXACT, "two currencies may be added",
        (Change(_MONEY, "assert self.currency == other.currency", "assert True"),),
        (_MONEY_TEST + "two_currencies_never_meet_in_one_sum",),
    ),
    Mutation(
        _EXACT, "a split loses the units that are left",
        (Change(_MONEY, "base + (1 if i < left else 0)", "base"),),
        (_MONEY_TEST + "a_split_gives_every_minor_unit_to_somebody",),
    ),
    Mutation(
        _EXACT, "a share keeps fractions",
        (Change(_MONEY, "return Money(int(exact.quantize(Decimal(1), rounding=\"ROUND_HALF_UP\"))",
                "return Money(float(exact)"),),
        (_MONEY_TEST + "a_share_is_whole_and_at_most_half_a_unit_off",),
    ),
    Mutation(
        _BALANCE, "the ledger takes a set that does not sum to zero",
        (Change(_POSTING, "group by x.currency having sum(x.amount) <> 0 limit 1",
                "group by x.currency having false limit 1"),),
        (_LEDGER_TEST + "a_set_that_does_not_sum_to_zero_is_refused_whole",),
    ),
    Mutation(
        _BALANCE, "euros balance yen",
        (
            Change(_POSTING, "select x.currency into unbal", "select min(x.currency) into unbal"),
            Change(_POSTING, "group by x.currency having sum", "having sum"),
        ),
        (_LEDGER_TEST + "a_set_that_does_not_sum_to_zero_is_refused_whole",),
    ),
    Mutation(
        _BALANCE, "imported sets balance only together",
        (Change(_POSTING, "group by a.cause_id, a.cause, a.currency having sum",
                "group by rollup (a.cause_id, a.currency) having count(*) > 3 and sum"),),
        (_LEDGER_TEST + "many_sets_at_once_are_each_balanced_or_refused_whole",),
    ),
    Mutation(
        _BALANCE, "a refund posts one side only",
        (Change(_ENTRY, 'case "refund" | "credit" | "chargeback" | "reversal":\n'
                "            return opposite(moved)",
                'case "refund" | "credit" | "chargeback" | "reversal":\n'
                "            return opposite(moved[:1])"),),
        (_LEDGER_TEST + "what_an_outcome_posts_sums_to_zero",),
    ),
    Mutation(
        _GROW, "anybody may insert entries",
        (Change(_SCOPE, "revoke insert, update on entry from", "revoke update on entry from"),),
        (_LEDGER_TEST + "no_row_enters_the_ledger_beside_its_function",),
    ),
    Mutation(
        _GROW, "the product may change events",
        (Change(_SCOPE, "revoke update on event, decision,", "revoke update on decision,"),),
        (_LEDGER_TEST + "the_product_may_not_touch_what_was_written",),
    ),
    Mutation(
        _GROW, "the owner may change entries",
        (Change(_SCOPE, "before update or delete on entry", "before delete on entry"),),
        (_LEDGER_TEST + "not_even_the_owner_of_the_tables_changes_what_was_written",),
    ),
    Mutation(
        _GROW, "the owner may delete events",
        (Change(_SCOPE, "before update or delete on event", "before update on event"),),
        (_LEDGER_TEST + "not_even_the_owner_of_the_tables_changes_what_was_written",),
    ),
    Mutation(
        _GROW, "the ledger may be emptied",
        (Change(_SCOPE, "before truncate on entry", "after truncate on list_entry"),),
        (_LEDGER_TEST + "not_even_the_owner_of_the_tables_changes_what_was_written",),
    ),
)  # fmt: skip
