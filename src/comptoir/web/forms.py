"""What pages send: typed forms, amounts as people write them, empty fields as nothing."""

from typing import Annotated, TypeVar

from litestar.enums import RequestEncodingType
from litestar.params import Body

from comptoir.kit.errors import Invalid
from comptoir.kit.money import Money

T = TypeVar("T")
Form = Annotated[T, Body(media_type=RequestEncodingType.URL_ENCODED)]


class AmountUnreadable(Invalid):
    code = "amount_unreadable"
    title = "This is not an amount"


class AmountMissing(Invalid):
    """An emptied box is a mistake, never a wish for everything."""

    code = "amount_missing"
    title = "The amount is missing"


def amount(text: str, currency: str, field: str = "amount") -> Money:
    """`12,50` or `12.50` as money; spaces and one kind of decimal sign are forgiven."""
    plain = text.replace("\u00a0", "").replace(" ", "")
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        return Money.parse(plain, currency)
    except ValueError as error:
        raise AmountUnreadable(f"{error}", field=field) from None


def typed_amount(text: str, currency: str, field: str = "amount") -> Money:
    """What somebody typed into a box that must not be left empty."""
    if blank(text) is None:
        raise AmountMissing("Type the amount; an empty box moves no money", field=field)
    return amount(text, currency, field)


def blank(text: str | None) -> str | None:
    """None for a field left empty."""
    return (text or "").strip() or None


def codes(text: str) -> tuple[str, ...]:
    """`EUR, GBP` as codes."""
    return tuple(part.upper() for part in text.replace(",", " ").split())


def own(path: str) -> str:
    """A path of this office, so that a link from elsewhere cannot send people away."""
    safe = path.startswith("/office/") and "//" not in path and "\\" not in path
    return path if safe else "/office/"
