"""Build the icon sprite from the names the templates use: `tools/icons.py SPRITE.svg`.

SPRITE.svg is `dist/tabler-sprite.svg` of the package `@tabler/icons-sprite` named in
`static/vendor/checksums.txt`. Run it after using a new icon; a test says when one is missing.
"""

import hashlib
import re
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parent.parent / "src" / "comptoir" / "web"
VENDOR = WEB / "static" / "vendor"
SPRITE = VENDOR / "icons" / "icons.svg"
_SYMBOL = re.compile(r'<symbol id="tabler-([a-z0-9-]+)".*?</symbol>', re.DOTALL)
_BLANK = re.compile(r'<path stroke="none" d="M0 0h24v24H0z" fill="none" ?/>')


def used() -> set[str]:
    """Names listed in `static/icons.txt`, one by line: the icons pages may use."""
    return set((WEB / "static" / "icons.txt").read_text().split())


def build(source: str, names: set[str]) -> str:
    """The sprite with the named symbols only, sorted, without their invisible frames."""
    found = {m.group(1): _BLANK.sub("", m.group(0)) for m in _SYMBOL.finditer(source)}
    missing = sorted(names - found.keys())
    if missing:
        raise SystemExit(f"not in the sprite: {', '.join(missing)}")
    named = (found[name].replace("tabler-", "", 1) for name in sorted(names))
    # The width of the lines is the style sheet's choice, so it is not fixed in the symbols.
    body = "\n".join(symbol.replace(' stroke-width="2"', "") for symbol in named)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{body}\n</svg>\n'


def checksums(folder: Path) -> str:
    """`sha256  path` of every vendored file, in the format of sha256sum."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "checksums.txt")
    return "".join(
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}\n" for p in files
    )


def main() -> None:
    SPRITE.write_text(build(Path(sys.argv[1]).read_text(), used()))
    (VENDOR / "checksums.txt").write_text(checksums(VENDOR))


if __name__ == "__main__":
    main()
