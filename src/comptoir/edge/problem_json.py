"""Errors as JSON: RFC 9457 problem details with a stable code and the request's id."""

from typing import Any

import msgspec

from comptoir.kit.errors import AppError


class FieldError(msgspec.Struct, frozen=True, omit_defaults=True):
    """One field of the request that cannot be used; `pointer` is a JSON pointer into the body."""

    pointer: str
    detail: str


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong, in one form for every API error (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str = ""
    errors: list[FieldError] = []
    facts: dict[str, Any] = {}


def problem_of(error: AppError, request_id: str) -> Problem:
    """The JSON form of an expected error; `facts` are what it knows (limits, what is left)."""
    facts = {k: v for k, v in error.data.items() if k != "field"}
    name = error.data.get("field")
    errors = [] if name is None else [FieldError("/" + str(name).replace(".", "/"), error.detail)]
    return Problem(
        type=f"urn:comptoir:problem:{error.code}",
        title=error.title,
        status=error.status,
        detail=error.detail,
        code=error.code,
        request_id=request_id,
        errors=errors,
        facts=facts,
    )
