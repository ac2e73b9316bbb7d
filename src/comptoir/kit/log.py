"""Logs: one JSON object per line, with request, actor and company, redacted before it is written.

`log.get(__name__).info("refund_sent", refund_id=...)`; what `bind` noted goes on every line of
the request or job. Other libraries' logs pass through the same redaction.
"""

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, TextIO, cast

import msgspec
import structlog
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars

from comptoir.kit import redact
from comptoir.kit.actor import Actor

MAX_FRAMES = 30
# Names that structlog or we put on a line ourselves; they are no secrets whatever they contain.
_OWN = frozenset({"event", "level", "logger", "timestamp", "exception"})

Line = MutableMapping[str, Any]
ErrorInfo = tuple[type[BaseException], BaseException, TracebackType | None]


def get(name: str) -> structlog.stdlib.BoundLogger:
    """The logger of a module."""
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(name))


def bind(**facts: object) -> None:
    """Note facts for every line that this request or job writes from now on."""
    bind_contextvars(**facts)


def bind_actor(actor: Actor) -> None:
    """Note who acts: kind and id, never a name or an address."""
    facts: dict[str, object] = {"actor": f"{actor.kind}:{actor.id}"}
    if actor.company_id is not None:
        facts["company"] = str(actor.company_id)
    if actor.request_id:
        facts["request_id"] = actor.request_id
    bind_contextvars(**facts)


def clear() -> None:
    """Forget what was bound, at the beginning of a request."""
    clear_contextvars()


@contextmanager
def bound(**facts: object) -> Iterator[None]:
    """Bind facts for the block only."""
    with bound_contextvars(**facts):
        yield


def describe(error: BaseException) -> str:
    """One redacted line about an error: its kind and what it says."""
    said = redact.text(str(error)).splitlines()
    return f"{type(error).__name__}: {said[0] if said else ''}".rstrip(": ")


def trace(error: BaseException) -> str:
    """An error with its causes and frames (places in the code, no local values), redacted."""
    found = traceback.TracebackException.from_exception(
        error, limit=-MAX_FRAMES, capture_locals=False, compact=True
    )
    return redact.text("".join(found.format(chain=True)).rstrip())


def configure(level: str = "info", stream: TextIO | None = None) -> None:
    """Set up the process: our logs and those of libraries, as redacted JSON lines."""
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _show_error,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.add_logger_name,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _redact,
                _render,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    logging.captureWarnings(True)


def _show_error(_logger: Any, _method: str, line: Line) -> Line:
    """Replace `exc_info` by text made here: nobody else gets to render locals."""
    given = line.pop("exc_info", None)
    error: BaseException | None = None
    if isinstance(given, BaseException):
        error = given
    elif isinstance(given, tuple):
        error = given[1]
    elif given:
        error = sys.exc_info()[1]
    if error is not None:
        line["exception"] = trace(error)
    return line


def _redact(_logger: Any, _method: str, line: Line) -> Line:
    safe: dict[str, object] = {}
    for name, content in line.items():
        if name in _OWN:
            safe[name] = redact.value(content)
        else:
            safe.update(redact.mapping({name: content}))
    return safe


def _render(_logger: Any, _method: str, line: Line) -> str:
    return msgspec.json.encode(line, enc_hook=str).decode()
