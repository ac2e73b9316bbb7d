"""What no account can take is refused where it is asked for, not on the shopper's page."""

import pytest

from kit_wire import Wire, nested


@pytest.mark.parametrize("method", ["Line", "UNIONPAY", "bancontact"])
async def test_a_method_that_no_account_takes_is_refused(wire: Wire, method: str) -> None:
    answer = await wire.post("/payment/prepare", nested(paymentMethod=method))
    assert answer["code"] == "501"
    assert "paymentMethod" in answer["message"]


@pytest.mark.parametrize("method", ["CreditCard", "WeChat", "Alipay", "Upi", "DirectDebit", None])
async def test_what_the_sandbox_takes_is_prepared(wire: Wire, method: str | None) -> None:
    assert (await wire.prepare(paymentMethod=method))["code"] == "200"
