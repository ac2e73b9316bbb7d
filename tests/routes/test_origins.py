"""A change comes from a page of ours, also by the word of browsers that only say `Origin`."""

import httpx
import pytest
from litestar import Litestar

from comptoir.settings import Settings


async def sign_in(app: Litestar, **headers: str) -> int:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as browser:
        form = {"email": "nobody@shop.test", "password": "a password that nobody has"}
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (await browser.post("/office/sign-in", data=form, headers=named)).status_code


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "https://evil.example:8400", "http://testserver.evil.example"]
)
async def test_a_form_on_a_page_of_somebody_else_changes_nothing(
    app: Litestar, origin: str
) -> None:
    assert await sign_in(app, origin=origin) == 403


async def test_a_form_on_our_own_page_is_read(app: Litestar) -> None:
    for origin in ("http://testserver", "https://TESTSERVER", Settings().public):
        assert await sign_in(app, origin=origin) != 403
    assert await sign_in(app) != 403


async def test_behind_a_proxy_the_browsers_own_word_is_enough(app: Litestar) -> None:
    named = {"origin": "https://office.example", "sec_fetch_site": "same-origin"}
    assert await sign_in(app, **named) != 403
