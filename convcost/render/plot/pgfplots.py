r"""A plot for LaTeX, drawn by pgfplots (https://ctan.org/pkg/pgfplots): points keep their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from convcost.algebra.latex import escaped
from convcost.render.plot.labels import DOT, Label
from convcost.render.plot.picture import HEIGHT, WIDTH, Dot, Picture
from convcost.render.plot.scales import Scale

_ANCHORS = {"start": "base west", "middle": "base", "end": "base east"}


def as_pgfplots(picture: Picture) -> str:
    """Return a plot."""
    return "\n".join([*_lines(picture), ""])


def _lines(picture: Picture) -> Iterator[str]:
    yield r"% needs the package pgfplots, and \pgfplotsset{compat=1.16}"
    yield r"\begin{tikzpicture}"
    yield r"  \definecolor{convcostdot}{HTML}{2F5D8C}\definecolor{convcostfront}{HTML}{C8553D}"
    yield r"  \begin{axis}["
    yield f"    scale only axis, width={WIDTH:g}pt, height={HEIGHT:g}pt, font=\\footnotesize,"
    yield "    tick style={draw=none}, minor tick style={draw=none}, grid=major, grid style={gray!25},"
    yield from (f"    {line}," for name, scale in (("x", picture.x), ("y", picture.y)) for line in _axis(name, scale))
    yield "  ]"
    if len(picture.front) > 1:
        yield r"  \addplot[convcostfront, thick] coordinates {"
        yield from _coordinates(picture, picture.front)
        yield "  };"
    dots = {"convcostdot": [dot for dot in picture.dots if dot not in set(picture.front)]}
    dots["convcostfront"] = [dot for dot in picture.dots if dot in set(picture.front)]
    for colour, some in dots.items():
        if some:
            size = DOT / 2 if picture.is_many else DOT
            yield rf"  \addplot[{colour}, only marks, mark=*, mark size={size:g}pt] coordinates {{"
            yield from _coordinates(picture, some)
            yield "  };"
    yield from (f"  {_node(label)}" for label in picture.labels)
    yield r"  \end{axis}"
    yield r"\end{tikzpicture}"


def _axis(name: str, scale: Scale) -> Iterator[str]:
    if scale.log:
        yield f"{name}mode=log"
    yield f"{name}label={{{escaped(scale.label)}}}, {name}min={scale.low:.8g}, {name}max={scale.high:.8g}"
    ticks = ", ".join(f"{tick.value:.8g}" for tick in scale.ticks)
    texts = ", ".join(f"{{{tick.text}}}" for tick in scale.ticks)
    yield f"{name}tick={{{ticks}}}, {name}ticklabels={{{texts}}}"


def _coordinates(picture: Picture, dots: Iterable[Dot]) -> Iterator[str]:
    for dot in dots:
        yield f"    ({dot.x / picture.x.divisor:.10g}, {dot.y / picture.y.divisor:.10g})"


def _node(label: Label) -> str:
    """A name, and the line to its point: both by their places in the area, from its lower left corner."""
    place = f"anchor={_ANCHORS[label.anchor]}, inner sep=0pt"
    name = rf"\node[{place}] at ({_place(label.x, label.y)}) {{{escaped(label.text)}}};"
    if label.leader is None:
        return name
    start, end = (_place(*point) for point in label.leader)
    return rf"\draw[gray, very thin] ({start}) -- ({end}); {name}"


def _place(x: float, y: float) -> str:
    return f"axis description cs:{x / WIDTH:.4f},{1 - y / HEIGHT:.4f}"
