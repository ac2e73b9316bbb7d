"""Rules about SQL: constant text in domains, named columns, a limit; kit/db alone commits."""

import ast
import re
from collections.abc import Iterator

from house.source import DOORS, Found, Source, method_calls, name_of, texts

LISTING = "src/comptoir/kit/listing.py"
_SQL = re.compile(
    r"\s*(?:select\s+(?!all\b)|insert\s+into\s|update\s+\S+\s+(?:\w+\s+)?set\s|delete\s+from\s"
    r"|with\s+(?:recursive\s+)?\w+\s+as\s*(?:not\s+)?(?:materialized\s*)?\("
    r"|(?:create|alter|drop)\s+(?:table|index|role|policy|function|database|schema)\s"
    r"|copy\s+\w+\s*\()"
)
_BOUND = re.compile(
    r"\blimit\s|=\s*any\s*\(|\bunnest\s*\(|\bcount\(\*\)(?!.*\bgroup by\b)", re.DOTALL
)
_STAR = re.compile(r"\bselect\s+(\w+\.)?\*")
_ENDING = re.compile(r"\s*(commit|rollback|begin|start transaction)\s*;?\s*")
_METHODS = frozenset("one all value row rows run stream execute fetch fetchrow fetchval".split())
_OWNERS = frozenset({"tx", "connection", "db"})


def shape(node: ast.AST) -> str:
    """The text of an expression, with {} for what is not constant."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(shape(value) for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
        return shape(node.left) + shape(node.right)
    return "{}"


def constant(node: ast.AST) -> bool:
    """Whether an expression is constant text: literals and NAMES of constants, added."""
    if isinstance(node, ast.BinOp):
        return isinstance(node.op, ast.Add) and constant(node.left) and constant(node.right)
    return isinstance(node, ast.Constant) or name_of(node).isupper()


def composed_sql(source: Source) -> Found:
    """SQL is constant text; only kit/listing puts constant fragments together."""
    if not source.product or source.path == LISTING:
        return
    for node in source.nodes:
        if isinstance(node, ast.JoinedStr) and _SQL.match(shape(node)):
            yield node.lineno, "f-string in SQL"
        elif isinstance(node, ast.BinOp) and _SQL.match(shape(node)) and not constant(node):
            yield node.lineno, "SQL put together from parts"
    for call, owner, method in method_calls(source):
        assert isinstance(call.func, ast.Attribute)
        if method in {"format", "join", "replace"} and _SQL.match(shape(call.func.value)):
            yield call.lineno, f".{method}() of SQL"
        elif method in _METHODS and owner in _OWNERS and _formatted(call.args[:2]):
            yield call.lineno, f"f-string given to {method}()"


def _formatted(arguments: list[ast.expr]) -> bool:
    return any(isinstance(argument, ast.JoinedStr) for argument in arguments)


def sql_outside_domains(source: Source) -> Found:
    for line, text in texts(source) if source.package in DOORS else ():
        if _SQL.match(text):
            yield line, "SQL in a door; a domain's function reads and writes"


def star_select(source: Source) -> Found:
    for line, text in texts(source) if source.product else ():
        if _SQL.match(text) and _STAR.search(text):
            yield line, "name the columns; a star changes its meaning with the table"


def unbounded_list(source: Source) -> Found:
    """A list query says its limit; one over values that the caller gives is bounded by them."""
    constants = {
        name_of(node.targets[0]): shape(node.value)
        for node in source.tree.body
        if isinstance(node, ast.Assign) and constant(node.value)
    }
    for call, owner, method in method_calls(source) if source.product else ():
        if method in {"all", "rows"} and owner == "tx":
            known = " ".join(_words(call, constants))
            if re.search(r"\bselect\b", known) and not _BOUND.search(known):
                yield call.lineno, "a list without limit"


def _words(call: ast.Call, constants: dict[str, str]) -> Iterator[str]:
    for node in (n for argument in call.args[:2] for n in ast.walk(argument)):
        if isinstance(node, ast.Name):
            yield constants.get(node.id, "")
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def commit(source: Source) -> Found:
    """Transactions begin and end in kit/db, so that scope and role are set in one place."""
    if not source.product or source.path == "src/comptoir/kit/db.py":
        return
    for call, owner, method in method_calls(source):
        if method in {"commit", "rollback"} or (method == "transaction" and owner != "db"):
            yield call.lineno, f"{owner}.{method}() belongs to kit/db"
    for line, text in texts(source):
        if _ENDING.fullmatch(text):
            yield line, f"{text.strip()} belongs to kit/db"
