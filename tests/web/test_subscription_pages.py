"""Subscriptions in the back office and in the API: found, explained, exported, cancelled."""

from datetime import timedelta
from typing import Any

import pytest

from comptoir import subscriptions
from comptoir.kit import clock, exports, listing
from comptoir.payments import transaction_filters
from kit import Shop, run_jobs
from kit_office import Clerk, clerk
from kit_wire import Wire, a_subscription, nested

pytestmark = pytest.mark.usefixtures("own_database", "held_clock")
PATH = "/office/subscriptions"


async def told(shop: Shop, name: str) -> dict[str, Any]:
    answer = await shop.get(f"/subscriptions/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def rows(who: Clerk, q: str = "") -> list[str]:
    """The addresses of the rows that the list shows."""
    page = await who.page(PATH, q=q)
    return [part.split('"')[0].split("?")[0] for part in page.split('<tr data-href="')[1:]]


async def test_a_subscription_is_found_by_what_is_known_of_it(shop: Shop) -> None:
    begun = await a_subscription(shop)
    other = await a_subscription(shop, subscriptionType="onetime", rebillAmount=55)
    who = await clerk(shop)
    mine, second = f"{PATH}/{begun['id']}", f"{PATH}/{other['id']}"
    assert await rows(who) == [second, mine]
    for query in (
        str(begun["number"]), f"number:{begun['number']}", f"order:{begun['order_id']}",
        "type:infinite", "type:infinite state:active", begun["order_id"],
    ):  # fmt: skip
        assert await rows(who, query) == [mine], query
    assert await rows(who, "email:ada@example.com") == [second, mine]
    assert await rows(who, "state:cancelled") == []
    assert await rows(who, "due:2026-04-02") == [second, mine]
    assert await rows(who, "due:2026-04-01") == []
    page = await who.ask("GET", PATH, params={"q": "state:nonsense"})
    assert page.status_code == 422


async def test_its_page_tells_terms_charges_and_what_comes_next(shop: Shop) -> None:
    begun = await a_subscription(shop)
    await run_jobs()
    await run_jobs(until=clock.now() + timedelta(days=32))
    who = await clerk(shop)
    page = await who.page(f"{PATH}/{begun['id']}")
    assert "A subscription began" in page
    assert "The subscription was charged again" in page
    assert page.count("/office/transactions/op_") >= 2
    assert "1 month" in page
    assert (await told(shop, begun["id"]))["iterations"] == 1


async def test_a_cancel_ends_it_when_the_paid_period_is_over(shop: Shop) -> None:
    begun = await a_subscription(shop)
    who = await clerk(shop, "support")
    panel = await who.page(f"{PATH}/{begun['id']}/cancel")
    assert "Too expensive" in panel
    answer = await who.send(f"{PATH}/{begun['id']}/cancel", reason="1016")
    assert answer.status_code == 200
    assert answer.headers["hx-trigger"] == "record-changed"
    now = await told(shop, begun["id"])
    assert (now["state"], now["cancel_reason"], now["next_charge_at"]) == ("active", 1016, None)
    assert "Cancelled, and paid until" in await who.page(f"{PATH}/{begun['id']}")
    await run_jobs(until=clock.now() + timedelta(days=33))
    assert ((await told(shop, begun["id"]))["state"]) == "canceled"


async def test_a_bank_s_reason_ends_it_at_once_and_only_once(shop: Shop) -> None:
    begun = await a_subscription(shop)
    answer = await shop.post(f"/subscriptions/{begun['id']}/cancel", {"reason": 1004})
    assert (answer.status_code, answer.json()["state"]) == (200, "canceled")
    again = await shop.post(f"/subscriptions/{begun['id']}/cancel", {"reason": 1004})
    assert (again.status_code, again.json()["code"]) == (409, "subscription_ended")
    unknown = await shop.post(f"/subscriptions/{begun['id']}/cancel", {"reason": 1050})
    assert unknown.status_code == 422


async def test_the_file_holds_every_match(shop: Shop) -> None:
    begun = await a_subscription(shop)
    await a_subscription(shop, subscriptionType="onetime")
    who = await clerk(shop)
    answer = await who.ask("GET", f"{PATH}/export", params={"q": "type:infinite"})
    assert answer.headers["content-type"].startswith("text/csv")
    header, line = answer.text.splitlines()
    cells = dict(zip(header.split(","), line.split(","), strict=True))
    assert (cells["number"], cells["amount"], cells["state"]) == (
        str(begun["number"]), "9.90", "active",
    )  # fmt: skip


async def test_a_file_by_a_text_is_complete_or_refused(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        await a_subscription(shop)
    who = await clerk(shop)
    by_mail = {"q": "email:ada@example"}
    monkeypatch.setattr(transaction_filters, "FOUND_LIMIT", 2)
    assert (await shop.get("/subscriptions", **by_mail)).json()["partial"]
    file = (await who.ask("GET", f"{PATH}/export", params=by_mail)).text
    assert len(file.splitlines()) == 1 + 3
    monkeypatch.setattr(transaction_filters, "EVERY_LIMIT", 2)
    refused = await who.ask("GET", f"{PATH}/export", params=by_mail)
    assert refused.status_code == 422
    assert "cannot all be exported" in refused.text


async def test_a_file_has_every_batch_and_its_place_among_other_exports(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "BATCH", 2)
    numbers = {str((await a_subscription(shop))["number"]) for _ in range(5)}
    who = await clerk(shop)
    lines = (await who.ask("GET", f"{PATH}/export")).text.splitlines()[1:]
    assert (len(lines), {line.split(",")[0] for line in lines}) == (5, numbers)
    running = [
        await subscriptions.export_csv(shop.actor(), subscriptions.parse(""))
        for _ in range(exports.AT_ONCE)
    ]
    assert (await who.ask("GET", f"{PATH}/export")).status_code == 429
    running.clear()
    assert (await who.ask("GET", f"{PATH}/export")).status_code == 200


async def test_another_company_s_subscription_looks_absent(shop: Shop, other_shop: Shop) -> None:
    begun = await a_subscription(other_shop)
    assert (await shop.get(f"/subscriptions/{begun['id']}")).status_code == 404
    answer = await shop.post(f"/subscriptions/{begun['id']}/cancel", {"reason": 1007})
    assert answer.status_code == 404
    assert (await shop.get("/subscriptions")).json()["data"] == []


async def test_pages_of_the_list_are_walked_by_their_cursors(shop: Shop) -> None:
    made = [(await a_subscription(shop))["number"] for _ in range(3)]
    found, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = (await shop.get("/subscriptions", **params)).json()
        found += [row["number"] for row in page["data"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert sorted(found) == sorted(made)


async def test_an_offer_is_made_named_and_switched_off(shop: Shop) -> None:
    who = await clerk(shop)
    form = {
        "name": "Monthly box", "originator": str(shop.originator.number), "kind": "infinite",
        "currency": "EUR", "amount": "12,50", "period": "P1M",
    }  # fmt: skip
    answer = await who.send("/office/offers/new", **form)
    assert answer.headers["hx-redirect"] == "/office/offers"
    page = await who.page("/office/offers")
    assert "Monthly box" in page
    number = int(page.split('data-copy="')[1].split('"')[0])
    await Wire(shop).paid(offerID=number)
    (begun,) = (await shop.get("/subscriptions", q=f"offer:{number}")).json()["data"]
    assert begun["amount"] == 1250
    state = page.split("/office/offers/off_")[1].split("/state")[0]
    answer = await who.send(f"/office/offers/off_{state}/state", state="disabled")
    assert answer.headers["hx-redirect"] == "/office/offers"
    refused = await Wire(shop).post("/payment/prepare", nested(offerID=number))
    assert refused["code"] == "501"


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [("amount", "x", "amount"), ("currency", "USD", "currency"), ("kind", "odd", "kind"),
     ("times", "5", "times"), ("period", "P", "period"), ("originator", "1", "originator")],
)  # fmt: skip
async def test_an_offer_that_cannot_be_is_refused_by_its_field(
    shop: Shop, field: str, value: str, named: str
) -> None:
    who = await clerk(shop)
    form = {
        "name": "Odd", "originator": str(shop.originator.number), "kind": "infinite",
        "currency": "EUR", "amount": "1", "period": "P1M", field: value,
    }  # fmt: skip
    answer = await who.send("/office/offers/new", **form)
    assert answer.status_code == 422
    assert f'data-field="{named}"' in answer.text
