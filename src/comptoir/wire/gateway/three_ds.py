"""3-D Secure, versions 1 and 2, and the bank's page that the sandbox plays for both.

Version 1: check, the browser to `ACSUrl` with `PaReq`, back with `PaRes`, parse, charge. Version 2:
check, auth (frictionless, or a form that brings the browser to the bank), back with `cres`, charge.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response

from comptoir import checkout, payments, settings
from comptoir.checkout import BadProof, Verdict
from comptoir.edge.http import ANYWHERE, PUBLIC, post
from comptoir.edge.render import CSP, Page
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import db
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.kit.money import Money
from comptoir.payments import Kind, Operation, Status
from comptoir.wire.connect2pay.prepare import MAX_AMOUNT
from comptoir.wire.fields import (
    flag,
    lowered,
    may_address,
    need_number,
    need_safe_text,
    need_text,
)
from comptoir.wire.following import find_transaction
from comptoir.wire.gateway.sale import known, read_card, usable_ip
from comptoir.wire.gateway.shapes import done, outcome
from comptoir.wire.problems import NoTransaction, WrongData, answer
from comptoir.wire.reading import AnyRequest, read_object

CHALLENGE_REQUIRED = "655"
REFUSED_BY_BANK = "001"
MAX_URL = 4096
# The form leads to the shop's own address, which cannot be named here.
_HEADERS = {"Content-Security-Policy": CSP.replace(" form-action 'self';", "")}


@post("/transaction/3dscheck/creditcard", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def check_v1(request: AnyRequest, actor: Actor) -> Response[bytes]:
    given = lowered(await read_object(request))
    asked = _asked(given, request.state.seller)
    operation = await checkout.check_enrolment(actor, request.state.seller, asked)
    told = done(operation)
    if operation.status is Status.SUCCEEDED and not operation.live:
        told["ACSUrl"] = bank_url(operation.number)
        told["PaReq"] = checkout.write_request(operation)
    return answer(told)


@post("/transaction/{transaction_id:str}/3dsparse", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def parse(request: AnyRequest, actor: Actor, transaction_id: str) -> Response[bytes]:
    given = lowered(await read_object(request))
    found = await find_transaction(actor, transaction_id)
    verdict = _verdict(need_text(given, "PaRes", checkout.MAX_PROOF), found)
    if not verdict.authenticated:
        return answer({**outcome(REFUSED_BY_BANK), "ECI": "07"})
    proof = checkout.authentication_of(found)
    parts = {"ECI": proof.eci, "XID": proof.xid, "CAVV": proof.cavv, "CAVVAlgorithm": "2"}
    return answer({**outcome("000"), **parts})


@post("/transaction/3dscheck", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def check_v2(request: AnyRequest, actor: Actor) -> Response[bytes]:
    given = lowered(await read_object(request))
    account = lowered(lowered(given.get("shopper")).get("account"))
    operation = await checkout.check_enrolment(
        actor, request.state.seller, _asked(given, request.state.seller),
        challenge=flag(account.get("suspicious")) is True,
        return_url=may_address(given, "threeDSReturnURL", MAX_URL),
    )  # fmt: skip
    told = done(operation)
    if operation.status is Status.SUCCEEDED:
        told["threeDSServerTransID"] = str(operation.id)
    return answer(told)


@post("/transaction/3dsauth", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def authenticate(request: AnyRequest, actor: Actor) -> Response[bytes]:
    given = lowered(await read_object(request))
    operation, asked = await _requested(actor, need_text(given, "threeDSServerTransID", 36))
    if not asked.challenge:
        proof = checkout.write_proof(Verdict(operation.number, True))
        return answer({**done(operation), "CRes": proof})
    form = _form(operation, asked.return_url or "")
    return answer({**done(operation), **outcome(CHALLENGE_REQUIRED), "form": form})


async def _requested(actor: Actor, name: str) -> tuple[Operation, Any]:
    try:
        async with db.reads(actor) as tx:
            operation = await payments.get_operation(tx, actor, UUID(name))
            asked = await checkout.find_request(tx, operation.id)
    except (ValueError, NotFound):
        raise NoTransaction from None
    if asked is None or operation.status is not Status.SUCCEEDED or operation.live:
        raise NoTransaction  # In live mode no bank is ours to speak for.
    return operation, asked


def _asked(given: Mapping[str, Any], seller: payments.Seller) -> payments.Charge:
    currency = need_text(given, "currency", 16).upper()
    if currency not in seller.currencies:
        raise WrongData("currency is not one of the originator's", field="currency")
    return payments.Charge(
        kind=Kind.CHECK,
        order_id=need_safe_text(given, "orderID", 100),
        amount=Money(need_number(given, "amount", 0, MAX_AMOUNT), currency),
        card=read_card(given, with_code=False),
        shopper=payments.Shopper(ip=usable_ip(known(given, "customerIP", 64))),
    )


def _verdict(text: str, found: Operation) -> Verdict:
    try:
        verdict = checkout.read_proof(text)
    except BadProof as error:
        raise WrongData(error.detail, field="PaRes") from None
    if verdict.number != found.number:
        raise WrongData("PaRes is of another transaction", field="PaRes")
    return verdict


def bank_url(number: int) -> str:
    chosen = settings.load()
    return f"{chosen.pay_url or chosen.public}/mpi/pareq/{number}"


def _form(operation: Operation, back: str) -> str:
    """A form for the shop to submit in the shopper's browser."""
    bank, asked = bank_url(operation.number), checkout.write_request(operation)
    safe = back.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return (
        f'<form method="post" action="{bank}"><input type="hidden" name="creq"'
        f' value="{asked}"><input type="hidden" name="TermUrl"'
        f' value="{safe}"><input type="hidden" name="version" value="2"></form>'
    )


@post("/mpi/pareq/{number:int}", needs=PUBLIC, door=ANYWHERE)
async def bank_page(request: AnyRequest, number: int) -> Page:
    """The sandbox bank asks its customer: yes or no, and back to the shop with a proof."""
    form = await request.form()
    back = str(form.get("TermUrl", ""))
    asked = str(form.get("creq") or form.get("PaReq") or "")
    check = await checkout.find_asked(asked, number)
    if check is None or not back.startswith(("https://", "http://")):
        raise NotFound
    field = "cres" if form.get("version") == "2" else "PaRes"
    return _question(check.number, back, field, str(form.get("MD", "")))


def _question(number: int, back: str, field: str, md: str) -> Page:
    """Two forms: each leads back to the shop with its verdict."""
    yes, no = (checkout.write_proof(Verdict(number, said)) for said in (True, False))
    return Page(
        "sandbox/pareq.html", headers=_HEADERS, back=back, field=field, md=md, yes=yes, no=no
    )


HANDLERS = [check_v1, parse, check_v2, authenticate]
