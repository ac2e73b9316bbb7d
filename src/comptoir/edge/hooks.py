"""`/hooks/{account}`: notifications of gateways, over their raw bytes.

The address names a merchant account; only a valid signature changes anything. An absent account,
another's and a bad signature look alike to a stranger: nothing is said, nothing is stored.
"""

from typing import Any

from litestar import Request, Response

from comptoir import gateways, merchants, payments
from comptoir.edge.http import PUBLIC, post
from comptoir.kit import clock, ids
from comptoir.kit.errors import NotFound


@post("/hooks/{account:str}", needs=PUBLIC, status_code=200)
async def notified(request: Request[Any, Any, Any], account: str) -> Response[dict[str, int]]:
    """Verify, deduplicate, settle; the gateway only learns that it was received."""
    try:
        company_id, account_id = await merchants.find_hook(account)
    except NotFound:
        raise gateways.NotificationRefused from None
    note = gateways.RawNotification(
        await request.body(),
        {name.lower(): value for name, value in request.headers.items()},
        clock.now(),
    )
    handled = await payments.receive(company_id, account_id, note)
    return Response({"handled": handled})


def address(account_id: Any) -> str:
    """The path that a gateway is told for a merchant account."""
    return f"/hooks/{ids.typeid('acc', account_id)}"
