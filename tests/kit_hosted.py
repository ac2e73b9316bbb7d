"""A shopper without a browser: opens the payment page, reads its forms, sends them."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from kit import VISA
from kit_wire import Wire

HTML = {"Accept": "text/html,application/xhtml+xml", "Accept-Language": "en"}
BACK = "https://shop.example/back?order=7"


@dataclass
class Form:
    """One form of a page: where it goes, and its fields."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(named["action"]))
        elif tag in ("input", "button") and named.get("name") and self.found:
            self.found[-1].fields.setdefault(named["name"], named.get("value", ""))


def forms(answer: httpx.Response) -> list[Form]:
    parser = _Forms()
    parser.feed(answer.text)
    return parser.found


def form_to(answer: httpx.Response, ending: str) -> Form:
    """The form whose address ends so; the page must have one."""
    found = [form for form in forms(answer) if form.action.partition("?")[0].endswith(ending)]
    assert found, f"no form to {ending}: {[form.action for form in forms(answer)]}"
    return found[0]


def title(answer: httpx.Response) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
    assert found is not None, answer.text
    return found[1].strip()


def typed(number: str = VISA, **more: str) -> dict[str, str]:
    return {
        "number": number, "expiry": "12 / 30", "code": "123", "holder": "Ada Lovelace", **more
    }  # fmt: skip


@dataclass
class Shopper:
    """Somebody with a link."""

    wire: Wire
    prepared: dict[str, Any] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return str(self.prepared["customerToken"])

    async def prepare(self, **more: Any) -> "Shopper":
        """A new payment; the shopper has its link."""
        asked = {"ctrlRedirectURL": BACK, "paymentMethod": "CreditCard", **more}
        return Shopper(self.wire, await self.wire.prepare(**asked))

    async def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.wire.shop.app)  # type: ignore[arg-type]
        headers = {**HTML, **more.pop("headers", {})}
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, headers=headers, **more)

    async def open(self, place: str = "", **more: Any) -> httpx.Response:
        return await self.ask("GET", f"/payment/{self.token}{place}", **more)

    async def send(self, form: Form, **more: str) -> httpx.Response:
        """Send a form, and follow where it leads within the page."""
        answer = await self.ask("POST", form.action, data={**form.fields, **more})
        return await self.follow(answer)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        for _ in range(5):
            place = answer.headers.get("location", "")
            if answer.status_code != 303 or not place:
                break
            answer = await self.ask("GET", place)
        return answer

    async def pay(self, number: str = VISA, **more: str) -> httpx.Response:
        page = await self.open()
        return await self.send(form_to(page, "/pay"), **typed(number, **more))

    async def status(self) -> dict[str, Any]:
        return await self.wire.status(self.prepared)
