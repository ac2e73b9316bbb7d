"""How a payment page looks, and what it is allowed to do: the theme's style sheet, the headers."""

from dataclasses import replace
from urllib.parse import urlsplit

from comptoir import checkout
from comptoir.checkout import Theme
from comptoir.kit import addresses
from comptoir.kit.errors import Invalid

_USUAL = Theme()
_DARK_GROUND, _DARK_TEXT = "#16191f", "#eceff4"
_LIGHTER = 8  # Steps from a colour towards white until it stands out from the dark ground.
HEADERS = {
    "Cache-Control": "no-store",
    "Vary": "Accept-Language",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "X-Permitted-Cross-Domain-Policies": "none",
}


def stylesheet(theme: Theme) -> str:
    """The theme's custom properties; one on the usual ground follows the system into the dark."""
    if (theme.background, theme.text_colour) != (_USUAL.background, _USUAL.text_colour):
        return theme.css
    return f"{theme.css}@media (prefers-color-scheme:dark){{{_dark(theme).css}}}"


def _dark(theme: Theme) -> Theme:
    dark = replace(theme, background=_DARK_GROUND, text_colour=_DARK_TEXT)
    for step in range(_LIGHTER + 1):
        try:
            return checkout.change_theme(dark, primary_colour=_lighter(theme.primary_colour, step))
        except Invalid:
            continue
    return replace(dark, primary_colour=_DARK_TEXT)


def _lighter(colour: str, step: int) -> str:
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{part + (255 - part) * step // _LIGHTER:02x}" for part in parts)


def headers(*, leads_back: bool = False, framed_by: str | None = None) -> dict[str, str]:
    """The headers of a page. `leads_back`: its form goes to the shop, and nothing is typed on it;
    `framed_by`: the shop whose page may hold it in a frame.
    """
    # Browsers ask the policy again about each redirect that follows, and only the shop knows where
    # its own leads: from http to https, to www, to another host.
    actions = "'self' https: http:" if leads_back else "'self'"
    framed_by = _known(framed_by)
    holder = origin(framed_by) if framed_by else "'none'"
    policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        f" connect-src 'self'; form-action {actions}; base-uri 'none'; object-src 'none';"
        f" frame-ancestors {holder}"
    )
    told = {**HEADERS, "Content-Security-Policy": policy}
    if framed_by is None:
        told["X-Frame-Options"] = "DENY"
    return told


def origin(url: str) -> str:
    """Scheme, host and port, in ASCII and with nothing else; raises `ValueError`."""
    parts = urlsplit(addresses.plain(url))
    return f"{parts.scheme}://{parts.netloc}"


def _known(url: str | None) -> str | None:
    """What no policy can say is not in it: a page without its way back is better than no page."""
    try:
        return None if url is None else addresses.plain(url)
    except ValueError:
        return None
