"""Export: every transaction attempt of a window of time; there is no paging on this wire."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from litestar import Response

from comptoir import checkout, payments
from comptoir.edge.http import get
from comptoir.edge.wire_errors import DOOR
from comptoir.identity import Permission
from comptoir.kit.actor import Actor
from comptoir.payments import Operation
from comptoir.wire.connect2pay.doors import attempts_of, version_of
from comptoir.wire.connect2pay.words import FILTER_METHODS, LISTED_OPERATIONS, PAYMENT_NETWORKS
from comptoir.wire.exporting import Rows, exported
from comptoir.wire.fields import Choice, whole
from comptoir.wire.problems import MissingParameter
from comptoir.wire.reading import AnyRequest, read_query
from comptoir.wire.windows import MOST, check_whole, moment

LONGEST = timedelta(days=31)


@get("/transactions/export", needs=Permission.TRANSACTION_READ, door=DOOR)
async def export(request: AnyRequest, actor: Actor) -> Response[Any]:
    """`startTime` included, `endTime` excluded, both in seconds."""
    query, version = read_query(request), version_of(request)
    start, end = _window(query)
    check_whole(await payments.count_between(actor, start, end, MOST))
    rows = _attempts(actor, payments.export_between(actor, start, end), version, query)
    return await exported({"apiVersion": version}, "transactions", rows)


async def _attempts(
    actor: Actor, batches: AsyncIterator[list[Operation]], version: str, query: dict[str, str]
) -> Rows:
    async for found in batches:
        shown = [o for o in found if checkout.visible(o, version)]
        yield [a for a in await attempts_of(actor, shown) if _wanted(a, query)]


def _window(query: dict[str, str]) -> tuple[datetime, datetime]:
    start, end = moment(query, "startTime"), moment(query, "endTime")
    if start >= end or end - start > LONGEST:
        raise MissingParameter("startTime must be before endTime by at most 31 days")
    return start, end


def _wanted(attempt: dict[str, Any], query: dict[str, str]) -> bool:
    return (
        _same(attempt, "operation", LISTED_OPERATIONS, query)
        and _same(attempt, "paymentMethod", FILTER_METHODS, query)
        and _same(attempt, "paymentNetwork", PAYMENT_NETWORKS, query)
        and _code(attempt, query)
    )


def _same(attempt: dict[str, Any], name: str, choice: Choice, query: dict[str, str]) -> bool:
    asked = query.get(name.lower(), "")
    return not asked or attempt.get(name) == choice.read(asked)


def _code(attempt: dict[str, Any], query: dict[str, str]) -> bool:
    """Compared as numbers: clients send 0 and mean "000"."""
    asked = query.get("transactionresultcode", "")
    return not asked or int(attempt["resultCode"]) == whole(asked)


HANDLERS = [export]
