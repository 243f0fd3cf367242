"""How wide a text is at most, in the fonts that it may be shown in."""

from __future__ import annotations

from unicodedata import east_asian_width

_WIDTHS = {0.4: " \u00a0!'(),-./:;I[]`fijlrt|·", 0.9: "#&+<=>@%×~^", 1.15: "MWmw"}
_OF = {char: width for width, chars in _WIDTHS.items() for char in chars}
_CAPITAL, _OTHER, _WIDE, _FOREIGN = 0.8, 0.65, 1.2, 1.05


def text_width(text: str, size: float) -> float:
    """Return the width of a text in a font of a size: more than in Helvetica, DejaVu Sans and Computer Modern.

    >>> round(text_width("mid", 10), 3)
    22.0
    """
    return size * sum(map(_em, text))


def _em(char: str) -> float:
    if char in _OF:
        return _OF[char]
    if char.isascii():
        return _CAPITAL if char.isupper() else _OTHER
    return _WIDE if east_asian_width(char) in "WF" else _FOREIGN
