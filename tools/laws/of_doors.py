"""Doors and what leaves by them: pages, files, logs, mails and calls tell what they may."""

from laws.law import Change, Mutation

_LISTING = "src/comptoir/kit/listing.py"
_TRANSACTIONS = "src/comptoir/payments/transactions.py"
_HTTP = "src/comptoir/kit/http.py"
_CANARY = ("tests/routes/test_canary.py::test_no_card_number_and_no_secret_is_written_down",)
_COUNT_TEST = "tests/routes/test_query_counts.py::test_"
_INDEXES = ("tests/routes/test_list_indexes.py::test_every_list_comes_in_its_order_from_an_index",)
_EXPORT_TEST = "tests/routes/test_exports.py::test_"
_CUT_TEST = "tests/payments/test_nothing_cut.py::test_"
_TEXT_TEST = "tests/api/test_texts_and_types.py::test_"
_LOG_TEST = "tests/logs/test_logs_redaction.py::test_"
_WIRE_TEST = "tests/wire/test_connect2pay_rules.py::test_"
_ROUTE_TEST = "tests/routes/test_battery.py::test_"
_TRAFFIC_TEST = "tests/traffic/test_request_log.py::test_"
_OUT_TEST = "tests/gateways/test_outbound_http.py::test_"
_HOOK_TEST = "tests/payments/test_hooks.py::test_"

_SECRET = "no card number or secret"  # noqa: S105  A law, not a password.
_LISTS = "lists are keyset pages"
_FIXED = "a page asks a fixed number"
_EXPORTS = "exports are complete"
_ROUTES = "every route is guarded"
_APART = "companies stay apart"
_ADDRESSES = "only honest addresses"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _SECRET, "a fingerprint is the card number itself",
        (Change("src/comptoir/payments/card.py",
                'fingerprint = crypto.fingerprint("card", card.number)',
                "fingerprint = card.number.encode().ljust(len(crypto.fingerprint('card', '')))"),),
        _CANARY,
    ),
    Mutation(
        _SECRET, "the request log keeps bodies as they came",
        (Change("src/comptoir/traffic/redaction.py", 'return _safe(found, "", 0)',
                "return found"),),
        (*_CANARY, _TRAFFIC_TEST + "nothing_that_could_be_used_is_kept"),
    ),
    Mutation(
        _SECRET, "the request log keeps queries as they came",
        (Change("src/comptoir/traffic/request.py", "redaction.text(heard.query)[:MAX_QUERY]",
                "heard.query[:MAX_QUERY]"),),
        (_TRAFFIC_TEST + "nothing_that_could_be_used_is_kept",),
    ),
    Mutation(
        _SECRET, "the request log keeps the tokens of addresses",
        (Change("src/comptoir/edge/recording.py", 'frozenset({"token", "address"})',
                "frozenset()"),),
        (_TRAFFIC_TEST + "nothing_that_could_be_used_is_kept",),
    ),
    Mutation(
        _SECRET, "a crash is logged with the values it had",
        (Change("src/comptoir/kit/log.py", "capture_locals=False", "capture_locals=True"),),
        (_LOG_TEST + "an_error_shows_its_causes_and_places_but_no_values",),
    ),
    Mutation(
        _SECRET, "a text with a card number is stored",
        (Change("src/comptoir/api/payments.py",
                "if text is not None and redact.holds_card_number(text):", "if text == '':"),),
        (_TEXT_TEST + "a_card_number_in_a_text_is_refused_by_the_name_of_its_field",),
    ),
    Mutation(
        _LISTS, "the list of deliveries has no index",
        (Change("src/comptoir/migrations/0023_deliveries.sql",
                "create index delivery_list on delivery"
                " (company_id, live, created_at desc, id desc);", ""),),
        _INDEXES,
    ),
    Mutation(
        _LISTS, "subscriptions of all companies have no index",
        (Change("src/comptoir/migrations/0022_subscriptions.sql",
                "create index subscription_all on subscription (live, started_at desc, id desc);",
                ""),),
        _INDEXES,
    ),
    Mutation(
        _LISTS, "a list has no limit",
        (Change("src/comptoir/events/log.py",
                "(tx, seq) < ($3::xid8, $4)\"\n        \" order by tx desc, seq desc limit $5\"",
                "(tx, seq) < ($3::xid8, $4)\"\n        \" order by tx desc, seq desc\""),),
        ("tests/house/test_house_rules.py::test_the_project_keeps_its_own_rules",),
    ),
    Mutation(
        _FIXED, "a list asks once more for each row",
        (Change("src/comptoir/consumers/consumer.py",
                "return await query.page(tx, Consumer, cursor=cursor,"
                " limit=min(limit, PAGE_LIMIT))",
                "page = await query.page(tx, Consumer, cursor=cursor, limit=PAGE_LIMIT)\n"
                "        for row in page.rows:\n"
                '            await tx.value("select $1::uuid", row.id)\n'
                "        return page"),),
        (_COUNT_TEST + "every_list_and_page_asks_a_fixed_number_of_questions",),
    ),
    Mutation(
        _EXPORTS, "an export ends after its first batch",
        (Change(_LISTING, "            if len(rows) < BATCH:\n", "            if rows:\n"),),
        (_EXPORT_TEST + "an_export_has_every_row_and_holds_no_connection_while_it_is_read",),
    ),
    Mutation(
        _EXPORTS, "an export holds its transaction while it is read",
        (Change(_LISTING, "            if rows:\n                yield [read(row) for row in rows]",
                "                if rows:\n"
                "                    yield [read(row) for row in rows]"),),
        (_EXPORT_TEST + "an_export_has_every_row_and_holds_no_connection_while_it_is_read",),
    ),
    Mutation(
        _EXPORTS, "an export by a text has what a page looks up",
        (Change(_TRANSACTIONS,
                "query = await _query(tx, actor, asked, every=True)\n"
                "    return query.batches", "query = await _query(tx, actor, asked)\n"
                "    return query.batches"),),
        (_CUT_TEST + "a_search_that_matches_more_than_it_reads_says_so_and_exports_everything",),
    ),
    Mutation(
        _ROUTES, "a route needs a permission that nobody knows",
        (Change("src/comptoir/api/events.py", "needs=Permission.EVENT_READ",
                'needs="event.look"'),),
        (_ROUTE_TEST + "every_route_declares_what_it_needs",),
    ),
    Mutation(
        _ROUTES, "a route that declares nothing starts",
        (Change("src/comptoir/edge/http.py",
                'if handler is not None and "needs" not in handler.opt and',
                'if handler is None and "needs" not in handler.opt and'),),
        (_ROUTE_TEST + "a_route_that_declares_nothing_is_named_and_lets_nobody_in",),
    ),
    Mutation(
        _ROUTES, "who declares nothing lets everybody in",
        (Change("src/comptoir/edge/http.py",
                '        raise LookupError(f"{handler} does not declare what it needs")\n',
                "        return\n"),),
        (_ROUTE_TEST + "a_route_that_declares_nothing_is_named_and_lets_nobody_in",),
    ),
    Mutation(
        _APART, "a wire door tells another's transaction from none",
        (Change("src/comptoir/wire/problems.py", 'wire = "312"', 'wire = "403"'),),
        (_WIRE_TEST + "an_absent_transaction_and_anothers_are_both_312",),
    ),
    Mutation(
        _ADDRESSES, "a name may lead to a private address",
        (Change(_HTTP, "if not is_callable(str(address[0]), allow_private=self._allow_private):",
                "if not address:"),),
        (_OUT_TEST + "a_name_that_leads_to_a_private_address_is_blocked",),
    ),
    Mutation(
        _ADDRESSES, "private addresses are called",
        (Change(_HTTP, "if addresses.is_ip(host) and not is_callable(host, ",
                "if not host and not is_callable(host, "),),
        (_OUT_TEST + "private_addresses_are_never_called",),
    ),
    Mutation(
        _ADDRESSES, "redirects are followed",
        (Change(_HTTP, "allow_redirects=False", "allow_redirects=True"),),
        (_OUT_TEST + "a_redirect_is_an_answer_and_not_followed",),
    ),
    Mutation(
        _ADDRESSES, "a hook takes what nobody signed",
        (Change("src/comptoir/gateways/signatures.py",
                "    if not matches:\n        raise NotificationRefused\n", ""),),
        (_HOOK_TEST + "a_notification_that_was_touched_is_refused_and_changes_nothing",),
    ),
    Mutation(
        _ADDRESSES, "a hook tells which accounts there are",
        (Change("src/comptoir/edge/hooks.py",
                "        raise gateways.NotificationRefused from None\n", "        raise\n"),),
        (_HOOK_TEST + "an_absent_account_and_a_bad_signature_look_alike",),
    ),
)  # fmt: skip
