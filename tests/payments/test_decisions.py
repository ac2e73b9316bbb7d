"""Risk and routing decide before anything is sent, and what they looked at is kept."""

from datetime import timedelta
from typing import Any

import pytest

from comptoir import identity, merchants, payments, risk
from comptoir.kit import clock, crypto, db, ids
from kit import VISA, Shop, as_role, charges, make_shop, run_jobs
from kit_wire import a_subscription

pytestmark = pytest.mark.usefixtures("own_database")

SHOPPER = {"email": "Ada@Shop.example", "ip": "2001:DB8:0::7", "country": "FR"}
VALUES = {
    "email": ("email", risk.list_value("email", " ada@shop.EXAMPLE ")),
    "ip": ("ip", risk.list_value("ip", "2001:db8::7")),
    "country": ("country", risk.list_value("country", "fr")),
}
CODES = [("card", "500"), ("email", "501"), ("ip", "502"), ("country", "410")]


def value_of(kind: str) -> bytes:
    return crypto.fingerprint("card", VISA) if kind == "card" else VALUES[kind][1]


async def enlist(shop: Shop, kind: str, *, live: bool = False, **more: Any) -> Any:
    async with db.transaction(company=shop.company.id) as tx:
        return await risk.add_entry(
            tx, shop.actor(live=live), kind=kind, value=value_of(kind), shown="shown", **more
        )


async def pay(shop: Shop, **more: Any) -> dict[str, Any]:
    answer = await shop.pay(shopper=SHOPPER, **more)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def decisions(shop: Shop, operation: dict[str, Any]) -> dict[str, payments.StoredDecision]:
    found = await shop.stored(operation)
    async with db.transaction(company=shop.company.id) as tx:
        return {d.kind: d for d in await payments.list_decisions(tx, found.payment_id)}


@pytest.mark.parametrize(("kind", "code"), CODES)
async def test_what_is_blacklisted_is_declined_with_its_code_and_never_sent(
    shop: Shop, kind: str, code: str
) -> None:
    entry = await enlist(shop, kind)
    blocked = await pay(shop, key="one", order_id="same")
    assert (blocked["status"], blocked["result_code"]) == ("declined", code)
    assert (await shop.stored(blocked)).account_id is None
    assert await charges(shop) == 0
    assert (await pay(shop, key="one", order_id="same"))["id"] == blocked["id"]
    decided = (await decisions(shop, blocked))["risk"]
    assert (decided.outcome, decided.version) == ("block", "lists-1")
    assert decided.reasons == [
        {"list": "blacklist", "kind": kind, "scope": "company", "entry": str(entry)}
    ]
    assert (await shop.follow(blocked, "refunds")).status_code == 409


async def test_a_card_counts_before_an_email_and_an_email_before_an_address(shop: Shop) -> None:
    for kind, code in reversed(CODES):
        await enlist(shop, kind)
        assert (await pay(shop))["result_code"] == code
    assert len((await decisions(shop, await pay(shop)))["risk"].reasons) == 4


async def test_the_kept_card_of_a_blacklisted_one_is_blocked_too(shop: Shop) -> None:
    token = (await shop.paid())["card"]["token"]
    await enlist(shop, "card")
    blocked = await pay(shop, card={"token": token})
    assert blocked["result_code"] == "500"


async def of_operation(shop: Shop, operation: dict[str, Any]) -> list[payments.StoredDecision]:
    """What was decided about one operation of a payment."""
    found = await shop.stored(operation)
    async with db.transaction(company=shop.company.id) as tx:
        every = await payments.list_decisions(tx, found.payment_id)
    return [decision for decision in every if decision.operation_id == found.id]


async def test_a_rebill_keeps_its_decision(shop: Shop) -> None:
    sale = await pay(shop)
    rebill = (await shop.follow(sale, "rebills", 700)).json()
    assert rebill["status"] == "succeeded"
    [decided] = await of_operation(shop, rebill)
    assert (decided.kind, decided.outcome, decided.version) == ("risk", "allow", "lists-1")
    assert decided.inputs["amount_minor"] == 700
    assert decided.inputs["follows"] == str((await shop.stored(sale)).id)
    assert VISA not in str(decided)
    refund = (await shop.follow(sale, "refunds", 1)).json()
    assert await of_operation(shop, refund) == []  # Money that goes back is nobody's risk.


@pytest.mark.parametrize(("kind", "code"), [pair for pair in CODES if pair[0] != "ip"])
async def test_a_rebill_of_what_was_blacklisted_since_is_declined_and_never_sent(
    shop: Shop, kind: str, code: str
) -> None:
    sale = await pay(shop)
    entry = await enlist(shop, kind)
    blocked = (await shop.follow(sale, "rebills", key="again")).json()
    assert (blocked["status"], blocked["result_code"]) == ("declined", code)
    assert await charges(shop) == 1
    assert (await shop.follow(sale, "rebills", key="again")).json() == blocked
    [decided] = await of_operation(shop, blocked)
    assert (decided.outcome, decided.reasons[0]["entry"]) == ("block", str(entry))
    async with db.transaction(company=shop.company.id) as tx:
        await risk.remove_entry(tx, shop.actor(), entry)
    assert (await shop.follow(sale, "rebills")).json()["status"] == "succeeded"


async def test_a_rebill_hears_nothing_of_the_address_of_the_first_payment(shop: Shop) -> None:
    sale = await pay(shop)
    await enlist(shop, "ip")  # Who has it now is somebody else.
    assert (await shop.follow(sale, "rebills")).json()["status"] == "succeeded"


async def test_an_entry_of_one_originator_does_not_touch_another(shop: Shop) -> None:
    everybody = identity.command_line()
    async with db.transaction(company=shop.company.id) as tx:
        second = await merchants.create_originator(tx, everybody, "Second", "EUR")
    await enlist(shop, "email", originator_id=second.id)
    assert (await pay(shop))["status"] == "succeeded"
    await enlist(shop, "email", originator_id=shop.originator.id)
    assert (await pay(shop))["result_code"] == "501"


async def test_an_entry_of_one_company_does_not_touch_another(shop: Shop, other_shop: Shop) -> None:
    await enlist(shop, "email")
    assert (await pay(other_shop))["status"] == "succeeded"


async def test_an_entry_of_live_mode_does_not_touch_test_mode(shop: Shop) -> None:
    await enlist(shop, "email", live=True)
    assert (await pay(shop))["status"] == "succeeded"


async def test_a_removed_entry_blocks_nothing(shop: Shop) -> None:
    entry = await enlist(shop, "ip")
    async with db.transaction(company=shop.company.id) as tx:
        await risk.remove_entry(tx, shop.actor(), entry)
    assert (await pay(shop))["status"] == "succeeded"


async def test_a_whitelist_spares_from_the_companys_list_and_not_from_the_providers(
    shop: Shop, other_shop: Shop
) -> None:
    await enlist(shop, "email")
    await enlist(shop, "email", list_name="whitelist")
    assert (await pay(shop))["status"] == "succeeded"
    await enlist(shop, "ip")
    assert (await pay(shop))["result_code"] == "502"
    entry = await risk.add_global_entry(
        identity.command_line(), live=False, kind="email", value=value_of("email"), shown="shown"
    )
    try:
        for each in (shop, other_shop):
            blocked = await pay(each)
            assert blocked["result_code"] == "501"
            reasons = (await decisions(each, blocked))["risk"].reasons
            assert {"global"} <= {reason["scope"] for reason in reasons}
    finally:
        await as_role(
            shop.company.id, "comptoir_platform",
            "update global_list_entry set removed_at = now() where id = $2"
            " and $1::uuid is not null",
            entry,
        )  # fmt: skip


async def test_a_watch_list_blocks_nothing(shop: Shop) -> None:
    await enlist(shop, "email", list_name="watchlist")
    assert (await pay(shop))["status"] == "succeeded"


async def test_a_decision_keeps_what_it_looked_at_without_the_card(shop: Shop) -> None:
    sale = await pay(shop)
    decided = await decisions(shop, sale)
    assert decided["risk"].outcome == "allow"
    assert decided["risk"].inputs == {
        "amount_minor": 1000, "currency": "EUR", "card": "411111…1111", "brand": "visa",
        "originator": str(shop.originator.id), "email": "Ada@Shop.example",
        "ip": "2001:DB8:0::7", "country": "FR",
    }  # fmt: skip
    assert decided["routing"].outcome == str(shop.account.id)
    assert decided["routing"].reasons == [
        {"account": str(shop.account.id), "name": "Shop sandbox", "verdict": "chosen"}
    ]


async def second_account(shop: Shop, *, first: bool, **more: Any) -> merchants.MerchantAccount:
    everybody = identity.command_line()
    options = {"live": False, "currencies": ("USD",)} | more
    async with db.transaction(company=shop.company.id) as tx:
        account = await payments.open_account(tx, everybody, "Second", "sandbox", **options)
        order = (account.id, shop.account.id) if first else (shop.account.id, account.id)
        await merchants.set_route(tx, everybody, shop.originator.id, order, live=False)
    return account


async def test_the_first_account_that_can_take_it_is_chosen_and_the_others_say_why(
    shop: Shop,
) -> None:
    await second_account(shop, first=True)
    sale = await pay(shop)
    assert (await shop.stored(sale)).account_id == shop.account.id
    verdicts = [r["verdict"] for r in (await decisions(shop, sale))["routing"].reasons]
    assert verdicts == ["does not take EUR", "chosen"]
    better = await second_account(shop, first=True, currencies=("EUR",))
    assert (await shop.stored(await pay(shop))).account_id == better.id


async def test_an_account_that_is_switched_off_is_not_chosen(shop: Shop) -> None:
    await second_account(shop, first=False, currencies=("EUR",))
    await as_role(
        shop.company.id, "comptoir_app",
        "update merchant_account set state = 'disabled' where company_id = $1 and id = $2",
        shop.account.id,
    )  # fmt: skip
    verdicts = [r["verdict"] for r in (await decisions(shop, await pay(shop)))["routing"].reasons]
    assert verdicts == ["disabled", "chosen"]


async def test_without_an_account_nothing_is_stored(app: Any) -> None:
    shop = await make_shop(app)
    await as_role(
        shop.company.id, "comptoir_app", "delete from originator_account where company_id = $1"
    )
    answer = await shop.pay(shopper=SHOPPER, key="one")
    assert (answer.status_code, answer.json()["code"]) == (409, "no_account")
    async with db.transaction(company=shop.company.id) as tx:
        for table in ("payment", "operation", "idempotency", "consumer", "decision"):
            assert await tx.value(f"select count(*) from {table}") == 0, table


async def test_a_kept_card_pays_only_through_the_gateway_that_keeps_it(shop: Shop) -> None:
    token = (await shop.paid())["card"]["token"]
    await second_account(shop, first=True, currencies=("EUR",))
    sale = await pay(shop, card={"token": token})
    assert (await shop.stored(sale)).account_id == shop.account.id
    assert sale["card"]["token"] == token


async def test_a_kept_card_of_another_company_is_not_known(shop: Shop, other_shop: Shop) -> None:
    token = (await shop.paid())["card"]["token"]
    for unknown in (token, ids.typeid("card", ids.new())):
        answer = await other_shop.pay(card={"token": unknown})
        assert (answer.status_code, answer.json()["code"]) == (422, "unknown_card_token")


async def test_a_subscription_is_not_charged_for_a_shopper_who_was_listed_since(
    shop: Shop, held_clock: None
) -> None:
    begun = await a_subscription(shop)
    async with db.transaction(company=shop.company.id) as tx:
        await risk.add_entry(
            tx, shop.actor(), kind="email", shown="shown",
            value=risk.list_value("email", "ada@example.com"),
        )  # fmt: skip
    before = await charges(shop)
    await run_jobs(until=clock.now() + timedelta(days=32))
    told = (await shop.get(f"/subscriptions/{begun['id']}")).json()
    assert (told["state"], told["iterations"]) == ("retry", 0)
    assert await charges(shop) == before
