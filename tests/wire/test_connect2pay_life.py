"""A hosted payment from prepare to refund, as a shop's module goes through it."""

import base64
import json

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from comptoir import checkout
from kit import run_jobs
from kit_wire import Merchant, Wire

pytestmark = pytest.mark.usefixtures("own_database")


async def test_prepare_pay_status_callback_refund(wire: Wire, listener: Merchant) -> None:
    prepared = await wire.prepare(
        ctrlCallbackURL=listener.url, ctrlCustomData="md5:é", order={"id": 4711}
    )
    assert {name: len(prepared[name]) for name in ("merchantToken", "customerToken")} == {
        "merchantToken": 22, "customerToken": 22,
    }  # fmt: skip
    before = await wire.status(prepared)
    assert (before["status"], before["errorCode"]) == ("Not processed", "000")
    assert before["transactions"] == []
    await wire.pay(prepared)
    after = await wire.status(prepared)
    assert (after["status"], after["errorCode"], after["order"]["id"]) == (
        "Authorized", "000", "4711",
    )  # fmt: skip
    (attempt,) = after["transactions"]
    assert attempt["paymentMeanInfo"]["cardNumber"] == "411111XXXXXX1111"
    await run_jobs()
    (told,) = listener.got
    kept = {name: attempt.pop(name) for name in ("logs",)}  # Said to the shop's key alone.
    assert kept["logs"]
    assert told == after
    assert told["ctrlCustomData"] == "md5:é"
    number = attempt["transactionID"]
    refunded = await wire.post(
        f"/transaction/{number}/refund", {"apiVersion": "002.73", "amount": 500}
    )
    assert (refunded["code"], refunded["operation"]) == ("000", "refund")
    info = await wire.get(f"/transaction/{refunded['transactionID']}/info")
    assert (info["operation"], info["refTransactionID"], info["amount"]) == ("refund", number, 500)
    await run_jobs()
    assert [len(body["transactions"]) for body in listener.got] == [1, 2]
    assert listener.got[1]["transactions"][1]["refundedAmount"] == 500


def test_the_contracts_vector_is_encrypted_as_published() -> None:
    plain = '{"errorCode":"000","ctrlCustomData":"Ménage €"}'.encode()
    assert checkout.encrypt("AAECAwQFBgcICQoLDA0ODw", plain) == (
        "6n9wKzabhvzqFJzZ50XdMj_fpv2L2lYzgSTFH-WfecPtrm-wV8jmWvg213BRK9RCEZqsop_gvD-vC51Byd8KVw"
    )


async def test_the_way_back_decrypts_to_the_status(wire: Wire) -> None:
    prepared = await wire.prepare(ctrlRedirectURL="https://shop.example/back?a=1")
    await wire.pay(prepared)
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    back = await checkout.way_back(found)
    assert back is not None
    assert (back.url, back.customer) == ("https://shop.example/back?a=1", prepared["customerToken"])
    told = decrypted(prepared["merchantToken"], back.data)
    assert (told["errorCode"], told["status"]) == ("000", "Authorized")


async def test_a_shopper_who_gives_up_comes_back_with_minus_one(wire: Wire) -> None:
    prepared = await wire.prepare(ctrlRedirectURL="https://shop.example/back")
    found = await checkout.find_by_customer_token(prepared["customerToken"])
    back = (await checkout.cancel(found, "203.0.113.7")).back
    assert back is not None
    assert decrypted(prepared["merchantToken"], back.data)["errorCode"] == "-1"
    assert (await wire.status(prepared))["status"] == "Not processed"


def decrypted(token: str, data: str) -> dict[str, str]:
    """As the official clients read it."""
    key = base64.urlsafe_b64decode(token + "==")
    sealed = base64.urlsafe_b64decode(data + "=" * (-len(data) % 4))
    cipher = Cipher(algorithms.AES128(key), modes.ECB()).decryptor()  # noqa: S305
    padded = cipher.update(sealed) + cipher.finalize()
    found: dict[str, str] = json.loads(padded[: -padded[-1]])
    return found


@pytest.mark.parametrize(
    ("number", "shifted"), [("4111111111111111", True), ("4012888888881881", False)]
)
async def test_an_attempt_says_whether_the_bank_answers_for_a_fraud(
    wire: Wire, number: str, shifted: bool
) -> None:
    prepared, _ = await wire.paid(number)
    (attempt,) = (await wire.status(prepared))["transactions"]
    assert attempt["paymentMeanInfo"]["is3DSecure"] is shifted
