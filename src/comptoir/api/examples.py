"""An example of every body, by the name of its type: a test sends each one and reads it back."""

from typing import Any

EXAMPLES: dict[str, dict[str, Any]] = {
    "NewPayment": {
        "amount": 1500,
        "currency": "EUR",
        "order_id": "ORDER-1001",
        "card": {
            "number": "4111111111111111", "expiry_month": 10, "expiry_year": 2030, "cvc": "123",
            "holder": "Ada Lovelace",
        },
        "operation": "sale",
        "shopper": {
            "id": "customer-7", "name": "Ada Lovelace", "email": "ada@example.com",
            "country": "GB", "ip": "192.0.2.7",
        },
        "three_ds": "auto",
        "return_url": "https://shop.example/back",
    },
    "Part": {"amount": 500, "currency": "EUR", "reason": "One of three books came back"},
    "Whole": {"reason": "Out of stock"},
    "Resumption": {"answer": {"cres": "eyJ0cmFuc1N0YXR1cyI6IlkifQ"}},
    "Cancellation": {"reason": 1007},
    "NewConsumer": {
        "shop_id": "customer-8", "name": "Grace Hopper", "email": "grace@example.com",
        "phone": "+1 202 555 0143", "country": "US",
    },
    "ConsumerChange": {"name": "Grace Murray Hopper", "note": "Prefers e-mail"},
    "NewCompany": {
        "name": "Librairie du Port", "legal_name": "Librairie du Port SARL", "country": "FR",
        "time_zone": "Europe/Paris", "website": "https://librairie.example",
        "support_email": "help@librairie.example",
    },
    "NewOriginator": {
        "name": "Web shop", "currency": "EUR", "currencies": ["EUR", "GBP"],
        "descriptor": "LIBRAIRIE PORT", "website": "https://librairie.example",
    },
    "NewKey": {"live": False},
    "OriginatorChange": {"descriptor": "PORT", "default_operation": "authorize"},
    "SettingsChange": {
        "methods": ["card", "wechat"], "three_ds": "always", "max_attempts": 5,
        "display_terms": True, "terms_url": "https://librairie.example/terms",
        "sender_email": "shop@librairie.example",
    },
    "NewTheme": {"name": "Winter"},
    "ThemeChange": {
        "shop_name": "Librairie du Port", "primary_colour": "#7a1f5c", "background": "#fffaf2",
        "text_colour": "#221a20", "radius": 14,
    },
    "Overlap": {"hours": 72},
    "Route": {"accounts": ["acc_01jz5h8e2cf8aszpt0mmq7vwx4"], "live": False},
    "NewAccount": {
        "name": "Sandbox in euros", "currencies": ["EUR"], "connector": "sandbox",
        "contract_number": "MID-0001", "options": {"honours_keys": False},
    },
    "SandboxOptions": {"honours_keys": False, "seed": 7, "faults": {"timeout_after": 0.05}},
}  # fmt: skip
