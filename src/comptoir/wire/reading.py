"""Bodies and queries as clients really send them: any Content-Type, chunked, empty, half broken."""

from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request

from comptoir.wire.problems import NotJson

AnyRequest = Request[Any, Any, Any]
MAX_PARAMETERS = 50
_BOM = b"\xef\xbb\xbf"


def _exact(text: str) -> Decimal:
    """Decimals stay exact: no price passes through a binary fraction. Beyond all: infinite."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")


_decode = msgspec.json.Decoder(float_hook=_exact).decode


async def read_object(request: AnyRequest) -> dict[str, Any]:
    """The body as a JSON object, whatever its Content-Type says; an empty body is an empty one."""
    raw = (await request.body()).removeprefix(_BOM).strip()
    if not raw:
        return {}
    try:
        found = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotJson from None
    if not isinstance(found, dict):
        # PHP writes an empty object as an empty list.
        if found == []:
            return {}
        raise NotJson
    return found


def read_query(request: AnyRequest) -> dict[str, str]:
    """The parameters of the query, names in lower case; what is broken is left out."""
    raw: bytes = request.scope["query_string"]
    try:
        pairs = parse_qsl(
            raw.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        return {}
    return {name.lower(): value.replace("\x00", "").strip() for name, value in pairs}
