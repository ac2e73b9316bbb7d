"""Mapping files: how the columns and words of a provider's file are to be read.

A TOML file with the tables columns, defaults, dates, amounts, kinds, statuses and results; all of
it is optional. Columns that are not named are looked for under their usual names.
"""

import tomllib
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from comptoir.imports import words
from comptoir.kit.errors import Invalid
from comptoir.payments import Kind, Status

MAX_BYTES = 200_000
DELIMITERS = ",;\t|"

# Our fields, and the headers under which they are found without a mapping.
FIELDS: dict[str, str] = {
    "date": "created_at date created occurred_at timestamp transaction_date datetime created_utc",
    "order": "order_id order order_number merchant_reference invoice",
    "id": "id transaction_id operation_id",
    "kind": "kind type operation transaction_type",
    "status": "status state",
    "result": "result_code result response_code error_code",
    "amount": "amount total gross",
    "currency": "currency",
    "reference": "reference original_id original refers_to parent_id related_id",
    "gateway_reference": "gateway_reference acquirer_reference psp_reference gateway_id",
    "fee": "fee fees",
    "settled": "settled_at settled_on settlement_date",
    "card": "card masked_card card_mask card_number pan",
    "brand": "brand card_brand network payment_network",
    "method": "method payment_method",
    "consumer": "customer_id consumer_id shopper_id customer",
    "email": "customer_email email shopper_email",
    "name": "customer_name name shopper_name",
    "country": "customer_country country shopper_country billing_country",
    "description": "description",
    "reason": "reason decline_reason",
}


class BadMapping(Invalid):
    code = "bad_mapping"
    title = "The mapping file cannot be used"


class Defaults(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What rows have that do not say it themselves."""

    kind: str | None = None
    currency: str | None = None
    country: str | None = None
    method: str = "card"
    declined: str = "005"  # The result code of a decline without one: authorisation declined.


class Dates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    zone: str | None = None  # Of dates that name none.
    format: str | None = None  # As in strptime; without it ISO 8601. Or epoch, epoch_ms.


class Amounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    decimal: str = "."
    thousands: str = ""
    fees: str = "positive"  # Or negative: the file writes a fee that was paid as -0.30.


class Mapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping file as it is written, checked."""

    delimiter: str | None = None
    encoding: str = "utf-8"
    identity: tuple[str, ...] = ()
    reference_kind: str = "transaction"
    columns: dict[str, str] = {}
    defaults: Defaults = Defaults()
    dates: Dates = Dates()
    amounts: Amounts = Amounts()
    kinds: dict[str, str] = {}
    statuses: dict[str, str] = {}
    results: dict[str, str] = {}

    def stored(self) -> dict[str, Any]:
        """The mapping as `import_run` keeps it."""
        built: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return built


def load_mapping(path: Path | None) -> Mapping:
    """Read a mapping file; without one everything is found by its usual name."""
    if path is None:
        return Mapping()
    try:
        text = path.read_bytes()
        if len(text) > MAX_BYTES:
            raise BadMapping(f"A mapping file has at most {MAX_BYTES} bytes")
        mapping = msgspec.convert(tomllib.loads(text.decode("utf-8-sig")), Mapping)
    except OSError as error:
        raise BadMapping(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise BadMapping(f"{path} is not UTF-8 text") from None
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadMapping(f"{path}: {error}") from None
    check(mapping)
    return mapping


def check(mapping: Mapping) -> None:
    """Refuse what no file could be read with, naming the line of the mapping."""
    for field in mapping.columns:
        if field not in FIELDS:
            raise BadMapping(f"columns.{field} is not one of {', '.join(FIELDS)}")
    _check_words(mapping)
    _check_forms(mapping)


def _check_words(mapping: Mapping) -> None:
    kinds = {str(kind) for kind in Kind} | {words.IGNORE}
    for word, meaning in mapping.kinds.items():
        if meaning not in kinds:
            raise BadMapping(f'kinds."{word}" is not one of {", ".join(sorted(kinds))}')
    final = {Status.SUCCEEDED, Status.DECLINED, Status.REJECTED}
    statuses = {str(status) for status in final} | {words.IGNORE}
    for word, status in mapping.statuses.items():
        if status not in statuses:
            raise BadMapping(f'statuses."{word}" is not one of {", ".join(sorted(statuses))}')
    codes = {**mapping.results, "(defaults.declined)": mapping.defaults.declined}
    for word, code in codes.items():
        if len(code) != 3 or not (code.isascii() and code.isdigit()):
            raise BadMapping(f'results."{word}" is not a code of three digits')
    kind = mapping.defaults.kind
    if kind is not None and kind not in kinds:
        raise BadMapping(f"defaults.kind is not one of {', '.join(sorted(kinds))}")


def _check_forms(mapping: Mapping) -> None:
    currency = mapping.defaults.currency
    if currency is not None and not words.is_currency(currency):
        raise BadMapping("defaults.currency is not an ISO 4217 code")
    if mapping.dates.zone is not None:
        zone_of(mapping.dates.zone)
    if mapping.delimiter is not None and len(mapping.delimiter) != 1:
        raise BadMapping("delimiter is one character")
    if not 1 <= len(mapping.defaults.method) <= 32 or not 1 <= len(mapping.reference_kind) <= 32:
        raise BadMapping("defaults.method and reference_kind have 1 to 32 characters")
    amounts = mapping.amounts
    if amounts.decimal not in {".", ","} or amounts.thousands not in {"", ".", ",", "'", " ", "’"}:
        raise BadMapping("amounts.decimal is . or , and amounts.thousands one of . , ' space")
    if amounts.decimal == amounts.thousands:
        raise BadMapping("amounts.decimal and amounts.thousands are the same")
    if amounts.fees not in {"positive", "negative"}:
        raise BadMapping("amounts.fees is positive or negative")
    try:
        "".encode(mapping.encoding)
    except LookupError:
        raise BadMapping(f"encoding {mapping.encoding[:32]} is not known") from None


def zone_of(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadMapping("dates.zone is not a time zone, e.g. Europe/Madrid") from None
