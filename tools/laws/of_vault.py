"""The vault: bound to its row, never read unwritten, never behind its keys."""

from laws.law import Change, Mutation

_SQL = "src/comptoir/migrations/0018_vault.sql"
_KEYS = "src/comptoir/vault/keys.py"
_ENVELOPE = "src/comptoir/vault/envelope.py"
_OPENING = "src/comptoir/vault/opening.py"
_ENGINE = "src/comptoir/gateways/engine.py"
_CARD_TEST = "tests/vault/test_cards.py::test_"
_KEY_TEST = "tests/vault/test_vault_keys.py::test_"
_TURN_TEST = "tests/vault/test_rotation.py::test_"
_REBILL_TEST = "tests/vault/test_rebills.py::test_"

_VAULT = "the vault keeps cards to itself"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _VAULT, "a sealed card opens in any row of its company",
        (Change(_ENVELOPE, "company_id.bytes + record_id.bytes", "company_id.bytes"),),
        (_CARD_TEST + "a_row_moved_to_another_record_or_company_does_not_open",),
    ),
    Mutation(
        _VAULT, "a card is handed out without a line in the log",
        (Change(_SQL, "values (p_company, p_id, case when found then 'opened' else 'refused' end,"
                " p_who, p_why);",
                "select p_company, p_id, 'refused', p_who, p_why where not found;"),),
        (_CARD_TEST + "every_access_is_written_down_with_who_and_why",),
    ),
    Mutation(
        _VAULT, "the application may read what is sealed past the log",
        (Change(_SQL, "grant select on vault_access to comptoir_app, comptoir_platform;",
                "grant select on vault_access, vault_card to comptoir_app, comptoir_platform;"),),
        (_CARD_TEST + "what_is_sealed_cannot_be_read_past_the_log",),
    ),
    Mutation(
        _VAULT, "a live card opens in test mode",
        (Change(_SQL, "where c.company_id = p_company and c.id = p_id and c.live = p_live\n"
                "            and c.destroyed_at is null;\n    insert into vault_access",
                "where c.company_id = p_company and c.id = p_id\n"
                "            and c.destroyed_at is null;\n    insert into vault_access"),),
        (_CARD_TEST + "companies_and_modes_have_records_of_their_own",),
    ),
    Mutation(
        _VAULT, "keys that were replaced go on storing",
        (Change(_SQL, "where g.id <> p_generation and g.closed_at is null;", "where false;"),),
        (_TURN_TEST + "keys_that_were_replaced_neither_store_nor_rotate",),
    ),
    Mutation(
        _VAULT, "running processes never learn a new key",
        (Change(_KEYS, "        if stamp != _stamp:\n", "        if stamp == ():\n"),),
        (_KEY_TEST + "running_processes_learn_a_new_generation_and_survive_a_broken_file",),
    ),
    Mutation(
        _VAULT, "everybody may read the keys",
        (Change(_KEYS, "_OTHERS_MAY = 0o027", "_OTHERS_MAY = 0"),),
        (_KEY_TEST + "a_file_that_others_can_use_is_refused",),
    ),
    Mutation(
        _VAULT, "a failed opening is not written down",
        (Change(_OPENING, "if row is not None and plain is None:", "if row is None and plain:"),),
        (_REBILL_TEST + "with_the_wrong_keys_nothing_is_sent_and_the_log_says_so",),
    ),
    Mutation(
        _VAULT, "recovery sends again what needs a kept card",
        (Change(_ENGINE, 'if step.kind == "repeat" and act.vault_id is not None:',
                'if step.kind == "repeat" and act.card is not None:'),),
        (_REBILL_TEST + "a_rebill_without_an_answer_is_asked_for_and_its_card_never_sent_again",),
    ),
)  # fmt: skip
