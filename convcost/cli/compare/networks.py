"""`convcost compare` on networks, and on a network before and after a change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.described import analyze_spec
from convcost.cli.compare.request import Request, index_of, unique
from convcost.cli.output import rows_that_fit, show_table, terminal_width, wrapped, write
from convcost.cli.sizes import written_of
from convcost.errors import UsageError, printable
from convcost.figures import Setting
from convcost.files import save

if TYPE_CHECKING:
    from convcost.comparison.networks import Pair
    from convcost.render.comparison.networks import Compared


def run(request: Request) -> None:
    """Compare networks, or one with itself after a replacement."""
    from convcost.comparison.figures import figures_of, ratios
    from convcost.comparison.networks import align
    from convcost.render.comparison import networks as render
    from convcost.render.comparison.network_data import networks_as_json, pairs_as_csv, sides_as_csv

    if request.input is not None:
        raise UsageError("--input is for convolutions", "a network's sizes are its symbols: --set H=192")
    found = _networks(request) if request.replace is None else _before_and_after(request)
    figures = [figures_of(analysis) for _, analysis in found]
    n = index_of(request.baseline, [(label, label) for label, _ in found])
    sides = [
        render.Compared(label, analysis, own, ratios(own, figures[n]))
        for (label, analysis), own in zip(found, figures, strict=True)
    ]
    base = sides[n]
    pairs = align(sides[0].analysis, sides[1].analysis) if len(sides) == 2 else []
    if request.format == "json":
        write(networks_as_json(sides, base, pairs, request.dtype))
    elif request.format == "csv":
        write(pairs_as_csv(pairs) if pairs else sides_as_csv(sides))
    else:
        _show(request, sides, base, pairs)


def _networks(request: Request) -> list[tuple[str, Analysis]]:
    if request.where or request.output is not None:
        raise UsageError(f"{'--where' if request.where else '--output'} goes with --replace")
    if request.sizes:
        option = next(iter(request.sizes)).replace("_", "-")
        raise UsageError(f"--{option} is for convolutions, and for --replace")
    if sum(side.name == "-" for side in request.sides) > 1:
        raise UsageError("standard input can be read once: only one side can be `-`")
    found = []
    for side in request.sides:
        variant = side.own.pop("variant", request.variant)
        found.append((side, analyze_spec(side.name, request.settings | side.own, variant, request.dtype)))
    names = [side.word if ":" in side.word else analysis.network.name for side, analysis in found]
    words = names if len(set(names)) == len(names) else [side.word for side, _ in found]
    return [(label, analysis) for label, (_, analysis) in zip(unique(list(map(printable, words))), found, strict=True)]


def _before_and_after(request: Request) -> list[tuple[str, Analysis]]:
    from convcost.comparison.condition import condition
    from convcost.comparison.replace import replace

    old, equals, new = (request.replace or "").partition("=")
    if not equals or not old.strip() or not new.strip():
        raise UsageError(f"--replace {request.replace}: what is replaced, and by what", "conv=depthwise_separable")
    if len(request.sides) != 1:
        raise UsageError("--replace compares one network with itself", "name one network")
    if str(request.output) == "-":
        raise UsageError("--output names a file: standard output is for the comparison", "-o new.yaml")
    (side,) = request.sides
    variant = side.own.pop("variant", request.variant)
    conditions = [condition(text) for text in request.where]
    words = old.strip(), new.strip()
    sizes = written_of(request.sizes)
    replaced = replace(side.name, request.settings | side.own, variant, words, sizes, conditions)
    at = Setting(request.dtype)
    if request.output is not None:
        save(request.output, replaced.text)
    return [("before", analyze(replaced.before, at)), ("after", analyze(replaced.after, at))]


def _show(request: Request, sides: Sequence[Compared], base: Compared, pairs: Sequence[Pair]) -> None:
    from convcost.render.columns import as_markdown, fits, in_markdown
    from convcost.render.comparison import networks as render
    from convcost.render.comparison.lines import lines_of, tree_lines
    from convcost.render.comparison.sides import note
    from convcost.render.summary import as_markdown_list, as_text
    from convcost.render.tree import folded, style_of

    by_network = render.network_columns(base.label)
    if len(sides) > 2:
        if request.format == "markdown":
            write(as_markdown(by_network, sides))
        else:
            show_table(by_network, sides)
            write(wrapped(note(base.analysis.at)))
        return
    rows = render.total_rows(sides, base)
    columns = render.total_columns(sides)
    summary = render.summary_lines(pairs, *(side.label for side in sides)) if pairs else []
    if request.format == "markdown":
        if pairs:
            lines = lines_of(pairs, request.every)
            write(as_markdown(render.layer_columns(*sides), lines) + "\n" + as_markdown_list(summary))
            write(f"\n{in_markdown(render.verdict(sides, base))}\n")
        write(as_markdown(columns, rows) + "\n" + note(base.analysis.at))
        return
    if pairs:
        differences = as_text(summary, terminal_width())
        most = rows_that_fit(differences)
        if most is None:
            lines, hint = lines_of(pairs, request.every), ""
        else:
            lines = tree_lines(pairs, request.every, most)
            hint = "" if request.every else folded(lines, ": --all shows every layer")
        show_table(render.layer_columns(*sides), lines, style=style_of, note=hint)
        write("\n" + differences)
        write(f"\n{wrapped(render.verdict(sides, base))}\n")
    if fits(columns[: 1 + len(sides)], rows, terminal_width()):
        show_table(columns, rows)
    else:
        show_table(by_network, sides)
    write(wrapped(note(base.analysis.at)))
