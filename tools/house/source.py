"""One file as the rules see it, and the few questions that most of them ask."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

DOMAINS = frozenset(
    "events jobs identity merchants consumers gateways accounting vault routing risk payments"
    " disputes subscriptions statistics support guide imports demo"
    " checkout deliveries traffic".split()
)
DOORS = frozenset({"edge", "api", "web", "wire", "hosted", "cli", "wiring", "server"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Source:
    """One file: where it is, what it says, what it means."""

    path: str
    text: str
    tree: ast.Module

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the file: each rule looks at all of them."""
        return tuple(ast.walk(self.tree))

    @cached_property
    def package(self) -> str:
        """`payments` for src/comptoir/payments/charge.py, `wiring` for wiring.py, else nothing."""
        parts = self.path.split("/")
        if parts[:2] != ["src", "comptoir"]:
            return ""
        return parts[2].removesuffix(".py")

    @property
    def product(self) -> bool:
        return self.package != ""


Found = Iterator[tuple[int, str]]
Rule = Callable[[Source], Found]


def functions(source: Source) -> Iterator[Function]:
    return (n for n in source.nodes if isinstance(n, Function))


def name_of(node: ast.AST | None) -> str:
    """The last part of a name: `tx` and `self.tx` are both `tx`."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript):
        return name_of(node.value)
    return node.id if isinstance(node, ast.Name) else ""


def method_calls(source: Source) -> Iterator[tuple[ast.Call, str, str]]:
    """Calls such as `tx.all(…)`: the call, the owner's name, the method's name."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, name_of(node.func.value), node.func.attr


def texts(source: Source) -> Iterator[tuple[int, str]]:
    """String constants that are not docstrings, with their lines."""
    notes = {
        id(node.body[0].value)
        for node in source.nodes
        if isinstance(node, ast.Module | ast.ClassDef | Function)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in notes:
            yield node.lineno, node.value
