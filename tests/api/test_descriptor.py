"""What the shopper reads on the statement reaches the gateway."""

from comptoir import merchants
from comptoir.kit import db
from kit import Shop


async def test_the_originators_descriptor_is_sent_with_a_payment(shop: Shop) -> None:
    one = shop.originator
    async with db.transaction(company=shop.company.id) as tx:
        await merchants.edit_originator(
            tx, shop.actor(), one.id, name=one.name, descriptor="SHOP*PARIS", website=None,
            currency=one.currency, currencies=one.currencies, default_operation="sale",
            credit_allowed=False, credit_limit_minor=None, state="active",
        )  # fmt: skip
    await shop.paid()
    async with db.transaction(company=shop.company.id) as tx:
        request = await tx.value("select request from gateway_call order by at desc limit 1")
    assert "SHOP*PARIS" in str(request)
