"""The thinnest path: pay, look, refund, and the ledger agrees."""

from kit import Shop, entries, operation_of


async def test_a_sale_succeeds_is_found_and_is_refunded(shop: Shop) -> None:
    paid = await shop.pay(1500)
    assert paid.status_code == 201, paid.text
    sale = paid.json()
    assert (sale["status"], sale["result_code"], sale["kind"]) == ("succeeded", "000", "sale")
    found = await shop.get("/transactions", q=str(sale["number"]))
    assert [row["id"] for row in found.json()["data"]] == [sale["id"]]
    back = await shop.post(f"/operations/{sale['id']}/refunds", {"amount": 500})
    assert back.status_code == 201, back.text
    assert back.json()["status"] == "succeeded"
    assert await entries(shop.company.id) == {
        ("payable", "EUR"): -1000,
        ("receivable", "EUR"): 1000,
    }
    payment = (await shop.get(f"/payments/{sale['payment']}")).json()
    assert (payment["status"], payment["captured"], payment["refunded"]) == (
        "partially_refunded", 1500, 500,
    )  # fmt: skip
    assert (await operation_of(shop, sale["id"]))["card"]["last4"] == "1111"
