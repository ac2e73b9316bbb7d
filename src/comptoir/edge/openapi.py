"""The description of the API at /api/openapi.json: read off the handlers by Litestar, made exact.

Only the API is described. Bodies take the named fields and no others; they and the answers have
examples.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin
from msgspec import Struct, to_builtins

from comptoir.edge import auth

API = "/api/v1/"
JSON = "application/json"
PARAMETERS = "#/components/parameters/"
HEADERS: dict[str, Any] = {  # Read with every request, before any handler runs: see `auth`.
    auth.COMPANY: {
        "description": "With a platform key (user name `platform`): the company that is meant. "
        "What belongs to one company needs it, or is answered 400 `company_needed`; lists show "
        "all companies without it. An originator's key has its company and ignores this.",
        "schema": {"type": "string"},
        "example": "com_01jz5h8e2cf8aszpt0mmq7vwx4",
    },
    auth.MODE: {
        "description": "With a platform key: the mode that is meant, `test` if left out. "
        "An originator's key has its mode and ignores this.",
        "schema": {"type": "string", "enum": ["test", "live"], "default": "test"},
        "example": "live",
    },
}

Described = dict[str, Any]


class Description(JsonRenderPlugin):
    """Renders the exact description, once. `examples` are bodies by the names of their types.

    `answers` are rows by the names of their types, or by `201 refunds` where an act answers
    something of its own.
    """

    def __init__(
        self, *, path: str, examples: Mapping[str, Any], answers: Mapping[str, Struct]
    ) -> None:
        super().__init__(path=path)
        self._examples = examples
        self._answers = {name: to_builtins(one) for name, one in answers.items()}
        self._rendered: bytes | None = None

    def render(self, request: Request[Any, Any, Any], openapi_schema: Described) -> bytes:
        if self._rendered is None:
            exact = described(openapi_schema, self._examples, self._answers)
            self._rendered = self.render_json(request, exact)
        return self._rendered


def described(
    schema: Described, examples: Mapping[str, Any], answers: Mapping[str, Any]
) -> Described:
    """The API's part, with examples, closed bodies and the headers of platform keys."""
    paths = {path: acts for path, acts in schema["paths"].items() if path.startswith(API)}
    parts: Described = schema["components"]["schemas"]
    bodies: set[str] = set()
    for content in _bodies(paths):
        _reach(content["schema"], parts, bodies)
        content["examples"] = {"usual": {"value": examples[_name(content["schema"])]}}
    for path, status, content in _answers(paths):
        row = answers.get(f"{status} {path.rpartition('/')[2]}")
        content["examples"] = {"usual": {"value": _example(content["schema"], parts, answers, row)}}
    closed = {
        name: {**part, "additionalProperties": False} if name in bodies else part
        for name, part in parts.items()
    }
    headers = {
        name: {"name": name, "in": "header", "required": False, **told}
        for name, told in HEADERS.items()
    }
    for act in _acts(paths):
        own = [one for one in act.get("parameters", []) if "$ref" not in one]
        act["parameters"] = own + [{"$ref": PARAMETERS + name} for name in headers]
    components = {**schema["components"], "schemas": closed, "parameters": headers}
    return {**schema, "paths": paths, "components": components}


def _acts(paths: Described) -> Iterator[Described]:
    for acts in paths.values():
        yield from (act for act in acts.values() if isinstance(act, dict))


def _bodies(paths: Described) -> Iterator[Described]:
    for act in _acts(paths):
        if "requestBody" in act:
            yield act["requestBody"]["content"][JSON]


def _answers(paths: Described) -> Iterator[tuple[str, str, Described]]:
    """What succeeds: where, with which status and of which form."""
    for path, acts in paths.items():
        for act in _acts({path: acts}):
            for status, answer in act["responses"].items():
                if status.startswith("2"):
                    yield path, status, answer["content"][JSON]


def _example(schema: Described, parts: Described, answers: Mapping[str, Any], row: Any) -> Any:
    """A row, a list of one row, or a page of one row, as the form wants it."""
    if "items" in schema:
        return [_example(schema["items"], parts, answers, row)]
    name = _name(schema)
    if not name.startswith("ApiPage"):
        return answers[name] if row is None else row
    data = _example(parts[name]["properties"]["data"], parts, answers, row)
    return {"data": data, "next": None, "previous": None, "partial": False}


def _name(schema: Described) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _reach(node: Any, parts: Described, found: set[str]) -> None:
    """The names of all parts that a schema leads to."""
    if isinstance(node, list):
        for item in node:
            _reach(item, parts, found)
    if not isinstance(node, dict):
        return
    name = _name(node)
    if name and name not in found:
        found.add(name)
        _reach(parts[name], parts, found)
    for item in node.values():
        _reach(item, parts, found)
