"""Billing addresses go to the card's issuer, and its word comes back; the address is not kept."""

from pathlib import Path

import pytest
from test_gateway_life import SALE

from comptoir import gateways
from comptoir.kit import db
from kit import run_jobs
from kit_jobs import in_
from kit_office import clerk
from kit_wire import Wire

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "test-cards.md"
STREET = "200 Rue des Comptoirs"
ADDRESS = {
    "shopperAddress": STREET, "shopperZipcode": "75011", "shopperCity": "Paris-sur-Mer",
    "shopperState": "Ile", "shopperCountryCode": "FR",
}  # fmt: skip


@pytest.mark.parametrize(
    "example", gateways.TEST_ADDRESSES, ids=lambda e: f"{e.street} {e.postal_code}"
)
async def test_the_issuer_s_word_on_an_address_is_told_and_told_again(
    wire: Wire, example: gateways.TestAddress
) -> None:
    body = SALE | {"shopperAddress": example.street, "shopperZipcode": example.postal_code}
    answer = await wire.post("/transaction/sale/creditcard", body)
    assert (answer["errorCode"], answer["AVSResult"]) == ("000", example.avs)
    kept = await wire.get(f"/transaction/{answer['transactionID']}")
    assert kept["transaction"]["AVSResult"] == example.avs
    info = await wire.get(f"/transaction/{answer['transactionID']}/info")
    assert info["AVSResult"] == example.avs
    assert f"`{example.postal_code}`" in GUIDE.read_text()


async def test_without_an_address_nothing_was_compared(wire: Wire) -> None:
    fillers = {"shopperAddress": "NA", "shopperZipcode": "NA"}
    for body in (SALE, SALE | fillers):
        answer = await wire.post("/transaction/sale/creditcard", body)
        assert answer["AVSResult"] == "U"
        kept = await wire.get(f"/transaction/{answer['transactionID']}")
        assert "AVSResult" not in kept["transaction"]


async def test_a_declined_charge_has_its_address_compared_too(wire: Wire) -> None:
    answer = await wire.post(
        "/transaction/authorize/creditcard", SALE | ADDRESS | {"amount": 90051}
    )
    assert (answer["errorCode"], answer["AVSResult"]) == ("051", "Z")


async def test_an_address_is_neither_in_the_archive_nor_with_the_payment(wire: Wire) -> None:
    answer = await wire.post("/transaction/sale/creditcard", SALE | ADDRESS)
    assert answer["AVSResult"] == "Z"
    async with db.transaction(company=wire.shop.company.id) as tx:
        calls = await tx.rows("select request::text as request, answer::text as answer"
                              " from gateway_call limit 10")  # fmt: skip
        payments = await tx.rows("select shopper::text as shopper from payment limit 10")
    assert '"billing"' in calls[0]["request"]
    found = f"{[tuple(row) for row in calls]} {[tuple(row) for row in payments]}"
    for part in (STREET, "75011", "Paris-sur-Mer", "Ile"):
        assert part not in found, part


async def test_the_address_of_a_prepared_payment_is_compared_on_the_page(wire: Wire) -> None:
    shopper = {"email": "ada@example.com", "address1": "1 Main Street", "zipcode": "20000"}
    prepared, number = await wire.paid(shopper=shopper)
    attempt = (await wire.status(prepared))["transactions"][0]
    assert (attempt["transactionID"], attempt["AVSResult"]) == (number, "A")
    who = await clerk(wire.shop)
    operation = (await wire.shop.get("/transactions", limit=1)).json()["data"][0]
    page = await who.page(f"/office/transactions/{operation['id']}")
    assert "The street is right, the postcode is another" in page


async def test_what_follows_a_charge_has_no_address_of_its_own(wire: Wire) -> None:
    sale = await wire.post("/transaction/sale/creditcard", SALE | ADDRESS)
    refund = await wire.post(f"/transaction/{sale['transactionID']}/refund", {"amount": 100})
    info = await wire.get(f"/transaction/{refund['transactionID']}/info")
    assert "AVSResult" not in info


async def test_a_lost_answer_s_address_is_known_when_it_is_asked_for(
    own_database: None, wire: Wire
) -> None:
    lost = await wire.post("/transaction/sale/creditcard", SALE | ADDRESS | {"amount": 91003})
    assert lost["AVSResult"] == "U"
    await run_jobs(until=in_(hours=2))
    kept = await wire.get(f"/transaction/{lost['transactionID']}")
    assert (kept["transaction"]["errorCode"], kept["transaction"]["AVSResult"]) == ("000", "Z")
