"""Nonsense for the wire doors: seeded mutations of good requests, and what no answer may be.

Bodies lose fields, gain nulls, huge numbers, NaN, other types, depth, strange letters; they are
cut, turned into other encodings or no JSON at all. Paths, queries and credentials break too.
"""

import base64
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

VISA = "4111111111111111"
CRASH = "Something went wrong on our side"  # The text of an answer that is a crash.
CODES = frozenset({"code", "errorCode", "resultCode"})
RAW = [
    "NaN", "Infinity", "-Infinity", "1e999", "1e99999999999999999999", "1e-999", "1" * 500, "-0.0",
    "0x10", "\ufeff", '"\\ud800"', '"\\u0000"', "[" * 2000 + "]" * 2000,
    '{"a":' * 900 + "1" + "}" * 900,
]  # fmt: skip
WORDS: list[Any] = [
    None, True, False, 0, -1, 1, 7, 10**20, -(10**18), 2**31, 2**63, 1.5, 1e300, "", " ", "NA",
    "\x00", "a\x00b", "é" * 300, "💶" * 50, "\u202e", "\r\nX: y", "1e3", "-1", "0x10", "٣", "P1M",
    "P99999D", "P9999Y", "PT0S", "P-1D", "null", [], {}, [[]], [{}], {"a": None}, {"": {}},
    "' or 1=1 --", "<script>", "{{7*7}}", "../..", "https://", "http://[::1", "javascript:1",
    "https://shop.example/" + "a" * 3000, "a@b", "20260230", "999999999", "1500", 1500, "EUR",
    "JPY", "XXX", VISA, "4000000000009995", "sale", "normal", "infinite", "CreditCard", "wechat",
    "native", "pos", "a" * 5000, ["sale"], {"id": 1},
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """What really exists, so that nonsense also meets something."""

    transaction: str
    subscription: str
    offer: str
    merchant_token: str
    customer_token: str
    authorization: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: dict[str, bytes]
    body: bytes


def _prepare() -> dict[str, Any]:
    return {
        "apiVersion": "002.73", "currency": "EUR", "amount": 1500, "paymentMode": "Single",
        "paymentMethod": "CreditCard", "operation": "sale", "secure3d": False,
        "ctrlRedirectURL": "https://shop.example/back", "ctrlCustomData": "mine",
        "timeOut": "P30D", "themeID": 1001, "merchantNotification": True,
        "merchantNotificationTo": "till@shop.example", "merchantNotificationLang": "en",
        "subscriptionType": "normal", "rebillAmount": 500, "rebillPeriod": "P1M",
        "rebillMaxIteration": 3, "trialPeriod": "P3D",
        "order": {
            "id": "fuzz", "type": "01", "shippingType": "05", "totalWithoutShipping": 1,
            "cartContent": [{"cartProductId": 1, "cartProductUnitPrice": 1.5}],
            "recurrence": {"type": "normal", "frequency": 30},
        },
        "shopper": {
            "id": "1", "email": "f@shop.example", "countryCode": "ES", "birthDate": "20000101",
            "account": {"age": "05", "suspicious": False, "transLastDay": 1},
        },
        "shipping": {"name": "Ada", "countryCode": "ES"},
    }  # fmt: skip


def _flat() -> dict[str, Any]:
    return {
        "apiVersion": "002.60", "currency": "EUR", "amount": 1500, "paymentMode": "Single",
        "paymentType": "CreditCard", "provider": "sofort", "orderID": "flat",
        "shippingType": "Virtual", "shopperEmail": "f@shop.example", "shopperFirstName": "Ada",
        "orderFOLanguage": "es", "shipToFirstName": "Ada", "shipToCountryCode": "ES",
        "orderCartContent": [{"CartProductId": 1}], "afClientId": "x",
    }  # fmt: skip


def _sale() -> dict[str, Any]:
    return {
        "customerIP": "1.2.3.4", "amount": 1000, "currency": "EUR", "orderID": "fuzz",
        "cardNumber": VISA, "cardSecurityCode": "000", "cardHolderName": "Ada",
        "cardExpireMonth": "10", "cardExpireYear": "2030", "shopperName": "Ada",
        "shopperEmail": "f@shop.example", "shopperCountryCode": "ES", "shopperPhone": "NA",
        "subscriptionType": "infinite", "rebillAmount": 5, "rebillPeriod": "P1D", "offerID": 0,
        "PaRes": "NA", "CRes": "NA", "CAVV": "NA", "threeDSReturnURL": "https://shop.example/b",
        "threeDSServerTransID": "00000000-0000-7000-8000-000000000000",
        "shopper": {"account": {"suspicious": True}},
    }  # fmt: skip


def _act() -> dict[str, Any]:
    return {"apiVersion": "002.73", "amount": 1, "orderId": "o", "cancelReason": 1000,
            "cancelSubscription": False}  # fmt: skip


def _direct() -> dict[str, Any]:
    return {"apiVersion": "002.73", "mode": "native", "quickPayCode": "1", "openID": "x",
            "buyerIdentityCode": "1", "identityCodeType": "barcode"}  # fmt: skip


def _listed() -> dict[str, Any]:
    return {"valueType": "shopperEmail", "value": "f@shop.example", "cardNumberBlackList": "0",
            "shopperEmailBlackList": "0", "customerIPBlackList": "0"}  # fmt: skip


Make = Callable[[], dict[str, Any]]
POSTS: list[tuple[str, Make]] = [
    ("/payment/prepare", _prepare), ("/transaction/prepare", _flat),
    ("/transaction/{transaction}/refund", _act), ("/transaction/{transaction}/rebill", _act),
    ("/transaction/{transaction}/cancel", _act), ("/transaction/{transaction}/capture", _act),
    ("/transaction/{transaction}/refund/confirm", _act),
    ("/transaction/{transaction}/credit", _act),
    ("/transaction/{transaction}/3dsparse", _sale),
    ("/transaction/{transaction}/blacklist", _listed),
    ("/subscription/{subscription}/cancel", _act), ("/subscription/{subscription}/rebill", _act),
    ("/subscription/{subscription}/instantconversion", _act),
    ("/payment/{customer_token}/process/wechat/direct", _direct),
    ("/payment/{customer_token}/process/alipay/direct", _direct),
    ("/payment/{customer_token}/process/upi/direct", _direct),
    ("/transaction/sale/creditcard", _sale), ("/transaction/authorize/creditcard", _sale),
    ("/transaction/credit/creditcard", _sale), ("/transaction/sale/todito", _sale),
    ("/transaction/3dscheck/creditcard", _sale), ("/transaction/3dscheck", _sale),
    ("/transaction/3dsauth", _sale), ("/blacklist", _listed),
]  # fmt: skip
GETS = [
    "/payment/{merchant_token}/status", "/transaction/{merchant_token}/status", "/account",
    "/transaction/{transaction}/info", "/transactions/export", "/transaction/{transaction}",
    "/transactions", "/transactions/{operation}", "/subscription/{subscription}",
    "/subscriptions", "/subscription/offer/{offer}",
]  # fmt: skip
PREFIXES = ["", "", "", "/", "/connect2pay", "/gateway", "/connect2pay/", "/gateway/"]
QUERY = ["apiVersion", "startTime", "endTime", "startDate", "endDate", "operation",
         "paymentMethod", "paymentNetwork", "transactionResultCode", "transactionType",
         "transactionErrorCode", "allSubscriptions", "operationsale", ""]  # fmt: skip
ODD = ["0", "-1", "2147483647", "2147483648", "99999999999999999999", "1.5", "1e3", "x", "%00",
       "%ff", "%C3%A9", "A" * 22, "A" * 3000, "..%2f..", "%20", "null", "_", "%D9%A3"]  # fmt: skip
KINDS = [b"application/json", b"application/json; charset=utf-8", b"text/plain", b"x", b"",
         b"application/x-www-form-urlencoded", b"multipart/form-data", b"\xff\xfe",
         b"application/msgpack", b"application/json; charset=utf-16"]  # fmt: skip


def requests(seed: str, known: Known) -> Iterator[Asked]:
    """Requests without end; the same for the same seed."""
    chance = random.Random(seed)
    while True:
        yield _request(chance, known)


def _request(chance: random.Random, known: Known) -> Asked:
    headers = {"authorization": _login(chance, known)}
    if chance.random() < 0.8:
        headers["content-type"] = chance.choice(KINDS) if chance.random() < 0.3 else KINDS[0]
    if chance.random() < 0.05:
        headers["user-agent"] = b"PayXpert PHP C2P API Client/2.73.0"
    if chance.random() < 0.03:
        headers["content-encoding"] = b"gzip"
    if chance.random() < 0.2:
        path, body, method = chance.choice(GETS), b"", "GET"
    else:
        path, make = chance.choice(POSTS)
        body, method = _body(chance, make()), "POST"
    if chance.random() < 0.02:
        method = chance.choice(["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"])
    place = chance.choice(PREFIXES) + _filled(chance, path, known)
    if method == "GET" or chance.random() < 0.1:
        place += _query(chance)
    return Asked(method, place, headers, body)


def _login(chance: random.Random, known: Known) -> bytes:
    if chance.random() < 0.95:
        return known.authorization.encode()
    plain = chance.choice(
        [b"", b":", b"1:2", b"\xff:\xff", b"100001:" + b"x" * 5000, b"platform:x"]
    )
    return chance.choice(
        [b"Basic", b"Basic ", b"Basic ???", b"Bearer x", b"basic " + base64.b64encode(plain),
         b"Basic " + plain, b"\xff\xfe", b"Digest a=b", b"Basic =" * 50]
    )  # fmt: skip


def _filled(chance: random.Random, path: str, known: Known) -> str:
    for name in ("transaction", "subscription", "offer", "merchant_token", "customer_token"):
        value = getattr(known, name) if chance.random() < 0.8 else chance.choice(ODD)
        path = path.replace("{" + name + "}", value)
    kinds = ["sale", "refund", "rebill", "nothing", *ODD]
    return path.replace("{operation}", chance.choice(kinds))


def _query(chance: random.Random) -> str:
    if chance.random() < 0.1:
        return "?" + chance.choice(["&&&", "%zz=%", "=", "a" * 4000, "a&" * 300, "%ff=%fe", "?"])
    pairs = []
    for name in chance.sample(QUERY, chance.randrange(6)):
        value = chance.choice(["", "0", "1", "1767225600", "1769000000", "9" * 25, "-1", "x",
                               "sale", "creditcard", "%00", "%ff", "002.73"])  # fmt: skip
        pairs.append(f"{name}={value}" if chance.random() < 0.9 else name)
    return "?" + "&".join(pairs)


def _body(chance: random.Random, good: dict[str, Any]) -> bytes:
    draw = chance.random()
    text = json.dumps(_mutated(good, chance), ensure_ascii=chance.random() < 0.5)
    if draw < 0.08:  # A raw word where a value stood.
        text = text.replace("1500", chance.choice(RAW)).replace("1000", chance.choice(RAW))
    raw = text.encode("utf-8", "surrogatepass")
    if draw < 0.7:
        return raw
    if draw < 0.8:  # Cut, with something behind it.
        return raw[: chance.randrange(len(raw) + 1)] + bytes([chance.randrange(256)])
    if draw < 0.86:  # A byte turned into another.
        place = chance.randrange(len(raw))
        return raw[:place] + bytes([chance.randrange(256)]) + raw[place + 1 :]
    if draw < 0.9:
        return text.encode(chance.choice(["utf-16", "utf-32", "utf-8-sig", "utf-7"]), "replace")
    if draw < 0.93:  # A name twice.
        return raw[:-1] + b',"amount":null,"amount":{}}'
    whole = ["", " ", "null", "[]", "{}", '""', "0", "[{}]", "{'a':1}", "\x00", "a=b&c=d", *RAW]
    return chance.choice(whole).encode("utf-8", "surrogatepass")


def _mutated(value: Any, chance: random.Random) -> Any:
    """The same with some values replaced, left out, or added where nobody expects them."""
    if isinstance(value, list):
        return [_mutated(item, chance) for item in value]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    much = chance.choice([0.0, 0.05, 0.15, 0.5])
    for name, item in value.items():
        draw = chance.random()
        if draw < much / 4:
            continue
        given = chance.choice(WORDS) if draw < much else _mutated(item, chance)
        found[name.upper() if chance.random() < 0.02 else name] = given
    if chance.random() < 0.1:
        found[str(chance.choice(WORDS))[:40]] = chance.choice(WORDS)
    return found


def problem_of(asked: Asked, status: int, kind: str, body: bytes) -> str | None:
    """What is wrong with an answer; None for a good one."""
    if status == 302 and asked.method == "GET":
        return None  # An old address of the page.
    if status not in {200, 204, 403, 404}:
        return f"status {status}"
    if status == 204 or (asked.method == "OPTIONS" and not body):
        return None
    if not kind.startswith("application/json"):
        return f"content type {kind!r}"
    try:
        told = json.loads(body, parse_constant=_no_number)
    except ValueError as error:
        return f"no JSON: {error}"
    if not isinstance(told, dict):
        return "no object"
    if str(told.get("message", told.get("errorMessage", ""))).startswith(CRASH):
        return "a crash"
    return _wrong(told)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _wrong(told: Any, name: str = "") -> str | None:
    if told is None:
        return f"{name} is null"
    if name in CODES and not isinstance(told, str):
        return f"{name} is no text"
    if isinstance(told, dict):
        return next(filter(None, (_wrong(value, key) for key, value in told.items())), None)
    if isinstance(told, list):
        return next(filter(None, (_wrong(value) for value in told)), None)
    return None
