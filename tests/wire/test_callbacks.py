"""Callbacks: told after each outcome, acknowledged as the contract says, tried again, kept."""

from datetime import timedelta
from typing import Any

import aiohttp
import pytest

from comptoir import checkout, deliveries
from comptoir.deliveries import State
from comptoir.kit import clock, db
from kit import run_jobs
from kit_wire import Merchant, Wire, nested

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
DECLINED = "4000000000009995"


async def delivered(wire: Wire, prepared: dict[str, Any]) -> list[deliveries.Delivery]:
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    async with db.transaction(company=wire.shop.company.id) as tx:
        told = await deliveries.list_for_payment(tx, found.payment_id)
    return [one for one in told if one.kind == deliveries.CALLBACK]


async def tries(wire: Wire, delivery: deliveries.Delivery) -> list[deliveries.Try]:
    async with db.transaction(company=wire.shop.company.id) as tx:
        return await deliveries.list_tries(tx, delivery.id)


@pytest.mark.parametrize(
    ("status", "body", "good"),
    [
        (200, b'{"status":"OK","message":"thanks"}', True), (200, b'{"status":"ok"}', True),
        (200, b'{"status":"KO"}', False), (200, b"", True), (204, b"", True),
        (200, b"<html>OK</html>", True), (200, b'{"done":true}', True), (200, b"[1]", True),
        (200, b'{"\xff":1}', True), (200, b'{"status":"\xff"}', True), (200, b"[" * 5000, True),
        (302, b"", False), (404, b"", False), (500, b'{"status":"KO"}', False),
        (500, b"crash", False),
    ],
)  # fmt: skip
async def test_what_counts_as_acknowledged(
    wire: Wire, listener: Merchant, status: int, body: bytes, good: bool
) -> None:
    listener.answers.append((status, body))
    prepared, _ = await wire.paid(ctrlCallbackURL=listener.url)
    await run_jobs()
    (found,) = await delivered(wire, prepared)
    assert found.state is (State.DELIVERED if good else State.WAITING)
    (kept,) = await tries(wire, found)
    assert (kept.status, kept.acknowledged) == (status, good)
    assert prepared["merchantToken"] not in str(kept.request)
    assert len(listener.got) == 1


async def test_ten_tries_within_about_three_days(wire: Wire, listener: Merchant) -> None:
    listener.answers.extend([(500, b"")] * 10)
    prepared, _ = await wire.paid(ctrlCallbackURL=listener.url)
    await run_jobs()
    pauses = []
    while (found := (await delivered(wire, prepared))[0]).state is State.WAITING:
        assert found.next_try_at is not None
        pauses.append(found.next_try_at - clock.now())
        clock.hold(found.next_try_at)
        await checkout.sweep_callbacks()
        await run_jobs()
    assert (found.state, found.tries, tuple(pauses)) == (State.FAILED, 10, deliveries.LADDER)
    assert timedelta(hours=70) < sum(pauses, timedelta()) < timedelta(hours=80)


async def test_a_failed_one_can_be_sent_again(wire: Wire, listener: Merchant) -> None:
    listener.answers.append((500, b""))
    prepared, _ = await wire.paid(ctrlCallbackURL=listener.url)
    await run_jobs()
    (found,) = await delivered(wire, prepared)
    async with db.transaction(company=wire.shop.company.id) as tx:
        await deliveries.send_again(tx, wire.shop.actor(), found.id)
    await checkout.sweep_callbacks()
    await run_jobs()
    assert [one.state for one in await delivered(wire, prepared)] == [State.DELIVERED]
    assert len(listener.got) == 2


async def test_a_shop_can_want_no_second_try(wire: Wire, listener: Merchant) -> None:
    async with db.transaction(company=wire.shop.company.id) as tx:
        await checkout.edit_profile(
            tx, wire.shop.actor(), wire.shop.originator.id, resend_callbacks=False
        )
    listener.answers.append((500, b""))
    prepared, _ = await wire.paid(ctrlCallbackURL=listener.url)
    await run_jobs()
    assert (await delivered(wire, prepared))[0].state is State.FAILED


async def test_each_outcome_is_told_once(wire: Wire, listener: Merchant) -> None:
    prepared = await wire.prepare(ctrlCallbackURL=listener.url)
    await wire.pay(prepared, DECLINED)
    await run_jobs()
    paid = await wire.pay(prepared)
    await run_jobs()
    await wire.post(f"/transaction/{paid.number}/refund", {"apiVersion": "002.73", "amount": 10})
    await run_jobs()
    assert [told["status"] for told in listener.got] == ["Pending", "Authorized", "Authorized"]
    last = listener.got[1]["transactions"][0]
    for name in ("transactionID", "paymentID", "paymentMethod", "operation", "currency",
                 "resultCode", "resultMessage", "paymentMerchantToken"):  # fmt: skip
        assert last[name]


async def test_a_late_outcome_is_told_when_it_is_known(wire: Wire, listener: Merchant) -> None:
    prepared = await wire.prepare(
        amount=91003, ctrlCallbackURL=listener.url, subscriptionType="infinite",
        rebillAmount=100, rebillPeriod="P1M",
    )  # fmt: skip
    await wire.pay(prepared)
    await run_jobs()
    assert listener.got == []
    await run_jobs(until=clock.now() + timedelta(minutes=20))
    (told,) = listener.got
    assert told["status"] == "Authorized"
    # The subscription begins with the late outcome too.
    assert (await wire.status(prepared))["subscriptionID"] > 0


LINK_LOCAL = [
    "http://169.254.169.254/latest/meta-data", "http://[fe80::1]/x", "http://[fe80::1%25eth0]/",
    "http://[::ffff:169.254.169.254]/", "http://[64:ff9b::a9fe:a9fe]/", "http://0xa9fea9fe/",
    "http://2852039166/", "http://0251.0376.0251.0376/",
]  # fmt: skip
PRIVATE = ["http://127.0.0.1:9/", "http://10.0.0.1/", "http://[::ffff:a00:1]/", "http://[::1]/"]


@pytest.fixture
def nobody_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test of addresses that must not be called calls none of them, not even when it fails."""

    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was about to be opened")

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", refuse)


@pytest.mark.usefixtures("nobody_is_called")
@pytest.mark.parametrize("url", [*LINK_LOCAL, *PRIVATE])
async def test_private_addresses_are_refused_when_a_payment_is_prepared(
    wire: Wire, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", raising=False)
    told = await wire.post("/payment/prepare", nested(ctrlCallbackURL=url))
    assert (told["code"], "ctrlCallbackURL" in told["message"]) == ("501", True)


@pytest.mark.usefixtures("nobody_is_called")
@pytest.mark.parametrize("url", LINK_LOCAL)
async def test_link_local_ones_always_are(
    wire: Wire, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "1")
    told = await wire.post("/payment/prepare", nested(ctrlCallbackURL=url))
    assert (told["code"], "ctrlCallbackURL" in told["message"]) == ("501", True)


async def test_a_private_one_is_taken_where_the_installation_allows_it(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "1")
    for url in PRIVATE:
        told = await wire.post("/payment/prepare", nested(ctrlCallbackURL=url))
        assert told["code"] == "200", url


async def test_a_name_that_leads_to_a_private_address_is_not_called_and_not_tried_again(
    wire: Wire, listener: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", raising=False)
    port = listener.url.rpartition(":")[2]
    prepared, _ = await wire.paid(ctrlCallbackURL=f"http://localhost:{port}")
    await run_jobs()
    (found,) = await delivered(wire, prepared)
    assert (found.state, found.tries) == (State.FAILED, 1)
    (kept,) = await tries(wire, found)
    assert kept.fault is not None
    assert kept.fault.startswith("blocked: the name leads to a private address")
    assert listener.got == []


@pytest.mark.usefixtures("nobody_is_called")
async def test_an_address_allowed_when_it_was_given_and_no_longer_ends_its_delivery(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", "1")
    prepared, _ = await wire.paid(ctrlCallbackURL="http://127.0.0.1:9/")
    monkeypatch.delenv("COMPTOIR_ALLOW_PRIVATE_CALLBACKS", raising=False)
    await run_jobs()
    (found,) = await delivered(wire, prepared)
    assert (found.state, found.tries) == (State.FAILED, 1)
    (kept,) = await tries(wire, found)
    assert kept.fault == "blocked: the address is private"


@pytest.mark.parametrize(
    "host",
    [
        "127\u30020\u30020\u30021", "\u2460\u2461\u2466.0.0.1", "\uff11\uff12\uff17.0.0.1",
        "\u2460\u2465\u2468.\u2461\u2464\u2463.\u2460\u2465\u2468.\u2461\u2464\u2463",
        "2130706433", "0x7f.1", "127.0.0.1.", "127.1", "0177.0.0.1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["ctrlCallbackURL", "ctrlRedirectURL"])
async def test_an_address_in_disguise_is_refused_when_a_payment_is_prepared(
    wire: Wire, host: str, name: str
) -> None:
    told = await wire.post("/payment/prepare", nested(**{name: f"http://{host}:9/"}))
    assert (told["code"], name in told["message"]) == ("501", True)


async def test_without_an_address_nothing_is_told(wire: Wire, listener: Merchant) -> None:
    prepared, _ = await wire.paid()
    await run_jobs()
    assert await delivered(wire, prepared) == []
