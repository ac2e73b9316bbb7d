"""The demo as its user has it: what was printed, and a way to the API."""

from dataclasses import dataclass

import httpx
from litestar import Litestar

from comptoir import demo
from comptoir.settings import Settings


@dataclass
class DemoHome:
    settings: Settings
    report: demo.DemoReport
    users: list[dict[str, str]]
    originators: list[dict[str, str]]
    app: Litestar

    def client(self, number: str | None = None) -> httpx.AsyncClient:
        """The API with a printed key; the first originator's unless a number is given."""
        known = {o["number"]: o["api_key"] for o in self.originators}
        chosen = number or self.originators[0]["number"]
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app),  # type: ignore[arg-type]
            base_url="http://testserver/api/v1",
            auth=(chosen, known[chosen]),
        )
