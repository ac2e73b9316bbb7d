"""The payment page: a form is one attempt, no number comes back, nothing foreign gets in."""

from laws.law import Change, Mutation

_PAYING = "src/comptoir/hosted/paying.py"
_CARD = "src/comptoir/hosted/card.py"
_FORM = "src/comptoir/hosted/templates/pay/form.html"
_LOOK = "src/comptoir/hosted/look.py"
_PAY_TEST = "tests/hosted/test_paying.py::test_"
_RULE_TEST = "tests/hosted/test_rules.py::test_"

_PAGE = "the payment page takes a form once"
_BACK = "no card number leaves its form"
_OURS = "the payment page is its own alone"

MUTATIONS: tuple[Mutation, ...] = (
    Mutation(
        _PAGE, "a form's key is forgotten",
        (Change(_PAYING, "    if await _known(opened, ask):\n        return None\n", ""),
         Change(_PAYING, "typed.card, ip=ip, ask=ask,", "typed.card, ip=ip, ask=None,")),
        (_PAY_TEST + "a_form_sent_twice_is_one_attempt",),
    ),
    Mutation(
        _BACK, "a refused form comes back with its number",
        (Change(_CARD, '    kept = {\n        "holder": holder,\n',
                '    kept = {\n        "number": number,\n        "holder": holder,\n'),
         Change(_FORM, '_("Card number"), "", errors',
                '_("Card number"), kept.get("number", ""), errors')),
        (_PAY_TEST + "what_is_wrong_is_said_and_numbers_are_never_written_back",),
    ),
    Mutation(
        _BACK, "a number is taken for a form's key, and kept",
        (Change(_PAYING, '_KEY = re.compile(r"[0-9a-f]{32}',
                '_KEY = re.compile(r"[0-9a-f]{8,64}'),),
        (_RULE_TEST + "no_typed_number_is_written_down_anywhere",),
    ),
    Mutation(
        _OURS, "any site may hold the page in a frame",
        (Change(_LOOK, "if framed_by else \"'none'\"", 'if framed_by else "*"'),),
        (_RULE_TEST + "every_page_forbids_everything_else",),
    ),
)  # fmt: skip
