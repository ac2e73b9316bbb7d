"""3-D Secure from server to server: both versions, through the sandbox bank's page."""

import re
from typing import Any

import httpx
import pytest

from kit import at_once
from kit_wire import Wire

CHALLENGED = "4000000000003220"
CHECK: dict[str, Any] = {
    "customerIP": "1.2.3.4",
    "amount": 1000,
    "currency": "EUR",
    "orderID": "secure-1",
    "cardNumber": CHALLENGED,
    "cardSecurityCode": "000",
    "cardHolderName": "Ada Lovelace",
    "cardExpireMonth": 10,
    "cardExpireYear": 2030,
}
BACK = "https://shop.example/back"


async def bank(wire: Wire, url: str, answer: int, **form: str) -> dict[str, str]:
    """What the shopper's browser brings back to the shop: 0 confirms, 1 refuses."""
    transport = httpx.ASGITransport(app=wire.shop.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        headers = {"sec-fetch-site": "cross-site"}
        page = await client.post(httpx.URL(url).path, data=form, headers=headers)
    assert page.status_code == 200, page.text
    chosen = page.text.split("<form")[answer + 1]
    assert f'action="{BACK}"' in chosen
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', chosen))


async def test_a_card_that_is_not_enrolled_says_650(wire: Wire) -> None:
    for path in ("/transaction/3dscheck/creditcard", "/transaction/3dscheck"):
        answer = await wire.post(path, CHECK | {"cardNumber": "4012888888881881"})
        assert answer["errorCode"] == "650"


@pytest.mark.parametrize(("choice", "code"), [(0, "000"), (1, "001")])
async def test_version_one_from_check_to_sale(wire: Wire, choice: int, code: str) -> None:
    without = await wire.post("/transaction/sale/creditcard", CHECK)
    assert without["errorCode"] == "065"
    check = await wire.post("/transaction/3dscheck/creditcard", CHECK)
    assert check["errorCode"] == "000"
    form = {"PaReq": check["PaReq"], "TermUrl": BACK, "MD": "mine"}
    brought = await bank(wire, check["ACSUrl"], choice, **form)
    assert brought["MD"] == "mine"
    path = f"/transaction/{check['transactionID']}/3dsparse"
    parsed = await wire.post(path, {"PaRes": brought["PaRes"]})
    assert parsed["errorCode"] == code
    if code == "000":
        proof = {name: parsed[name] for name in ("ECI", "XID", "CAVV", "CAVVAlgorithm")}
        assert (await wire.post("/transaction/sale/creditcard", CHECK | proof))[
            "errorCode"
        ] == "000"
    sale = await wire.post("/transaction/sale/creditcard", CHECK | {"PaRes": brought["PaRes"]})
    assert sale["errorCode"] == ("000" if code == "000" else "065")


@pytest.mark.parametrize("number", ["4111111111111111", CHALLENGED])
async def test_a_refusal_at_the_bank_handed_on_unread_charges_nothing(
    wire: Wire, number: str
) -> None:
    body = CHECK | {"cardNumber": number}
    check = await wire.post("/transaction/3dscheck/creditcard", body)
    form = {"PaReq": check["PaReq"], "TermUrl": BACK, "MD": "mine"}
    brought = await bank(wire, check["ACSUrl"], 1, **form)
    for name in ("PaRes", "CRes"):
        for what in ("sale", "authorize"):
            path = f"/transaction/{what}/creditcard"
            charged = await wire.post(path, body | {name: brought["PaRes"]})
            assert (charged["errorCode"], "transactionID" in charged) == ("065", False)


@pytest.mark.parametrize("proof", ["x", "AAAA", "é", "A" * 3000])
async def test_a_proof_that_is_not_ours_proves_nothing(wire: Wire, proof: str) -> None:
    check = await wire.post("/transaction/3dscheck/creditcard", CHECK)
    path = f"/transaction/{check['transactionID']}/3dsparse"
    assert (await wire.post(path, {"PaRes": proof}))["errorCode"] == "501"
    sale = await wire.post("/transaction/sale/creditcard", CHECK | {"PaRes": proof})
    assert sale["errorCode"] == "501"


async def test_version_two_without_the_shopper(wire: Wire) -> None:
    body = CHECK | {"cardNumber": "4111111111111111"}
    check = await wire.post("/transaction/3dscheck", body)
    name = check["threeDSServerTransID"]
    assert len(name) == 36
    auth = await wire.post("/transaction/3dsauth", {"threeDSServerTransID": name})
    assert auth["errorCode"] == "000"
    sale = await wire.post("/transaction/sale/creditcard", body | {"CRes": auth["CRes"]})
    assert sale["errorCode"] == "000"


@pytest.mark.parametrize(
    "changes",
    [{}, {"cardNumber": "4111111111111111", "shopper": {"account": {"suspicious": True}}}],
)
async def test_version_two_with_a_challenge(wire: Wire, changes: dict[str, Any]) -> None:
    body = CHECK | changes
    check = await wire.post("/transaction/3dscheck", body | {"threeDSReturnURL": BACK})
    auth = await wire.post(
        "/transaction/3dsauth", {"threeDSServerTransID": check["threeDSServerTransID"]}
    )
    assert auth["errorCode"] == "655"
    url = re.search(r'action="([^"]+)"', auth["form"])
    assert url is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', auth["form"]))
    brought = await bank(wire, url.group(1), 0, **fields)
    sale = await wire.post("/transaction/sale/creditcard", body | {"CRes": brought["cres"]})
    assert sale["errorCode"] == "000"


async def test_another_shops_check_is_absent(wire: Wire, other_wire: Wire) -> None:
    check = await wire.post("/transaction/3dscheck", CHECK)
    body = {"threeDSServerTransID": check["threeDSServerTransID"]}
    assert (await other_wire.post("/transaction/3dsauth", body))["errorCode"] == "312"
    path = f"/transaction/{check['transactionID']}/3dsparse"
    assert (await other_wire.post(path, {"PaRes": "x"}))["errorCode"] == "312"


async def proven(wire: Wire, body: dict[str, Any]) -> str:
    """The proof of a check whose shopper said yes."""
    check = await wire.post("/transaction/3dscheck/creditcard", body)
    form = {"PaReq": check["PaReq"], "TermUrl": BACK}
    return (await bank(wire, check["ACSUrl"], 0, **form))["PaRes"]


async def test_the_bank_asks_only_who_brings_the_request_of_that_check(wire: Wire) -> None:
    check = await wire.post("/transaction/3dscheck/creditcard", CHECK)
    other = await wire.post("/transaction/3dscheck/creditcard", CHECK)
    own = f"/mpi/pareq/{check['transactionID']}"
    transport = httpx.ASGITransport(app=wire.shop.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        for path, asked in [
            (own, ""), (own, "AAAA"), (own, other["PaReq"]), ("/mpi/pareq/999999", check["PaReq"]),
            ("/mpi/pareq/999999", ""),
        ]:  # fmt: skip
            form = {"TermUrl": BACK, "version": "2", "PaReq": asked}
            page = await client.post(path, data=form)
            assert page.status_code == 404, (path, asked)


@pytest.mark.parametrize(
    "changes",
    [{"amount": 1001}, {"currency": "USD"}, {"cardNumber": "4000002500003155"}],
)
async def test_a_proof_is_of_its_card_amount_and_currency(
    wire: Wire, changes: dict[str, Any]
) -> None:
    proof = await proven(wire, CHECK)
    for name in ("PaRes", "CRes"):
        sale = await wire.post("/transaction/sale/creditcard", CHECK | changes | {name: proof})
        assert (sale["errorCode"], "transactionID" in sale) == ("501", False), sale


async def test_a_proof_is_of_its_originator(wire: Wire, other_wire: Wire) -> None:
    proof = await proven(wire, CHECK)
    sale = await other_wire.post("/transaction/sale/creditcard", CHECK | {"PaRes": proof})
    assert sale["errorCode"] == "501"


async def test_a_proof_serves_one_charge_however_many_come_at_once(wire: Wire) -> None:
    body = CHECK | {"PaRes": await proven(wire, CHECK)}
    sales = await at_once(4, lambda: wire.post("/transaction/sale/creditcard", body))
    assert sorted(sale["errorCode"] for sale in sales) == ["000", "501", "501", "501"]
    paid = next(sale for sale in sales if sale["errorCode"] == "000")
    assert paid["paymentMeanInfo"]["is3DSecure"] is True


@pytest.mark.parametrize(
    ("proof", "code", "shifted"),
    [
        ({"CAVV": "x", "ECI": "05"}, "065", False),
        ({"CAVV": "AAABBWcSNIdjeUZThmNHAAAAAAA=", "ECI": "07"}, "065", False),
        ({"CAVV": "AAABBWcSNIdjeUZThmNHAAAAAAA="}, "065", False),
        ({"CAVV": "AAABBWcSNIdjeUZThmNHAAAAAAA=", "ECI": "05"}, "000", True),
        ({"CAVV": "AAABBWcSNIdjeUZThmNHAAAAAAA=", "ECI": 2, "XID": "any"}, "000", True),
    ],
)
async def test_a_proof_from_elsewhere_is_the_gateways_to_judge(
    wire: Wire, proof: dict[str, Any], code: str, *, shifted: bool
) -> None:
    sale = await wire.post("/transaction/sale/creditcard", CHECK | proof)
    assert (sale["errorCode"], sale["paymentMeanInfo"]["is3DSecure"]) == (code, shifted)
    usual = CHECK | {"cardNumber": "4111111111111111"} | proof
    sale = await wire.post("/transaction/sale/creditcard", usual)
    assert (sale["errorCode"], sale["paymentMeanInfo"]["is3DSecure"]) == ("000", shifted)
    told = await wire.get(f"/transaction/{sale['transactionID']}/info", apiVersion="002.73")
    assert told["paymentMeanInfo"]["is3DSecure"] is shifted
