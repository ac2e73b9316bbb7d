"""Rules about size and about what a handler is."""

import ast

from house.source import DOORS, Found, Function, Source, functions, name_of

MAX_FUNCTION, MAX_FILE, MAX_HANDLER = 60, 400, 15
VERBS = frozenset("get post put patch delete head route websocket".split())


def _length(function: Function) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def long_function(source: Source) -> Found:
    for function in functions(source):
        if _length(function) > MAX_FUNCTION:
            yield function.lineno, f"{function.name} has {_length(function)} lines"


def long_file(source: Source) -> Found:
    yield from long_text(source.text)


def long_text(text: str) -> Found:
    """What holds for SQL, styles and scripts as it does for Python."""
    lines = text.count("\n")
    if lines > MAX_FILE:
        yield 1, f"{lines} lines; split it by noun"


def _route(function: Function) -> ast.Call | None:
    """The decorator that makes a function a handler: a verb with a path."""
    for call in function.decorator_list:
        if isinstance(call, ast.Call) and name_of(call.func) in VERBS:
            named = any(k.arg == "path" for k in call.keywords)
            if named or (
                call.args and isinstance(call.args[0], ast.Constant | ast.List | ast.Name)
            ):
                return call
    return None


def long_handler(source: Source) -> Found:
    """Counted without the decorator and the docstring: both only declare."""
    for function in functions(source) if source.package in DOORS else ():
        if _route(function) is None:
            continue
        lines = _length(function)
        if ast.get_docstring(function, clean=False) is not None:
            first = function.body[0]
            lines -= (first.end_lineno or first.lineno) - first.lineno + 1
        if lines > MAX_HANDLER:
            yield function.lineno, f"handler {function.name} has {lines} lines"


def route_without_needs(source: Source) -> Found:
    for function in functions(source) if source.package in DOORS else ():
        call = _route(function)
        if call is not None and not any(k.arg == "needs" for k in call.keywords):
            yield function.lineno, f"route {function.name} declares no permission (needs=)"
