"""Exports of the wire: every row of a window in one JSON document, made and sent in pieces.

There are no pages on this wire, and a window may hold 100 000 rows. A piece is one batch of them:
between pieces others are served, and nothing is held while a reader is slow.
"""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Response
from litestar.response import Stream

from comptoir import checkout
from comptoir.edge.wire_errors import WIRE_JSON

Rows = AsyncIterator[list[dict[str, Any]]]
_HEADERS = {"Cache-Control": "no-store"}


async def exported(told: dict[str, Any], name: str, rows: Rows) -> Response[Any]:
    """The document `told` with all rows as its last field `name`; a short one is sent whole.

    What is refused is refused before the answer begins. Should something break later, the answer
    breaks off: half a list is never readable JSON.
    """
    pieces = _pieces(told, name, rows)
    first = await anext(pieces)
    second = await anext(pieces, None)
    if second is None:
        return Response(first, status_code=200, media_type=WIRE_JSON, headers=_HEADERS)
    return Stream(_all(first, second, pieces), media_type=WIRE_JSON, headers=_HEADERS)


async def _pieces(told: dict[str, Any], name: str, rows: Rows) -> AsyncIterator[bytes]:
    """Byte for byte what the whole document would be; a batch without rows makes no piece."""
    waiting, between = checkout.encode({**told, name: []})[: -len(b"]}")], b""
    async for batch in rows:
        if not batch:
            continue
        if between:
            yield waiting
            waiting = b""
        waiting += between + checkout.encode(batch)[1:-1]
        between = b","
    yield waiting + b"]}"


async def _all(first: bytes, second: bytes, others: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    yield second
    async for piece in others:
        yield piece
