"""Rules about imports and about errors that nobody expected."""

import ast

from house.source import DOMAINS, Found, Source, functions, name_of

MAY_CATCH_ALL = frozenset({"edge", "worker", "supervisor"})
_ALL_ERRORS = frozenset({"Exception", "BaseException"})


def inner_import(source: Source) -> Found:
    """Tests may: a program that a test starts imports what it is about."""
    for function in functions(source) if not source.path.startswith("tests/") else ():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno, f"import inside {function.name}: the layers are wrong"


def type_checking(source: Source) -> Found:
    for node in source.nodes:
        if isinstance(node, ast.alias):
            name = node.name
        elif isinstance(node, ast.Name | ast.Attribute):
            name = name_of(node)
        else:
            continue
        if name == "TYPE_" + "CHECKING":
            yield node.lineno, "the layers are wrong"


def inside_of_domain(source: Source) -> Found:
    """From outside, a domain is its package: its __init__ is its contract."""
    for node in source.nodes if source.product else ():
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module]
            private = any(a.name.startswith("_") and a.name[1] != "_" for a in node.names)
            if node.module.startswith("comptoir") and private:
                yield node.lineno, f"a private name of {node.module}"
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            top, package, *inside = [*name.split("."), ""]
            foreign = top == "comptoir" and package in DOMAINS - {source.package}
            if foreign and any(inside):
                yield node.lineno, f"import comptoir.{package}, not its inside {name}"


def broad_except(source: Source) -> Found:
    """Expected errors are named; what nobody expected is the edge's and the worker's to report."""
    if not source.product or source.package in MAY_CATCH_ALL:
        return
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler):
            names = {name_of(n) for n in ast.walk(node.type)} if node.type else _ALL_ERRORS
        elif isinstance(node, ast.Call) and name_of(node.func) == "suppress":
            names = {name_of(argument) for argument in node.args}
        else:
            continue
        if names & _ALL_ERRORS:
            yield node.lineno, "name the errors that are expected here"
