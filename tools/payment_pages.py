"""Every payment page, for pictures and for accessibility: what is prepared, what a shopper does."""

import re
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import Page

CARD = "4111 1111 1111 1111"
CART = [
    {"cartProductName": "Sourdough loaf, 900 g", "cartProductQuantity": 2},
    {"cartProductName": "Almond croissant", "cartProductQuantity": 4},
]
BODY: dict[str, Any] = {
    "apiVersion": "002.73",
    "currency": "EUR",
    "amount": 2550,
    "paymentMode": "Single",
    "shopper": {"firstName": "Ada", "lastName": "Lovelace", "email": "ada@example.com"},
    "shipping": {},
}
RECURRENT = {
    "paymentMode": "Recurrent", "subscriptionType": "normal", "rebillAmount": 990,
    "rebillPeriod": "P1M", "rebillMaxIteration": 11,
}  # fmt: skip


@dataclass(frozen=True)
class Scene:
    """A page of one prepared payment: the cards that are tried one after the other, and a press."""

    name: str
    asked: dict[str, Any] = field(default_factory=dict)
    cards: tuple[str, ...] = ()
    press: str = ""  # A button of the page, pressed in the end.
    fill: dict[str, str] = field(default_factory=dict)  # Boxes filled before it is pressed.
    shows: str = "h1"
    query: str = ""  # Of the link.
    again: bool = False  # The link is opened once more in the end.

    def body(self, order: str) -> dict[str, Any]:
        """What the shop asks for; without an address to go back to, so that a page stays."""
        about = {"id": order, "description": "Saturday basket", "cartContent": CART}
        return {**BODY, "paymentMethod": "CreditCard", "order": about, **self.asked}

    async def show(self, page: Page, link: str) -> None:
        """Open the link and do what the scene says."""
        await page.goto(link + self.query)
        for number in self.cards:
            await page.fill("#card-number", number)
            await page.fill("#card-expiry", "12 / 30")
            await page.fill("#card-code", "123")
            await page.click("form[data-card] .button")
            await page.wait_for_load_state("load")
        for box, text in self.fill.items():
            await page.locator(box).fill(text)
        if self.press:
            if await page.locator("[name=agreed]:visible").count():
                await page.check("[name=agreed]")
            await page.click(self.press)
        if self.again:
            await page.goto(link)
        for _ in range(LOOKS):
            if await page.locator(self.shows).count():
                break
            if self.waits:
                await page.reload()
        await page.locator(self.shows).first.wait_for()

    @property
    def waits(self) -> bool:
        """Whether it is time alone that brings the page."""
        return "timeOut" in self.asked


BASKET = "https://shop.example/basket"
LOOKS = 100
SEND = ".pay-form .button"
SCENES = (
    Scene("pay-card"),
    Scene("pay-ways", {"paymentMethod": None}),
    Scene("pay-again-and-again", RECURRENT),
    Scene("pay-wrong", cards=("4111 1111 1111 1112",), shows=".error"),
    Scene("pay-refused", cards=("4000 0000 0000 9995",), shows=".notice"),
    Scene("pay-paid", cards=(CARD,), shows=".good"),
    Scene("pay-checking", {"amount": 91003}, (CARD,), shows="[data-wait]"),
    Scene("pay-over", cards=("4000 0000 0000 9995",) * 3, shows="[data-ended]"),
    Scene("pay-cancelled", press=".give-up button", shows=".dim"),
    Scene("pay-debit", {"paymentMethod": "DirectDebit"}),
    Scene(
        "pay-debit-agreed", {"paymentMethod": "DirectDebit"}, press=SEND,
        fill={"#debit-iban": "DE89 3704 0044 0532 0130 00"}, shows="[data-wait]",
    ),
    Scene(
        "pay-transfer", {"paymentMethod": "BankTransfer", "paymentNetwork": "trustly"}, press=SEND,
        shows="[data-wait]",
    ),
    Scene("pay-bank", cards=("4000 0000 0000 3220",), shows="[name=code]"),
    Scene(
        "pay-bank-wrong", cards=("4000 0000 0000 3220",), fill={"[name=code]": "9"},
        press="main button", shows="[aria-invalid]",
    ),
    Scene("pay-expired", {"timeOut": "PT1S"}, shows="[data-ended]"),
    Scene("pay-paid-already", cards=(CARD,), again=True, shows=".good"),
    Scene("pay-in-frame", {"ctrlRedirectURL": BASKET}, query="?seamless=1"),
    Scene(
        "pay-networks", {"paymentMethod": None}, press="summary:has-text('Bank transfer')",
        shows="[name=network]:visible",
    ),
    Scene(
        "pay-long",
        {
            "order": {
                "id": "ORDER-" + "0123456789" * 9,
                "description": "Donaudampfschifffahrtsgesellschaftskapitänsmützenfabrik " * 8,
                "cartContent": [{"cartProductName": "W" * 120, "cartProductQuantity": 1}],
            }
        },
    ),
    Scene("pay-yen", {"amount": 999_999_999, "currency": "JPY"}),
    Scene("pay-dinar", {"amount": 999_999_999, "currency": "KWD"}),
    Scene("pay-wallet", {"paymentMethod": "WeChat"}, press=SEND, shows="[data-wait]"),
)  # fmt: skip
NOWHERE = "/payment/abcdefghijklmnopqrstuv"


def named(only: str) -> list[Scene]:
    return [scene for scene in SCENES if only in scene.name]


def link(address: str, answer: dict[str, Any]) -> str:
    """The page's address from what prepare answered."""
    token = str(answer["customerToken"])
    assert re.fullmatch(r"[\w-]{22}", token), answer
    return f"{address}/payment/{token}"
