"""A debit that was collected and that the bank took back afterwards: told everywhere, paid once."""

from datetime import timedelta
from typing import Any

import pytest

from comptoir import checkout, consumers, payments, statistics
from comptoir.gateways import simulator
from comptoir.kit import clock, db, ids, mail
from comptoir.statistics import Period
from kit import entries, run_jobs
from kit_hosted import Shopper, form_to
from kit_jobs import in_
from kit_office import clerk
from kit_wire import Merchant, Wire
from payments.hooking import account_of

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
DEBIT = {"iban": "DE89 3704 0044 0532 0130 00", "holder": "Ada Lovelace", "agreed": "yes"}
REFUSAL = "The bank took it back: a refund would pay the money back twice"


async def returned(wire: Wire, **more: Any) -> Shopper:
    """Somebody whose debit was collected, and is taken back a minute later."""
    await run_jobs()  # A follower that never ran begins at its first look.
    shopper = await Shopper(wire).prepare(paymentMethod="DirectDebit", **more)
    page = await shopper.send(form_to(await shopper.open(), "/pay"), **DEBIT)
    await shopper.send(form_to(page, "/choose"), outcome="returned")
    await run_jobs()
    for _ in range(2):
        await run_jobs(until=clock.now() + timedelta(minutes=5))
    return shopper


async def sale_of(wire: Wire, shopper: Shopper) -> dict[str, Any]:
    """The sale of that payment, as our API tells it."""
    number = (await shopper.status())["transactionID"]
    found = await wire.shop.get("/transactions", q=f"number:{number}")
    assert found.status_code == 200, found.text
    (row,) = found.json()["data"]
    return dict(row)


async def test_the_payment_is_told_as_reversed_and_no_longer_as_captured(wire: Wire) -> None:
    sale = await sale_of(wire, await returned(wire))
    payment = (await wire.shop.get(f"/payments/{sale['payment']}")).json()
    assert (payment["status"], payment["captured"], payment["reversed"]) == ("reversed", 1500, 1500)
    back = next(o for o in payment["operations"] if o["kind"] == "reversal")
    assert (back["refers_to"], back["reason"], back["result_code"]) == (sale["id"], "AC04", "000")
    async with db.transaction(company=wire.shop.company.id) as tx:
        (total,) = await consumers.list_totals(tx, ids.untype("con", payment["consumer"]))
    assert (total.accepted_minor, total.returned_minor) == (1500, 1500)
    home = await statistics.get_home(wire.shop.actor(), Period.WEEK)
    assert [(t.reversal_minor, t.refunded_minor) for t in home.turnover] == [(1500, 0)]


async def test_the_callback_tells_the_reversal_with_its_date_and_reason(
    wire: Wire, listener: Merchant
) -> None:
    shopper = await returned(wire, ctrlCallbackURL=listener.url)
    assert [told["transactions"][0]["operation"] for told in listener.got] == ["sale", "reversal"]
    last = listener.got[-1]
    back, sale = last["transactions"]
    assert back["paymentMethod"] == "Reversal"
    assert back["paymentMeanInfo"] == {"date": back["date"], "reasonCode": "AC04"}
    assert (back["refTransactionID"], back["amount"]) == (sale["transactionID"], 1500)
    assert (last["errorCode"], last["operation"]) == ("000", "sale")  # The initial attempt's.
    now = (await shopper.status())["transactions"]
    assert [one | back == one for one in now] == [True, False]
    info = await wire.get(f"/transaction/{back['transactionID']}/info")
    assert info | back == info


async def test_the_merchant_is_told_by_mail_and_the_shopper_is_not_thanked(
    wire: Wire, tmp_path: Any
) -> None:
    mail.configure(outbox=tmp_path, smtp_url=None, sender="pay@comptoir.example")
    async with db.transaction(company=wire.shop.company.id) as tx:
        await checkout.edit_profile(
            tx, wire.shop.actor(), wire.shop.originator.id, notify_success=False,
            notify_merchant=True, notify_merchant_to="till@tea.example",
        )  # fmt: skip
    await returned(wire, order={"id": "tea-9"})
    subjects = {
        line.removeprefix("Subject: ")
        for file in tmp_path.glob("*.eml")
        for line in file.read_text().splitlines()
        if line.startswith("Subject: ")
    }
    assert "[Test] Taken back by the bank: 15.00 EUR, order tea-9" in subjects
    assert len(subjects) == 2


async def test_a_refund_of_it_is_refused_with_the_reason_at_every_door(wire: Wire) -> None:
    shopper = await returned(wire)
    sale = await sale_of(wire, shopper)
    asked = {"apiVersion": "002.73", "amount": 1500}
    told = await wire.post(f"/transaction/{sale['number']}/refund", asked)
    assert (told["code"], told["message"]) == ("012", REFUSAL)
    told = await wire.post(f"/gateway/transaction/{sale['number']}/refund", {"amount": 1500})
    assert (told["errorCode"], told["errorMessage"]) == ("012", REFUSAL)
    refused = await wire.shop.post(f"/operations/{sale['id']}/refunds", {"amount": 100})
    assert (refused.status_code, refused.json()["detail"]) == (409, REFUSAL)
    page = await (await clerk(wire.shop)).page(f"/office/transactions/{sale['id']}")
    assert "Reversed by the bank" in page
    assert "Do not refund: the bank took the money back" in page
    assert REFUSAL in page


async def test_a_returned_debit_is_settled_with_the_day_s_batch_like_what_else_moved(
    wire: Wire,
) -> None:
    sale = await sale_of(wire, await returned(wire))
    for _ in range(2):
        await run_jobs(until=in_(hours=24))
    payment = (await wire.shop.get(f"/payments/{sale['payment']}")).json()
    states = {o["kind"]: o["financial_status"] for o in payment["operations"]}
    assert states == {"sale": "settled", "reversal": "settled"}
    books = await entries(wire.shop.company.id)
    assert (books["receivable", "EUR"], books["payable", "EUR"]) == (0, 0)
    # 1.2 % and 10 of what came in, 10 of what was taken back: the sandbox's own tariff.
    assert (books["bank", "EUR"], books["gateway_cost", "EUR"]) == (-38, 38)


async def test_a_debit_that_is_taken_back_twice_was_taken_back_once(wire: Wire) -> None:
    sale = await sale_of(wire, await returned(wire))
    company, name = wire.shop.company.id, ids.untype("op", sale["id"])
    for _ in range(2):  # A job may run again: its process died after its work.
        await payments.return_collection(company, name)
    day = clock.now().date()
    clock.advance(timedelta(days=1))
    lines = await simulator.settlement_lines(await account_of(wire.shop), day)
    assert [line.kind for line in lines] == ["sale", "reversal"]
    assert [line.gross.minor for line in lines] == [1500, -1500]


async def test_a_refund_that_was_made_before_leaves_a_payment_that_is_reversed(wire: Wire) -> None:
    """Banks take back whole debits, whatever the shop gave back meanwhile."""
    await run_jobs()
    shopper = await Shopper(wire).prepare(paymentMethod="DirectDebit")
    page = await shopper.send(form_to(await shopper.open(), "/pay"), **DEBIT)
    await shopper.send(form_to(page, "/choose"), outcome="returned")
    number = (await shopper.status())["transactionID"]
    path = f"/transaction/{number}/refund"
    assert (await wire.post(path, {"apiVersion": "002.73", "amount": 500}))["code"] == "000"
    for _ in range(2):
        await run_jobs(until=clock.now() + timedelta(minutes=5))
    sale = await sale_of(wire, shopper)
    payment = (await wire.shop.get(f"/payments/{sale['payment']}")).json()
    assert (payment["status"], payment["refunded"]) == ("reversed", 500)
