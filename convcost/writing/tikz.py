r"""An architecture figure for LaTeX, in TikZ: a document of its own, of which a paper may take the picture.

`\includegraphics` shows what it is compiled to. `\input` takes it into a document that loads the package `standalone`,
and `tikz`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from convcost.algebra.latex import HARMLESS, lualatex
from convcost.layout import Point
from convcost.reading.description import Description, Settings
from convcost.writing.figure.colours import COLOURS, FRAME, LINE, PALE, ROUNDEST
from convcost.writing.figure.drawing import Drawing, Shown, Text, drawing

_ESCAPES = {
    **HARMLESS,
    '"': r"\char34{}",
    **{char: f"{{}}{char}{{}}" for char in "`'"},
    "×": r"$\times$",
    "·": r"$\cdot$",
    "\u00a0": "~",
}

_STYLE = (
    r"  x=1bp, y=-1bp, line width=0.6bp, inner sep=0pt, outer sep=0pt,",
    r"  words/.style={anchor=base, font=\fontsize{#1}{#1}\selectfont},",
    r"  pale/.style={anchor=base west, text=convcost pale},",
    r"  to/.style={draw=convcost line, rounded corners=3bp, -{Stealth[length=4bp, width=3.5bp]}},",
)


def write(description: Description, settings: Settings = None, variant: str | None = None) -> str:
    """Return the figure of a network as a document."""
    lines = [*_lines(drawing(description.network(settings, variant, expecting=False)))]
    return "\n".join([*lualatex(lines), *lines, ""])


def _lines(figure: Drawing) -> Iterator[str]:
    yield from (r"\documentclass[tikz,border=2pt]{standalone}", r"\usetikzlibrary{arrows.meta}", r"\begin{document}")
    for name, (fill, line) in {**COLOURS, "frame": FRAME}.items():
        yield from (_colour(name, fill), _colour(f"{name} line", line))
    yield from (_colour("line", LINE), _colour("pale", PALE))
    yield from (r"\begin{tikzpicture}[", rf"  scale={figure.scale:.3g}, transform shape,", *_STYLE, "]")
    for frame in figure.frames:
        yield _rectangle(frame, "3bp")
    yield from (f"\\draw[to] {' -- '.join(map(_point, line))};" for line in figure.lines.values())
    for box in figure.boxes:
        yield _rectangle(box, f"{_number(min(box.at.height / 2, ROUNDEST))}bp" if box.colour == "end" else "2bp")
        yield from (_node(text) for text in box.texts)
    for text in (*(text for frame in figure.frames for text in frame.texts), *figure.legend):
        yield _node(text, ", pale")
    yield from (r"\end{tikzpicture}", r"\end{document}")


def _colour(name: str, colour: str) -> str:
    return f"\\definecolor{{convcost {name}}}{{HTML}}{{{colour[1:].upper()}}}"


def _rectangle(shown: Shown, corner: str) -> str:
    at, name = shown.at, f"convcost {shown.colour}"
    start, end = _point((at.x, at.y)), _point((at.right, at.bottom))
    return f"\\filldraw[fill={name}, draw={name} line, rounded corners={corner}] {start} rectangle {end};"


def _node(text: Text, style: str = "") -> str:
    bold = r"\bfseries " if text.line.bold else ""
    return (
        f"\\node[words={text.line.size:g}{style}] at {_point((text.x, text.y))} {{{bold}{_escaped(text.line.text)}}};"
    )


def _point(point: Point) -> str:
    return f"({_number(point[0])},{_number(point[1])})"


def _number(length: float) -> str:
    return f"{length:.1f}".removesuffix(".0")


def _escaped(text: str) -> str:
    r"""A text as it reads.

    >>> print(_escaped(r"50% of $x_1$ -- \input"))
    50\% of \$x\_1\$ -{}- \textbackslash{}input
    """
    return re.sub("([-,])(?=\\1)", r"\1{}", "".join(_ESCAPES.get(char, char) for char in text))
