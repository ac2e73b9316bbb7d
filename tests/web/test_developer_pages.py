"""The pages for developers: a reference that is the routes, programs that run, a test payment."""

import re

import pytest
from litestar import Litestar

from comptoir import checkout, gateways, wire
from comptoir.edge.wire_errors import MESSAGES
from comptoir.web import developers, reference, test_data
from comptoir.wire import problems
from kit import Shop
from kit_office import clerk

PATH = "/office/developers"


def served(app: Litestar, prefix: str) -> set[tuple[str, str]]:
    """Method and address of every route of the wire under a prefix, the prefix taken off."""
    prefixes = ("/connect2pay", "/gateway")
    found = set()
    for route in app.routes:
        for handler in getattr(route, "route_handlers", [getattr(route, "route_handler", None)]):
            if not handler.fn.__module__.startswith(wire.__name__):
                continue
            under = next((p for p in prefixes if route.path.startswith(p + "/")), "")
            path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path.removeprefix(under))
            for method in getattr(handler, "http_methods", {"WebSocket"}) - {"OPTIONS"}:
                if under == prefix:
                    found.add((str(method), path))
    return found


def told(api: str) -> set[tuple[str, str]]:
    return {(row.method, path) for row in reference.ENDPOINTS[api] for path in row.paths}


def test_the_reference_is_every_route_of_the_wire_and_nothing_else(app: Litestar) -> None:
    unkeyed = {(row.method, path) for row in reference.OPEN for path in row.paths}
    assert told("connect2pay") == served(app, "/connect2pay")
    assert told("gateway") == served(app, "/gateway")
    assert told("connect2pay") | told("gateway") | unkeyed == served(app, "")


def test_every_code_that_the_wire_answers_is_explained() -> None:
    refusals = {kind.wire for kind in problems.Refusal.__subclasses__()}
    known = refusals | {code for _, code in problems._CODES} | set(MESSAGES) | {checkout.IN_DOUBT}
    assert known <= set(reference.API_CODES) | set(gateways.RESULT_TEXTS)


def test_test_data_are_the_sandbox_s_own() -> None:
    shown = [card.number for card in test_data.usual()]
    shown += [number for row in test_data.results() for number in row.cards]
    shown += [row.card for row in test_data.troubles()]
    assert sorted(shown) == sorted(gateways.TEST_CARDS)
    assert {card.note for card in gateways.TEST_CARDS.values()} - {""} <= set(test_data.NOTES)
    assert [row.code for row in test_data.results()] == sorted(gateways.RESULT_TEXTS)


@pytest.mark.parametrize("language", developers.LANGUAGES)
async def test_a_program_names_the_originator_and_no_secret(shop: Shop, language: str) -> None:
    who = await clerk(shop, "developer")
    page = await who.page(PATH, language=language)
    assert str(shop.originator.number) in page
    assert shop.secret not in page
    assert "COMPTOIR_KEY" in page
    text = developers.program(language, shop.originator)
    assert not re.search(r"@[A-Z]+@", text)


async def test_a_test_payment_is_prepared_and_leads_to_its_page(shop: Shop) -> None:
    who = await clerk(shop, "developer")
    assert shop.originator.name in await who.page(f"{PATH}/payment")
    form = {"originator": str(shop.originator.number), "amount": "12,50", "currency": "EUR"}
    answer = await who.send(f"{PATH}/payment", **form, method="CreditCard", secure3d="true")
    assert answer.status_code == 200
    token = re.search(r'href="[^"]*/payment/([A-Za-z0-9_-]{22})"', answer.text)
    assert token is not None
    found = await checkout.find_by_customer_token(token[1])
    assert (found.amount.minor, found.live, found.prepared.secure3d) == (1250, False, True)


@pytest.mark.parametrize(
    ("field", "value"), [("originator", "1"), ("amount", "much"), ("currency", "USD")]
)
async def test_a_test_payment_that_cannot_be_is_refused_by_its_field(
    shop: Shop, field: str, value: str
) -> None:
    who = await clerk(shop, "developer")
    form = {"originator": str(shop.originator.number), "amount": "1", "currency": "EUR"}
    answer = await who.send(f"{PATH}/payment", **{**form, field: value})
    assert answer.status_code == 422
    assert f'data-field="{field}"' in answer.text


async def test_live_mode_makes_no_test_payment(shop: Shop, other_shop: Shop) -> None:
    who = await clerk(shop)
    await who.look(live=True)
    form = {"originator": str(shop.originator.number), "amount": "1", "currency": "EUR"}
    answer = await who.send(f"{PATH}/payment", **form)
    assert answer.status_code == 409
    assert re.search(
        r'aria-disabled="true"[^>]*data-tip="Switch to test mode"', await who.page(PATH)
    )
    await who.look(live=False)
    assert "Switch to test mode" not in await who.page(PATH)
    foreign = {**form, "originator": str(other_shop.originator.number)}
    assert (await who.send(f"{PATH}/payment", **foreign)).status_code == 422


async def test_the_reference_and_the_test_data_are_read_by_everybody(shop: Shop) -> None:
    who = await clerk(shop, "viewer")
    page = await who.page(f"{PATH}/reference", api="gateway")
    assert "/transaction/sale/creditcard" in page
    assert "4111111111111111" in await who.page(f"{PATH}/tests")
