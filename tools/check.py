"""House rules as a checker: `tools/check.py`, run by `make lint` and by a test.

What cannot follow a rule stands in `EXCEPTIONS` with its reason; no comment can silence one.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from house import imports, size, sql, values
from house.source import Rule, Source

ROOT = Path(__file__).resolve().parent.parent
TREES = ("src", "tests", "tools", "benchmarks")
SUFFIXES = frozenset({".py", ".html", ".sql", ".js", ".css"})

RULES: dict[str, Rule] = {
    "long-function": size.long_function,
    "long-file": size.long_file,
    "long-handler": size.long_handler,
    "route-without-needs": size.route_without_needs,
    "commit": sql.commit,
    "composed-sql": sql.composed_sql,
    "sql-outside-domains": sql.sql_outside_domains,
    "star-select": sql.star_select,
    "unbounded-list": sql.unbounded_list,
    "float": values.floats,
    "naive-time": values.naive_time,
    "leftover": values.leftover,
    "unexplained": values.unexplained,
    "inner-import": imports.inner_import,
    "type-checking": imports.type_checking,
    "broad-except": imports.broad_except,
    "inside-of-domain": imports.inside_of_domain,
}

# (rule, path): why this one file may. One that nothing needs any more is a fault itself.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("inside-of-domain", "src/comptoir/gateways/engine.py"): (
        "It alone opens the vault: what opens a card is no part of the vault's contract"
    ),
    ("commit", "src/comptoir/gateways/simulator/store.py"): (
        "The sandbox plays a gateway: a stranger with books and connections of its own"
    ),
}


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """A rule broken somewhere."""

    path: str
    line: int
    rule: str
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.text}"


def check_text(path: str, text: str) -> list[Fault]:
    """The faults of one file; exceptions are not taken off yet."""
    if not path.endswith(".py"):
        faults = [Fault(path, line, "leftover", what) for line, what in values.leftovers(text)]
        if not path.endswith(".html"):
            faults += [Fault(path, line, "long-file", what) for line, what in size.long_text(text)]
        return faults
    source = Source(path, text, ast.parse(text, path))
    found = {(line, name, what) for name, rule in RULES.items() for line, what in rule(source)}
    return sorted(Fault(path, line, name, what) for line, name, what in found)


def files(root: Path) -> Iterator[Path]:
    for tree in TREES:
        for path in sorted((root / tree).rglob("*")):
            if path.suffix in SUFFIXES and "vendor" not in path.parts:
                yield path


def check_tree(root: Path) -> list[Fault]:
    """The faults of the whole project, and exceptions that stand for nothing."""
    faults: list[Fault] = []
    used: set[tuple[str, str]] = set()
    for path in files(root):
        for fault in check_text(path.relative_to(root).as_posix(), path.read_text()):
            if (fault.rule, fault.path) in EXCEPTIONS:
                used.add((fault.rule, fault.path))
            else:
                faults.append(fault)
    for rule, where in sorted(EXCEPTIONS.keys() - used):
        faults.append(Fault(where, 1, rule, "this exception is not needed any more"))
    return faults


def main() -> int:
    faults = check_tree(ROOT)
    for fault in faults:
        print(fault)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
