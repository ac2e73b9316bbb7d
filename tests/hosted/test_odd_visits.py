"""What browsers never send and others do: odd letters, odd addresses, the same request for ever."""

import pytest

from comptoir import checkout
from comptoir.kit import db
from kit_hosted import HTML, Shopper, form_to
from kit_wire import Wire

TERMS = {"subscriptionType": "infinite", "rebillAmount": 990, "rebillPeriod": "P1M"}


@pytest.mark.parametrize("name", ["漢" * 22, "." * 22, "é" * 22])
@pytest.mark.parametrize("headers", [HTML, {}])
async def test_an_old_address_leads_to_the_page_only_by_a_token(
    shopper: Shopper, name: str, headers: dict[str, str]
) -> None:
    answer = await shopper.ask("GET", f"/transaction/{name}", headers=headers)
    assert answer.status_code in (403, 404)
    assert "location" not in answer.headers


async def test_an_old_address_keeps_its_language(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    answer = await shopper.ask("GET", f"/transaction/{shopper.token}?lang=fr")
    assert answer.headers["location"] == f"/payment/{shopper.token}?lang=fr"


async def test_a_wallet_called_directly_begins_no_subscription(wire: Wire) -> None:
    prepared = await wire.prepare(paymentMode="Recurrent", **TERMS)
    path = f"/payment/{prepared['customerToken']}/process/wechat/direct"
    told = await wire.post(path, {"apiVersion": "002.73", "mode": "quickpay", "quickPayCode": "1"})
    assert (told["code"], told["message"]) == (
        "501", "WeChat cannot be charged again: subscribe by CreditCard",
    )  # fmt: skip
    assert (await wire.status(prepared))["transactions"] == []


async def test_a_network_named_without_its_method_is_offered_only_in_its_currency(
    shopper: Shopper,
) -> None:
    for network, offered in (("ideal", True), ("poli", False)):
        shopper = await shopper.prepare(paymentMethod=None, paymentNetwork=network)
        assert (f'value="{network}"' in (await shopper.open()).text) == offered


async def test_what_a_link_allows_for_ever_is_written_down_so_often(
    shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("comptoir.checkout.checkout.STEPS_LIMIT", 5)
    shopper = await shopper.prepare()
    for _ in range(8):
        page = await shopper.open()
        await shopper.send(form_to(page, "/cancel"))
    found = await checkout.find_by_customer_token(shopper.token)
    async with db.transaction(company=found.company_id) as tx:
        kept = await tx.value(
            "select count(*) from checkout_step where company_id = $1 and payment_id = $2",
            tx.company, found.payment_id,
        )  # fmt: skip
    assert kept == 5
    assert (await shopper.status())["errorCode"] == "000"


async def test_a_confirmed_refund_says_its_revision(wire: Wire) -> None:
    _, number = await wire.paid()
    refund = await wire.post(f"/transaction/{number}/refund", {"apiVersion": "002.73", "amount": 5})
    path = f"/transaction/{refund['transactionID']}/refund/confirm"
    for odd in (None, ["x" * 5000], "002.73" * 500):
        told = await wire.post(path, {"apiVersion": odd})
        assert len(told["apiVersion"]) <= 8
