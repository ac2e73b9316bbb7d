"""Who plays in the demo: the provider, two companies with their shops and accounts, the people.

All names are invented; addresses end in `.test` or `example.…`, which nobody can own.
"""

from dataclasses import dataclass
from decimal import Decimal

from comptoir.identity import CompanyRole, PlatformRole

PROVIDER = "Quai Nord Payments"
SUPPORT = "support@quai-nord.test"


@dataclass(frozen=True, slots=True)
class Rate:
    """A line of a price list; without an account it is what the company pays."""

    currency: str
    percent: Decimal
    fixed_minor: int
    account: str | None = None
    operation: str | None = None
    brand: str | None = None
    region: str | None = None
    days_ago: int = 120


@dataclass(frozen=True, slots=True)
class AccountPlan:
    slug: str
    name: str
    contract_number: str
    currencies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OfferPlan:
    """A membership: what it costs each period, and what comes before."""

    name: str
    description: str
    kind: str
    rebill_minor: int
    rebill_period: str
    rebill_max: int | None = None
    trial_minor: int | None = None
    trial_period: str | None = None


@dataclass(frozen=True, slots=True)
class ShopPlan:
    """An originator: what it sells to whom, when, and how it takes the money."""

    slug: str
    name: str
    orders: str  # How its order ids begin.
    descriptor: str
    website: str
    currency: str
    accounts: tuple[str, ...]  # In order of preference.
    a_day: int  # Payments of an average day.
    weekdays: tuple[int, ...]  # Percent of an average day, Monday first.
    hours: tuple[int, ...]  # Weight of each hour of the company's day.
    authorised: int  # Per mille that are authorised first and captured on shipping.
    returning: int  # Per mille bought by somebody who was here before.
    countries: dict[str, int]
    products: tuple[tuple[str, int], ...]  # Names and prices in minor units.
    also: dict[str, str]  # Country to another currency that its shoppers pay in.
    offers: tuple[OfferPlan, ...] = ()  # Memberships; its products are the first charges of them.
    credit_limit_minor: int | None = None

    @property
    def members(self) -> bool:
        return bool(self.offers)


@dataclass(frozen=True, slots=True)
class CompanyPlan:
    slug: str
    name: str
    legal_name: str
    country: str
    time_zone: str
    website: str
    support_email: str
    accounts: tuple[AccountPlan, ...]
    shops: tuple[ShopPlan, ...]
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Person:
    """A sign-in. `company` is a company's slug, or None for the provider's own people."""

    name: str
    email: str
    role: PlatformRole | CompanyRole
    company: str | None
    time_zone: str


#              0  1  2  3  4  5  6  7   8   9  10  11  12  13  14  15  16  17  18  19  20  21  22 23
_EVENING = (5, 2, 1, 1, 1, 2, 6, 14, 26, 38, 46, 50, 52, 46, 42, 44, 50, 60, 70, 78, 84, 76, 46, 18)
_OFFICE = (3, 1, 1, 1, 1, 2, 8, 22, 52, 74, 82, 78, 60, 52, 70, 76, 70, 56, 40, 34, 32, 26, 14, 6)
_TOKYO = (22, 18, 16, 20, 28, 36, 40, 46, 52, 58, 66, 78, 88, 84, 62, 34, 14, 6, 3, 2, 2, 4, 8, 14)
_YEN_BRANDS = ("visa", "mastercard", "cb", "jcb", "diners", "discover", "unionpay")
_LATE = (9, 4, 2, 1, 1, 1, 3, 8, 18, 32, 46, 58, 60, 50, 38, 36, 46, 60, 74, 84, 88, 84, 62, 28)

_LUMIERE = CompanyPlan(
    "maison-lumiere", "Maison Lumière", "Maison Lumière SAS", "FR", "Europe/Paris",
    "https://maison-lumiere.test", "bonjour@maison-lumiere.test",
    (
        AccountPlan("phare", "Phare Acquiring", "FR-4471-0092", ("EUR", "GBP", "JPY")),
        AccountPlan("orient", "Orient Cards", "OC-118-22031", ("GBP", "JPY")),
    ),
    (
        ShopPlan(
            "lumiere-paris", "Maison Lumière Paris", "PAR", "MAISON LUMIERE PARIS",
            "https://paris.maison-lumiere.test", "EUR", ("phare",), 36,
            (96, 90, 94, 100, 104, 118, 98), _EVENING, 640, 340,
            {"FR": 640, "BE": 90, "DE": 70, "CH": 40, "ES": 40, "IT": 40, "LU": 20, "US": 60},
            (
                ("Lampe Aurore", 18900), ("Lampe Halo", 12900), ("Suspension Brume", 34900),
                ("Applique Cendre", 9900), ("Bougeoir Laiton", 4900), ("Bougie Figuier", 3900),
                ("Lanterne Pluie", 7450), ("Abat-jour Lin", 5990), ("Guirlande Étoile", 2950),
            ),
            {},
            credit_limit_minor=20000,
        ),
        ShopPlan(
            "lumiere-london", "Maison Lumière London", "LON", "MAISON LUMIERE LDN",
            "https://london.maison-lumiere.test", "GBP", ("orient", "phare"), 24,
            (92, 92, 96, 100, 108, 116, 96), _EVENING, 180, 360,
            {"GB": 860, "IE": 60, "US": 50, "FR": 30},
            (
                ("Aurora lamp", 16500), ("Halo lamp", 11500), ("Mist pendant", 29900),
                ("Ash wall light", 8900), ("Brass candlestick", 4500), ("Fig candle", 3400),
                ("Rain lantern", 6500), ("Linen shade", 5200), ("Star garland", 2600),
            ),
            {},
        ),
        ShopPlan(
            "lumiere-tokyo", "Maison Lumière Tokyo", "TYO", "MAISON LUMIERE TOKYO",
            "https://tokyo.maison-lumiere.test", "JPY", ("orient", "phare"), 20,
            (88, 86, 92, 94, 102, 124, 114), _TOKYO, 0, 420,
            {"JP": 900, "US": 40, "KR": 40, "FR": 20},
            (
                ("Aurora lamp", 28600), ("Halo lamp", 19800), ("Mist pendant", 52800),
                ("Ash wall light", 14300), ("Brass candlestick", 7700), ("Fig candle", 5830),
                ("Rain lantern", 11000), ("Linen shade", 8800), ("Star garland", 4400),
            ),
            {},
        ),
    ),
    (
        # Cost: what each account charges for the same card differs, so that routing matters.
        Rate("EUR", Decimal("1.20"), 10, "phare"),
        Rate("EUR", Decimal("2.40"), 10, "phare", brand="amex"),
        Rate("GBP", Decimal("1.35"), 10, "phare"),
        Rate("JPY", Decimal("2.90"), 15, "phare"),
        Rate("GBP", Decimal("1.55"), 12, "orient"),
        Rate("JPY", Decimal("2.60"), 20, "orient"),
        *(
            Rate(currency, Decimal(0), fixed, account, operation)
            for account, currency, scale in (
                ("phare", "EUR", 1), ("phare", "GBP", 1),
                ("orient", "GBP", 1), ("orient", "JPY", 2),
            )
            for operation, fixed in (
                ("refund", 10 * scale), ("chargeback", 1500 * scale), ("representment", 0),
            )
        ),
        # Price: what Maison Lumière pays. It was renegotiated on the way.
        Rate("EUR", Decimal("2.10"), 25), Rate("EUR", Decimal("1.90"), 25, days_ago=45),
        Rate("EUR", Decimal("1.70"), 25, region="domestic", days_ago=45),
        Rate("EUR", Decimal("2.90"), 25, region="international"),
        Rate("EUR", Decimal(0), 25, operation="refund"),
        Rate("EUR", Decimal(0), 2500, operation="chargeback"),
        Rate("EUR", Decimal(0), 0, operation="representment"),
        Rate("GBP", Decimal("1.95"), 20), Rate("GBP", Decimal("2.90"), 20, region="international"),
        Rate("GBP", Decimal(0), 20, operation="refund"),
        Rate("GBP", Decimal(0), 2000, operation="chargeback"),
        Rate("GBP", Decimal(0), 0, operation="representment"),
        # In yen American Express was forgotten: screens say that no price is set.
        *(
            Rate("JPY", Decimal("3.10"), 30, brand=brand)
            for brand in _YEN_BRANDS
        ),
        *(
            Rate("JPY", Decimal(0), fixed, operation=operation, brand=brand)
            for brand in _YEN_BRANDS
            for operation, fixed in (("refund", 30), ("chargeback", 3000), ("representment", 0))
        ),
    ),
)  # fmt: skip

_TEIDE = CompanyPlan(
    "bazar-teide", "Bazar Teide", "Grupo Bazar Teide, S.L.", "ES", "Atlantic/Canary",
    "https://bazar-teide.test", "hola@bazar-teide.test",
    (
        AccountPlan("alisio", "Alisio Pagos", "ES-900318-7", ("EUR", "GBP")),
        AccountPlan("sirocco", "Sirocco Pay", "SP-0077-4410", ("EUR",)),
    ),
    (
        ShopPlan(
            "teide-online", "Bazar Teide online", "BT", "BAZAR TEIDE",
            "https://tienda.bazar-teide.test", "EUR", ("alisio", "sirocco"), 46,
            (98, 94, 92, 98, 104, 112, 102), _LATE, 90, 380,
            {"ES": 700, "GB": 110, "DE": 60, "PT": 50, "IT": 40, "FR": 40},
            (
                ("Mojo rojo, 3 tarros", 1195), ("Queso majorero", 2490), ("Vino volcánico", 1690),
                ("Miel de palma", 1350), ("Caja canaria", 4950), ("Toalla Teide", 2290),
                ("Mochila Anaga", 5900), ("Sandalias Masca", 7450), ("Gorra Roque", 1990),
                ("Cazuela de barro", 3480),
            ),
            {"GB": "GBP"},
            credit_limit_minor=20000,
        ),
        ShopPlan(
            "teide-club", "Club Teide", "CT", "CLUB TEIDE",
            "https://club.bazar-teide.test", "EUR", ("sirocco", "alisio"), 7,
            (110, 106, 102, 100, 96, 92, 94), _OFFICE, 0, 0,
            {"ES": 860, "PT": 60, "DE": 50, "IT": 30},
            (("Club Teide mensual", 990), ("Club Teide plus", 190), ("Club Teide familia", 2990)),
            {},
            offers=(
                OfferPlan(
                    "Club Teide mensual", "Every month, until it is cancelled", "infinite", 990,
                    "P1M",
                ),
                OfferPlan(
                    "Club Teide plus", "Two weeks to try it, then every month", "infinite", 1990,
                    "P1M", trial_minor=190, trial_period="P14D",
                ),
                OfferPlan(
                    "Club Teide familia", "Three months, paid month by month", "normal", 2990,
                    "P30D", rebill_max=2,
                ),
            ),
        ),
    ),
    (
        Rate("EUR", Decimal("0.95"), 8, "alisio"),
        Rate("EUR", Decimal("1.90"), 8, "alisio", brand="amex"),
        Rate("GBP", Decimal("1.45"), 10, "alisio"),
        Rate("EUR", Decimal("1.65"), 20, "sirocco"),
        *(
            Rate(currency, Decimal(0), fixed, account, operation)
            for account, currency in (("alisio", "EUR"), ("alisio", "GBP"), ("sirocco", "EUR"))
            for operation, fixed in (("refund", 10), ("chargeback", 1800), ("representment", 0))
        ),
        Rate("EUR", Decimal("1.40"), 15), Rate("EUR", Decimal("1.30"), 15, days_ago=30),
        Rate("EUR", Decimal("1.10"), 10, operation="rebill"),
        Rate("EUR", Decimal("2.40"), 15, region="international"),
        Rate("EUR", Decimal(0), 20, operation="refund"),
        Rate("EUR", Decimal(0), 2000, operation="chargeback"),
        Rate("EUR", Decimal(0), 0, operation="representment"),
        Rate("GBP", Decimal("1.95"), 15),
        Rate("GBP", Decimal(0), 15, operation="refund"),
        Rate("GBP", Decimal(0), 1800, operation="chargeback"),
        Rate("GBP", Decimal(0), 0, operation="representment"),
    ),
)  # fmt: skip

COMPANIES = (_LUMIERE, _TEIDE)

_PARIS, _CANARY = _LUMIERE.time_zone, _TEIDE.time_zone
PEOPLE = (
    Person("Nora Quist", "administrator@quai-nord.test", PlatformRole.ADMINISTRATOR, None, "UTC"),
    Person("Emil Brandt", "operations@quai-nord.test", PlatformRole.OPERATIONS, None, "UTC"),
    Person("Ines Falk", "risk@quai-nord.test", PlatformRole.RISK, None, "UTC"),
    Person("Piet Maas", "accountant@quai-nord.test", PlatformRole.ACCOUNTANT, None, "UTC"),
    Person("Sofie Lund", "support@quai-nord.test", PlatformRole.SUPPORT, None, "UTC"),
    Person(
        "Claire Morel", "owner@maison-lumiere.test", CompanyRole.OWNER, "maison-lumiere", _PARIS
    ),
    Person(
        "Hugo Perrin", "finance@maison-lumiere.test", CompanyRole.FINANCE, "maison-lumiere", _PARIS
    ),
    Person(
        "Léa Fontaine", "support@maison-lumiere.test", CompanyRole.SUPPORT, "maison-lumiere", _PARIS
    ),
    Person("Yuki Tanaka", "risk@maison-lumiere.test", CompanyRole.RISK, "maison-lumiere", _PARIS),
    Person(
        "Tom Ashby", "developer@maison-lumiere.test", CompanyRole.DEVELOPER, "maison-lumiere",
        _PARIS,
    ),
    Person(
        "Anne Gilet", "viewer@maison-lumiere.test", CompanyRole.VIEWER, "maison-lumiere", _PARIS
    ),
    Person("Carmen Rivas", "owner@bazar-teide.test", CompanyRole.OWNER, "bazar-teide", _CANARY),
)  # fmt: skip
