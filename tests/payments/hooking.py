"""The sandbox's notifications, brought to our door as the network would bring them."""

import httpx

from comptoir import gateways
from comptoir.edge import hooks
from comptoir.gateways import simulator
from comptoir.kit import db
from comptoir.payments.sending import load_account
from kit import Shop


async def account_of(shop: Shop) -> gateways.AccountContext:
    """The shop's merchant account with its credentials opened."""
    async with db.transaction(company=shop.company.id) as tx:
        return await load_account(tx, shop.account.id)


async def due(shop: Shop) -> list[gateways.RawNotification]:
    """What the gateway wants to tell now; each is handed out once."""
    return await simulator.due_notifications(await account_of(shop))


async def bring(
    shop: Shop, note: gateways.RawNotification, *, to: str | None = None, **headers: str
) -> httpx.Response:
    """Post a notification to the shop's hook, or to another address."""
    sent = {**note.headers, **{name.replace("_", "-"): text for name, text in headers.items()}}
    transport = httpx.ASGITransport(app=shop.app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as stranger:
        path = to or hooks.address(shop.account.id)
        return await stranger.post(path, content=note.body, headers=sent)


async def bring_all(shop: Shop) -> int:
    """Everything that is due; how many notifications there were."""
    notes = await due(shop)
    for note in notes:
        assert (await bring(shop, note)).status_code == 200
    return len(notes)
