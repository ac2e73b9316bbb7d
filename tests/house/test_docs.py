"""The documents lead where they say, and every page is reached from an index."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)\s#]+)")


def links(page: Path) -> list[Path]:
    return [(page.parent / target).resolve() for target in _LINK.findall(page.read_text())]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [target for target in links(page) if not target.exists()] == []


@pytest.mark.parametrize("folder", ["adr", "build", "guide", "operate"])
def test_every_page_is_in_an_index(folder: str) -> None:
    index = ROOT / ("docs/adr/README.md" if folder == "adr" else "docs/README.md")
    pages = {page.resolve() for page in (ROOT / "docs" / folder).glob("*.md")}
    assert sorted(pages - set(links(index)) - {index.resolve()}) == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = sorted(page.name[:4] for page in (ROOT / "docs/adr").glob("0*.md"))
    assert numbers == [f"{n:04}" for n in range(1, len(numbers) + 1)]


def test_the_readme_names_commands_that_exist() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for page in ("README.md", "CONTRIBUTING.md"):
        named = re.findall(r"(?:^|`)make (\w+)", (ROOT / page).read_text(), re.MULTILINE)
        assert set(named) <= targets
