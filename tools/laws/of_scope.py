"""Companies never see each other; test never touches live; every route declares what it needs."""

from laws.law import Change, Mutation

_MERCHANTS = "src/comptoir/migrations/0002_merchants.sql"
_SCOPE = "src/comptoir/migrations/0010_scope.sql"
_ENGINE = "src/comptoir/gateways/engine.py"
_OPERATION = "src/comptoir/payments/operation.py"
_CARD = "src/comptoir/payments/card.py"
_ACCOUNT = "src/comptoir/merchants/account.py"
_DOOR = "src/comptoir/edge/auth.py"
_GUARD = "src/comptoir/edge/http.py"
_ROUTE_TEST = "tests/routes/test_battery.py::test_"
_SCOPE_TEST = "tests/test_scope.py::test_"
_FACT_TEST = "tests/payments/test_facts.py::test_"

_APART = "companies stay apart"
_LIVE = "test never touches live"
_ROUTES = "every route is guarded"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _APART, "row-level security lets every row through",
        (Change(_SCOPE, "policy tenant on %I to comptoir_app using ('",
                "policy tenant on %I to comptoir_app using (true or '"),),
        (_SCOPE_TEST + "rows_of_another_company_do_not_exist",
         _SCOPE_TEST + "a_change_reaches_no_row_of_another_company"),
    ),
    Mutation(
        _APART, "one table is forgotten",
        (Change(_SCOPE, "'gateway_reference', 'gateway_call', ", "'gateway_reference', "),
         Change(_SCOPE, "revoke update on event, decision, gateway_call,",
                "grant select, insert on gateway_call to comptoir_app;\n"
                "revoke update on event, decision,")),
        (_SCOPE_TEST + "every_table_with_a_company_keeps_companies_apart",),
    ),
    Mutation(
        _APART, "a transaction needs no company",
        (Change("src/comptoir/kit/db.py", "if not isinstance(company, UUID):", "if False:"),),
        (_SCOPE_TEST + "a_transaction_needs_a_company_that_is_one",),
    ),
    Mutation(
        _APART, "another company's operation is found",
        (Change(_SCOPE, "policy tenant on %I to comptoir_app using ('",
                "policy tenant on %I to comptoir_app using (true or '"),
         Change(_OPERATION, 'SELECT + " where company_id = $1 and id = $2 and live = $3"\n'
                '        " and ($4::uuid is null or originator_id = $4)",',
                'SELECT + " where $1::uuid is not null and id = $2 and live = $3"\n'
                '        " and ($4::uuid is null or true)",')),
        (_ROUTE_TEST + "another_companys_things_look_absent",),
    ),
    Mutation(
        _ROUTES, "nobody looks at the permission",
        (Change(_DOOR, "    actor.needs(needs)\n", ""),),
        (_ROUTE_TEST + "a_key_does_what_keys_may_and_sees_its_company_alone",),
    ),
    Mutation(
        _ROUTES, "a route lets strangers in",
        (Change(_GUARD, "if needs != PUBLIC:", "if needs not in (PUBLIC, 'transaction.read'):"),),
        (_ROUTE_TEST + "a_stranger_gets_in_nowhere",),
    ),
    Mutation(
        _ROUTES, "a route says that everybody may come in",
        (Change("src/comptoir/api/events.py", "needs=Permission.EVENT_READ", 'needs="public"'),),
        (_ROUTE_TEST + "only_what_must_be_is_open_to_everybody",),
    ),
    Mutation(
        _ROUTES, "a form may come from anywhere",
        (Change(_DOOR, "if not secrets.compare_digest(given.encode(), expected.encode()):",
                "if not expected:"),),
        (_ROUTE_TEST + "a_form_that_is_not_from_our_page_changes_nothing",),
    ),
    Mutation(
        _LIVE, "the engine sends live money to the sandbox",
        (Change(_ENGINE, "if account.live and not able.live:", "if False:"),),
        ("tests/gateways/test_engine.py::test_the_sandbox_never_takes_live_money",),
    ),
    Mutation(
        _LIVE, "the database has a live sandbox account",
        (Change(_MERCHANTS, "check (not (live and connector = 'sandbox'))", "check (true)"),),
        (_FACT_TEST + "the_database_keeps_live_and_test_apart_by_itself",),
    ),
    Mutation(
        _LIVE, "a live originator is served by a test account",
        (Change(_ACCOUNT, "(await get_account(tx, account_id)).live != live:",
                "(await get_account(tx, account_id)).live is None:"),),
        (_FACT_TEST + "a_live_originator_is_never_linked_to_a_test_account",),
    ),
    Mutation(
        _LIVE, "a live key sees test operations",
        (Change(_OPERATION, 'SELECT + " where company_id = $1 and id = $2 and live = $3"\n'
                '        " and ($4::uuid is null or originator_id = $4)",',
                'SELECT + " where company_id = $1 and id = $2 and live in ($3, false)"\n'
                '        " and ($4::uuid is null or originator_id = $4)",'),),
        (_FACT_TEST + "a_live_key_sees_and_touches_nothing_of_test_mode",),
    ),
    Mutation(
        _LIVE, "a live key takes a card",
        (Change(_CARD, "        raise LiveCardsClosed\n", "        pass\n"),),
        (_FACT_TEST + "a_live_key_takes_no_card_and_stores_nothing",),
    ),
)  # fmt: skip
