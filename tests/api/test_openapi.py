"""The description of the API is a valid one, every body has an example, and every example works."""

import re
from typing import Any

import httpx
import jsonschema_rs
import pytest
from litestar import Litestar

from api.conftest import Door
from comptoir import api
from comptoir.edge.http import PUBLIC
from routes.world import routes

BODIES = sorted(api.EXAMPLES)


async def description(app: Litestar) -> dict[str, Any]:
    transport = httpx.ASGITransport(app=app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as stranger:
        answer = await stranger.get("/api/openapi.json")
    assert answer.status_code == 200
    return dict(answer.json())


def acts(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, act)
        for path, item in described["paths"].items()
        for method, act in item.items()
        if isinstance(act, dict)
    ]


async def test_every_route_of_the_api_is_described_and_nothing_else(app: Litestar) -> None:
    described = await description(app)
    assert described["openapi"].startswith("3.1")
    told = {(method.upper(), path) for method, path, _ in acts(described)}
    there = {
        (route.method, re.sub(r"{(\w+):\w+}", r"{\1}", route.path))
        for route in routes(app)
        if route.api
    }
    assert told == there
    assert all(r.needs != PUBLIC for r in routes(app) if r.api)


async def test_every_reference_leads_to_a_valid_schema(app: Litestar) -> None:
    described = await description(app)
    parts = described["components"]["schemas"]
    for name, part in parts.items():
        jsonschema_rs.meta.validate(part)
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
    for name in re.findall(r"#/components/schemas/([^\"']+)", str(described)):
        assert name in parts
    names = [act["operationId"] for _, _, act in acts(described)]
    assert len(names) == len(set(names))


async def test_every_act_says_how_it_can_fail(app: Litestar) -> None:
    for method, path, act in acts(await description(app)):
        usual = {"400", "401", "403", "404", "422", "503"}
        writes = set() if method == "get" else {"409", "413"}
        assert usual | writes <= set(act["responses"]), path
        assert act["tags"], path
        assert act["description"].endswith("."), path


async def test_every_body_is_closed_and_has_a_valid_example(app: Litestar) -> None:
    described = await description(app)
    seen = set()
    for _, path, act in acts(described):
        if "requestBody" not in act:
            continue
        content = act["requestBody"]["content"]["application/json"]
        name = content["schema"]["$ref"].rpartition("/")[2]
        seen.add(name)
        schema = {**described["components"]["schemas"][name], "components": described["components"]}
        assert schema["additionalProperties"] is False, path
        example = content["examples"]["usual"]["value"]
        jsonschema_rs.validate(schema, example)
        assert not jsonschema_rs.is_valid(schema, {**example, "surplus": 1}), path
    assert sorted(seen) == BODIES


ACCEPTED = {
    "NewPayment": ("POST", "/payments"),
    "Part": ("POST", "/operations/{operation_id}/captures"),
    "Whole": ("POST", "/operations/{operation_id}/cancels"),
    "Resumption": ("POST", "/operations/{operation_id}/continuations"),
    "Cancellation": ("POST", "/subscriptions/{subscription_id}/cancel"),
    "NewConsumer": ("POST", "/consumers"),
    "ConsumerChange": ("PUT", "/consumers/{consumer_id}"),
    "NewCompany": ("POST", "/companies"),
    "NewOriginator": ("POST", "/originators"),
    "NewKey": ("POST", "/originators/{originator_id}/keys"),
    "OriginatorChange": ("PATCH", "/originators/{originator_id}"),
    "SettingsChange": ("PATCH", "/originators/{originator_id}/settings"),
    "NewTheme": ("POST", "/originators/{originator_id}/themes"),
    "ThemeChange": ("PATCH", "/originators/{originator_id}/themes/0"),
    "Overlap": ("POST", "/originators/{originator_id}/keys/{key_id}/roll"),
    "NewAccount": ("POST", "/merchant-accounts"),
    "SandboxOptions": ("PUT", "/merchant-accounts/{account_id}/options"),
    "Route": ("PUT", "/originators/{originator_id}/route"),
}


@pytest.mark.parametrize("name", BODIES)
async def test_every_example_is_accepted(fresh_door: Door, name: str) -> None:
    door = fresh_door
    method, path = ACCEPTED[name]
    body = api.EXAMPLES[name]
    objects = dict(door.objects)
    if name in {"Whole", "Resumption"}:
        objects["operation_id"] = await waiting(door, challenged=name == "Resumption")
    if name == "Route":
        body = {**body, "accounts": [door.objects["account_id"]]}
    headers = {"comptoir-company": door.objects["company_id"]}
    mine = name in {
        "NewPayment", "Part", "Whole", "Resumption", "NewConsumer", "ConsumerChange",
        "Cancellation",
    }  # fmt: skip
    async with httpx.AsyncClient(base_url=f"{door.url}/api/v1", headers=headers) as client:
        answer = await client.request(
            method, path.format(**objects), json=body, auth=door.key if mine else door.platform
        )
    assert answer.status_code in {200, 201, 202}, answer.text


async def waiting(door: Door, *, challenged: bool) -> str:
    card = "4000000000003220" if challenged else "4111111111111111"
    answer = await door.shop.pay(operation="authorize", number=card)
    return str(answer.json()["id"])
