"""The sandbox gateway's notifications, brought to where the network would bring a real one's."""

from comptoir.gateways import simulator
from comptoir.kit import db
from comptoir.payments.account import SANDBOX
from comptoir.payments.recovery import receive
from comptoir.payments.sending import load_account

ACCOUNTS_LIMIT = 200


async def bring_notifications() -> int:
    """Deliver what the sandbox has to say about operations that still wait; how many there were."""
    async with db.platform() as tx:
        waiting = await tx.rows(
            "select distinct o.company_id, o.account_id from operation o"
            " join merchant_account a on a.company_id = o.company_id and a.id = o.account_id"
            " where not o.live and o.status = any($1) and a.connector = $2 limit $3",
            ["pending", "unknown", "action_required"], SANDBOX, ACCOUNTS_LIMIT,
        )  # fmt: skip
    brought = 0
    for row in waiting:
        async with db.transaction(company=row["company_id"]) as tx:
            account = await load_account(tx, row["account_id"])
        if not account.credentials.get("webhook_secret"):
            continue  # It hears no notifications; the others must not miss theirs.
        for note in await simulator.due_notifications(account):
            brought += await receive(account.company_id, account.account_id, note)
    return brought
