"""Rules about values and words: no fraction beside money, no moment without its zone, nothing left
undone, nothing silenced without a reason.
"""

import ast
import re
from collections.abc import Iterable, Iterator

from house.source import Found, Function, Source, method_calls, name_of

CLOCK = "src/comptoir/kit/clock.py"
NO_CLOCK = frozenset({"supervisor"})  # It knows nothing of the product, so not its clock either.
MONEY_PACKAGES = frozenset({"accounting", "payments", "subscriptions", "disputes"})
MONEY_FILES = frozenset({"src/comptoir/kit/money.py"})
SILENCED = re.compile(r"#\s*(?:noqa|type: ignore)\b(?:: ?([A-Z0-9, ]*[0-9])|\[([^]]*)\])?(.*)")
LEFTOVER = re.compile(r"\b(?:TO" r"DO|FIX" r"ME)\b")
_MONEY = re.compile(
    r"(?:^|_)(?:amount|minor|money|price|fee|balance|cost|captured|refunded|total|net|gross)"
    r"(?:$|_|s$)"
)
_TIME = re.compile(r"second|timeout|time_out|pause|grace|wait|elapsed|patience|until")


def floats(source: Source) -> Found:
    """Money is integer minor units: no float where money lives, no fraction beside money."""
    if not source.product:
        return
    money = source.package in MONEY_PACKAGES or source.path in MONEY_FILES
    for node in source.nodes:
        for name, kind in _annotated(node):
            near = _MONEY.search(name) or (money and not _TIME.search(name))
            if near and any(name_of(part) == "float" for part in ast.walk(kind)):
                yield kind.lineno, f"{name} is a float"
        if isinstance(node, ast.Call) and name_of(node.func) == "float":
            if money or _about_money(n for a in node.args for n in ast.walk(a)):
                yield node.lineno, "float() of money"
        elif isinstance(node, ast.BinOp | ast.AugAssign | ast.Compare):
            yield from _arithmetic(node)


def _arithmetic(node: ast.BinOp | ast.AugAssign | ast.Compare) -> Found:
    parts = list(ast.iter_child_nodes(node))
    if not _about_money(parts):
        return
    if any(isinstance(part, ast.Constant) and isinstance(part.value, float) for part in parts):
        yield node.lineno, "a fraction beside money; use Decimal or minor units"
    if not isinstance(node, ast.Compare) and isinstance(node.op, ast.Div):
        yield node.lineno, "/ makes a float of money; use divmod, split() or share()"


def _annotated(node: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(node, ast.arg) and node.annotation is not None:
        yield node.arg, node.annotation
    elif isinstance(node, ast.AnnAssign):
        yield name_of(node.target), node.annotation
    elif isinstance(node, Function) and node.returns is not None:
        yield node.name, node.returns


def _about_money(parts: Iterable[ast.AST]) -> bool:
    return any(_MONEY.search(name_of(part)) for part in parts)


def naive_time(source: Source) -> Found:
    for call, owner, name in method_calls(source):
        zoned = bool(call.args) or any(k.arg in {"tz", "tzinfo"} for k in call.keywords)
        if owner == "datetime" and (
            name in {"utcnow", "today", "utcfromtimestamp"}
            or (name == "now" and not zoned)
            or (name == "fromtimestamp" and len(call.args) + len(call.keywords) < 2)
        ):
            yield call.lineno, f"datetime.{name}() without a zone"
        elif owner == "date" and name == "today":
            yield call.lineno, "date.today() is the machine's day; name a zone"
        elif (owner, name) == ("datetime", "now") and _has_clock(source):
            yield call.lineno, "clock.now() is the one clock"


def _has_clock(source: Source) -> bool:
    return source.product and source.package not in NO_CLOCK and source.path != CLOCK


def leftover(source: Source) -> Found:
    yield from leftovers(source.text)


def leftovers(text: str) -> Found:
    """Also for files that are not Python."""
    for number, line in enumerate(text.splitlines(), 1):
        if LEFTOVER.search(line):
            yield number, "finish it, or open an issue"


def unexplained(source: Source) -> Found:
    """Who silences a tool says why, where a file does it for the first time."""
    told: set[str] = set()
    for number, line in enumerate(source.text.splitlines(), 1) if source.product else ():
        silenced = SILENCED.search(line)
        if silenced is None:
            continue
        what = silenced[1] or silenced[2] or "everything"
        if what not in told and not silenced[3].strip(" #"):
            yield number, f"{what} is silenced without a reason"
        told.add(what)
