"""A gateway that did another amount than it was asked for leaves the decision to a person."""

from comptoir import gateways, payments
from comptoir.gateways import simulator
from comptoir.kit import db, ids
from comptoir.kit.actor import system
from comptoir.kit.money import Money
from comptoir.payments.sending import settle
from kit import Shop, operation_of


async def test_a_success_over_another_amount_books_nothing_and_stays_unknown(shop: Shop) -> None:
    await simulator.script(shop.account.id, [simulator.Fault.TIMEOUT_AFTER])
    lost = (await shop.pay(1000)).json()
    assert lost["status"] == "unknown"
    actor = shop.actor()
    async with db.transaction(company=shop.company.id) as tx:
        found = await payments.get_operation(tx, actor, ids.untype("op", lost["id"]))
    partial = gateways.Outcome(
        gateways.OutcomeStatus.SUCCEEDED, "000", amount_done=Money(900, "EUR")
    )
    by = system(shop.company.id, live=False)
    await settle(by, found, gateways.Performed(partial, []))
    assert (await operation_of(shop, lost["id"]))["status"] == "unknown"
    async with db.transaction(company=shop.company.id) as tx:
        assert await tx.value("select count(*) from entry") == 0
