"""What a payment page may do: its headers, its scripts, its addresses; what it leaves behind."""

import base64
import hashlib
import io
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from litestar import Litestar

from comptoir import checkout, server, settings
from comptoir.edge import i18n
from comptoir.hosted import assets
from comptoir.kit import clock, db
from kit import VISA, Shop
from kit_canary import dump, found, logged
from kit_hosted import BACK, HTML, Shopper, form_to, title, typed
from kit_wire import Wire, nested
from web.test_texts import LETTERS, said

__all__ = ["logged"]  # A fixture.
CARD = "6304000000000000"  # A documented test card that no other test pays with.
OWN = re.compile(r"Shop|English|Español|Français|VISA|AMEX|Alipay|WeChat|UPI|Ada|DE00|UTC")
IBAN = "ES9121000418450200051332"
INVENTORY = Path(__file__).parents[2] / "docs" / "operate" / "payment-page.md"


def scripts(page: str) -> list[dict[str, str]]:
    return [
        dict(re.findall(r'([a-z]+)="([^"]*)"', tag)) for tag in re.findall("<script[^>]*>", page)
    ]


async def every_page(shopper: Shopper) -> list[httpx.Response]:
    """One of each: to pay, wrong, refused, at the bank, being checked, paid, over, cancelled."""
    fresh, asked, lost, wallet = [
        await shopper.prepare(**more)
        for more in ({}, {"secure3d": True}, {"amount": 91003}, {"paymentMethod": "WeChat"})
    ]
    form = form_to(await wallet.open(), "/pay")
    pages = [await wallet.send(form), await fresh.open(), await fresh.pay(number="1")]
    pages.append(await fresh.pay("4000000000009995"))
    await asked.pay()
    pages += [await asked.open(), await lost.pay(), await fresh.pay(), await fresh.open()]
    gone = await shopper.prepare()
    pages.append(await gone.send(form_to(await gone.open(), "/cancel")))
    for _ in range(3):
        pages.append(await gone.pay("4000000000009995"))
    pages.append(await gone.ask("GET", "/payment/abcdefghijklmnopqrstuv"))
    return pages


async def test_every_page_loads_the_inventoried_script_alone_and_checks_it(
    shopper: Shopper,
) -> None:
    for page in await every_page(shopper):
        loaded = scripts(page.text)
        assert [urlsplit(one["src"]).path.rpartition("/")[2] for one in loaded] == ["pay.js"]
        body = (await shopper.ask("GET", loaded[0]["src"])).content
        digest = base64.b64encode(hashlib.sha384(body).digest()).decode()
        assert loaded[0]["integrity"] == f"sha384-{digest}"
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page.text)
        assert re.findall(r'(?:src|href)="(?:https?:)?//(?!shop\.example)[^"]*', page.text) == []


async def test_every_page_forbids_everything_else(shopper: Shopper) -> None:
    for page in await every_page(shopper):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'; script-src 'self'; style-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["x-content-type-options"] == "nosniff"
        assert page.headers["referrer-policy"] == "same-origin"
        leads_back = 'name="customer"' in page.text
        # A shop's redirects are its own business, but what is typed goes nowhere else.
        wanted = "form-action 'self' https: http:;" if leads_back else "form-action 'self';"
        assert wanted in policy, policy
        assert not (leads_back and 'name="number"' in page.text)


def test_the_inventory_names_every_script_with_its_hash() -> None:
    text = INVENTORY.read_text()
    served = {path.name for path in assets.FOLDER.glob("*.js")}
    assert served == {script.name for script in assets.SCRIPTS}
    for script in assets.SCRIPTS:
        assert f"`{script.name}`" in text
        assert assets.asset(script.name).integrity in text, f"write {script.name}'s hash anew"


@pytest.mark.parametrize("place", ["", "/result", "/state", "/theme.css", "/logo", "/return"])
async def test_an_unknown_link_is_a_page_for_people_and_json_for_programs(
    shopper: Shopper, place: str
) -> None:
    address = f"/payment/abcdefghijklmnopqrstuv{place}"
    page = await shopper.ask("GET", address)
    assert page.status_code == 404
    assert title(page) == "This payment link does not exist"
    answer = await shopper.ask("GET", address, headers={"Accept": "*/*"})
    assert (answer.status_code, answer.json()["code"]) == (404, "404")


async def test_a_form_from_another_site_pays_nothing(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    form = form_to(await shopper.open(), "/pay")
    sent = await shopper.ask(
        "POST", form.action, data={**form.fields, **typed()},
        headers={"Sec-Fetch-Site": "cross-site"},
    )  # fmt: skip
    assert sent.status_code == 403
    assert (await shopper.status())["status"] == "Not processed"


async def test_languages_come_from_the_request_or_the_browser(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    for language, words in (("es", "Pagar con tarjeta"), ("fr", "Payer par carte")):
        browser = await shopper.open(headers={"Accept-Language": f"{language}-XX"})
        assert title(browser) == words
        asked = await shopper.ask("GET", f"/payment/{shopper.token}?lang={language}")
        assert title(asked) == words
        assert form_to(asked, "/pay").action.endswith(f"?lang={language}")


async def test_a_made_up_language_reaches_every_word(shopper: Shopper) -> None:
    fresh = await shopper.prepare(paymentMethod=None)
    pages = [await fresh.ask("GET", f"/payment/{fresh.token}?lang={i18n.PSEUDO}")]
    form = form_to(pages[0], "/pay")
    for number in ("1", "4000000000009995", VISA):
        pages.append(await fresh.send(form_to(pages[-1], "/pay"), **typed(number)))
    assert i18n.PSEUDO in form.action
    for page in pages:
        left = [re.sub(r"⟦[^⟧]*⟧", "", text) for text in said(page.text)]
        assert [t for t in left if LETTERS.search(t) and not OWN.search(t)] == []


async def test_only_a_shop_that_asks_may_hold_the_page_in_a_frame(shopper: Shopper) -> None:
    shopper = await shopper.prepare()
    framed = await shopper.ask("GET", f"/payment/{shopper.token}?seamless=1")
    assert "frame-ancestors https://shop.example" in framed.headers["content-security-policy"]
    assert "x-frame-options" not in framed.headers
    nowhere = await shopper.prepare(ctrlRedirectURL=None)
    page = await nowhere.open("?seamless=1")
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    # Without an address of its own, the shop is the first page that asks for the script.
    for asking, holder in (
        ("null", "'none'"), ("javascript:x", "'none'"), ("https://first.example", "https://first."),
        ("https://second.example", "https://first."),
    ):  # fmt: skip
        await nowhere.open("/connect2pay-seamless-v1.5.0.js", headers={"Origin": asking})
        page = await nowhere.open("?seamless=1")
        assert f"frame-ancestors {holder}" in page.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in (await nowhere.open()).headers["content-security-policy"]


CYRILLIC = "\u043c\u0430\u0433\u0430\u0437\u0438\u043d.\u0440\u0444"
ASCII = "xn--80aairftm.xn--p1ai"


@pytest.mark.parametrize("seamless", ["", "?seamless=1"])
async def test_a_shop_in_another_script_has_its_shoppers_back(
    shopper: Shopper, seamless: str
) -> None:
    path = "/retour/caf\u00e9?commande=\u2116 7"
    shopper = await shopper.prepare(ctrlRedirectURL=f"https://{CYRILLIC}{path}")
    page = await shopper.open(seamless)
    holder = f"https://{ASCII}" if seamless else "'none'"
    assert f"frame-ancestors {holder}" in page.headers["content-security-policy"]
    paid = await shopper.send(form_to(page, "/pay"), **typed())
    assert title(paid) == "Thank you, your payment was made"
    assert form_to(paid, path.partition("?")[0]).action == f"https://{ASCII}{path}"
    assert (await shopper.open()).status_code == 200


async def test_an_address_kept_long_ago_that_no_header_can_carry_costs_nobody_the_page(
    shopper: Shopper,
) -> None:
    shopper = await shopper.prepare()
    token = shopper.token
    found = await checkout.find_by_customer_token(token)
    for old in (f"https://{CYRILLIC}/retour", "https://shop.example; frame-ancestors *; x/"):
        async with db.transaction(company=found.company_id) as tx:
            await tx.run(
                "update checkout set prepared ="
                " jsonb_set(prepared, '{redirect_url}', to_jsonb($3::text))"
                " where company_id = $1 and payment_id = $2",
                tx.company, found.payment_id, old,
            )  # fmt: skip
        page = await shopper.open("?seamless=1")
        assert page.status_code == 200
        assert "frame-ancestors *" not in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "address",
    [
        "https://shop.example; frame-ancestors *; script-src-elem https:/x",
        "https://shop.example;frame-ancestors *", "https://shop.example,x/", "https://*/",
        "https://*.example/", "https://shop.example' 'unsafe-inline'/", "https://sh%6fp.example/",
        "https://shop\\.example/", "https://ada@shop.example/", "https://[::1/", "https://:443/",
        "https://shop.example:port/", "https://shop.example:99999/", "javascript:alert(1)",
        "https://shop.example\t/", "//shop.example/", "https:shop.example", "https://sh\u00ador.example/",
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["ctrlRedirectURL", "ctrlCallbackURL"])
async def test_an_address_that_is_not_a_host_and_a_path_is_refused_by_its_name(
    wire: Wire, name: str, address: str
) -> None:
    told = await wire.post("/payment/prepare", nested(**{name: address}))
    assert (told["code"], name in told["message"]) == ("501", True)


async def test_the_seamless_script_is_served_at_the_contracts_path_as_the_account_says(
    shopper: Shopper,
) -> None:
    shopper = await shopper.prepare()
    script = await shopper.open("/connect2pay-seamless-v1.5.0.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["access-control-allow-origin"] == "*"
    digest = base64.b64encode(hashlib.sha384(script.content).digest()).decode()
    account = await shopper.wire.get("/account", apiVersion="002.73")
    assert account["themes"][0]["seamlessLibraries"][0]["hash"] == f"sha384-{digest}"
    assert (await shopper.open("/connect2pay-seamless-vx.js")).status_code == 404


async def test_all_that_a_client_makes_of_the_prefixed_base_address_works(
    shopper: Shopper,
) -> None:
    base = "/connect2pay"
    prepared = await shopper.wire.post(f"{base}/payment/prepare", nested(ctrlRedirectURL=BACK))
    token = prepared["customerToken"]
    for place in (f"{base}/payment/{token}", f"{base}/transaction/{token}"):
        for query in ("", "?seamless=1&lang=fr"):
            sent = await shopper.ask("GET", f"{place}{query}")
            assert sent.headers["location"] == f"/payment/{token}{query}"
            page = await shopper.follow(sent)
            assert form_to(page, "/pay").action.startswith(f"/payment/{token}/pay")
    script = await shopper.ask("GET", f"{base}/payment/{token}/connect2pay-seamless-v1.5.0.js")
    assert script.headers["access-control-allow-origin"] == "*"
    assert script.content == assets.asset(assets.SEAMLESS).body
    status = await shopper.wire.get(f"{base}/payment/{prepared['merchantToken']}/status")
    assert status["status"] == "Not processed"
    unknown = await shopper.follow(
        await shopper.ask("GET", f"{base}/payment/abcdefghijklmnopqrstuv")
    )
    assert unknown.status_code == 404
    assert title(unknown) == "This payment link does not exist"


async def test_the_page_may_have_an_origin_of_its_own(
    shop: Shop, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", "https://office.example")
    monkeypatch.setenv("COMPTOIR_PAY_URL", "https://pay.example")
    app = server.build(settings.load(), managed=False)
    prepared = await Wire(shop).prepare()
    token = prepared["customerToken"]

    async def ask(host: str, path: str, method: str = "GET") -> httpx.Response:
        transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=f"https://{host}") as client:
            return await client.request(method, path, headers=HTML)

    page = await ask("pay.example", f"/payment/{token}")
    assert page.status_code == 200
    loads = re.findall(r'(?:href|src)="(/[^"]+\.(?:css|js|svg)[^"]*)"', page.text)
    assert loads
    seamless = f"/payment/{token}/connect2pay-seamless-v1.5.0.js"
    for path in (*loads, seamless, f"/payment/{token}/state", "/healthz"):
        assert (await ask("pay.example", path)).status_code == 200, path
    for path in (f"/transaction/{token}", f"/connect2pay/payment/{token}"):
        assert (await ask("pay.example", path)).headers["location"] == f"/payment/{token}"
    assert (await ask("pay.example", f"/payment/{token}/pay", "POST")).status_code != 404
    assert title(await ask("pay.example", "/payment/x")) == "This payment link does not exist"
    for path in ("/", "/office/", "/office/sign-in", "/api/v1/payments", "/account", "/metrics"):
        assert (await ask("pay.example", path)).status_code == 404, path
        assert (await ask("office.example", path)).status_code != 404, path
    led = await ask("office.example", f"/payment/{token}?lang=fr")
    assert led.headers["location"] == f"https://pay.example/payment/{token}?lang=fr"


@pytest.mark.parametrize("prefix", ["", "/connect2pay", "/gateway"])
async def test_shops_programs_find_nothing_where_cards_are_typed(
    shop: Shop, database: str, monkeypatch: pytest.MonkeyPatch, prefix: str
) -> None:
    """The paths are shared: only what shoppers' browsers ask answers on the page's own name."""
    monkeypatch.setenv("COMPTOIR_PUBLIC_URL", "https://office.example")
    monkeypatch.setenv("COMPTOIR_PAY_URL", "https://pay.example")
    app = server.build(settings.load(), managed=False)
    prepared, number = await Wire(shop).paid()
    merchant, customer = prepared["merchantToken"], prepared["customerToken"]
    calls = [("POST", f"/transaction/{number}/{what}") for what in ("refund", "cancel", "rebill")]
    if prefix != "/connect2pay":
        calls += [
            ("GET", f"/transaction/{number}"), ("POST", "/transaction/sale/creditcard"),
            ("POST", "/transaction/credit/creditcard"), ("POST", "/transaction/3dscheck"),
            ("POST", f"/transaction/{number}/blacklist"),
        ]  # fmt: skip
    if prefix != "/gateway":
        calls += [
            ("POST", "/payment/prepare"), ("POST", "/transaction/prepare"),
            ("GET", f"/payment/{merchant}/status"), ("GET", f"/transaction/{merchant}/status"),
            ("GET", f"/transaction/{number}/info"),
            ("POST", f"/payment/{customer}/process/wechat/direct"),
        ]  # fmt: skip
    async with replace(shop, app=app).client as client:
        for method, path in calls:
            answers = [
                await client.request(method, f"https://{host}.example{prefix}{path}", json={})
                for host in ("pay", "office")
            ]
            assert (answers[0].status_code, answers[0].content) == (404, b""), path
            assert answers[1].content != b"", path


async def test_a_link_that_is_too_old_says_so(shopper: Shopper, held_clock: None) -> None:
    shopper = await shopper.prepare(timeOut="PT1H")
    clock.advance(timedelta(hours=2))
    page = await shopper.open()
    assert title(page) == "This payment link has expired"
    assert form_to(page, "/back").action == BACK


async def test_no_typed_number_is_written_down_anywhere(
    app: Litestar, shopper: Shopper, database: str, logged: io.StringIO
) -> None:
    pages = []
    for more in ({}, {"amount": 90051}, {"amount": 91003}, {"amount": 91007}, {"secure3d": True}):
        one = await shopper.prepare(**more)
        for wrong in ({"holder": CARD}, {"code": CARD}, {"expiry": CARD}, {"key": CARD}, {}):
            form = form_to(await one.open(), "/pay")
            pages.append(await one.send(form, **typed(CARD, **wrong)))
            if not form_to_pay(pages[-1]):
                break
        pages += [await one.open(), await one.open(f"/{CARD}"), await one.open(f"?lang={CARD}")]
    debit = await shopper.prepare(paymentMethod="DirectDebit")
    for agreed in ("", "yes"):
        form = form_to(await debit.open(), "/pay")
        pages.append(await debit.send(form, iban=IBAN, holder="Ada", agreed=agreed))
    secrets = {"card": CARD, "account": IBAN[4:-4]}
    assert found(secrets, logged.getvalue()) == []
    assert found(secrets, "\n".join(page.text + str(page.headers) for page in pages)) == []
    for table, text in (await dump(database)).items():
        assert (table, found(secrets, text)) == (table, [])


def form_to_pay(page: httpx.Response) -> bool:
    return 'name="number"' in page.text
