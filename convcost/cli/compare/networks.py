"""`convcost compare` on networks, and on a network before and after a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.described import analyze_spec
from convcost.cli.compare.request import Request, index_of, unique
from convcost.cli.formats import printer
from convcost.cli.output import rows_that_fit, terminal_width
from convcost.cli.sizes import written_of
from convcost.comparison.alignment import align
from convcost.comparison.condition import condition
from convcost.comparison.convolutions import figures_of, ratios
from convcost.comparison.networks import Pair
from convcost.comparison.replace import replace
from convcost.errors import UsageError, printable
from convcost.figures import Setting
from convcost.files import save
from convcost.render.columns import fits
from convcost.render.comparison import networks as render
from convcost.render.comparison.lines import lines_of, tree_lines
from convcost.render.comparison.network_data import networks_as_json, pairs_as_csv, sides_as_csv
from convcost.render.comparison.networks import Compared
from convcost.render.comparison.sides import note, verdict
from convcost.render.formats import Blocks, Formats, Grid, Under, as_markdown
from convcost.render.summary import lines_as_text
from convcost.render.tree import folded, style_of


def run(request: Request) -> None:
    """Compare networks, or one with itself after a replacement."""
    show = printer(FORMATS, request.format, request.output)
    if request.input is not None:
        raise UsageError("--input is for convolutions", "a network's sizes are its symbols: --set H=192")
    found = _networks(request) if request.replace is None else _before_and_after(request)
    figures = [figures_of(analysis) for _, analysis in found]
    words = [side.word for side in request.sides] if request.replace is None else [label for label, _ in found]
    n = index_of(request.baseline, list(zip((label for label, _ in found), words, strict=True)))
    sides = [
        render.Compared(label, analysis, own, ratios(own, figures[n]))
        for (label, analysis), own in zip(found, figures, strict=True)
    ]
    base = sides[n]
    pairs = align(sides[0].analysis, sides[1].analysis) if len(sides) == 2 else []
    show(Found(sides, base, pairs, request.every))


def _networks(request: Request) -> list[tuple[str, Analysis]]:
    if request.where or request.save is not None:
        raise UsageError(f"{'--where' if request.where else '--save'} goes with --replace")
    if request.sizes:
        option = next(iter(request.sizes)).replace("_", "-")
        raise UsageError(f"--{option} is for convolutions, and for --replace")
    if sum(side.name == "-" for side in request.sides) > 1:
        raise UsageError("standard input can be read once: only one side can be `-`")
    found = []
    for side in request.sides:
        variant = side.own.pop("variant", request.variant)
        found.append((side, analyze_spec(side.name, request.settings | side.own, variant, request.dtype)))
    names = [f"{analysis.network.name}{side.word.removeprefix(side.name)}" for side, analysis in found]
    words = names if len(set(names)) == len(names) else [side.word for side, _ in found]
    return [(label, analysis) for label, (_, analysis) in zip(unique(list(map(printable, words))), found, strict=True)]


def _before_and_after(request: Request) -> list[tuple[str, Analysis]]:
    old, equals, new = (request.replace or "").partition("=")
    if not equals or not old.strip() or not new.strip():
        raise UsageError(f"--replace {request.replace}: what is replaced, and by what", "conv=depthwise_separable")
    if len(request.sides) != 1:
        raise UsageError("--replace compares one network with itself", "name one network")
    if str(request.save) == "-":
        raise UsageError("--save names a file: standard output is for the comparison", "--save new.yaml")
    (side,) = request.sides
    variant = side.own.pop("variant", request.variant)
    conditions = [condition(text) for text in request.where]
    words = old.strip(), new.strip()
    sizes = written_of(request.sizes)
    replaced = replace(side.name, request.settings | side.own, variant, words, sizes, conditions)
    at = Setting(request.dtype)
    if request.save is not None:
        save(request.save, replaced.text)
    return [("before", analyze(replaced.before, at)), ("after", analyze(replaced.after, at))]


class Found(NamedTuple):
    """Networks side by side, what ratios are to, and of two their layers in pairs."""

    sides: Sequence[Compared]
    base: Compared
    pairs: Sequence[Pair]
    every: bool


def _blocks(found: Found, page: bool = False) -> Blocks:
    """Two networks layer by layer and in total, more of them in total; on a page nothing is cut to fit a screen."""
    sides, base = found.sides, found.base
    rows, columns = render.total_rows(sides, base), render.total_columns(sides)
    width = None if page else terminal_width()
    if len(sides) == 2 and fits(columns[:3], rows, width):
        totals: Grid[Any] = Grid(columns, rows)
    else:
        totals = Grid(render.network_columns(sides, base.label), sides)
    return [*(_pairs(found, page) if found.pairs else []), totals, Under(note(base.analysis.at))]


def _pairs(found: Found, page: bool) -> Blocks:
    sides, pairs, every = found.sides, found.pairs, found.every
    summary = render.summary_lines(pairs, *(side.label for side in sides))
    most = None if page else rows_that_fit(lines_as_text(summary, terminal_width()))
    lines = lines_of(pairs, every) if most is None else tree_lines(pairs, every, most)
    hint = "" if every or most is None else folded(lines, ": --all shows every layer")
    table = Grid(render.layer_columns(*sides), lines, style=style_of, note=hint)
    other = next(side for side in sides if side is not found.base)
    return [table, summary, verdict(other.label, found.base.label, "macs", other.ratios["macs"])]


FORMATS: Formats[Found] = {
    "table": _blocks,
    "json": lambda found: networks_as_json(found.sides, found.base, found.pairs),
    "csv": lambda found: pairs_as_csv(found.pairs) if found.pairs else sides_as_csv(found.sides),
    "markdown": lambda found: as_markdown(_blocks(found, page=True)),
}
