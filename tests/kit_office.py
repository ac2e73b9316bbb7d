"""A person of a shop in front of the office, without a browser: pages asked for, forms sent."""

from dataclasses import dataclass
from typing import Any

import httpx

from comptoir import identity
from comptoir.edge import cookies
from identity.people import a_person, enter
from kit import Shop


@dataclass
class Clerk:
    """Somebody signed in, in test mode."""

    shop: Shop
    token: str
    session: identity.Session

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.shop.app),  # type: ignore[arg-type]
            base_url="http://testserver",
            cookies={cookies.name(): self.token},
        ) as client:
            return await client.request(method, path, **more)

    async def page(self, path: str, **params: str) -> str:
        """A page that must be there."""
        answer = await self.ask("GET", path, params=params or None)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer.text

    async def send(self, path: str, **fields: str) -> httpx.Response:
        """A form of a side panel, as the page's script sends it."""
        headers = {"HX-Request": "true", "HX-Target": "panel-body"}
        data = {"csrf": self.session.csrf, **fields}
        return await self.ask("POST", path, data=data, headers=headers)

    async def look(self, *, live: bool) -> None:
        await identity.switch_mode(self.session, live)


async def clerk(shop: Shop, role: str = "owner") -> Clerk:
    """Somebody with this role in the shop's company."""
    token = await enter(await a_person(role, shop.company.id))
    _, _, session = await identity.session_actor(token)
    return Clerk(shop, token, await identity.switch_mode(session, False))
