"""The colours and corners of a figure: light, so that black text on them is read in print and in grey."""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """As six hexadecimal digits behind a #."""

    fill: str
    line: str


COLOURS = {
    "conv": Colour("#dce8f5", "#5b7fa6"),
    "whole": Colour("#fbe3c8", "#b07c3c"),
    "pool": Colour("#dcefdc", "#5f9464"),
    "join": Colour("#ffffff", "#6b6b6b"),
    "plain": Colour("#f6f1d8", "#a0955a"),
    "block": Colour("#eae4f2", "#82709c"),
    "end": Colour("#ffffff", "#9a9a9a"),
}
FRAME = Colour("#f7f7f7", "#c0c0c0")
LINE = "#4a4a4a"
PALE = "#4a4a4a"
ROUNDEST = 13.0
"""The largest radius of a corner of an input or an output, in points."""
