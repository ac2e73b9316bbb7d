"""Gateways: intentions first, lost answers found, secrets kept out of what is written down."""

from laws.law import Change, Mutation

_ENGINE = "src/comptoir/gateways/engine.py"
_REDACT = "src/comptoir/kit/redact.py"
_ARCHIVE = "src/comptoir/gateways/redaction.py"
_CARD = "src/comptoir/payments/card.py"
_LOST_TEST = "tests/gateways/test_lost_answers.py::test_"
_DECISION_TEST = "tests/payments/test_decisions.py::test_"
_STATE_TEST = "tests/payments/test_true_states.py::test_"
_ENGINE_TEST = "tests/gateways/test_engine.py::test_"

_LOST = "a lost answer is no failure"
_CALL = "no call in a transaction"
_SECRET = "no card number or secret"  # noqa: S105  A law, not a password.

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _LOST, "a call without an answer is rejected",
        (Change(_ENGINE, "in NOTHING_SENT else OutcomeStatus.UNKNOWN",
                "in NOTHING_SENT else OutcomeStatus.REJECTED"),),
        (_ENGINE_TEST + "every_transport_fault_has_one_meaning",),
    ),
    Mutation(
        _LOST, "a server error means that nothing happened",
        (Change(_ENGINE, "return Outcome(OutcomeStatus.UNKNOWN, retry_after=_retry_after(answer))",
                "return Outcome(OutcomeStatus.NOT_SENT, retry_after=_retry_after(answer))"),),
        (_ENGINE_TEST + "every_http_status_has_one_meaning",),
    ),
    Mutation(
        _LOST, "the first denial of the gateway is believed",
        (Change(_ENGINE, "if tries >= ABSENT_IS_FINAL_AT_TRY:", "if tries >= 0:"),),
        (_LOST_TEST + "an_absent_act_is_unknown_at_first_and_not_sent_in_the_end",),
    ),
    Mutation(
        _LOST, "recovery asks under another key",
        (Change("src/comptoir/payments/recovery.py", "key=operation.id,",
                "key=operation.payment_id,"),),
        (_STATE_TEST + "a_sender_that_died_is_recovered_without_the_card",),
    ),
    Mutation(
        _LOST, "who has asked long enough calls it not sent",
        (Change("src/comptoir/payments/sending.py", "status = Status(outcome.status)",
                "status = Status(outcome.status if operation.tries < 9 else 'not_sent')"),),
        (_STATE_TEST + "an_unknown_outcome_never_fails_by_time_alone",),
    ),
    Mutation(
        _CALL, "the engine runs while a transaction is open",
        (Change("src/comptoir/kit/db.py", "return _open.get() > 0", "return False"),),
        (_ENGINE_TEST + "the_engine_refuses_to_run_in_a_transaction",),
    ),
    Mutation(
        _SECRET, "logs keep card numbers",
        (Change(_REDACT, "value = _RUN.sub(_cut_run, value)", "value = value + ''"),),
        ("tests/logs/test_logs_redaction.py::test_a_card_number_never_passes",),
    ),
    Mutation(
        _SECRET, "logs do not look into base64",
        (Change(_REDACT, "return _BASE64.sub(_cut_encoded, value) if deep else value",
                "return value"),),
        ("tests/logs/test_logs_redaction.py::test_a_card_number_never_passes",),
    ),
    Mutation(
        _SECRET, "the archive keeps a key that the gateway repeats",
        (Change(_ARCHIVE, "            if spelling in text:\n", "            if not spelling:\n"),),
        (_ENGINE_TEST + "no_card_number_or_key_is_in_any_exchange",
         _ENGINE_TEST + "a_gateway_that_repeats_our_secrets_is_masked_too"),
    ),
    Mutation(
        _SECRET, "the archive keeps the request as it was sent",
        (Change(_ENGINE, "request=request_of(call, search)",
                'request={"body": (call.body or b"").decode()}'),),
        (_ENGINE_TEST + "no_card_number_or_key_is_in_any_exchange",),
    ),
    Mutation(
        _SECRET, "a decision keeps the card number",
        (Change("src/comptoir/payments/charge.py",
                'f"{card.first6}…{card.last4}" if card.first6 else None',
                "asked.card.number if asked.card else None"),),
        (_DECISION_TEST + "a_decision_keeps_what_it_looked_at_without_the_card",),
    ),
    Mutation(
        _SECRET, "test mode takes any card number",
        (Change(_CARD, "brand = gateways.check_test_number(card.number).brand", 'brand = "visa"'),),
        ("tests/payments/test_facts.py::test_a_number_that_is_no_test_card_is_refused_and_not_stored",),
    ),
)  # fmt: skip
