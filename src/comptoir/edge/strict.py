"""Requests of the API mean what they say: a number in quotes is a text, and no amount.

The framework converts texts to numbers, as addresses need it; a JSON body has numbers of its own.
It also ignores a parameter of the address that it does not know, and a mistyped filter would then
answer everything.
"""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from litestar import Request

from comptoir.kit.errors import BadRequest, Invalid

AnyRequest = Request[Any, Any, Any]
Check = Callable[[AnyRequest], Awaitable[None]]
MAX_NAME = 40  # So much of a name that nobody knows is said back.
_PLACE = re.compile(r" - at `\$\.?(.*)`$")


class WrongType(Invalid):
    code = "wrong_type"
    title = "A value of the body has another type than the documented one"


class UnknownParameter(BadRequest):
    code = "unknown_parameter"
    title = "The address has a parameter that is not documented"


class RepeatedParameter(BadRequest):
    code = "repeated_parameter"
    title = "The address gives a parameter more than once"


def only(parameters: frozenset[str]) -> Check:
    """A check before the handler: the address gives these parameters, each at most once."""
    told = ", ".join(sorted(parameters)) or "none"

    async def check(request: AnyRequest) -> None:
        seen: set[str] = set()
        for name, value in request.query_params.multi_items():
            if not name and not value:
                continue  # Two `&` in a row, or one at the end.
            if name not in parameters:
                raise UnknownParameter(
                    "There is no parameter %(field)s here; known: %(known)s",
                    field=name[:MAX_NAME], known=told,
                )  # fmt: skip
            if name in seen:
                raise RepeatedParameter("%(field)s is given more than once", field=name)
            seen.add(name)

    return check


def both(first: Check, second: Check) -> Check:
    async def check(request: AnyRequest) -> None:
        await first(request)
        await second(request)

    return check


def strictly(kind: Any) -> Check:
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
