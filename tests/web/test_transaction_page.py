"""The page of one transaction: what is offered to whom, and what it says it leaves out."""

import pytest

from comptoir import events, payments
from comptoir.kit import ids
from kit import Shop
from kit_office import clerk

UNKNOWN = 91_003


def page_of(operation: dict[str, str]) -> str:
    return f"/office/transactions/{operation['id']}"


async def test_only_who_may_ask_the_gateway_is_offered_to(shop: Shop) -> None:
    lost = (await shop.pay(UNKNOWN)).json()
    assert lost["status"] == "unknown"
    asks = f'action="{page_of(lost)}/ask"'
    for role, offered in (("viewer", False), ("owner", True)):
        who = await clerk(shop, role)
        assert (asks in await who.page(page_of(lost))) is offered, role
        allowed = (await who.send(f"{page_of(lost)}/ask")).status_code != 403
        assert allowed is offered, role


async def test_what_is_too_much_for_the_page_is_said(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    sale = await shop.paid()
    who = await clerk(shop)
    assert "There are more" not in await who.page(page_of(sale))
    monkeypatch.setattr(events, "TIME_LINE", 2)
    monkeypatch.setattr(payments, "DETAILS_LIMIT", 1)
    page = await who.page(page_of(sale))
    assert "There are more: the newest 2 are shown." in page
    assert "There are more: the newest 1 are shown." in page


async def test_a_rebill_shows_its_own_decision_and_a_refund_that_of_what_it_gives_back(
    shop: Shop,
) -> None:
    sale = await shop.paid()
    rebill = (await shop.follow(sale, "rebills")).json()
    refund = (await shop.follow(sale, "refunds", 1)).json()
    who = await clerk(shop)
    follows = str(ids.untype("op", sale["id"]))
    for operation, own in ((sale, False), (refund, False), (rebill, True)):
        page = await who.page(page_of(operation))
        assert (f"&#34;follows&#34;: &#34;{follows}" in page) is own
        assert page.count("lists-1") == 1


@pytest.mark.parametrize("typed", ["", "  ", None])
async def test_an_emptied_amount_moves_no_money_and_is_said_at_the_box(
    shop: Shop, typed: str | None
) -> None:
    sale = await shop.paid(1000)
    who = await clerk(shop)
    fields = {"key": f"form-{ids.new()}"} | ({} if typed is None else {"amount": typed})
    for act in ("refund", "rebill"):
        refused = await who.send(f"{page_of(sale)}/{act}", **fields)
        assert refused.status_code == 422, act
        assert "Type the amount" in refused.text
        assert 'data-field="amount"' in refused.text
    assert (await shop.follow(sale, "refunds", 1000)).status_code in {200, 201}


async def test_a_cancellation_needs_no_amount_because_it_takes_all(shop: Shop) -> None:
    held = (await shop.pay(1000, operation="authorize")).json()
    who = await clerk(shop)
    assert 'name="amount"' not in await who.page(f"{page_of(held)}/cancel")
    done = await who.send(f"{page_of(held)}/cancel", key=f"form-{ids.new()}")
    assert done.status_code == 200, done.text
    assert (await shop.stored(held)).status == "succeeded"
