"""WeChat, Alipay and UPI without the page: prepared, then processed by the shop's own server."""

import base64
import io
from collections.abc import Mapping
from typing import Any

import segno
from litestar import Response, WebSocket

from comptoir import checkout, payments, settings
from comptoir.edge.http import PUBLIC, client_ip, post, websocket
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit import clock
from comptoir.kit.actor import Actor
from comptoir.kit.errors import NotFound
from comptoir.payments import Operation
from comptoir.wire.connect2pay.doors import SUCCESS, attempts_of
from comptoir.wire.connect2pay.words import UNKNOWN_VERSION
from comptoir.wire.fields import Choice, Text, lowered, need_text
from comptoir.wire.problems import MissingData, WrongData, answer
from comptoir.wire.reading import AnyRequest, read_object

_MODES = {
    "WeChat": Choice("native", "quickpay", "sdk", "miniprogram"),
    "Alipay": Choice("pos", "app", "sdk"),
    "Upi": Choice("pos"),
}
_SHOWN = frozenset({"quickpay", "app"})  # The shopper's code is scanned: the result comes at once.
_SCANNED = frozenset({"native", "pos"})


@post("/payment/{token:str}/process/wechat/direct", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def wechat(request: AnyRequest, actor: Actor, token: str) -> Response[bytes]:
    return await _process(request, actor, token, "WeChat")


@post("/payment/{token:str}/process/alipay/direct", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def alipay(request: AnyRequest, actor: Actor, token: str) -> Response[bytes]:
    return await _process(request, actor, token, "Alipay")


@post("/payment/{token:str}/process/upi/direct", needs=Permission.PAYMENT_CREATE, door=DOOR)
async def upi(request: AnyRequest, actor: Actor, token: str) -> Response[bytes]:
    return await _process(request, actor, token, "Upi")


async def _process(request: AnyRequest, actor: Actor, token: str, method: str) -> Response[bytes]:
    given = lowered(await read_object(request))
    found = await checkout.find_by_customer_token(token)
    owner = (found.company_id, found.live, found.originator_id)
    if owner != (actor.company_id, actor.live, actor.originator_id):
        raise NotFound
    if found.prepared.method not in (None, method):
        raise WrongData(f"The payment was not prepared for {method}", field="paymentMethod")
    if found.prepared.terms is not None:
        raise WrongData(f"{method} cannot be charged again: subscribe by CreditCard")
    mode = _mode(given, method)
    operation = await checkout.call_wallet(
        found, checkout.METHODS[method], mode=mode, ip=client_ip(request), present=mode in _SHOWN
    )
    told = {
        "apiVersion": Text(8).read(given.get("apiversion")) or UNKNOWN_VERSION,
        "exchangeRate": 1,
        "transactionID": str(operation.number),
    }
    if operation.status in payments.FINAL and operation.status is not payments.Status.SUCCEEDED:
        code = checkout.code_of(operation)  # Refused: there is nothing to scan or to open.
        return answer({**told, "code": code, "message": checkout.text_of(code)})
    told |= {"code": SUCCESS, "message": "Request was successful"}
    page = f"{_public()}/payment/{token}"
    return answer(told | await _by_mode(request, actor, mode, operation, page))


def _mode(given: Mapping[str, Any], method: str) -> str:
    mode = _MODES[method].read(need_text(given, "mode", 32))
    if mode is None:
        raise WrongData("mode is not one of the known values", field="mode")
    if mode == "quickpay":
        need_text(given, "quickPayCode", 18)
    if mode == "app":
        need_text(given, "buyerIdentityCode", 32)
        if Choice("barcode", "qrcode").read(given.get("identitycodetype")) is None:
            raise MissingData("identityCodeType is missing", field="identityCodeType")
    return mode


async def _by_mode(
    request: AnyRequest, actor: Actor, mode: str, operation: Operation, page: str
) -> dict[str, Any]:
    told: dict[str, Any] = {}
    if mode in _SCANNED:
        watched = f"{_public()}/payment/watch/{checkout.watch_address(operation)}"
        told = _code(page) | {"webSocketUrl": "ws" + watched.removeprefix("http")}
    elif mode in _SHOWN:
        # One client's classes for both wallets die of this field; it asks for the transaction.
        if not _is_php(request):
            told["transactionInfo"] = (await attempts_of(actor, [operation]))[0]
    elif operation.method == "alipay":
        told["rawRequest"] = f"sandbox://alipay/{operation.number}"
    else:
        told = _wechat_keys(request, mode, operation)
    return told


def _wechat_keys(request: AnyRequest, mode: str, operation: Operation) -> dict[str, Any]:
    """What a WeChat app needs to open its payment; the sandbox has no app behind it."""
    package = f"Sign=WXPay&sandbox={operation.number}"
    told = {"appId": "wxsandbox", "packageStr": package, "nonceStr": operation.id.hex,
            "timestamp": str(int(clock.now().timestamp()))}  # fmt: skip
    if mode == "miniprogram":
        return told | {"paySign": operation.id.hex, "signType": "MD5"}
    told |= {"partnerId": "sandbox", "prepayId": str(operation.number)}
    return told if _is_php(request) else told | {"sign": operation.id.hex}


def _is_php(request: AnyRequest) -> bool:
    return "PHP" in request.headers.get("user-agent", "")


def _code(page: str) -> dict[str, str]:
    """The picture that the shopper's wallet scans."""
    drawn = io.BytesIO()
    segno.make(page, error="m").save(drawn, kind="png", scale=4)
    return {"qrCode": base64.b64encode(drawn.getvalue()).decode(), "qrCodeUrl": page}


def _public() -> str:
    chosen = settings.load()
    return chosen.pay_url or chosen.public


@websocket("/payment/watch/{address:str}", needs=PUBLIC)
async def watch(socket: WebSocket[Any, Any, Any], address: str) -> None:
    """One frame, the attempt when it is over; then closed. A made-up address is never opened."""
    try:
        place = checkout.read_address(address)
    except NotFound:
        await socket.close(code=1008)
        return
    await socket.accept()
    told = await checkout.wait_ended(*place)
    if told is not None:
        await socket.send_text(checkout.encode(told).decode())
    await socket.close()


HANDLERS = [wechat, alipay, upi]
