"""Mails after outcomes: receipts to shoppers, notifications to merchants, kept as deliveries."""

import email
import smtplib
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from comptoir import checkout, deliveries
from comptoir.checkout import letters
from comptoir.deliveries import State
from comptoir.kit import clock, db, mail
from kit import run_jobs
from kit_wire import Merchant, Wire, flat

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
DECLINED = "4000000000009995"
REFUSED = "[Test] Your payment to Shop online was not accepted"


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def outbox(tmp_path: Path, database: str) -> Path:
    """Mail goes to a folder of this test, without what earlier tests left to be sent."""
    mail.configure(outbox=tmp_path / "earlier", smtp_url=None, sender="pay@comptoir.example")
    await run_jobs()
    mail.configure(outbox=tmp_path / "outbox", smtp_url=None, sender="pay@comptoir.example")
    return tmp_path / "outbox"


def sent(outbox: Path) -> list[EmailMessage]:
    """The mails of the outbox, by subject."""
    found = [
        email.message_from_bytes(file.read_bytes(), policy=default) for file in outbox.glob("*.eml")
    ]
    return sorted((m for m in found if isinstance(m, EmailMessage)), key=lambda m: m["Subject"])


async def settings(wire: Wire, **changes: Any) -> None:
    async with db.transaction(company=wire.shop.company.id) as tx:
        await checkout.edit_profile(tx, wire.shop.actor(), wire.shop.originator.id, **changes)


async def told(wire: Wire, prepared: dict[str, Any]) -> list[deliveries.Delivery]:
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    async with db.transaction(company=wire.shop.company.id) as tx:
        return await deliveries.list_for_payment(tx, found.payment_id)


async def test_a_shopper_gets_a_receipt_of_what_was_paid(
    wire: Wire, listener: Merchant, outbox: Path
) -> None:
    await settings(
        wire, sender_name="Tea & Co", sender_email="help@tea.example",
        support_url="https://tea.example/help",
    )  # fmt: skip
    prepared, number = await wire.paid(order={"id": "tea-1"}, amount=1250)
    await run_jobs()
    (letter,) = sent(outbox)
    assert letter["To"] == "ada@example.com"
    assert letter["From"] == "Tea & Co <pay@comptoir.example>"
    assert letter["Reply-To"] == "help@tea.example"
    assert letter["Subject"] == "[Test] Your payment to Shop online: 12.50 EUR"
    text = letter.get_content()
    for said in ("Ada Lovelace", "12.50 EUR", "tea-1", "VISA •••• 1111", number, "tea.example/help",
                 "No money was moved"):  # fmt: skip
        assert said in text
    assert "411111" not in letter.as_string()
    (delivery,) = await told(wire, prepared)
    assert (delivery.kind, delivery.url, delivery.state) == (
        "receipt", "ada@example.com", State.DELIVERED,
    )  # fmt: skip
    async with db.transaction(company=wire.shop.company.id) as tx:
        (kept,) = await deliveries.list_tries(tx, delivery.id)
    assert kept.acknowledged
    assert kept.request["subject"] == letter["Subject"]


@pytest.mark.parametrize(
    ("on", "card", "subjects"),
    [
        ({}, DECLINED, []),
        ({"notify_failure": True}, DECLINED, [REFUSED]),
        ({"notify_success": False}, "4111111111111111", []),
    ],
)  # fmt: skip
async def test_an_originator_chooses_which_outcomes_are_told(
    wire: Wire, listener: Merchant, outbox: Path, on: dict[str, Any], card: str, subjects: list[str]
) -> None:
    await settings(wire, notify_success=on.pop("notify_success", True), **on)
    await wire.pay(await wire.prepare(), card)
    await run_jobs()
    assert [letter["Subject"] for letter in sent(outbox)] == subjects


async def test_a_merchant_is_notified_of_each_outcome_in_its_language(
    wire: Wire, listener: Merchant, outbox: Path
) -> None:
    await settings(
        wire, notify_success=False, notify_merchant=True, notify_merchant_to="till@tea.example",
        notify_merchant_language="fr",
    )  # fmt: skip
    _, number = await wire.paid(order={"id": "tea-2"}, amount=1250)
    await wire.post(f"/transaction/{number}/refund", {"apiVersion": "002.73", "amount": 250})
    await run_jobs()
    assert [letter["Subject"] for letter in sent(outbox)] == [
        "[Test] Remboursement, réussite : 2,50 EUR, commande tea-2",
        "[Test] Vente, réussite : 12,50 EUR, commande tea-2",
    ]
    text = sent(outbox)[1].get_content()
    assert "/office/transactions/op_" in text
    assert "?mode=test" in text
    assert "ada@example.com" in text


async def test_a_payments_own_wish_wins_over_the_originators(
    wire: Wire, listener: Merchant, outbox: Path
) -> None:
    await settings(
        wire, notify_success=False, notify_merchant=True, notify_merchant_to="till@tea.example"
    )
    await wire.paid(merchantNotification=False)
    await wire.paid(
        merchantNotification="true", merchantNotificationTo="boss@tea.example",
        merchantNotificationLang="ES", order={"id": "tea-3"},
    )  # fmt: skip
    await wire.paid(merchantNotificationLang="zh_hant", order={"id": "tea-4"})
    await run_jobs()
    assert [(letter["To"], letter["Subject"]) for letter in sent(outbox)] == [
        ("boss@tea.example", "[Prueba] Venta, con éxito: 15,00 EUR, pedido tea-3"),
        ("till@tea.example", "[Test] Sale, accepted: 15.00 EUR, order tea-4"),
    ]


@pytest.mark.parametrize(
    ("shopper", "language"),
    [
        ({"countryCode": "ES"}, "es"), ({"countryCode": "fr"}, "fr"), ({"countryCode": "GB"}, "en"),
        ({"countryCode": "ZZ"}, "fr"), ({}, "fr"), ({"countryCode": "DE"}, "fr"),
    ],
)  # fmt: skip
async def test_a_receipt_is_in_the_shoppers_language(
    wire: Wire, listener: Merchant, shopper: dict[str, str], language: str
) -> None:
    await settings(wire, notify_merchant_language="fr")
    prepared, _ = await wire.paid(shopper={"email": "ada@example.com", **shopper})
    await run_jobs()
    assert [one.language for one in await told(wire, prepared)] == [language]


async def test_a_flat_body_names_its_shoppers_language(wire: Wire, listener: Merchant) -> None:
    prepared = await wire.post("/transaction/prepare", flat(orderFOLanguage="es_ES"))
    await wire.pay(prepared)
    await run_jobs()
    assert [one.language for one in await told(wire, prepared)] == ["es"]


@pytest.mark.parametrize(
    "address",
    ["NA", "ada", "ada@", "a@b, c@d", "a@b\r\nBcc: c@d", "Ada <a@b.c>", "é@example.com", "a b@c.d"],
)
async def test_what_is_no_single_address_gets_no_mail(
    wire: Wire, listener: Merchant, outbox: Path, address: str
) -> None:
    body: dict[str, Any] = {"merchantNotification": True, "merchantNotificationTo": address}
    await wire.paid(shopper={"email": address}, **body)
    await run_jobs()
    assert sent(outbox) == []


async def test_a_name_with_line_breaks_begins_no_header(
    wire: Wire, listener: Merchant, outbox: Path
) -> None:
    await settings(wire, sender_name="Tea\r\nBcc: mallory@example.com")
    await wire.paid(order={"id": "1\r\nBcc: x@y.z"}, shopper={
        "email": "ada@example.com", "firstName": "Ada\r\n\r\nhttps://evil.example",
    })  # fmt: skip
    await run_jobs()
    (letter,) = sent(outbox)
    assert letter["Bcc"] is None
    assert "evil.example" not in letter.get_content()
    assert letter["From"] == '"Tea Bcc: mallory@example.com" <pay@comptoir.example>'


async def test_a_mail_that_nobody_took_is_tried_again_and_can_be_sent_again(
    wire: Wire, listener: Merchant, outbox: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def closed(*_: object, **__: object) -> None:
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(smtplib, "SMTP", closed)
    mail.configure(outbox=outbox, smtp_url="smtp://mail.example", sender="pay@comptoir.example")
    prepared, _ = await wire.paid(order={"id": "tea-5"})
    await run_jobs()
    (waiting,) = await told(wire, prepared)
    assert (waiting.state, waiting.tries) == (State.WAITING, 1)
    mail.configure(outbox=outbox, smtp_url=None, sender="pay@comptoir.example")
    assert waiting.next_try_at is not None
    clock.hold(waiting.next_try_at)
    for _ in range(2):
        await checkout.sweep_callbacks()
        await run_jobs()
        (now,) = await told(wire, prepared)
        assert now.state is State.DELIVERED
        async with db.transaction(company=wire.shop.company.id) as tx:
            await deliveries.send_again(tx, wire.shop.actor(), now.id)
    assert len([one for one in sent(outbox) if "tea-5" in one.get_content()]) == 2


async def test_what_was_not_prepared_here_is_told_to_nobody(
    wire: Wire, listener: Merchant, outbox: Path
) -> None:
    await settings(wire, notify_merchant=True, notify_merchant_to="till@tea.example")
    await wire.shop.paid(shopper={"email": "ada@example.com"})
    await run_jobs()
    assert sent(outbox) == []


def test_every_language_says_everything() -> None:
    assert set(letters.WORDS) == set(letters.LANGUAGES)
    for words in letters.WORDS.values():
        assert words.keys() == letters.WORDS["en"].keys()
        for key, text in letters.WORDS["en"].items():
            for field in ("{shop}", "{name}", "{amount}", "{kind}", "{result}", "{order}"):
                assert (field in words[key]) == (field in text), key
