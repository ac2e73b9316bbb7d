"""Whatever is sent to the API, it answers as documented: no crash, no undocumented answer."""

import asyncio
import re
import warnings
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from litestar import Litestar
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from api.conftest import Door
from comptoir import server
from comptoir.identity import KEY_PERMISSIONS
from comptoir.settings import Settings
from routes.world import Route, routes

pytestmark = pytest.mark.slow

CASES = 25
KEPT = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]
ROUTES = [r for r in routes(server.build(Settings(database_url=""), managed=False)) if r.api]


def described(door: Door) -> Any:
    return schemathesis.openapi.from_url(f"{door.url}/api/openapi.json")


def run(door: Door, route: Route, mode: GenerationMode) -> None:
    """Many cases of one operation; half of those that name something name what is there."""
    path = re.sub(r"{(\w+):\w+}", r"{\1}", route.path)
    operation = described(door)[path][route.method]
    auth = door.key if route.needs in KEY_PERMISSIONS else door.platform
    headers = {"comptoir-company": door.objects["company_id"]}

    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    @settings(
        max_examples=CASES, deadline=None, derandomize=True, database=None,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def answers_as_documented(case: Any, real: bool) -> None:
        if real:
            case.path_parameters = {name: door.objects[name] for name in route.parameters}
        answer = case.call(base_url=door.url, auth=auth, headers=headers)
        assert answer.status_code != 503, answer.text
        case.validate_response(answer, checks=KEPT)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        answers_as_documented()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=str)
@pytest.mark.parametrize("route", ROUTES, ids=str)
async def test_every_answer_is_documented(door: Door, route: Route, mode: Any) -> None:
    await asyncio.to_thread(run, door, route, mode)


def test_the_routes_tried_are_those_of_the_application(app: Litestar) -> None:
    assert [str(r) for r in ROUTES] == [str(r) for r in routes(app) if r.api]
