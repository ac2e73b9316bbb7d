"""The sandbox's bank page of a 3-D Secure challenge. A shopper's page: no session, no office."""

import msgspec
from litestar.response import Redirect

from comptoir.edge.http import PUBLIC, get, post
from comptoir.edge.render import CSP, Page
from comptoir.gateways import simulator
from comptoir.web.forms import Form

# The form leads on to the shop's own address, so its target cannot be named here.
_HEADERS = {"Content-Security-Policy": CSP.replace(" form-action 'self';", "")}


class CodeForm(msgspec.Struct):
    code: str


@get("/sandbox/acs/{challenge:str}", needs=PUBLIC)
async def challenge_page(challenge: str) -> Page:
    return _page(await simulator.acs.page_data(challenge))


@post("/sandbox/acs/{challenge:str}", needs=PUBLIC)
async def answer_challenge(challenge: str, data: Form[CodeForm]) -> Page | Redirect:
    found = await simulator.acs.submit(challenge, data.code)
    if found.state is simulator.acs.ChallengeState.OPEN or found.return_url is None:
        return _page(found)
    return Redirect(found.return_url, status_code=303)


def _page(found: simulator.acs.ChallengePage) -> Page:
    return Page("sandbox/challenge.html", headers=_HEADERS, found=found)


ROUTES = [challenge_page, answer_challenge]
