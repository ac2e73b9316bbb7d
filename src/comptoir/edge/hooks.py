"""`/hooks/{account}`: notifications of gateways, over their raw bytes.

The address names a merchant account; only a valid signature changes anything. An absent account,
another's and a bad signature look alike to a stranger: nothing is said, nothing is stored.
"""

import hashlib
from typing import Any

from litestar import Request, Response

from comptoir import gateways, payments
from comptoir.edge.http import PUBLIC, post
from comptoir.kit import clock, db, ids
from comptoir.kit.errors import NotFound


@post("/hooks/{account:str}", needs=PUBLIC, status_code=200)
async def notified(request: Request[Any, Any, Any], account: str) -> Response[dict[str, int]]:
    """Verify, deduplicate, settle; the gateway only learns that it was received."""
    async with db.lookup() as tx:
        found = await tx.row(
            "select company_id, target_id from directory_v1('hook', $1)",
            hashlib.sha256(account.encode()).digest(),
        )
    if found is None:
        raise NotFound
    note = gateways.RawNotification(
        await request.body(),
        {name.lower(): value for name, value in request.headers.items()},
        clock.now(),
    )
    handled = await payments.receive(found["company_id"], found["target_id"], note)
    return Response({"handled": handled})


def address(account_id: Any) -> str:
    """The path that a gateway is told for a merchant account."""
    return f"/hooks/{ids.typeid('acc', account_id)}"
