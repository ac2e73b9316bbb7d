"""More steps, deliveries or tries of a payment than are told at once: the newest, in order."""

from datetime import datetime, timedelta
from uuid import UUID

from comptoir import checkout, deliveries
from comptoir.kit import clock, db, ids
from kit_hosted import Shopper
from kit_wire import Wire

MORE = 7


async def payment_of(shopper: Shopper) -> UUID:
    return (await checkout.find_by_customer_token(shopper.token)).payment_id


async def test_steps_of_a_payment_are_the_newest_in_their_order(wire: Wire) -> None:
    """A link that is opened for ever does not hide how it was paid."""
    shopper = await Shopper(wire).prepare()
    payment_id, number = await payment_of(shopper), checkout.STEPS_LIMIT + MORE
    async with db.transaction(company=wire.shop.company.id) as tx:
        for step in range(number):
            await tx.run(
                "insert into checkout_step (company_id, payment_id, id, at, kind, ip)"
                " values ($1, $2, $3, $4, 'opened', $5)",
                tx.company, payment_id, ids.new(), clock.now(), f"203.0.113.{step % 250}",
            )  # fmt: skip
    await shopper.pay()
    (told,) = (await shopper.status())["transactions"]
    logs = told["logs"]
    assert (len(logs), logs[-1]["type"]) == (checkout.STEPS_LIMIT, "paying")
    assert [log["date"] for log in logs] == sorted(log["date"] for log in logs)
    assert "prepared" not in {log["type"] for log in logs}


async def note(tx: db.Tx, shopper: Shopper, at: datetime) -> tuple[UUID, UUID]:
    """A delivery of that moment; its id and that of its operation."""
    found = await checkout.find_by_customer_token(shopper.token)
    delivery, operation = ids.new(), ids.new()
    await tx.run(
        "insert into delivery (company_id, id, live, originator_id, payment_id, operation_id, kind,"
        " url, state, created_at) values ($1, $2, false, $3, $4, $5, 'callback',"
        " 'https://shop.example/hear', 'delivered', $6)",
        tx.company, delivery, found.originator_id, found.payment_id, operation, at,
    )  # fmt: skip
    return delivery, operation


async def test_deliveries_and_tries_are_the_newest_in_their_order(wire: Wire) -> None:
    shopper = await Shopper(wire).prepare()
    payment_id, begun = await payment_of(shopper), clock.now()
    async with db.transaction(company=wire.shop.company.id) as tx:
        made = [
            await note(tx, shopper, begun + timedelta(seconds=second))
            for second in range(deliveries.LIST_LIMIT + MORE)
        ]
        last = made[-1][0]
        tries = [ids.at(number, 0) for number in range(deliveries.TRIES_LIMIT + MORE)]
        for one in tries:
            await tx.run(
                "insert into delivery_try (company_id, delivery_id, id, at, milliseconds, request,"
                " acknowledged) values ($1, $2, $3, $4, 1, $5, true)",
                tx.company, last, one, clock.now(), {},
            )  # fmt: skip
        newest = made[MORE:]
        told = await deliveries.list_told(tx, payment_id)
        listed = await deliveries.list_for_payment(tx, payment_id)
        assert [one.operation_id for one in told] == [operation for _, operation in newest]
        assert [one.id for one in listed] == [delivery for delivery, _ in newest]
        assert [one.id for one in await deliveries.list_tries(tx, last)] == tries[MORE:]
