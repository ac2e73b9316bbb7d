"""Pages: a template and its values become HTML for one person, language, zone and theme.

A handler returns `Page("transactions/list.html", rows=...)` or `Partial("...", "block", ...)`; the
person who looks comes from the request's `View`. A page asked for by htmx with a target that is
one of its blocks sends only that block, so one handler serves the first load and every change.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.runtime import Context
from litestar import Request, Response
from litestar.response.base import ASGIResponse
from markupsafe import Markup, escape

from comptoir.edge import assets, formats, i18n
from comptoir.kit import countries, ids
from comptoir.kit.actor import Actor

TEMPLATES = Path(__file__).resolve().parent.parent / "web" / "templates"
HOSTED = Path(__file__).resolve().parent.parent / "hosted" / "templates"
# Nothing may run, load or post anywhere but here; images may also be written in the style sheet.
CSP = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
    " form-action 'self'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Vary": "HX-Request, HX-Target",
}


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a switcher or a select."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """Who looks at a page, and how they want to see it. Made by the edge for each request."""

    actor: Actor | None = None
    name: str = ""
    email: str = ""
    role: str = ""
    locale: str = i18n.SOURCE
    zone: str = "UTC"
    theme: str = "system"
    density: str = "comfortable"
    csrf: str = ""
    brand: str = "Comptoir"
    demo: bool = False
    live: bool = False
    path: str = "/office/"
    query: tuple[tuple[str, str], ...] = ()
    target: str = ""  # The id htmx will fill; "" for a whole page.
    companies: tuple[Choice, ...] = ()
    company: str = ""
    more_companies: bool = False  # There are more than the switcher offers.
    originators: tuple[Choice, ...] = ()
    more_originators: bool = False
    originator: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, Any] = field(default_factory=dict)  # Chosen columns by list.
    request_id: str = ""

    def may(self, permission: str) -> bool:
        return self.actor is not None and self.actor.may(permission)

    def to(self, path: str) -> str:
        """An address of the office that keeps the originator this person looks at."""
        return f"{path}?{urlencode({'originator': self.originator})}" if self.originator else path

    def at(self, path: str, company_id: UUID) -> str:
        """An address about something of a company, which it names where staff look at all."""
        return path if self.company else f"{path}?company={ids.typeid('com', company_id)}"

    def translate(self, text: str) -> str:
        """A text of the catalogues in this person's language, for what is put together in code."""
        return i18n.translations(self.locale).gettext(text)

    @property
    def formats(self) -> formats.Formats:
        return formats.Formats(self.locale, self.zone)

    def link(self, **changes: object) -> str:
        """This page's address with some parameters set, or removed by None; paging is dropped."""
        gone = {"cursor"} | changes.keys()
        kept = [(k, v) for k, v in self.query if k not in gone]
        kept += [(k, str(v)) for k, v in changes.items() if v is not None and v != ""]
        return f"{self.path}?{urlencode(kept)}" if kept else self.path


class Components:
    """`ui.badge(...)`: every macro of `templates/components`, loaded when first named."""

    def __init__(self, environment: Environment, values: Mapping[str, Any]) -> None:
        self._environment = environment
        self._values = values
        self._modules: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        home = _macro_homes().get(name)
        if home is None:
            raise AttributeError(f"no component is called {name}")
        if home not in self._modules:
            template = self._environment.get_template(home)
            self._modules[home] = template.make_module({**self._values, "ui": self})
        return getattr(self._modules[home], name)


@cache
def environment() -> Environment:
    """The one Jinja environment: autoescape, nothing undefined, gettext per request."""
    made = Environment(
        loader=FileSystemLoader([TEMPLATES, HOSTED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.newstyle_gettext = True  # type: ignore[attr-defined]  # The extension adds it.
    made.globals["asset"] = assets.url
    made.globals["icon_address"] = assets.icon
    made.globals["languages"] = i18n.LANGUAGES
    made.filters["initials"] = _initials
    made.filters["middle"] = _middle
    made.filters["ref"] = lambda value, prefix: ids.typeid(prefix, value)
    made.filters["country"] = lambda code, locale: countries.name(
        code, locale if locale in i18n.LANGUAGES else i18n.SOURCE
    )
    made.filters["after_path"] = lambda link: "?" + link.partition("?")[2] if "?" in link else ""
    return made


def _initials(name: str) -> str:
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def _middle(text: str, keep: int) -> str:
    """Shortened in the middle, so that both ends can be compared by eye."""
    if len(text) <= 2 * keep:
        return text
    return f"{text[:keep]}…{text[-max(4, keep // 2) :]}"


@cache
def _macro_homes() -> dict[str, str]:
    homes: dict[str, str] = {}
    for path in sorted((TEMPLATES / "components").glob("*.html")):
        name = f"components/{path.name}"
        source = path.read_text()
        for part in source.split("{% macro ")[1:]:
            macro = part.split("(", 1)[0].strip()
            assert macro not in homes, f"two components are called {macro}"
            homes[macro] = name
    return homes


def values(view: View) -> dict[str, Any]:
    """What every template can use: the view, translations, formats and components."""
    texts = i18n.translations(view.locale)
    made: dict[str, Any] = {"view": view, "fmt": view.formats}
    made["gettext"] = _new_style(texts.gettext)
    made["_"] = made["gettext"]
    made["ngettext"] = _new_style_plural(texts.ngettext)
    made["ui"] = Components(environment(), made)
    return made


def _new_style(translate: Callable[[str], str]) -> Callable[..., Markup]:
    def gettext(text: str, /, **parts: Any) -> Markup:
        return escape(translate(text)) % parts

    return gettext


def _new_style_plural(translate: Callable[[str, str, int], str]) -> Callable[..., Markup]:
    def ngettext(one: str, many: str, num: int, /, **parts: Any) -> Markup:
        return escape(translate(one, many, num)) % {"num": num, **parts}

    return ngettext


def html(view: View, template: str, data: Mapping[str, Any], blocks: Iterable[str] = ()) -> str:
    """A whole page, or only the named blocks of it, one after the other."""
    found: Template = environment().get_template(template)
    context: Context = found.new_context({**values(view), **data})
    wanted = [block for block in blocks if block in found.blocks]
    if not wanted:
        return "".join(found.root_render_func(context))
    return "".join("".join(found.blocks[block](context)) for block in wanted)


def view_of(request: "Request[Any, Any, Any]") -> View:
    """The view made by the edge; a stranger's when there is none (sign-in, early errors)."""
    made = getattr(request.state, "view", None)
    if isinstance(made, View):
        return made
    chosen = request.query_params.get("lang", "")
    accepted = request.headers.get("accept-language", "")
    return View(
        locale=i18n.known(chosen) if chosen else i18n.negotiate(accepted),
        path=request.url.path,
        query=tuple((k, v) for k, v in request.query_params.multi_items() if v),
        target=request.headers.get("hx-target", ""),
    )


class Page(Response[bytes]):
    """A page of the office. Rendered for the person who asked, when the answer is sent."""

    def __init__(
        self, template: str, *, status_code: int = 200, headers: dict[str, str] | None = None,
        **data: object,
    ) -> None:  # fmt: skip
        super().__init__(b"", status_code=status_code, headers=headers, media_type="text/html")
        self.template = template
        self.data = data

    def blocks(self, view: View) -> list[str]:
        """Which blocks to send: the one htmx has a place for, else none (the whole page)."""
        return [view.target.replace("-", "_")] if view.target else []

    def to_asgi_response(
        self,
        app: Any,
        request: "Request[Any, Any, Any]",
        *,
        background: Any = None,
        cookies: Any = None,
        encoded_headers: Iterable[tuple[bytes, bytes]] | None = None,
        headers: dict[str, str] | None = None,
        is_head_response: bool = False,
        media_type: Any = None,
        status_code: int | None = None,
        type_encoders: Any = None,
    ) -> ASGIResponse:
        """Render now; everything else is Litestar's own way of sending."""
        view = view_of(request)
        self.content = html(view, self.template, self.data, self.blocks(view)).encode()
        return super().to_asgi_response(
            app,
            request,
            background=background,
            cookies=cookies,
            encoded_headers=encoded_headers,
            headers={**HEADERS, **(headers or {})},
            is_head_response=is_head_response,
            media_type=media_type,
            status_code=status_code,
            type_encoders=type_encoders,
        )


class Partial(Page):
    """Named blocks of a template, or the whole of a small one: the answer to an htmx request."""

    def __init__(
        self, template: str, *only: str, status_code: int = 200,
        headers: dict[str, str] | None = None, **data: object,
    ) -> None:  # fmt: skip
        super().__init__(template, status_code=status_code, headers=headers, **data)
        self.only = only

    def blocks(self, _: View) -> list[str]:
        return list(self.only)


class Done(Response[bytes]):
    """A change was made: go there and say so. A redirect for a form, a header for htmx.

    With `here` htmx follows it too, and fills the place it asked for.
    """

    def __init__(self, to: str, said: str = "", *, here: bool = False) -> None:
        super().__init__(b"", status_code=303, media_type="text/html")
        self.to = to
        self.said = said
        self.here = here

    def to_asgi_response(
        self, app: Any, request: "Request[Any, Any, Any]", **sending: Any
    ) -> ASGIResponse:  # fmt: skip
        """Choose the way by who asked."""
        view = view_of(request)
        headers = {**HEADERS, **(sending.pop("headers", None) or {})}
        if view.target and not self.here:
            said = i18n.translations(view.locale).gettext(self.said) if self.said else ""
            headers["HX-Redirect"] = self.to
            headers["HX-Trigger"] = json.dumps({"toast-next": said})
            self.status_code = 200
        else:
            headers["Location"] = self.to
        sending.pop("status_code", None)
        return super().to_asgi_response(app, request, headers=headers, **sending)
