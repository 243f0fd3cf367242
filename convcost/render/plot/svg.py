"""A plot as SVG (https://www.w3.org/TR/SVG2/): text stays text, in a font of the system."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from convcost.layout.widths import text_width
from convcost.render.plot.labels import DOT, SIZE
from convcost.render.plot.picture import HEIGHT, WIDTH, Dot, Picture

_LEFT, _RIGHT, _TOP, _BOTTOM = 46.0, 9.0, 9.0, 34.0
"""Room around the area, for the axes."""
_DOT, _FRONT = "#2f5d8c", "#c8553d"


def as_svg(picture: Picture) -> str:
    """Return a plot."""
    return "\n".join([*_lines(picture), ""])


def _lines(picture: Picture) -> Iterator[str]:
    width, height = WIDTH + _LEFT + _RIGHT, HEIGHT + _TOP + _BOTTOM
    title = f"{picture.y.label} against {picture.x.label}"
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}pt" height="{height:g}pt" '
        f'viewBox="{-_LEFT:g} {-_TOP:g} {width:g} {height:g}" role="img" '
        f'font-family="Helvetica, Arial, sans-serif" font-size="{SIZE:g}" fill="#222222">'
    )
    yield f"<title>{escape(title, quote=False)}</title>"
    yield f'<rect x="{-_LEFT:g}" y="{-_TOP:g}" width="{width:g}" height="{height:g}" fill="#ffffff"/>'
    yield from _axes(picture)
    if len(picture.front) > 1:
        line = "L".join(map(_point, map(picture.at, picture.front)))
        yield f'<path d="M{line}" fill="none" stroke="{_FRONT}" stroke-width="1"/>'
    if picture.is_many:
        front = set(picture.front)
        for colour, some in ((_DOT, [dot for dot in picture.dots if dot not in front]), (_FRONT, picture.front)):
            places = "".join(f"M{_point(picture.at(dot))}h0" for dot in some)
            yield f'<path d="{places}" stroke="{colour}" stroke-width="{DOT:g}" stroke-linecap="round"/>'
    else:
        yield from (_dot(picture, dot) for dot in picture.dots)
    for label in picture.labels:
        if label.leader:
            start, end = map(_point, label.leader)
            yield f'<path d="M{start}L{end}" stroke="#888888" stroke-width="0.5"/>'
        yield _text(label.text, label.x, label.y, label.anchor)
    yield "</svg>"


def _axes(picture: Picture) -> Iterator[str]:
    yield '<g stroke="#dddddd" stroke-width="0.5">'
    across = [(WIDTH * picture.x.place(tick.value * picture.x.divisor), tick.text) for tick in picture.x.ticks]
    up = [(HEIGHT * (1 - picture.y.place(tick.value * picture.y.divisor)), tick.text) for tick in picture.y.ticks]
    yield from (f'<path d="M{_point((at, 0))}V{HEIGHT:g}"/>' for at, _ in across)
    yield from (f'<path d="M{_point((0, at))}H{WIDTH:g}"/>' for at, _ in up)
    yield f'</g><rect width="{WIDTH:g}" height="{HEIGHT:g}" fill="none" stroke="#444444" stroke-width="0.6"/>'
    yield from (_text(text, at, HEIGHT + 1.4 * SIZE, "middle") for at, text in across)
    yield from (_text(text, -4, at + 0.35 * SIZE, "end") for at, text in up)
    yield _text(picture.x.label, WIDTH / 2, HEIGHT + 3 * SIZE, "middle")
    x, y = -4 - max(text_width(text, SIZE) for _, text in up) - 0.8 * SIZE, HEIGHT / 2
    yield _text(picture.y.label, x, y, "middle", f' transform="rotate(-90 {x:g} {y:g})"')


def _dot(picture: Picture, dot: Dot) -> str:
    """A point that says its name and numbers to whoever points at it."""
    x, y = map(_number, picture.at(dot))
    colour = _FRONT if dot in picture.front else _DOT
    title = escape(f"{dot.name}: {dot.x:,.12g}, {dot.y:,.12g}", quote=False)
    return f'<circle cx="{x}" cy="{y}" r="{DOT:g}" fill="{colour}"><title>{title}</title></circle>'


def _text(text: str, x: float, y: float, anchor: str, more: str = "") -> str:
    at = f'x="{_number(x)}" y="{_number(y)}" text-anchor="{anchor}"'
    return f"<text {at}{more}>{escape(text, quote=False)}</text>"


def _point(point: tuple[float, float]) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _number(length: float) -> str:
    return f"{length:.2f}".rstrip("0").rstrip(".")
