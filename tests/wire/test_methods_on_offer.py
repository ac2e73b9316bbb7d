"""What no account can take is refused where it is asked for, not on the shopper's page."""

import pytest
from litestar import Litestar

from comptoir.kit import db
from kit import make_shop
from kit_wire import Wire, nested


@pytest.mark.parametrize("method", ["Line", "UNIONPAY", "bancontact"])
async def test_a_method_that_no_account_takes_is_refused(wire: Wire, method: str) -> None:
    answer = await wire.post("/payment/prepare", nested(paymentMethod=method))
    assert answer["code"] == "501"
    assert "paymentMethod" in answer["message"]


@pytest.mark.parametrize("method", ["CreditCard", "WeChat", "Alipay", "Upi", "DirectDebit", None])
async def test_what_the_sandbox_takes_is_prepared(wire: Wire, method: str | None) -> None:
    assert (await wire.prepare(paymentMethod=method))["code"] == "200"


TERMS = {"subscriptionType": "infinite", "rebillAmount": 990, "rebillPeriod": "P1M"}


@pytest.mark.parametrize("method", ["WeChat", "Alipay", "Upi", "DirectDebit", "BankTransfer"])
async def test_a_subscription_is_prepared_only_with_what_can_be_charged_again(
    wire: Wire, method: str
) -> None:
    network = "ideal" if method == "BankTransfer" else None
    body = nested(paymentMode="Recurrent", paymentMethod=method, paymentNetwork=network, **TERMS)
    answer = await wire.post("/payment/prepare", body)
    assert answer["code"] == "501"
    assert answer["message"].startswith(f"paymentMethod {method} cannot be charged again")
    for able in ("CreditCard", None):
        assert (await wire.prepare(paymentMethod=able, **TERMS))["code"] == "200"


async def test_a_subscription_needs_an_account_that_takes_cards(app: Litestar) -> None:
    shop = await make_shop(app, currencies=("EUR", "USD"))
    async with db.transaction(company=shop.company.id) as tx:
        await tx.run(
            "update merchant_account set currencies = '{EUR}' where company_id = $1", tx.company
        )
    answer = await Wire(shop).post("/payment/prepare", nested(currency="USD", **TERMS))
    assert answer["message"] == "paymentMethod CreditCard is taken by no account in USD"


@pytest.mark.parametrize(("network", "currency"), [("poli", "EUR"), ("ideal", "JPY")])
async def test_a_network_that_does_not_move_the_currency_is_refused(
    wire: Wire, network: str, currency: str
) -> None:
    body = nested(paymentMethod="BankTransfer", paymentNetwork=network, currency=currency)
    answer = await wire.post("/payment/prepare", body)
    assert answer["code"] == "501"
