"""The catalogues of texts: `tools/texts.py` brings es and fr up to date with the sources.

Texts come from the templates, from `message(...)` in the code, from the titles of all errors, from
what they say in detail and why something is refused where a page can show it, and from the result
codes. New ones are added without a translation; gone ones are taken out.
"""

import ast
import importlib
import pkgutil
import sys
from io import BytesIO
from pathlib import Path
from typing import TypeGuard

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

import comptoir
from comptoir import gateways
from comptoir.edge import i18n
from comptoir.kit.errors import AppError

SOURCE = Path(comptoir.__file__).parent
LOCALES = SOURCE / "web" / "locale"
METHODS = [
    ("edge/**.py", "python"),
    ("web/**.py", "python"),
    ("hosted/**.py", "python"),
    ("web/templates/**.html", "jinja2"),
    ("hosted/templates/**.html", "jinja2"),
]
JINJA = {"encoding": "utf-8", "newstyle_gettext": "true"}
# Packages whose refusals a page can show; the command line and the wire speak English.
SHOWN = (
    "accounting", "checkout", "consumers", "edge", "identity", "merchants", "payments", "risk",
    "web", "kit",
)  # fmt: skip
REFUSALS = {"payments/rules.py", "payments/followup.py"}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "message": None}
TRANSLATED = [code for code in i18n.LANGUAGES if code != i18n.SOURCE]


def of_pages() -> Catalog:
    """What the templates and the code of the pages say."""
    catalogue = Catalog(project="Comptoir", charset="utf-8", fuzzy=False)
    found = extract_from_dir(
        str(SOURCE),
        method_map=METHODS,
        keywords=KEYWORDS,
        options_map={"web/templates/**.html": JINJA, "hosted/templates/**.html": JINJA},
    )
    for name, _line, text, comments, context in found:
        catalogue.add(text, locations=[(name, 0)], auto_comments=comments, context=context)
    return catalogue


def extracted() -> Catalog:
    """Everything a person may read: the pages, every error and every result code."""
    catalogue = of_pages()
    for text in of_errors():
        catalogue.add(text, locations=[("errors", 0)])
    for text in (*gateways.RESULT_TEXTS.values(), *gateways.CUSTOMER_TEXTS.values()):
        catalogue.add(text, locations=[("result codes", 0)])
    return catalogue


def of_errors() -> list[str]:
    """Titles and details of all errors, and the reasons why something is refused."""
    kinds = _errors(AppError)
    return [kind.title for kind in kinds] + _details({kind.__name__ for kind in kinds})


def _errors(kind: type[AppError]) -> list[type[AppError]]:
    """Every error that a page may show; importing the packages makes them known."""
    for module in pkgutil.walk_packages(comptoir.__path__, "comptoir."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    return [kind, *(below for child in kind.__subclasses__() for below in _below(child))]


def _details(kinds: set[str]) -> list[str]:
    """What `raise Kind("...")` says beside the title, and the refusals that a function returns."""
    found = []
    for name in SHOWN:
        for path in sorted((SOURCE / name).rglob("*.py")):
            refuses = path.relative_to(SOURCE).as_posix() in REFUSALS
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Raise) and _is_error(node.exc, kinds):
                    found += _texts(node.exc.args[0])
                elif isinstance(node, ast.Return) and refuses and node.value is not None:
                    found += [text for text in _texts(*ast.walk(node.value)) if _whole(text)]
    return found


def _is_error(node: ast.expr | None, kinds: set[str]) -> TypeGuard[ast.Call]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id in kinds and bool(node.args)


def _whole(text: str) -> bool:
    """A sentence, not a name and not the middle of one."""
    return " " in text and text == text.strip()


def _texts(*nodes: ast.AST) -> list[str]:
    """The constant texts among some parts of the code."""
    return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]


def _below(kind: type[AppError]) -> list[type[AppError]]:
    return [kind, *(below for child in kind.__subclasses__() for below in _below(child))]


def read(locale: str) -> Catalog:
    path = LOCALES / locale / "LC_MESSAGES" / "messages.po"
    if not path.is_file():
        return Catalog(locale=locale, project="Comptoir", charset="utf-8", fuzzy=False)
    with path.open("rb") as source:
        return read_po(source, locale=locale)


def update(locale: str) -> int:
    """Write one catalogue anew; how many texts have no translation yet."""
    catalogue = read(locale)
    catalogue.header_comment = f"# {i18n.LANGUAGES[locale]}: the texts of Comptoir."
    catalogue.update(extracted(), no_fuzzy_matching=True)
    out = BytesIO()
    write_po(
        out, catalogue, ignore_obsolete=True, sort_output=True, no_location=True,
        omit_header=False, width=100,
    )  # fmt: skip
    path = LOCALES / locale / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    told = (b"-Date:", b"Report-Msgid", b"Last-Translator", b"Language-Team", b"Generated-By")
    stable = [li for li in out.getvalue().splitlines() if not any(t in li for t in told)]
    path.write_bytes(b"\n".join(stable) + b"\n")
    return sum(1 for text in catalogue if text.id and not text.string)


def main() -> None:
    for locale in TRANSLATED:
        sys.stdout.write(f"{locale}: {update(locale)} texts without a translation\n")


if __name__ == "__main__":
    main()
