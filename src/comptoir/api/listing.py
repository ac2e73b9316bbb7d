"""Pages of lists: `cursor` goes on where the last page ended; no list is without a bound."""

from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

T = TypeVar("T")

Cursor = Annotated[str | None, QueryParameter(name="cursor", max_length=500)]
Limit = Annotated[int, QueryParameter(name="limit", ge=1, le=100)]


class ApiPage(msgspec.Struct, Generic[T], frozen=True):
    """A page of rows; `next` and `previous` are cursors, null at the ends.

    `partial`: the text matches more than a search reads, the newest are here; ask more narrowly.
    """

    data: list[T]
    next: str | None = None
    previous: str | None = None
    partial: bool = False
