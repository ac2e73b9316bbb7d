"""Fields of a wire body: how each is read, cut to size, or left out.

Descriptive fields are never a reason to refuse a payment: what is too long is cut, what cannot be
read is left out, and so is a card number. What decides about money is read by `need_…`, which
refuses by name.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from comptoir.kit import addresses, redact
from comptoir.wire.problems import MissingData, WrongData

MAX_ITEMS = 200
_TRUE, _FALSE = frozenset({"true", "1", "yes"}), frozenset({"false", "0", "no", ""})


@dataclass(frozen=True, slots=True)
class Text:
    limit: int

    def read(self, value: Any) -> str | None:
        """Any scalar as text, cut to its limit; empty text counts as absent."""
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            return None
        text = clean(str(value))[: self.limit].strip()
        return text or None


@dataclass(frozen=True, slots=True)
class Number:
    highest: int = 999_999_999

    def read(self, value: Any) -> int | None:
        number = whole(value)
        return number if number is not None and 0 <= number <= self.highest else None


@dataclass(frozen=True, slots=True)
class Flag:
    def read(self, value: Any) -> bool | None:
        return flag(value)


@dataclass(frozen=True, slots=True)
class Price:
    """A decimal number of an item's price, kept as its text: it is said back, never summed."""

    def read(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            return None
        text = str(value).strip()
        try:
            found = Decimal(text)
        except ArithmeticError:
            return None
        readable = found.is_finite() and abs(found.adjusted()) < 16 and len(text) <= 32
        return format(found, "f") if readable else None


@dataclass(frozen=True, slots=True)
class Date8:
    """YYYYMMDD, as the contract writes days."""

    def read(self, value: Any) -> str | None:
        text = "" if isinstance(value, bool) else str(value).strip()
        return text if len(text) == 8 and text.isascii() and text.isdigit() else None


class Choice:
    """One of a closed list; case does not matter, the canonical spelling is kept."""

    def __init__(self, *words: str, **also: str) -> None:
        """`also`: other spellings that mean one of the words."""
        self._words = {word.lower(): word for word in words}
        self._words |= {other.lower(): word for other, word in also.items()}

    def read(self, value: Any) -> str | None:
        if isinstance(value, bool) or not isinstance(value, str | int):
            return None
        text = str(value).strip().lower()
        return self._words.get(text) or self._words.get(f"{text:0>2}")


Kind = Text | Number | Flag | Price | Date8 | Choice
Shape = Mapping[str, Kind]


def read_all(shape: Shape, given: Any) -> dict[str, Any]:
    """The known fields of an object in their canonical names; unknown ones are ignored."""
    names = lowered(given)
    found = {
        name: kind.read(names.get(name.lower()))
        for name, kind in shape.items()
        if not holds_card_number(names.get(name.lower()))
    }
    return {name: value for name, value in found.items() if value is not None}


def holds_card_number(value: Any) -> bool:
    """Whether a card number stands in a text that would be kept, shown and said back."""
    return isinstance(value, str | int | Decimal) and redact.holds_card_number(str(value))


def refuse_card_number(name: str, value: Any) -> None:
    """For what a shop finds its payments by: left out it would be missed, so it is refused."""
    if holds_card_number(value):
        raise WrongData(f"{name} holds what looks like a card number", field=name)


def need_safe_text(given: Mapping[str, Any], name: str, limit: int) -> str:
    """A text that must be there and is kept as it is: no card number."""
    refuse_card_number(name, given.get(name.lower()))
    return need_text(given, name, limit)


def may_safe_text(given: Mapping[str, Any], name: str, limit: int) -> str | None:
    """Like `need_safe_text` for one that may be absent."""
    refuse_card_number(name, given.get(name.lower()))
    return Text(limit).read(given.get(name.lower()))


def lowered(given: Any) -> dict[str, Any]:
    """An object by its names in lower case; anything else counts as an empty one."""
    if not isinstance(given, dict):
        return {}
    return {str(name).lower(): value for name, value in given.items() if value is not None}


def need_text(given: Mapping[str, Any], name: str, limit: int) -> str:
    """A text that must be there; refused by its name otherwise."""
    found = Text(limit).read(given.get(name.lower()))
    if found is None:
        raise MissingData(f"{name} is missing", field=name)
    return found


def need_number(given: Mapping[str, Any], name: str, lowest: int, highest: int) -> int:
    """A whole number within its limits; absent 401, otherwise unusable 501."""
    value = given.get(name.lower())
    if value is None or value == "":
        raise MissingData(f"{name} is missing", field=name)
    number = whole(value)
    if number is None or not lowest <= number <= highest:
        raise WrongData(f"{name} must be a whole number from {lowest} to {highest}", field=name)
    return number


def may_number(given: Mapping[str, Any], name: str, lowest: int, highest: int) -> int | None:
    """Like `need_number` for one that may be absent."""
    if given.get(name.lower()) in (None, ""):
        return None
    return need_number(given, name, lowest, highest)


def may_choose(given: Mapping[str, Any], name: str, choice: Choice) -> str | None:
    """A word that decides something: absent is fine, an unknown one is refused by name."""
    value = given.get(name.lower())
    if value is None or value == "":
        return None
    found = choice.read(value)
    if found is None:
        raise WrongData(f"{name} is not one of the known values", field=name)
    return found


def whole(value: Any) -> int | None:
    """A whole number, also as text or with a zero fraction."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        text = value.strip()
        digits = text.removeprefix("-")
        return int(text) if digits.isascii() and digits.isdigit() and len(digits) <= 18 else None
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 18:
        return int(value) if value == value.to_integral_value() else None
    return None


def flag(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower() if isinstance(value, str | int) else None
    if text in _TRUE:
        return True
    return False if text in _FALSE and text != "" else None


def clean(text: str) -> str:
    """Text without what no database keeps and no page shows."""
    return text.replace("\x00", "").strip()


def may_address(given: Mapping[str, Any], name: str, most: int) -> str | None:
    """Where somebody is sent or called; half an address leads nowhere, so it is never cut."""
    value = given.get(name.lower())
    if value is None or value == "":
        return None
    try:
        return addresses.checked(value if isinstance(value, str) else "", most)
    except addresses.TooLong:
        raise WrongData(f"{name} has at most {most} characters", field=name) from None
    except ValueError:
        raise WrongData(f"{name} must be an http or https address", field=name) from None
