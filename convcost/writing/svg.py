"""An architecture figure as SVG (https://www.w3.org/TR/SVG2/): text stays text, in a font of the system."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import pairwise
from math import dist

from convcost.layout import Point, Rectangle
from convcost.reading.description import Description, Settings
from convcost.writing.figure.colours import COLOURS, FRAME, LINE, PALE, ROUNDEST
from convcost.writing.figure.drawing import Drawing, Text, drawing

_EDGE = 6.0
"""Room around the figure."""
_CORNER = 4.0


def write(description: Description, settings: Settings = None, variant: str | None = None) -> str:
    """Return the figure of a network."""
    return "\n".join([*_lines(drawing(description.network(settings, variant, expecting=False))), ""])


def _lines(figure: Drawing) -> Iterator[str]:
    width, height = figure.width + 2 * _EDGE, figure.height + 2 * _EDGE
    size = f'width="{_number(figure.scale * width)}pt" height="{_number(figure.scale * height)}pt"'
    view = f'viewBox="{-_EDGE:g} {-_EDGE:g} {_number(width)} {_number(height)}"'
    font = 'font-family="Helvetica, Arial, sans-serif" text-anchor="middle"'
    yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} {view} role="img" {font}>'
    yield f"<title>{_text(figure.title)}</title>"
    yield f"<desc>{_text(' '.join(text.line.text for text in figure.legend))}</desc>"
    yield _rectangle(Rectangle(-_EDGE, -_EDGE, width, height), 'fill="#ffffff"')
    for frame in figure.frames:
        yield _rectangle(frame.at, f'rx="3" fill="{FRAME.fill}" stroke="{FRAME.line}" stroke-width="0.6"')
    yield f'<g fill="none" stroke="{LINE}" stroke-width="0.8">'
    yield from (f'<path d="{_path(line)}"/>' for line in figure.lines.values())
    yield f'</g><g fill="{LINE}">'
    yield from (f'<path d="{head}"/>' for head in dict.fromkeys(_head(line[-1]) for line in figure.lines.values()))
    yield "</g>"
    for box in figure.boxes:
        colour = COLOURS[box.colour]
        radius = min(box.at.height / 2, ROUNDEST) if box.colour == "end" else 2
        yield _rectangle(
            box.at, f'rx="{_number(radius)}" fill="{colour.fill}" stroke="{colour.line}" stroke-width="0.6"'
        )
        yield from (_shown(text) for text in box.texts)
    for text in (*(text for frame in figure.frames for text in frame.texts), *figure.legend):
        yield _shown(text, f' text-anchor="start" fill="{PALE}"')
    yield "</svg>"


def _rectangle(at: Rectangle, style: str) -> str:
    x, y, width, height = map(_number, at)
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" {style}/>'


def _shown(text: Text, style: str = "") -> str:
    line = text.line
    at = f'x="{_number(text.x)}" y="{_number(text.y)}" font-size="{line.size:g}"'
    bold = ' font-weight="bold"' if line.bold else ""
    return f"<text {at}{bold}{style}>{_text(line.text)}</text>"


def _path(line: tuple[Point, ...]) -> str:
    """A line with round corners."""
    parts = [f"M{_point(line[0])}"]
    for (before, corner), (_, after) in pairwise(pairwise(line)):
        near = min(_CORNER, dist(before, corner) / 2, dist(corner, after) / 2)
        parts.append(
            f"L{_point(_toward(corner, before, near))}Q{_point(corner)} {_point(_toward(corner, after, near))}"
        )
    return "".join([*parts, f"L{_point((line[-1][0], line[-1][1] - 1))}"])


def _toward(start: Point, end: Point, far: float) -> Point:
    share = far / dist(start, end)
    return start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1])


def _head(at: Point) -> str:
    x, y = at
    return f"M{_point((x - 2, y - 5))}L{_point((x, y))}L{_point((x + 2, y - 5))}L{_point((x, y - 4))}Z"


def _point(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


def _text(text: str) -> str:
    return escape(text, quote=False)
