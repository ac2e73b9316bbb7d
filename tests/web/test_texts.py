"""Every text that a person sees goes through the catalogues, and the catalogues know them all."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar

import texts
from comptoir import identity
from comptoir.edge import i18n
from comptoir.edge.render import HOSTED, TEMPLATES
from comptoir.identity import CompanyRole
from comptoir.kit import ids
from kit import Shop

SECRET = "Counting-house-7"
READ_ALOUD = {"title", "placeholder", "aria-label", "alt", "data-tip", "label"}
# What is not for reading: machine data, keys of the keyboard, numbers, codes and moments.
SILENT = {"script", "style", "code", "pre", "kbd", "time", "datalist", "option", "svg"}
NO_END = {"meta", "link", "input", "br", "img", "rect", "line", "use", "hr"}
LETTERS = re.compile(r"[A-Za-z]{3,}")


class Reader(HTMLParser):
    """Collects what a page says: text outside silent elements, and attributes read aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        classes = (named.get("class") or "").split()
        data = {"id", "currency", "card-brand", "card-no", "bar-company", "code", "machine", "data"}
        silent = tag in SILENT or bool(data & set(classes)) or "translate" in named
        if tag not in NO_END:
            self._open.append("silent" if silent else tag)
        self.said += [v for k, v in attrs if k in READ_ALOUD and v and "silent" not in self._open]

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag not in NO_END:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if "silent" not in self._open and data.strip():
            self.said.append(data.strip())


def said(html: str) -> list[str]:
    reader = Reader()
    reader.feed(html)
    return reader.said


def test_no_template_has_a_text_of_its_own():
    for path in sorted([*TEMPLATES.rglob("*.html"), *HOSTED.rglob("*.html")]):
        # The names of style classes stand in blocks of their own.
        source = re.sub(r"_class %\}[\w-]+\{%", "_class %}{%", path.read_text())
        source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", source, flags=re.DOTALL)
        source = re.sub(r'(?:hx-|aria-(?!label)|data-(?!tip))[a-z-]+="[^"]*"', "", source)
        bare = [text for text in said(source) if LETTERS.search(text)]
        assert bare == [], path


@pytest.mark.parametrize("locale", texts.TRANSLATED)
def test_a_catalogue_has_every_text_of_the_pages(locale: str):
    known = {_key(entry.id) for entry in texts.read(locale) if entry.id}
    wanted = {_key(entry.id) for entry in texts.of_pages() if entry.id}
    assert wanted - known == set(), "run tools/texts.py"


@pytest.mark.parametrize("locale", texts.TRANSLATED)
def test_every_error_and_refusal_is_said_in_every_language(locale: str):
    known = {_key(entry.id): entry.string for entry in texts.read(locale) if entry.id}
    bare = [text for text in texts.of_errors() if not known.get(text)]
    assert bare == [], "run tools/texts.py, then translate"


@pytest.mark.parametrize("locale", texts.TRANSLATED)
def test_a_translation_keeps_the_places_for_values(locale: str):
    for entry in texts.read(locale):
        forms = entry.string if isinstance(entry.string, tuple) else (entry.string,)
        source = " ".join(entry.id) if isinstance(entry.id, tuple) else str(entry.id)
        for form in forms:
            if source and form:
                assert set(re.findall(r"%\(\w+\)s", form)) <= set(re.findall(r"%\(\w+\)s", source))


def _key(text: object) -> str:
    return text[0] if isinstance(text, tuple) else str(text)


@pytest_asyncio.fixture(loop_scope="session")
async def clerk(app: Litestar, shop: Shop) -> httpx.AsyncClient:
    """Somebody signed in whose company, shop and shopper have names without Latin letters."""
    await shop.pay(1500, shopper={"email": "1@2.33", "id": "7", "name": "Ωμέγα", "country": "GR"})
    await shop.pay(90_051)
    email = f"{ids.new().hex}@people.example"
    await identity.create_user(
        identity.command_line(), email=email, name="Ωρα", password=SECRET, role=CompanyRole.OWNER,
        company_id=shop.company.id, must_change_password=False,
    )  # fmt: skip
    client = httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app),  # type: ignore[arg-type]
        base_url="http://127.0.0.1:8400",
    )
    form = {"email": email, "password": SECRET}
    answer = await client.post("/office/sign-in", data=form)
    assert answer.status_code == 303, answer.text
    if "enrol" in answer.headers["location"]:
        await client.post("/office/sign-in/skip")
    return client


PAGES = (
    "/office/", "/office/transactions", "/office/transactions?q=zzz", "/office/transactions/totals",
    "/office/consumers", "/office/companies", "/office/originators", "/office/originators/new",
    "/office/accounts", "/office/users", "/office/users/invite", "/office/profile",
    "/office/profile/password", "/office/nowhere", "/office/subscriptions",
    "/office/subscriptions?q=state:disabled", "/office/offers", "/office/offers/new",
    "/office/deliveries", "/office/developers", "/office/developers/reference",
    "/office/developers/reference?api=gateway", "/office/developers/tests",
    "/office/developers/requests", "/office/developers/payment",
)  # fmt: skip
# Names of this test's own things, and words that are the same in every language.
OWN = re.compile(
    r"Shop|Journey|sandbox|Sandbox|@|Comptoir|UTC|Counting|Europe/|EUR|GBP|JPY|KWD|httpx|python"
    r"|English|Español|Français|people\.example|^[\d\s.,:%·–]+$|Chrome|visa|order-\d|Quai"
    r"|^Connect2Pay$|^Payment Gateway$|^HTTP Basic$"
)


async def test_a_made_up_language_reaches_every_word_of_every_page(clerk: httpx.AsyncClient):
    bare: dict[str, list[str]] = {}
    for path in PAGES:
        join = "&" if "?" in path else "?"
        page = await clerk.get(f"{path}{join}lang={i18n.PSEUDO}")
        left = [re.sub(r"⟦[^⟧]*⟧", "", text) for text in said(page.text)]
        bare[path] = [t for t in left if LETTERS.search(t) and not OWN.search(t)]
    assert {path: words for path, words in bare.items() if words} == {}


@pytest.mark.parametrize("language", list(i18n.LANGUAGES))
async def test_a_stranger_is_spoken_to_in_the_language_of_the_browser(
    clerk: httpx.AsyncClient, language: str
):
    headers = {"Accept-Language": f"{language}-XX,{language};q=0.9"}
    page = await clerk.get("/office/sign-in", headers=headers)
    assert f'<html lang="{language}"' in page.text


def test_the_folder_of_catalogues_holds_no_compiled_file():
    assert not list(Path(texts.LOCALES).rglob("*.mo"))
