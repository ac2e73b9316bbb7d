"""The engine's own rules: what it refuses, how it reads answers, what it keeps."""

import base64
import json
import traceback
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

import pytest

from comptoir import gateways
from comptoir.gateways import (
    FaultKind,
    HttpAnswer,
    OutcomeStatus,
    TransportFault,
    simulator,
)
from comptoir.kit import db
from gateways.acts import a_card, about, an_act

CANARY = "4242424242424242"
CANARY_CVC = "739"
CANARY_HOLDER = "Kanarienvogel"
KEY = "sandbox-key-of-the-tests"
SALE = {
    "id": "sbx_1",
    "type": "sale",
    "status": "approved",
    "code": "000",
    "amount": 1000,
    "currency": "EUR",
    "created_at": "2026-03-02T10:00:00Z",
}


@pytest.fixture
def on_the_way(gateway: str) -> Iterator[list]:
    """Somebody between us and the gateway: put a function there and it answers instead."""
    meddlers: list = []

    async def transport(call):
        if meddlers:
            return meddlers[0](call)
        return await simulator.transport(call)

    gateways.register_transport("sandbox", transport)
    yield meddlers
    gateways.register_transport("sandbox", simulator.transport)


def json_answer(status, body, **headers):
    return HttpAnswer(status, headers, json.dumps(body).encode())


async def test_the_engine_refuses_to_run_in_a_transaction(account):
    async with db.transaction(company=account.company_id):
        with pytest.raises(AssertionError, match="no transaction may be open"):
            await gateways.perform(account, an_act())
        with pytest.raises(AssertionError, match="no transaction may be open"):
            await gateways.recover(account, an_act(), 0)
    assert await simulator.charges(account.company_id, account.account_id) == 0


async def test_an_act_the_connector_cannot_do_is_refused_before_any_call(account, monkeypatch):
    connector = gateways.get_connector("sandbox")
    less = replace(connector.capabilities, operations=frozenset({gateways.ActKind.SALE}))
    monkeypatch.setattr(connector, "capabilities", less, raising=False)
    done = await gateways.perform(account, an_act("authorize"))
    assert (done.outcome.status, done.outcome.reason.gateway_code) == ("rejected", "unsupported")
    assert done.exchanges == []


async def test_the_sandbox_never_takes_live_money(account):
    done = await gateways.perform(replace(account, live=True), an_act())
    assert (done.outcome.status, done.outcome.result_code) == ("rejected", "003")
    assert done.exchanges == []


async def test_an_account_without_its_key_is_rejected_and_nothing_is_sent(account):
    done = await gateways.perform(replace(account, credentials={}), an_act())
    assert (done.outcome.status, done.outcome.result_code) == ("rejected", "003")
    assert done.exchanges == []


async def test_a_connector_nobody_built_is_a_clear_error(account):
    with pytest.raises(gateways.UnusableAccount):
        await gateways.perform(replace(account, connector="nowhere"), an_act())


@pytest.mark.parametrize("kind", list(FaultKind))
async def test_every_transport_fault_has_one_meaning(account, on_the_way, kind):
    def lose(call):
        raise TransportFault(kind)

    on_the_way.append(lose)
    done = await gateways.perform(account, an_act())
    nothing_sent = kind in {"refused", "dns", "tls", "blocked", "busy"}
    expected = OutcomeStatus.NOT_SENT if nothing_sent else OutcomeStatus.UNKNOWN
    assert done.outcome.status is expected
    assert (done.exchanges[0].fault, done.exchanges[0].answer) == (kind.value, None)


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (100, "unknown"),
        (204, "unknown"),
        (302, "unknown"),
        (409, "unknown"),
        (425, "not_sent"),
        (429, "not_sent"),
        (500, "unknown"),
        (502, "unknown"),
        (503, "unknown"),
        (504, "unknown"),
        (599, "unknown"),
        (400, "rejected"),
        (401, "rejected"),
        (403, "rejected"),
        (422, "rejected"),
    ],
)
async def test_every_http_status_has_one_meaning(account, on_the_way, status, meaning):
    body = {"error": {"code": "some", "message": "words"}}
    on_the_way.append(lambda call: json_answer(status, body, **{"retry-after": "7"}))
    outcome = (await gateways.perform(account, an_act())).outcome
    assert outcome.status == meaning
    if status in {429, 503}:
        assert outcome.retry_after == 7


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refusal_that_did_not_come_from_the_gateway_means_unknown(
    account, on_the_way, status
):
    on_the_way.append(lambda call: HttpAnswer(status, {}, b"<html>proxy error</html>"))
    assert (await gateways.perform(account, an_act())).outcome.status is OutcomeStatus.UNKNOWN
    found = await gateways.recover(account, an_act(), 9)
    assert (found.outcome.status, found.outcome.absent) == (OutcomeStatus.UNKNOWN, False)


@pytest.mark.parametrize(
    "change",
    [
        {"status": "settling_soon"},
        {"status": "APPROVED"},
        {"status": ""},
        {"status": None},
        {"status": "approved", "code": None},
        {"status": "approved", "code": "051"},
        {"status": "declined", "code": "000"},
        {"status": "declined", "code": None},
        {"reference": "somebody else's"},
        {"currency": "XXY"},
        {"amount": "1000"},
        {"created_at": "yesterday"},
    ],
)
async def test_an_answer_never_seen_before_means_unknown(account, on_the_way, change):
    act = an_act()
    body = {**SALE, "reference": str(act.key), **change}
    on_the_way.append(lambda call: json_answer(200, body))
    assert (await gateways.perform(account, act)).outcome.status is OutcomeStatus.UNKNOWN


async def test_the_known_statuses_map_to_one_status_each(account, on_the_way):
    meant = {
        "approved": "succeeded",
        "declined": "declined",
        "pending": "pending",
        "challenge": "action_required",
    }
    for status, meaning in meant.items():
        act = an_act()
        code = {"approved": "000", "declined": "051"}.get(status)
        body = {**SALE, "reference": str(act.key), "status": status, "code": code}
        on_the_way[:] = [lambda call, body=body: json_answer(200, body)]
        assert (await gateways.perform(account, act)).outcome.status == meaning


def spellings(secret):
    """A secret as it may appear: plain, in fours, URL-encoded, base64 at any place."""
    grouped = [secret[at : at + 4] for at in range(0, len(secret), 4)]
    yield secret
    yield quote(secret, safe="")
    yield "".join(f"%{ord(letter):02x}" for letter in secret)
    if secret.isdigit():
        yield from (between.join(grouped) for between in (" ", "-", "+", "."))
    for before in range(3):
        start = (3 - before) % 3
        whole = secret.encode()[start:]
        yield base64.b64encode(whole[: len(whole) // 3 * 3]).decode()


def leaks(text, *, cvc=True):
    found = [spelling for spelling in spellings(CANARY) if spelling in text]
    found += [spelling for spelling in spellings(KEY) if spelling in text]
    found += [CANARY_HOLDER] if CANARY_HOLDER in text else []
    return found + ([CANARY_CVC] if cvc and CANARY_CVC in text else [])


def echo(call):
    """A gateway that repeats everything it was told, in every spelling."""
    said = (call.body or b"").decode()
    return json_answer(
        422,
        {
            "error": {
                "code": "echo",
                "message": " | ".join([*spellings(CANARY), call.headers["authorization"]]),
                "result": "014",
            },
            "debug": said,
            "raw": base64.b64encode(b"x" + CANARY.encode() + b"yz").decode(),
            "number": int(CANARY),
            "list": [CANARY, {CANARY: CANARY}],
        },
        **{"x-debug": CANARY, "date": f"now {CANARY}"},
    )


async def test_no_card_number_or_key_is_in_any_exchange(account, on_the_way):
    card = gateways.CardData(CANARY, 12, 2031, CANARY_CVC, CANARY_HOLDER)
    texts = []
    first = await gateways.perform(account, an_act(card=card))
    held = await gateways.perform(account, an_act("authorize", card=card))
    token = first.outcome.token.token
    texts += [first, held, await gateways.perform(account, an_act("rebill", token=token))]
    texts.append(await gateways.perform(account, an_act("capture", **about(held.outcome))))
    texts.append(await gateways.recover(account, an_act(card=card), 0))
    for spoil in (
        lambda call: HttpAnswer(200, {}, b"<html>" + (call.body or b"") + b"</html>"),
        lambda call: HttpAnswer(500, {}, CANARY.encode()),
        lambda call: HttpAnswer(200, {}, b"\xff\xfe" + CANARY.encode("utf-16")),
    ):
        on_the_way[:] = [spoil]
        texts.append(await gateways.perform(account, an_act(card=card)))
    for done in texts:
        kept = json.dumps([gateways_exchange(exchange) for exchange in done.exchanges])
        assert leaks(kept, cvc=False) == [], kept
        assert f'"{CANARY_CVC}"' not in kept
        assert token not in kept
        assert leaks(repr(done), cvc=False) == []  # Three digits also stand in an id by chance.
        assert f"'{CANARY_CVC}'" not in repr(done)
        assert token not in repr(done)
    shown = json.dumps(gateways_exchange(first.exchanges[0]), ensure_ascii=False)
    assert "424242••••••4242" in shown


def gateways_exchange(exchange):
    return {"request": exchange.request, "answer": exchange.answer, "fault": exchange.fault}


async def test_a_gateway_that_repeats_our_secrets_is_masked_too(account, on_the_way):
    on_the_way.append(echo)
    card = gateways.CardData(CANARY, 12, 2031, "k7q", CANARY_HOLDER)
    done = await gateways.perform(account, an_act(card=card))
    kept = json.dumps([gateways_exchange(exchange) for exchange in done.exchanges])
    assert leaks(kept, cvc=False) == []
    assert "k7q" not in kept


def test_values_do_not_show_their_secrets(account):
    card = gateways.CardData(CANARY, 12, 2031, CANARY_CVC, CANARY_HOLDER)
    act = replace(an_act(card=card), token="tok_canary")
    call = gateways.get_connector("sandbox").build(act, account)
    for value in (card, act, account, call, [card], {"card": card}):
        for text in (repr(value), str(value), f"{value}"):
            assert leaks(text) == []
            assert "tok_canary" not in text


async def test_an_exception_on_the_way_does_not_carry_the_card(account, on_the_way):
    def break_down(call):
        raise RuntimeError("a mistake of ours")

    on_the_way.append(break_down)
    card = gateways.CardData(CANARY, 12, 2031, CANARY_CVC, CANARY_HOLDER)
    with pytest.raises(RuntimeError) as met:
        await gateways.perform(account, an_act(card=card))
    assert leaks("".join(traceback.format_exception(met.value))) == []


async def test_an_exchange_keeps_what_explains_it(account):
    act = an_act(amount="900.51 EUR")
    done = await gateways.perform(account, act)
    [exchange] = done.exchanges
    assert (exchange.purpose, exchange.request["method"], exchange.answer["status"]) == (
        "sale",
        "POST",
        200,
    )
    assert exchange.request["body"]["reference"] == str(act.key)
    assert exchange.request["body"]["card"]["month"] == 10
    assert exchange.request["headers"]["idempotency-key"] == str(act.key)
    assert exchange.request["headers"]["authorization"] == "••••"
    assert exchange.answer["body"]["code"] == "051"
    assert done.outcome.reason.gateway_code == "051"


async def test_observers_see_every_exchange(account):
    seen = []
    gateways.observe(lambda *facts: seen.append(facts))
    await gateways.perform(account, an_act())
    name, kind, status, seconds, fault = seen[0]
    assert (name, kind, status, fault) == ("sandbox", "sale", "succeeded", None)
    assert seconds >= 0


async def test_a_number_nobody_told_us_about_is_masked_by_its_check_digit(account, on_the_way):
    other = "5555 5555 5555 4444"
    error = {"error": {"code": "x", "message": f"card {other} and 5555555555554444"}}
    on_the_way.append(lambda call: json_answer(422, error))
    done = await gateways.perform(account, an_act(card=a_card()))
    kept = json.dumps(done.exchanges[0].answer, ensure_ascii=False)
    assert "5555555555554444" not in kept
    assert other not in kept


@pytest.mark.parametrize("body", [b'{"\xff":1}', b'{"id":"\xff"}', b"[" * 5000, b"\xff\xfe"])
async def test_an_answer_that_nobody_can_read_is_kept_and_leaves_it_unknown(
    account, on_the_way, body
):
    on_the_way.append(lambda _: HttpAnswer(200, {}, body))
    done = await gateways.perform(account, an_act())
    assert done.outcome.status is OutcomeStatus.UNKNOWN
    assert done.exchanges[0].answer["status"] == 200
