"""The canary: a secret that went through the product is looked for wherever it could be kept."""

import base64
import io
import logging
from collections.abc import Iterator
from urllib.parse import quote

import asyncpg
import pytest
import structlog

from comptoir.kit import log


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Everything that is logged, down to debug."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    buffer = io.StringIO()
    log.configure("debug", buffer)
    yield buffer
    logging.captureWarnings(False)
    structlog.reset_defaults()
    root.handlers[:] = handlers
    root.setLevel(level)


def dressed(secret: str) -> list[str]:
    """As a secret could hide: plain, quoted, in hex, in base64 at each of its three places."""
    shifted = [base64.b64encode(b"x" * n + secret.encode()).decode()[4:-4] for n in range(3)]
    forms = [secret, quote(secret, safe=""), secret.encode().hex(), secret[::-1], *shifted]
    if secret.isdigit():
        fours = [secret[at : at + 4] for at in range(0, len(secret), 4)]
        forms += [gap.join(fours) for gap in (" ", "-", "%20", "+", "\u00a0", ".")]
    return [form for form in forms if len(form) > 7]


def found(secrets: dict[str, str], text: str) -> list[str]:
    """The names of the secrets that are in the text, however they are dressed."""
    return [name for name, secret in secrets.items() if any(f in text for f in dressed(secret))]


async def dump(database: str) -> dict[str, str]:
    """Every row of every table, as its owner sees it; bytes are shown in hex."""
    connection = await asyncpg.connect(database)
    try:
        await connection.execute("set role comptoir_owner")
        names = await connection.fetch(
            "select relname from pg_class where relkind in ('r', 'm')"
            " and relnamespace = 'public'::regnamespace"
        )
        rows = {
            name: await connection.fetch(f'select t::text as line from "{name}" t')
            for (name,) in names
        }
    finally:
        await connection.close()
    return {name: "\n".join(row["line"] for row in lines) for name, lines in rows.items()}
