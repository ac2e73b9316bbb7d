"""The fake gateway's notifications: signed, sometimes late, sometimes twice.

HMAC-SHA256 over `moment.body` with the account's `webhook_secret`, in `Sandbox-Signature:
t=…,v1=…`. Whoever calls `due_notifications` brings them to the hook, as the network would.
"""

import msgspec

from comptoir.gateways.contract import AccountContext, RawNotification
from comptoir.gateways.signatures import timed_signature
from comptoir.gateways.simulator import store
from comptoir.gateways.simulator.answers import gateway_id, shown
from comptoir.kit import clock

MAX_AT_ONCE = 100
_encode = msgspec.json.Encoder().encode


async def due_notifications(
    account: AccountContext, limit: int = MAX_AT_ONCE
) -> list[RawNotification]:
    """The notifications due now, each handed out once; a duplicate is in the list twice."""
    now = clock.now()
    secret = account.credentials.get("webhook_secret") or ""
    notes: list[RawNotification] = []
    for row in await store.due_operations(account.company_id, account.account_id, now, limit):
        op = row["op"]
        event = {
            "id": f"evt_{op['id'].hex}",
            "type": "operation.finished",
            "created_at": now,
            "operation": shown(op, avs=row["avs"]),
        }
        body = _encode(event)
        headers = {
            "content-type": "application/json",
            "sandbox-signature": timed_signature(body, secret, now),
            "sandbox-operation": gateway_id(op["id"]),
        }
        notes += [RawNotification(body, headers, now)] * op["notices"]
    return notes
