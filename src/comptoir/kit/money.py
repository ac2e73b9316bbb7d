"""Money: integer minor units and an ISO 4217 code. Never a float, never a bare number.

Exponents are ISO 4217's (list one), not CLDR's display digits: Babel answers 0 for MGA, IQD, LAK.
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import total_ordering

# ISO 4217 list one: codes whose exponent is not 2. All other codes of CODES have 2.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
CODES = frozenset(
    (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP"
        " BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN"
        " ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK"
        " JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD"
        " MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP"
        " PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP"
        " SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV"
        " WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG"
    ).split()
)
MAX_MINOR = 999_999_999_999  # Larger than any one payment; far below bigint.
_GROUP = 3  # Digits between two separators of thousands.
_TEXT = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,4})?")


def exponent(currency: str) -> int:
    """Decimals of a currency by ISO 4217; raises `KeyError` for an unknown code."""
    if currency not in CODES:
        raise KeyError(currency)
    return _EXPONENTS.get(currency, 2)


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount of one currency, in minor units. Mixing currencies is a bug, so an assertion."""

    minor: int
    currency: str

    @classmethod
    def parse(cls, text: str, currency: str | None = None) -> "Money":
        """Read `12.50 EUR`, or `12.50` with a currency. Raises `ValueError` on anything else.

        Zeros beyond the currency's decimals are forgiven (`12.5000`, `1200.00` of yen), but not
        three decimals where a currency has fewer: `1.500` may mean one thousand five hundred.
        """
        number, _, code = text.strip().partition(" ")
        code = code.strip() or (currency or "")
        if code not in CODES or (currency is not None and code != currency):
            raise ValueError(f"not a known currency: {code[:8]!r}")
        if not _TEXT.fullmatch(number):
            raise ValueError("an amount looks like 1234.56, without thousands separators")
        scaled = Decimal(number).scaleb(exponent(code))
        if len(number.partition(".")[2]) == _GROUP > exponent(code):
            raise ValueError(
                f"{code} has {exponent(code)} decimals: write thousands without a sign"
            )
        if scaled != int(scaled):
            raise ValueError(f"{code} has {exponent(code)} decimals")
        return cls(int(scaled), code)

    def text(self) -> str:
        """The number alone, with the currency's own decimals: `12.50`, `1200`, `0.001`."""
        places = exponent(self.currency)
        if places == 0:
            return str(self.minor)
        sign = "-" if self.minor < 0 else ""
        whole, part = divmod(abs(self.minor), 10**places)
        return f"{sign}{whole}.{part:0{places}d}"

    def __str__(self) -> str:
        return f"{self.text()} {self.currency}"

    def _same(self, other: "Money") -> None:
        assert self.currency == other.currency, "two currencies in one sum"

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def share(self, rate: Decimal) -> "Money":
        """A part of this amount by a decimal rate (0.014 = 1.4 %), rounded half up."""
        exact = Decimal(self.minor) * rate
        return Money(int(exact.quantize(Decimal(1), rounding="ROUND_HALF_UP")), self.currency)

    def split(self, parts: int) -> list["Money"]:
        """Equal parts; the first ones carry the minor units that are left. Sums to the whole."""
        base, left = divmod(self.minor, parts)
        return [Money(base + (1 if i < left else 0), self.currency) for i in range(parts)]
