"""The yardstick: pgbench running the payment's own functions with arguments of a real payment.

One sale is taken in this process and its two calls are written down; then every id, number and
reference in them becomes a pattern that is new in each transaction and sorts by time, as UUIDv7
does. What is left for pgbench to do is what PostgreSQL has to do for a payment, and nothing else.
"""

import asyncio
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from uuid import UUID

import asyncpg

from comptoir.kit import db

FUNCTIONS = ("open_operation_v1", "settle_operation_v1")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_TYPES = {UUID: "uuid", int: "int", bytes: "bytea", list: "jsonb", dict: "jsonb"}
_VARIABLES = r"""\set i :i + 1
\set hi 1000 + :i / 9000
\set lo 1000 + :i % 9000
\set c 100 + :client_id
\set r random(100000000000, 999999999999)
\set number :first_number + :client_id * 100000 + :i
"""
_VALUES = (
    " from (select concat(:hi::int, '-', :lo::int) as a, concat(:c::int, '-', :r::bigint) as b,"
    " (:number::bigint)::text as n) as fresh;\n"
)


@dataclass(frozen=True, slots=True)
class Call:
    sql: str
    arguments: tuple[Any, ...]


@contextmanager
def spied() -> Iterator[list[Call]]:
    """Note every single-statement call of the domain while the block runs."""
    calls: list[Call] = []
    real = db.call

    async def call(sql: str, *arguments: object) -> asyncpg.Record | None:
        calls.append(Call(sql, arguments))
        return await real(sql, *arguments)

    db.call = call
    try:
        yield calls
    finally:
        db.call = real


def script(calls: list[Call], constant: set[str]) -> str:
    """The pgbench script of a payment's calls; `constant` are the ids that stay as they are."""
    wanted = [c for c in calls if any(name in c.sql for name in FUNCTIONS)]
    assert len(wanted) == len(FUNCTIONS), "a payment has two commits"
    fresh = _changing(wanted, constant)
    text = _VARIABLES
    for call in wanted:
        values = [_expression(argument, fresh) for argument in call.arguments]
        text += _numbered(call.sql, values) + _VALUES
    return text


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _text(argument: Any) -> str:
    """An argument as PostgreSQL reads it; a name after a colon would be pgbench's own variable."""
    if isinstance(argument, dict | list):
        return re.sub(r":(?=\w)", r"\\u003a", json.dumps(argument, default=_plain))
    if isinstance(argument, bytes):
        return "\\x" + argument.hex()
    return str(argument)


def _changing(calls: list[Call], constant: set[str]) -> dict[str, str]:
    """What is new with every payment, and the pattern that stands for it."""
    texts = [_text(argument) for call in calls for argument in call.arguments]
    found = {match for text in texts for match in _UUID.findall(text)} - constant
    fresh = {
        name: f"0199@A@-7{place:03}-8@B@" for place, name in enumerate(sorted(found), start=100)
    }
    operation = next(a for c in calls for a in c.arguments if isinstance(a, dict) and "number" in a)
    fresh[f'"number": {operation["number"]}'] = '"number": @N@'
    for call in calls:
        for argument in call.arguments:
            for place, name in enumerate(_names(argument)):
                fresh.setdefault(name, f"{name[:8]}-@A@-{place}-@B@")
    return fresh


def _names(argument: Any) -> Iterator[str]:
    """Order id, key, gateway reference and token: names that no two payments share."""
    for item in argument if isinstance(argument, list) else [argument]:
        if isinstance(item, dict):
            for field in ("order_id", "key", "value", "gateway_token"):
                if isinstance(item.get(field), str):
                    yield item[field]


def _expression(argument: Any, fresh: dict[str, str]) -> str:
    if argument is None:
        return "null"
    text = _text(argument)
    if isinstance(argument, list) and argument and isinstance(argument[0], str):
        return f"'{{{','.join(argument)}}}'::text[]"
    kind = next(name for type_, name in _TYPES.items() if isinstance(argument, type_))
    if kind != "bytea":
        for name in sorted(fresh, key=len, reverse=True):
            text = text.replace(name, fresh[name])
    quoted = "'" + text.replace("'", "''") + "'"
    for mark, value in (("@A@", "a"), ("@B@", "b"), ("@N@", "n")):
        if mark in text:
            quoted = f"replace({quoted}, '{mark}', fresh.{value})"
    return f"{quoted}::{kind}"


def _numbered(sql: str, values: list[str]) -> str:
    return re.sub(r"\$(\d+)", lambda found: values[int(found[1]) - 1], sql)


def environment(url: str) -> dict[str, str]:
    """How libpq's programs find the database; the password never stands in a command line."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        **os.environ,
        "PGHOST": query["host"][0],
        "PGPORT": query.get("port", ["5432"])[0],
        "PGUSER": parts.username or "",
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.strip("/"),
        "PGOPTIONS": "-c role=comptoir_app -c jit=off",
    }


async def run_pgbench(
    program: Path, url: str, script_file: Path, *, clients: int, seconds: int, first_number: int
) -> float:
    """Transactions per second of the script, prepared, that many clients at once."""
    process = await asyncio.create_subprocess_exec(
        str(program), "--no-vacuum", "--protocol=prepared", f"--client={clients}", "--jobs=1",
        f"--time={seconds}", f"--file={script_file}", f"--define=first_number={first_number}",
        f"--define=i={first_number % 1_000_000}",
        env=environment(url), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, said = await process.communicate()
    found = re.search(r"tps = ([0-9.]+)", out.decode())
    assert found, said.decode()[-2000:]
    return float(found[1])
