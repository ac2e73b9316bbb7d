"""Bodies of the API mean what they say: a number in quotes is a text, and no amount.

The framework converts texts to numbers, as addresses need it; a JSON body has numbers of its own.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request

from comptoir.kit.errors import Invalid

AnyRequest = Request[Any, Any, Any]
_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class WrongType(Invalid):
    code = "wrong_type"
    title = "A value of the body has another type than the documented one"


def strictly(kind: Any) -> Callable[[AnyRequest], Awaitable[None]]:
    """A check before the handler: what only a lenient reader takes for `kind` is refused.

    What no reader takes is left to the framework, which names every fault of it.
    """
    exact = msgspec.json.Decoder(kind)

    async def check(request: AnyRequest) -> None:
        body = await request.body()
        try:
            exact.decode(body)
        except msgspec.ValidationError as error:
            _refuse(kind, body, str(error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return

    return check


def _refuse(kind: Any, body: bytes, said: str) -> None:
    try:
        msgspec.convert(msgspec.json.decode(body), kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return
    place = _PLACE.search(said)
    raise WrongType(_PLACE.sub("", said), field=place.group(1) if place else "")
