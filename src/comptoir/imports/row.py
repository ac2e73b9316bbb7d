"""Rows: what one record of a file says, read strictly; what is doubtful is refused and told."""

import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from comptoir.imports import cards, words
from comptoir.imports.mapping import Mapping, zone_of
from comptoir.imports.source import SEPARATOR, Layout, Line
from comptoir.kit import clock, countries
from comptoir.kit.money import MAX_MINOR, Money
from comptoir.payments import Kind, Status

# The longest texts that are kept; names that matter are refused beyond, descriptions are cut.
ORDER, SHOP_ID, EMAIL, REFERENCE, METHOD = 100, 100, 254, 256, 32
NAME, DESCRIPTION, REASON = 128, 500, 256
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=1)  # A clock elsewhere, or a zone that is not quite right.

# Money that goes back; some providers write it with a minus, which says nothing new.
BACK = frozenset(
    {
        Kind.REFUND, Kind.CREDIT, Kind.CANCEL, Kind.CHARGEBACK, Kind.DISPUTE, Kind.RETRIEVAL,
        Kind.REVERSAL, Kind.FRAUD,
    }
)  # fmt: skip


WITHOUT_MONEY = frozenset(
    {
        Kind.AUTHORIZE,
        Kind.CANCEL,
        Kind.CHECK,
        Kind.SUBMISSION,
        Kind.DISPUTE,
        Kind.RETRIEVAL,
        Kind.FRAUD,
    }
)
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200e\u200f\ufeff\u00ad"))


class Refused(Exception):
    """Why a row cannot be taken. The text never repeats the content of a cell."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field
        self.reason = reason


class Row(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One operation of the history, in our words."""

    line: int
    key: UUID
    at: datetime
    kind: Kind
    status: Status
    result: str | None
    amount: int
    currency: str
    method: str
    order: str | None = None
    id: str | None = None
    reference: str | None = None
    gateway_reference: str | None = None
    fee: int | None = None
    settled_at: datetime | None = None
    brand: str | None = None
    first6: str | None = None
    last4: str | None = None
    shop_id: str | None = None
    email: str | None = None
    name: str | None = None
    country: str | None = None
    description: str | None = None
    reason: str | None = None


class RowReader:
    """Reads records by a layout and a mapping."""

    def __init__(self, layout: Layout, mapping: Mapping) -> None:
        self._places = layout.places
        self._mapping = mapping
        self._amounts = _amount_reader(mapping)
        self._dates = _date_reader(mapping)
        self._kinds = {words.plain(w): k for w, k in mapping.kinds.items()}
        self._statuses = {words.plain(w): s for w, s in mapping.statuses.items()}
        self._results = {words.plain(w): code for w, code in mapping.results.items()}
        self._latest = clock.now() + AHEAD
        # The same few words come again and again.
        self._kind = lru_cache(maxsize=1024)(self._find_kind)
        self._status = lru_cache(maxsize=1024)(self._find_status)
        self._country = lru_cache(maxsize=1024)(countries.resolve)
        self._brand = lru_cache(maxsize=1024)(words.brand)

    def read(self, line: Line, key: UUID) -> Row | None:
        """The row, or None for one that the mapping says to ignore. Raises `Refused`."""
        if line.fault is not None:
            raise Refused("", line.fault)
        cells = line.cells
        if cards.has_number(SEPARATOR.join(cells)):
            raise Refused(self._card_column(cells), "holds an unmasked card number")
        get = _Getter(cells, self._places)
        kind = self._kind(get("kind"))
        status = self._status(get("status"))
        if kind is None or status == words.IGNORE:
            return None
        currency = self._currency(get("currency"))
        final, result = self._outcome(status, get("result"))
        at = self._date("date", get("date"))
        amount = self._amount(kind, get("amount"), currency)
        first6, last4 = _card(get("card"))
        fee = get("fee")
        country = get("country") or self._mapping.defaults.country
        brand = get("brand")
        return Row(
            line=line.first, key=key, at=at, kind=kind, status=final, result=result,
            amount=amount, currency=currency,
            method=_short("method", get("method") or self._mapping.defaults.method, METHOD).lower(),
            order=_short("order", get("order"), ORDER), id=_short("id", get("id"), REFERENCE),
            reference=_short("reference", get("reference"), REFERENCE),
            gateway_reference=_short("gateway_reference", get("gateway_reference"), REFERENCE),
            fee=None if fee is None else self._fee(fee, currency),
            settled_at=self._settled(get("settled"), kind, final, fee, at),
            brand=None if brand is None else self._brand(brand) or None,
            first6=first6, last4=last4, shop_id=_short("consumer", get("consumer"), SHOP_ID),
            email=_email(get("email")), name=_cut(get("name"), NAME),
            country=self._country(country) if country else None,
            description=_cut(get("description"), DESCRIPTION), reason=_cut(get("reason"), REASON),
        )  # fmt: skip

    def _card_column(self, cells: list[str]) -> str:
        """The name of our field, or the place of the column, that holds a whole number."""
        place = next((i for i, cell in enumerate(cells) if cards.has_number(cell)), 0)
        return next((f for f, i in self._places.items() if i == place), f"#{place}")

    def _find_kind(self, word: str | None) -> Kind | None:
        """None for a kind that is ignored."""
        chosen: str | None
        if word is None:
            chosen = self._mapping.defaults.kind
        else:
            chosen = self._kinds.get(words.plain(word)) or words.KINDS.get(words.plain(word))
        if chosen is None:
            known = "is not known; add the word to [kinds] of the mapping"
            raise Refused("kind", "is empty" if word is None else known)
        return None if chosen == words.IGNORE else Kind(chosen)

    def _find_status(self, word: str | None) -> str | None:
        if word is None:
            return None
        status = self._statuses.get(words.plain(word)) or words.STATUSES.get(words.plain(word))
        if status is None:
            raise Refused("status", "is not known; add the word to [statuses] of the mapping")
        if status == Status.PENDING:
            raise Refused("status", "has not finished there; import the row when it has")
        return status

    def _outcome(self, status: str | None, word: str | None) -> tuple[Status, str | None]:
        """Status and result code, which must agree."""
        code = None if word is None else self._code(word)
        if status is None:
            succeeded = code is None or code == "000"
            return (Status.SUCCEEDED, "000") if succeeded else (Status.DECLINED, code)
        if status == Status.SUCCEEDED:
            if code not in (None, "000"):
                raise Refused("result", "says declined, but the status says accepted")
            return Status.SUCCEEDED, "000"
        if code == "000":
            raise Refused("result", "says accepted, but the status does not")
        if status == Status.DECLINED:
            return Status.DECLINED, code or self._mapping.defaults.declined
        return Status.REJECTED, code

    def _code(self, word: str) -> str:
        code = self._results.get(words.plain(word))
        if code is None and word.isascii() and word.isdigit() and len(word) <= 3:
            code = word.zfill(3)
        if code is None:
            raise Refused("result", "is no code of three digits; add it to [results]")
        return code

    def _currency(self, word: str | None) -> str:
        code = (word or self._mapping.defaults.currency or "").upper()
        if not words.is_currency(code):
            raise Refused("currency", "is not an ISO 4217 code" if word else "is empty")
        return code

    def _date(self, field: str, text: str | None) -> datetime:
        if text is None:
            raise Refused(field, "is empty")
        at = self._dates(field, text)
        if not EARLIEST <= at <= self._latest:
            raise Refused(field, "lies in the future" if at > EARLIEST else "is before 1990")
        return at

    def _settled(
        self, text: str | None, kind: Kind, status: Status, fee: str | None, at: datetime
    ) -> datetime | None:
        """When the acquirer paid. Where no column says so, a fee says that it has."""
        if status is not Status.SUCCEEDED or (kind in WITHOUT_MONEY and fee is None):
            return None
        if text is not None:
            return self._date("settled", text)
        return at if fee is not None and "settled" not in self._places else None

    def _amount(self, kind: Kind, text: str | None, currency: str) -> int:
        if text is None:
            raise Refused("amount", "is empty")
        minor = self._amounts("amount", text, currency)
        if minor < 0 and kind not in BACK:
            raise Refused("amount", f"is negative, which a {kind} cannot be")
        return abs(minor)

    def _fee(self, text: str, currency: str) -> int:
        minor = self._amounts("fee", text, currency)
        return -minor if self._mapping.amounts.fees == "negative" else minor


class _Getter:
    """The cell of a field: trimmed, None when it says nothing; refused when nobody can read it."""

    __slots__ = ("_cells", "_places")

    def __init__(self, cells: list[str], places: dict[str, int]) -> None:
        self._cells = cells
        self._places = places

    def __call__(self, field: str) -> str | None:
        place = self._places.get(field)
        if place is None:
            return None
        text = self._cells[place].strip()
        if not text:
            return None
        if not text.isprintable():
            text = _printable(field, text)
        if len(text) <= 7 and text.lower() in words.NOTHING and field != "country":
            return None  # Of countries, NA is one.
        return text


def _printable(field: str, text: str) -> str:
    """Line breaks and tabs become spaces; what is no text in this encoding is refused."""
    spaced = "".join(" " if letter.isspace() else letter for letter in text)
    if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in spaced):
        raise Refused(field, "has characters that cannot be read in this encoding")
    return spaced.translate(_INVISIBLE).strip()


def _short(field: str, text: Any, limit: int) -> Any:
    if text is not None and len(text) > limit:
        raise Refused(field, f"has more than {limit} characters")
    return text


def _cut(text: str | None, limit: int) -> str | None:
    return text if text is None else text[:limit]


def _email(text: str | None) -> str | None:
    if text is None:
        return None
    if not 3 <= len(text) <= EMAIL or "@" not in text[1:-1] or " " in text:
        raise Refused("email", "is no e-mail address")
    return text.lower()


def _card(text: str | None) -> tuple[str | None, str | None]:
    if text is None:
        return None, None
    try:
        return cards.read_masked(text)
    except cards.WholeNumber:
        raise Refused("card", "holds an unmasked card number") from None
    except ValueError as error:
        raise Refused("card", str(error)) from None


def _amount_reader(mapping: Mapping) -> Callable[[str, str, str], int]:
    """How amounts in major units become minor ones. Groups of thousands must be groups of three."""
    decimal, thousands = mapping.amounts.decimal, mapping.amounts.thousands
    plain_form = decimal == "." and not thousands

    def read(field: str, text: str, currency: str) -> int:
        number = text if plain_form else _regroup(field, text, decimal, thousands)
        try:
            minor = Money.parse(number, currency).minor
        except ValueError as error:
            raise Refused(field, _why(str(error))) from None
        if abs(minor) > MAX_MINOR:
            raise Refused(field, "is larger than any amount that is kept")
        return minor

    return read


def _why(text: str) -> str:
    return "is in another currency than its column says" if text.startswith("not a") else text


def _regroup(field: str, text: str, decimal: str, thousands: str) -> str:
    if thousands == " ":
        text = text.replace("\u00a0", " ").replace("\u202f", " ")
    whole, comma, part = text.partition(decimal)
    if thousands and thousands in whole:
        first, *groups = whole.removeprefix("-").split(thousands)
        if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups):
            raise Refused(field, f"has {thousands!r} where no thousands end")
        whole = whole.replace(thousands, "")
    if not comma and decimal == "," and "." in whole:
        raise Refused(field, "has a point, but the mapping says that a comma comes before cents")
    if thousands:
        part = part.rstrip("0") or "0"  # Whatever their number, these are decimals.
    return f"{whole}.{part}" if comma else whole


def _date_reader(mapping: Mapping) -> Callable[[str, str], datetime]:
    zone = zone_of(mapping.dates.zone) if mapping.dates.zone else None
    form = mapping.dates.format

    def read(field: str, text: str) -> datetime:
        try:
            at = _moment(text, form)
            return _in_utc(field, at, zone)
        except (ValueError, OverflowError):
            shown = "2026-01-31T17:05:00Z" if form is None else form
            raise Refused(field, f"does not look like {shown}") from None

    return read


def _moment(text: str, form: str | None) -> datetime:
    if form is None:
        named = text.removesuffix(" UTC")
        return datetime.fromisoformat(text if named == text else named + "Z")
    if form in {"epoch", "epoch_ms"}:
        if not text.isdecimal():
            raise ValueError(text)
        seconds, rest = divmod(int(text), 1000) if form == "epoch_ms" else (int(text), 0)
        return datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=rest)
    return datetime.strptime(text, form)  # noqa: DTZ007  The zone is put in below.


def _in_utc(field: str, at: datetime, zone: ZoneInfo | None) -> datetime:
    if at.tzinfo is None:
        if zone is None:
            raise Refused(field, "names no time zone; set [dates] zone in the mapping")
        at = at.replace(tzinfo=zone)
    return at.astimezone(UTC)
