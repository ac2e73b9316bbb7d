"""Numbers, amounts and moments as a person reads them: their language, their time zone."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.numbers import format_decimal, format_percent

from comptoir.edge import i18n
from comptoir.kit import clock
from comptoir.kit.money import Money, exponent

# Card schemes as they write themselves.
BRANDS = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "cb": "CB",
    "jcb": "JCB",
    "maestro": "Maestro",
    "diners": "Diners Club",
    "discover": "Discover",
    "unionpay": "UnionPay",
    "electron": "Visa Electron",
    "vpay": "V PAY",
}


@dataclass(frozen=True, slots=True)
class Formats:
    """One person's formats. Templates have it as `fmt`."""

    locale: str
    zone: str

    @property
    def _locale(self) -> Locale:
        return Locale.parse("en" if self.locale == i18n.PSEUDO else self.locale)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(ZoneInfo(self.zone))

    def amount(self, money: Money) -> str:
        """`1,234.50`: the currency's own decimals, the reader's separators; no currency."""
        places = exponent(money.currency)
        pattern = "#,##0." + "0" * places if places else "#,##0"
        scaled = _decimal(money)
        return format_decimal(scaled, format=pattern, locale=self._locale)

    def money(self, money: Money) -> str:
        """`1,234.50 EUR` with a space that does not break."""
        return f"{self.amount(money)}\u00a0{money.currency}"

    def brand(self, brand: str) -> str:
        """A card scheme's name; one that is not known here is shown as it came."""
        return BRANDS.get(brand.lower(), brand)

    def number(self, value: int) -> str:
        return format_decimal(value, locale=self._locale)

    def percent(self, part: int, whole: int) -> str:
        """A share with one decimal; a dash when there is no whole."""
        if whole == 0:
            return "–"
        return format_percent(Decimal(part) / Decimal(whole), format="0.0%", locale=self._locale)

    def rate(self, percent: Decimal) -> str:
        """A percentage of a price, `1.55%`, with no more decimals than it has."""
        return format_percent(percent / 100, format="0.####%", locale=self._locale)

    def moment(self, at: datetime) -> str:
        """`22 Nov, 14:03`, with the year when it is not this one."""
        local = self._local(at)
        same_year = local.year == self._local(clock.now()).year
        pattern = "d MMM, HH:mm" if same_year else "d MMM y, HH:mm"
        return format_datetime(local, pattern, locale=self._locale)

    def full(self, at: datetime) -> str:
        """Date and time to the second in the reader's zone."""
        return format_datetime(self._local(at), "d MMM y, HH:mm:ss", locale=self._locale)

    def time(self, at: datetime) -> str:
        return format_datetime(self._local(at), "HH:mm:ss", locale=self._locale)

    def day(self, at: datetime | date) -> str:
        local = self._local(at) if isinstance(at, datetime) else at
        return format_date(local, "d MMM y", locale=self._locale)

    def utc(self, at: datetime) -> str:
        """The exact moment for a hover: `2026-11-22 13:03:07.123 UTC`."""
        return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " UTC"

    def iso(self, at: datetime) -> str:
        return at.astimezone(UTC).isoformat()

    def ago(self, at: datetime) -> str:
        """`3 minutes ago`, `in 2 days`."""
        return format_timedelta(at - clock.now(), add_direction=True, locale=self._locale)

    def zone_now(self) -> str:
        """`UTC+01:00`: the reader's present distance from UTC."""
        text = self._local(clock.now()).strftime("%z")
        return f"UTC{text[:3]}:{text[3:]}"


def _decimal(money: Money) -> Decimal:
    return Decimal(money.minor).scaleb(-exponent(money.currency))
