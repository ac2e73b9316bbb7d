"""The form of a SEPA direct debit: an account, its holder, and that the holder agrees."""

from collections.abc import Mapping

from comptoir import checkout
from comptoir.edge.i18n import message
from comptoir.hosted.card import Typed, read_holder

IBAN_WRONG = message("This is not an account number (IBAN). Look at it again.")
IBAN_MISSING = message("Enter the number of your account (IBAN).")
HOLDER_MISSING = message("Enter the name of the account’s holder.")
NOT_AGREED = message("Without your agreement the account cannot be debited.")


def read_debit(form: Mapping[str, str]) -> Typed:
    """The signature in a form, or what is wrong with it. The account's number is not kept."""
    holder = read_holder(form)
    number = form.get("iban", "").strip()
    kept = {"holder": holder}
    errors = {
        "iban": "" if number else IBAN_MISSING,
        "holder": "" if holder else HOLDER_MISSING,
        "agreed": "" if form.get("agreed") else NOT_AGREED,
    }
    errors = {name: text for name, text in errors.items() if text}
    try:
        signed = checkout.sign(holder, number) if number else None
    except checkout.NotAnAccount:
        errors["iban"] = IBAN_WRONG
    return Typed(errors, kept) if errors else Typed({}, kept, signed=signed)
