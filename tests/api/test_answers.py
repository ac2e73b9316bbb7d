"""Every answer of the API has an example of its form, built from the types that answer."""

import re
from typing import Any

import jsonschema_rs
import msgspec
import pytest
from litestar import Litestar

from api.test_openapi import acts, description
from comptoir import api
from comptoir.kit import ids
from kit import Shop

TYPED = re.compile(r"^([a-z]+)_[0-9a-z]{26}$")


def answers(described: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """What succeeds, with the form of its answer."""
    return [
        (f"{status} {method} {path}", answer["content"]["application/json"])
        for method, path, act in acts(described)
        for status, answer in act["responses"].items()
        if status < "300"
    ]


def usual(content: dict[str, Any]) -> Any:
    return content["examples"]["usual"]["value"]


async def test_every_answer_has_an_example_of_its_form(app: Litestar) -> None:
    described = await description(app)
    told = answers(described)
    assert len(told) >= len(acts(described))
    for name, content in told:
        schema = {**content["schema"], "components": described["components"]}
        jsonschema_rs.validate(schema, usual(content), validate_formats=True)
        assert usual(content), name


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [text for item in node.values() for text in texts(item)]
    if isinstance(node, list):
        return [text for item in node for text in texts(item)]
    return [node] if isinstance(node, str) else []


async def test_the_ids_of_the_examples_are_ids(app: Litestar) -> None:
    found = set()
    for _, content in answers(await description(app)):
        for text in texts(usual(content)):
            if typed := TYPED.match(text):
                assert ids.typeid(typed[1], ids.untype(typed[1], text)) == text
                found.add(typed[1])
    assert {"op", "pay", "con", "com", "ori", "acc", "key", "sub", "card"} <= found


async def test_the_example_of_an_act_is_that_act(app: Litestar) -> None:
    told = {name: usual(content) for name, content in answers(await description(app))}
    of = "post /api/v1/operations/{operation_id}"
    for kind in ("capture", "refund", "cancel", "rebill", "credit"):
        for status, state in (("201", "succeeded"), ("202", "pending")):
            found = told[f"{status} {of}/{kind}s"]
            assert (found["kind"], found["status"]) == (kind, state)
            assert found["refers_to"]
    assert told["202 post /api/v1/payments"]["status"] == "action_required"
    assert told[f"200 {of}/questions"]["finished_at"]


@pytest.mark.parametrize("path", ["/payments", "/consumers", "/events", "/transactions"])
async def test_an_example_has_the_fields_of_a_real_answer(shop: Shop, path: str) -> None:
    await shop.paid(shopper={"id": "ada"})
    described = await description(shop.app)
    real = (await shop.get(path)).json()
    told = usual(dict(answers(described))[f"200 get /api/v1{path}"])
    assert told.keys() == real.keys()
    assert told["data"][0].keys() == real["data"][0].keys()


async def test_no_example_is_of_an_answer_that_nobody_gets(app: Litestar) -> None:
    told = str([usual(content) for _, content in answers(await description(app))])
    for name, example in api.ANSWERS.items():
        assert str(msgspec.to_builtins(example)) in told, name
