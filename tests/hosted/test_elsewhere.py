"""What is paid elsewhere: debits, transfers, wallets; and the tester who chooses how it ends."""

from datetime import timedelta

import pytest

from comptoir.kit import clock, db
from kit import entries, run_jobs
from kit_hosted import BACK, Shopper, form_to, title, typed

pytestmark = pytest.mark.usefixtures("own_database")

IBAN = "DE89 3704 0044 0532 0130 00"
DEBIT = {"iban": IBAN, "holder": "Ada Lovelace", "agreed": "yes"}


async def begun(shopper: Shopper, method: str, **more: str) -> tuple[Shopper, object]:
    network = "trustly" if method == "BankTransfer" else None
    shopper = await shopper.prepare(paymentMethod=method, paymentNetwork=network)
    form = form_to(await shopper.open(), "/pay")
    return shopper, await shopper.send(form, **more)


@pytest.mark.parametrize("method", ["WeChat", "Alipay", "Upi", "BankTransfer"])
@pytest.mark.parametrize(("choice", "status"), [("paid", "Authorized"), ("refused", "Pending")])
async def test_a_tester_chooses_how_it_ends(
    shopper: Shopper, method: str, choice: str, status: str
) -> None:
    shopper, page = await begun(shopper, method)
    assert "data:image/png" in page.text
    assert "do not pay again" not in page.text
    done = await shopper.send(form_to(page, "/choose"), outcome=choice)
    assert (await shopper.status())["status"] == status
    if choice == "paid":
        assert title(done) == "Thank you, your payment was made"
    else:
        assert "The payment was refused" in done.text
        assert form_to(done, "/pay")


@pytest.mark.parametrize(
    "number",
    [
        "ES91 2100 0418 4502 0005 1332",
        "4539 5787 6362 1486",
        "4539/5787/6362/1486",
        "4539.5787.6362.1486 Ada",
    ],
)
@pytest.mark.parametrize("method", ["DirectDebit", "CreditCard"])
async def test_a_number_typed_for_a_name_is_asked_for_again_and_not_shown(
    shopper: Shopper, method: str, number: str
) -> None:
    details = DEBIT if method == "DirectDebit" else typed()
    shopper, page = await begun(shopper, method, **{**details, "holder": number})
    assert page.status_code == 422
    assert number not in page.text
    assert (await shopper.status())["status"] == "Not processed"


@pytest.mark.usefixtures("held_clock")
@pytest.mark.parametrize(("choice", "code"), [("paid-later", "000"), ("refused-later", "005")])
async def test_a_debit_waits_and_ends_later_by_the_banks_word(
    shopper: Shopper, choice: str, code: str
) -> None:
    shopper, page = await begun(shopper, "DirectDebit", **DEBIT)
    assert title(page) == "You agreed to the debit"
    assert form_to(page, "/back").action == BACK
    await shopper.send(form_to(page, "/choose"), outcome=choice)
    assert (await shopper.status())["errorCode"] == "998"
    await run_jobs(until=clock.now() + timedelta(minutes=5))
    assert (await shopper.status())["errorCode"] == code


@pytest.mark.usefixtures("held_clock")
async def test_a_debit_that_was_collected_is_returned_by_the_bank_later(shopper: Shopper) -> None:
    before = await entries(shopper.wire.shop.company.id)
    shopper, page = await begun(shopper, "DirectDebit", **DEBIT)
    done = await shopper.send(form_to(page, "/choose"), outcome="returned")
    assert title(done) == "Thank you, your payment was made"
    assert (await shopper.status())["status"] == "Authorized"
    for _ in range(2):
        await run_jobs(until=clock.now() + timedelta(minutes=5))
    told = (await shopper.status())["transactions"]
    assert [(one["operation"], one["paymentMethod"]) for one in told] == [
        ("reversal", "Reversal"), ("sale", "DirectDebit"),
    ]  # fmt: skip
    assert told[0]["refTransactionID"] == told[1]["transactionID"]
    after = await entries(shopper.wire.shop.company.id)
    assert {k: v for k, v in after.items() if v} == {k: v for k, v in before.items() if v}
    refund = await shopper.wire.post(
        f"/transaction/{told[1]['transactionID']}/refund", {"apiVersion": "002.73", "amount": 1500}
    )
    assert refund["code"] == "012"


async def test_a_debit_tells_the_shop_its_account_and_mandate_and_keeps_no_number(
    shopper: Shopper,
) -> None:
    shopper, page = await begun(shopper, "DirectDebit", **DEBIT)
    told = (await shopper.status())["transactions"][0]
    account = told["paymentMeanInfo"]["bankAccount"]
    assert told["paymentMethod"] == "DirectDebit"
    assert account["iban"] == "DE89XXXXXXXXXXXXXX3000"
    assert account["sepaMandate"]["status"] == "SIGNED"
    async with db.transaction(company=shopper.wire.shop.company.id) as tx:
        kept = await tx.value("select string_agg(m::text, ' ') from debit_mandate m")
    assert "0532" not in kept + page.text


async def test_what_follows_a_debit_tells_its_account_too(shopper: Shopper) -> None:
    """Readers take account and mandate for granted in whatever was paid by debit."""
    shopper, page = await begun(shopper, "DirectDebit", **DEBIT)
    await shopper.send(form_to(page, "/choose"), outcome="paid")
    number = (await shopper.status())["transactions"][0]["transactionID"]
    path = f"/transaction/{number}/refund"
    refund = await shopper.wire.post(path, {"apiVersion": "002.73", "amount": 500})
    assert refund["code"] == "000", refund
    told = await shopper.wire.get(f"/transaction/{refund['transactionID']}/info")
    account = told["paymentMeanInfo"]["bankAccount"]
    assert (told["paymentMethod"], account["iban"]) == ("DirectDebit", "DE89XXXXXXXXXXXXXX3000")
    assert account["sepaMandate"]["status"] == "USED"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"iban": "DE88370400440532013000"}, "not an account number"),
        ({"iban": "BR1500000000000010932840814P2"}, "not an account number"),
        ({"iban": ""}, "Enter the number of your account"),
        ({"holder": ""}, "Enter the name of the account"),
        ({"agreed": ""}, "Without your agreement"),
    ],
)
async def test_a_debit_that_is_not_signed_rightly_is_asked_for_again(
    shopper: Shopper, wrong: dict[str, str], said: str
) -> None:
    shopper, page = await begun(shopper, "DirectDebit", **{**DEBIT, **wrong})
    assert page.status_code == 422
    assert said in page.text
    assert form_to(page, "/pay").fields["iban"] == ""
    assert (await shopper.status())["status"] == "Not processed"


async def test_all_ways_stand_side_by_side_when_the_shop_chose_none(shopper: Shopper) -> None:
    shopper = await shopper.prepare(paymentMethod=None)
    page = await shopper.open()
    for name in ("Card", "SEPA direct debit", "Bank transfer", "Alipay", "WeChat Pay", "UPI"):
        assert f"<span>{name}</span></summary>" in page.text
    wrong = await shopper.send(form_to(page, "/pay"), **typed(method="line"))
    assert "This form is too old or incomplete" in wrong.text


@pytest.mark.parametrize(("version", "shown"), [("002.70", False), ("002.73", True)])
async def test_a_way_that_the_shops_revision_has_no_word_for_is_not_shown(
    shopper: Shopper, version: str, shown: bool
) -> None:
    shopper = await shopper.prepare(paymentMethod=None, apiVersion=version)
    page = await shopper.open()
    assert "<span>WeChat Pay</span></summary>" in page.text
    assert ("<span>UPI</span></summary>" in page.text) is shown


async def test_nobody_chooses_for_a_card(shopper: Shopper) -> None:
    shopper = await shopper.prepare(amount=91009)
    page = await shopper.pay()
    assert title(page) == "We are checking your payment"
    await shopper.ask("POST", f"/payment/{shopper.token}/choose", data={"outcome": "paid"})
    assert (await shopper.status())["errorCode"] == "998"
