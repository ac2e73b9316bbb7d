"""What a status tells beside an attempt: what its shopper did, and who was told of it."""

from pathlib import Path

import pytest

from comptoir import checkout
from comptoir.kit import db, mail
from kit import run_jobs
from kit_hosted import Shopper
from kit_wire import Merchant, Wire, nested

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
DECLINED = "4000000000009995"


async def test_logs_are_the_shoppers_steps_by_attempt(wire: Wire) -> None:
    shopper = await Shopper(wire).prepare()
    assert (await shopper.status())["transactions"] == []
    await shopper.pay(DECLINED)
    await shopper.pay()
    told = (await shopper.status())["transactions"]
    steps = [[log["type"] for log in one["logs"]] for one in told if "logs" in one]
    assert [name for names in reversed(steps) for name in names] == [
        "prepared", "opened", "paying", "paying",
    ]  # fmt: skip
    log = next(log for one in told for log in one.get("logs", []) if log["type"] == "paying")
    assert log["ipAddress"] == "127.0.0.1"
    assert isinstance(log["date"], int)


async def test_notifications_say_whom_it_was_told_and_with_what_result(
    wire: Wire, listener: Merchant, tmp_path: Path
) -> None:
    mail.configure(outbox=tmp_path, smtp_url=None, sender="pay@comptoir.example")
    listener.answers.append((500, b""))
    prepared, number = await wire.paid(ctrlCallbackURL=listener.url)
    await run_jobs()
    (sale,) = (await wire.status(prepared))["transactions"]
    told = {one["mean"]: one for one in sale["notifications"]}
    assert told["callback"] | {"date": 0} == {
        "operation": "sale", "category": "merchant", "status": "Authorized", "mean": "callback",
        "recipient": listener.url, "result": "pending", "resultMessage": "HTTP 500", "date": 0,
    }  # fmt: skip
    receipt = told["email"]
    assert (receipt["category"], receipt["recipient"], receipt["result"]) == (
        "shopper", "ada@example.com", "success",
    )  # fmt: skip
    info = await wire.get(f"/transaction/{number}/info", apiVersion="002.73")
    assert (info["logs"], info["notifications"]) == (sale["logs"], sale["notifications"])


async def test_each_operation_has_its_own_and_a_refund_has_no_steps(
    wire: Wire, listener: Merchant
) -> None:
    prepared, number = await wire.paid(ctrlCallbackURL=listener.url)
    await wire.post(f"/transaction/{number}/refund", {"apiVersion": "002.73", "amount": 100})
    await run_jobs()
    refund, sale = (await wire.status(prepared))["transactions"]
    assert {one["operation"] for one in refund["notifications"]} == {"refund"}
    assert {one["operation"] for one in sale["notifications"]} == {"sale"}
    assert ("logs" in refund, "logs" in sale) == (False, True)


async def test_neither_the_callback_nor_the_browser_carries_them(
    wire: Wire, listener: Merchant
) -> None:
    prepared, _ = await wire.paid(
        **nested(ctrlCallbackURL=listener.url, ctrlRedirectURL="https://shop.example/back")
    )
    await run_jobs()
    assert listener.got
    assert "logs" not in str(listener.got[0])
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    async with db.transaction(company=found.company_id) as tx:
        told = await checkout.status_document(tx, found)
    assert not {"logs", "notifications"} & told["transactions"][0].keys()
