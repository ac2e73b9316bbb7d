"""Bank transfers by network: named to the shopper, offered by currency and country."""

import re

import pytest
import pytest_asyncio
from litestar import Litestar

from kit import make_shop
from kit_hosted import Shopper, form_to, title
from kit_wire import Wire

CURRENCIES = ("EUR", "AUD", "CHF", "GBP", "NZD", "PHP", "PLN", "SEK", "JPY")


@pytest_asyncio.fixture
async def shopper(app: Litestar) -> Shopper:
    return Shopper(Wire(await make_shop(app, "Wide", currencies=CURRENCIES)))


def networks(page: str) -> list[str]:
    return re.findall(r'name="network" value="([a-z0-9]+)"', page)


@pytest.mark.parametrize(
    ("network", "name", "currency", "account"),
    [
        ("ideal", "iDEAL", "EUR", r"NL\d\d ABNA"),
        ("giropay", "giropay", "EUR", r"DE\d\d "),
        ("eps", "eps", "EUR", r"AT\d\d "),
        ("przelewy24", "Przelewy24", "PLN", r"PL\d\d "),
        ("sofort", "Sofort", "CHF", r"CH\d\d "),
        ("trustly", "Trustly", "SEK", r"SE\d\d "),
        ("trustly", "Trustly", "GBP", r"20-00-00"),
        ("poli", "POLi", "AUD", r"062-000"),
        ("poli", "POLi", "NZD", r"12-3001-\d{7}-00"),
        ("dragonpay", "Dragonpay", "PHP", r"\d{4} \d{4} \d{4}"),
    ],
)
async def test_the_network_is_named_and_its_account_is_of_its_country(
    shopper: Shopper, network: str, name: str, currency: str, account: str
) -> None:
    asked = {"paymentMethod": "BankTransfer", "paymentNetwork": network, "currency": currency}
    shopper = await shopper.prepare(**asked)
    page = await shopper.open()
    assert title(page) == name
    assert f"Go on with {name}" in page.text
    told = await shopper.send(form_to(page, "/pay"))
    assert re.search(rf"<code>{account}", told.text), told.text
    assert ("data:image/png" in told.text) == (currency == "EUR")
    paid = await shopper.send(form_to(told, "/choose"), outcome="paid")
    assert f">{name}</dd>" in paid.text
    about = (await shopper.status())["transactions"][0]
    assert about["paymentNetwork"] == network


@pytest.mark.parametrize(
    ("currency", "country", "offered"),
    [
        ("EUR", None, ["sofort", "przelewy24", "ideal", "giropay", "eps", "trustly"]),
        ("EUR", "NL", ["sofort", "ideal", "trustly"]),
        ("EUR", "ZZ", ["sofort", "przelewy24", "ideal", "giropay", "eps", "trustly"]),
        ("AUD", "AU", ["poli"]),
        ("PLN", None, ["przelewy24", "trustly"]),
        ("PHP", "ES", []),
        ("JPY", None, []),
    ],
)
async def test_only_networks_of_the_currency_and_the_country_are_offered(
    shopper: Shopper, currency: str, country: str | None, offered: list[str]
) -> None:
    who = {"email": "ada@example.com", **({"countryCode": country} if country else {})}
    shopper = await shopper.prepare(paymentMethod=None, currency=currency, shopper=who)
    page = (await shopper.open()).text
    assert networks(page) == offered
    assert ('value="bank_transfer"' in page) == bool(offered)


async def test_the_shopper_chooses_the_network_and_the_shop_is_told_it(shopper: Shopper) -> None:
    shopper = await shopper.prepare(paymentMethod=None, currency="PLN")
    page = await shopper.open()
    key = form_to(page, "/pay").fields["key"]
    address = form_to(page, "/pay").action
    chosen = {"key": key, "method": "bank_transfer"}
    for network in ("", "ideal"):
        wrong = await shopper.ask("POST", address, data={**chosen, "network": network})
        assert wrong.status_code == 422
        assert "Choose the service that your bank works with." in wrong.text
    sent = await shopper.ask("POST", address, data={**chosen, "network": "trustly"})
    page = await shopper.follow(sent)
    assert ">Trustly</dd>" in page.text
    told = await shopper.status()
    assert (told["transactions"][0]["paymentNetwork"], told["provider"]) == ("trustly", "trustly")
    refused = await shopper.send(form_to(page, "/choose"), outcome="refused")
    await shopper.send(form_to(refused, "/pay"), number="4111111111111111", expiry="12/30",
                       code="123", holder="Ada")  # fmt: skip
    card, transfer = (await shopper.status())["transactions"]
    assert "paymentNetwork" not in card
    assert transfer["paymentNetwork"] == "trustly"
