"""Static files: vendored as published, addressed by content, compressed, small enough."""

import hashlib
import re
from pathlib import Path

import pytest
import zstandard

from comptoir.edge import assets
from comptoir.edge.render import HOSTED
from comptoir.kit.errors import NotFound

WEB = Path(assets.FOLDER).parent
VENDOR = assets.FOLDER / "vendor"
AXE = Path(__file__).parent.parent / "journeys" / "vendor"


@pytest.mark.parametrize("folder", [VENDOR, AXE], ids=["static", "axe"])
def test_every_vendored_file_is_the_published_one_and_has_its_licence(folder: Path):
    sums = dict(
        reversed(line.split("  ", 1))
        for line in (folder / "checksums.txt").read_text().splitlines()
    )
    files = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert files - {"checksums.txt"} == sums.keys()
    for name, wanted in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == wanted, name
    assert all((part / "LICENSE").is_file() for part in folder.iterdir() if part.is_dir())


def test_every_icon_a_page_names_is_in_the_sprite():
    sprite = (VENDOR / "icons" / "icons.svg").read_text()
    there = set(re.findall(r'<symbol id="([a-z0-9-]+)"', sprite))
    sources = [p.read_text() for p in WEB.rglob("*.html")] + [
        (assets.FOLDER / "app.js").read_text()
    ]
    named = {name for text in sources for name in re.findall(r'icon\("([a-z0-9-]+)"', text)}
    assert named
    assert named <= there
    assert there == set((assets.FOLDER / "icons.txt").read_text().split())


def test_a_first_page_load_stays_under_200_kb_compressed():
    page = (WEB / "templates" / "layout" / "base.html").read_text()
    names = {*re.findall(r"asset\('([^']+)'\)", page), "vendor/icons/icons.svg"}
    sizes = {n: len(assets.find(assets.url(n)[len(assets.BASE) :], "gzip").body) for n in names}
    assert len(sizes) >= 8
    assert sum(sizes.values()) < 160_000, sizes  # The rest is for the page itself.


def test_an_address_carries_the_content_and_answers_in_the_best_encoding():
    path = assets.url("app.js").removeprefix(assets.BASE)
    plain = assets.find(path, "")
    small = assets.find(path, "gzip, deflate, br, zstd")
    assert small.encoding == "zstd"
    assert zstandard.decompress(small.body) == plain.body
    assert plain.media_type == "text/javascript"
    for wrong in ("/0000000000/app.js", "/../../../settings.py", "/app.js"):
        with pytest.raises(NotFound):
            assets.find(wrong, "")


def test_no_page_has_script_or_style_written_inside_it():
    for path in [*(WEB / "templates").rglob("*.html"), *HOSTED.rglob("*.html")]:
        text = path.read_text()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|hx-on", text), path
        assert not re.search(r"<script(?![^>]*\ssrc=)", text), path
        assert "//cdn" not in text, path
        assert "|safe" not in text, path
