"""An example of every answer, by its type, or by status and act where these differ.

They are built from the types that answer, so that a field more or less is seen at once.
"""

from datetime import UTC, datetime

import msgspec
from msgspec.structs import replace

from comptoir import gateways
from comptoir.api import events, merchants, operations, originators, shapes, transactions
from comptoir.api import subscriptions as recurring

_BEGUN = datetime(2026, 3, 2, 9, 30, 12, 480_000, UTC)
_OVER = datetime(2026, 3, 2, 9, 30, 13, 105_000, UTC)
_PAYMENT = "pay_01jz5h8e2ce9z8kq4v0t7xm3ab"
_COMPANY = "com_01jz5h8e2cfd6r1n5w2y9bq4ck"
_CONSUMER = "con_01jz5h8e2cecbm7x3s6d0jz8fn"
_SHOPPER = "ada@example.com"
_ORDER = "ORDER-1001"
_SITE = "https://librairie.example"

_SALE = shapes.Operation(
    id="op_01jz5h8e2cf1k8hb4tkd6wrch5",
    number=104_211,
    payment=_PAYMENT,
    kind="sale",
    status="succeeded",
    result_code="000",
    result_text=gateways.text_of("000"),
    amount=1500,
    currency="EUR",
    refers_to=None,
    card=shapes.Card("visa", "411111", "1111", "card_01jz5h8e2cfe2bt0ab0qr3xcyj"),
    country="GB",
    reason=None,
    action=None,
    financial_status="not_sent",
    capture_before=None,
    live=False,
    source="own",
    occurred_at=_BEGUN,
    finished_at=_OVER,
)


def _next(kind: str, amount: int = 1500, reason: str | None = None) -> shapes.Operation:
    """What follows an operation: its number is the next one, and it says which it follows."""
    return replace(
        _SALE, id="op_01jz5h8e2cf9w3m6c1zr8xk0de", number=104_212, kind=kind, amount=amount,
        refers_to=_SALE.id, reason=reason,
    )  # fmt: skip


def _open(found: shapes.Operation) -> shapes.Operation:
    """The same before its outcome is known."""
    return replace(
        found, status="pending", result_code=None, result_text=None, finished_at=None
    )  # fmt: skip


_CHALLENGED = replace(
    _open(_SALE),
    status="action_required",
    action={
        "kind": "redirect", "url": "https://bank.example/challenge", "method": "GET", "fields": {},
    },
)  # fmt: skip
_FOLLOWING = {
    "captures": _next("capture", 500),
    "refunds": _next("refund", 500, "One of three books came back"),
    "cancels": _next("cancel", reason="Out of stock"),
    "rebills": _next("rebill"),
    "credits": _next("credit", 500),
}
_NEW_KEY = "key_01jz5h8e2cf188x2wdc1pq53xm"

ANSWERS: dict[str, msgspec.Struct] = {
    "Operation": _SALE,
    "202 payments": _CHALLENGED,
    "202 continuations": _open(_SALE),
    **{f"201 {act}": found for act, found in _FOLLOWING.items()},
    **{f"202 {act}": _open(found) for act, found in _FOLLOWING.items()},
    "Payment": shapes.Payment(
        id=_PAYMENT,
        status="captured",
        order_id=_ORDER,
        description="Three books",
        amount=1500,
        currency="EUR",
        captured=1500,
        refunded=0,
        reversed=0,
        mode="single",
        method="card",
        consumer=_CONSUMER,
        email=_SHOPPER,
        custom=None,
        live=False,
        source="own",
        created_at=_BEGUN,
        operations_total=1,
        operations=[_SALE],
    ),
    "Possible": operations.Possible("refund", True, 1000, "EUR", None),
    "Transaction": transactions.Transaction(
        id=_SALE.id,
        number=_SALE.number,
        payment=_PAYMENT,
        kind=_SALE.kind,
        status=_SALE.status,
        result_code=_SALE.result_code,
        amount=_SALE.amount,
        currency=_SALE.currency,
        order_id=_ORDER,
        email=_SHOPPER,
        brand="visa",
        last4="1111",
        country=_SALE.country,
        originator=100_001,
        financial_status=_SALE.financial_status,
        source=_SALE.source,
        occurred_at=_BEGUN.isoformat(),
    ),
    "Totals": transactions.Totals(
        zone="Europe/Paris",
        totals=[transactions.Total("sale", "succeeded", "EUR", 12, 18_450)],
        consumers=9,
        without_consumer=1,
    ),
    "Subscription": recurring.Subscription(
        id="sub_01jz5h8e2cfrmba1224kb0x01a",
        number=100_001,
        state="active",
        type="infinite",
        amount=990,
        currency="EUR",
        period="P1M",
        iterations=0,
        iterations_left=None,
        retries=0,
        next_charge_at="2026-04-02T09:30:12.480000+00:00",
        cancel_reason=None,
        started_at=_BEGUN.isoformat(),
        cancelled_at=None,
        ended_at=None,
        payment=_PAYMENT,
        order_id=_ORDER,
        email=_SHOPPER,
        originator=100_001,
    ),
    "Consumer": shapes.Consumer(
        id=_CONSUMER,
        shop_id="customer-7",
        name="Ada Lovelace",
        email=_SHOPPER,
        phone=None,
        country="GB",
        note=None,
        live=False,
        created_at=_BEGUN,
    ),
    "Company": shapes.Company(
        id=_COMPANY,
        name="Librairie du Port",
        legal_name="Librairie du Port SARL",
        country="FR",
        time_zone="Europe/Paris",
        website=_SITE,
        support_email="help@librairie.example",
        state="active",
        created_at=_BEGUN,
    ),
    "Originator": shapes.Originator(
        id="ori_01jz5h8e2cedwv8j2k1769kwnd",
        company=_COMPANY,
        number=100_001,
        name="Web shop",
        descriptor="LIBRAIRIE PORT",
        website=_SITE,
        currency="EUR",
        currencies=["EUR", "GBP"],
        default_operation="sale",
        state="active",
        created_at=_BEGUN,
    ),
    "MerchantAccount": shapes.MerchantAccount(
        id="acc_01jz5h8e2cf8aszpt0mmq7vwx4",
        company=_COMPANY,
        name="Sandbox in euros",
        connector="sandbox",
        live=False,
        contract_number="MID-0001",
        currencies=["EUR"],
        methods=["card", "direct_debit"],
        capture_days=7,
        options={"honours_keys": False},
        state="active",
        created_at=_BEGUN,
    ),
    "Key": merchants.Key(_NEW_KEY, False, "test_the-secret-is-shown-this-once"),
    "KeyFacts": originators.KeyFacts(_NEW_KEY, False, "kYRM", _BEGUN, None, None),
    "Settings": originators.Settings(
        max_attempts=3,
        methods=["card", "wechat"],
        three_ds="honor",
        display_terms=True,
        terms_url=f"{_SITE}/terms",
        support_url=None,
        sender_name="Librairie du Port",
        sender_email="shop@librairie.example",
        notify_success=True,
        notify_failure=False,
        notify_merchant=False,
        notify_merchant_to=None,
        notify_merchant_language="en",
        resend_callbacks=True,
        duplicate_seconds=0,
    ),
    "Theme": originators.Theme(
        id=1,
        name="Winter",
        main=False,
        shop_name="Librairie du Port",
        primary_colour="#7a1f5c",
        background="#fffaf2",
        text_colour="#221a20",
        radius=14,
        logo_type=None,
    ),
    "Event": events.Event(
        after="775-8",
        kind="operation.succeeded",
        at=_OVER,
        live=False,
        payment=_PAYMENT,
        subject="0197cb14-3826-7866-88ac-9a9b4dcc3225",
        actor="key: Web shop",
        data={
            "kind": "sale", "number": 104_211, "currency": "EUR", "result_code": "000",
            "amount_minor": 1500,
        },
    ),
}  # fmt: skip
