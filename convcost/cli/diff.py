"""`convcost diff`: what changed from one version of a network to the next, and what it costs."""

from __future__ import annotations

import sys
from typing import Annotated, NamedTuple

import typer

from convcost.analysis.costs import Analysis, analyze
from convcost.analysis.described import analyze_description
from convcost.checks.budgets import budget, limited
from convcost.cli.formats import Format, Output, printer
from convcost.cli.options import BYTES, Arguments, Dtype, Ends, Settings, Shapes, Variant, one_of, opening, settings_of
from convcost.diff.changes import Diff, diff
from convcost.diff.rows import rows_of
from convcost.errors import ConvcostError, Problem, SpecError, UsageError, did_you_mean, printable
from convcost.reading.description import Description
from convcost.reading.load import open_description
from convcost.reading.opening import Opening
from convcost.render.diff import table as render
from convcost.render.diff.data import diff_as_csv, diff_as_json
from convcost.render.diff.table import diff_as_markdown, failure
from convcost.render.formats import Blocks, Formats, Grid, tabular

_VERSION = "a spec file, a bundled network, `git:REV:path`, or - for standard input."


def command(
    old: Annotated[str, typer.Argument(metavar="OLD", help=f"The version before: {_VERSION}")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The version after, likewise.")],
    fail_if: Annotated[
        list[str] | None,
        typer.Option(
            "--fail-if",
            metavar="CONDITION",
            help="Exit with 1 if it is so of the totals: 'macs > +5%', 'params > +1e6', 'peak_memory > 32 MiB'; "
            "may be repeated.",
        ),
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    every: Annotated[
        bool, typer.Option("--all", help="Show every layer that isn't the same in a row of its own.")
    ] = False,
    format: Format = None,
    output: Output = None,
    dtype: Dtype = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
) -> None:
    """Show what changed from one version of a network to the next, layer by layer, and what it costs."""
    show = printer(FORMATS, format, output)
    one_of("--dtype", dtype or "float32", tuple(BYTES))
    budgets = [budget(text) for text in fail_if or []]
    how = opening(shapes, arguments, old, new, outputs=outputs)
    before, after, description = _read((old, new), how, settings_of(settings), variant, dtype)
    found = diff(before, after)
    failures = [
        {"condition": one.text, "reason": failure(one, *values)}
        for one in budgets
        if one.holds(*(values := (limited(before, one.figure), limited(after, one.figure))))
    ]
    show(Found(found, description, (old, new), every, failures))
    for one in failures:
        print(f"error: {printable(after.network.name)}: {printable(one['reason'])}", file=sys.stderr)
    if failures:
        raise typer.Exit(1)


def _read(
    words: tuple[str, str], how: Opening, settings: dict[str, str], variant: str | None, dtype: str | None
) -> tuple[Analysis, Analysis, Description]:
    """Both versions, and the description of the new one; everything that is wrong with either in one error."""
    if words == ("-", "-"):
        raise UsageError("standard input can be one version, not both")
    opened: list[Description] = []
    problems: list[Problem] = []
    for word in words:
        try:
            opened.append(open_description(word, how))
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)
    found: list[Analysis] = []
    for description, own in zip(opened, _settings(opened, settings, variant), strict=True):
        try:
            found.append(analyze_description(description, own, variant, dtype, expecting=False))
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found[0], found[1], opened[1]


def _settings(opened: list[Description], settings: dict[str, str], variant: str | None) -> list[dict[str, str]]:
    """For either version those of the settings that it has; each must be one that a version has."""
    if not settings:
        return [{}, {}]
    try:
        symbols = [description.outline({}, variant).settable for description in opened]
    except SpecError:
        return [{}, {}]  # reading the whole says what is wrong
    known = {*symbols[0], *symbols[1]}
    for name in settings:
        if name not in known:
            help = did_you_mean(name, known) or f"symbols: {', '.join(sorted(known)) or 'none'}"
            raise UsageError(f"neither version has a symbol `{name}`", help)
    return [{name: text for name, text in settings.items() if name in mine} for mine in symbols]


class Found(NamedTuple):
    """What changed, between what, and which conditions it breaks."""

    diff: Diff
    new: Description
    words: tuple[str, str]
    every: bool
    failures: list[dict[str, str]]

    @property
    def only_symbols(self) -> bool:
        """Whether the new version, with the old one's values of its symbols, is the old one."""
        symbols, old = self.diff.symbols, self.diff.old
        values = {name: before for name, (before, after) in symbols.items() if before is not None}
        if not values or values.keys() != symbols.keys():
            return False
        try:
            as_before = self.new.network(values, expecting=False)
        except ConvcostError:
            return False
        return diff(old, analyze(as_before, old.at)).is_empty


def _blocks(found: Found) -> Blocks:
    diff, rows = found.diff, rows_of(found.diff.changes, found.every)
    layers = [Grid(render.layer_columns(diff), rows)] if rows else []
    totals = [] if diff.is_empty else [Grid(render.total_columns(diff), render.total_rows(diff))]
    return [*layers, render.remarks(diff, found.only_symbols), *totals, render.verdict(diff)]


def _markdown(found: Found) -> str:
    reasons = [one["reason"] for one in found.failures]
    return diff_as_markdown(found.diff, rows_of(found.diff.changes, found.every), found.only_symbols, reasons)


FORMATS: Formats[Found] = {
    **tabular(
        _blocks,
        json=lambda found: diff_as_json(found.diff, found.words, found.failures),
        csv=lambda found: diff_as_csv(found.diff),
    ),
    "markdown": _markdown,
}
