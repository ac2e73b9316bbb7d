"""Colours of a page, and whether people can read them: WCAG 2.2's contrast, in sRGB."""

import re

TEXT = 4.5  # WCAG 1.4.3: words on their ground.
SHAPE = 3.0  # WCAG 1.4.11: what shows where a button or a box is.
WHITE, BLACK = "#ffffff", "#000000"
_HEX = re.compile(r"#?([0-9a-fA-F]{6}|[0-9a-fA-F]{3})")


def read(text: str) -> str | None:
    """`#0a7`, `0A7` or `#00aa77` as `#00aa77`; None for what is no colour."""
    found = _HEX.fullmatch(text.strip())
    if found is None:
        return None
    digits = found.group(1).lower()
    return "#" + (digits if len(digits) == 6 else "".join(2 * digit for digit in digits))


def contrast(one: str, other: str) -> float:
    """From 1 (the same) to 21 (black and white); both are six-digit colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def ratio(one: str, other: str) -> str:
    """The contrast as people write it, cut and never rounded up to a limit: `4.49`."""
    return f"{int(contrast(one, other) * 100) / 100:.2f}"


def readable_on(ground: str) -> str:
    """Black or white, whichever reads better on it: always 4.58 or more."""
    return max(WHITE, BLACK, key=lambda ink: contrast(ink, ground))


def softer(ink: str, ground: str, wanted: float) -> str:
    """`ink` mixed with its ground as far as `wanted` allows: second words, lines of boxes."""
    for share in range(55, 100, 5):
        mixed = _mix(ink, ground, share)
        if contrast(mixed, ground) >= wanted:
            return mixed
    return ink


def tint(ink: str, ground: str, share: int) -> str:
    """The ground with `share` percent of another colour in it."""
    return _mix(ink, ground, share)


def first_readable(inks: tuple[str, ...], ground: str) -> str:
    """The first of some colours that reads on the ground; the ground's black or white if none."""
    return next((ink for ink in inks if contrast(ink, ground) >= TEXT), readable_on(ground))


def _mix(ink: str, ground: str, share: int) -> str:
    pairs = zip(_parts(ink), _parts(ground), strict=True)
    return "#" + "".join(f"{(a * share + b * (100 - share)) // 100:02x}" for a, b in pairs)


def _parts(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    shown: float = part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
    return shown
