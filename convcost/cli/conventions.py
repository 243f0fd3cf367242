"""`convcost conventions`: how other tools count, what they would print for a network, and why."""

from __future__ import annotations

import json
from typing import Annotated, NamedTuple

import typer

from convcost.analysis.convention_rules import Convention
from convcost.analysis.convention_table import CONVENTIONS
from convcost.analysis.conventions import Count, check_calls, convention, count_by
from convcost.analysis.costs import Analysis, analyze
from convcost.cli.formats import Format, Output, printer
from convcost.cli.options import Arguments, Ends, MaybeSpec, Settings, Shapes, Variant, opening, settings_of
from convcost.csv_text import as_csv
from convcost.errors import UsageError
from convcost.reading.load import open_description
from convcost.render import conventions as render
from convcost.render.formats import Block, Blocks, Formats, Grid, as_markdown, tabular


def command(
    spec: MaybeSpec = None,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by", metavar="NAME[,NAME]", help="Item by item under these conventions, as fvcore or fvcore@0.1.5."
        ),
    ] = None,
    call: Annotated[
        list[str] | None,
        typer.Option("--call", metavar="NAME=HOW", help="An operator is called as a function (or mean), no module."),
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    format: Format = None,
    output: Output = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
) -> None:
    """Show how other tools count; for a network, which total each of them would print, and why."""
    names = [name for words in by or () for name in words.split(",")]
    chosen = [convention(name) for name in dict.fromkeys(names)]
    calls = _calls(call or [])
    if spec is None:
        if calls or settings or variant:
            raise UsageError(
                "--call, --set and --variant go with a network", "for example convcost conventions resnet50"
            )
        return printer(FORMATS, format, output)(chosen)
    show = printer(ITEM_FORMATS if chosen else TOTAL_FORMATS, format, output)
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs))
    analysis = analyze(description.network(settings_of(settings), variant))
    return show(Counts(analysis, calls, [count_by(one, analysis, calls) for one in chosen or CONVENTIONS.values()]))


class Counts(NamedTuple):
    """What conventions make of a network."""

    analysis: Analysis
    calls: dict[str, str]
    counts: list[Count]


def _conventions(chosen: list[Convention]) -> Blocks:
    """The rules of the conventions that are named; if none is, all conventions in words."""
    if not chosen:
        return [render.convention_lines(list(CONVENTIONS.values()))]
    blocks: list[Block] = []
    for one in chosen:
        blocks += [Grid(render.RULE_COLUMNS, render.rule_rows(one)), render.rule_lines(one)]
    return blocks


def _conventions_as_json(chosen: list[Convention]) -> str:
    return json.dumps([render.convention_object(one) for one in chosen or CONVENTIONS.values()], indent=2)


def _conventions_as_csv(chosen: list[Convention]) -> str:
    rules = [row for one in chosen or CONVENTIONS.values() for row in render.rule_rows(one)]
    fields = [[row.convention.name, row.convention.version, row.kind, row.component, row.coefficient] for row in rules]
    return as_csv(["convention", "version", "operator", "component", "coefficient"], fields)


def _conventions_as_markdown(chosen: list[Convention]) -> str:
    table = Grid(render.CONVENTION_COLUMNS, list(CONVENTIONS.values()))
    return as_markdown(_conventions(chosen) if chosen else [table])


FORMATS: Formats[list[Convention]] = {
    **tabular(_conventions, _conventions_as_json, _conventions_as_csv),
    "markdown": _conventions_as_markdown,
}


def _counts_as_json(found: Counts) -> str:
    conventions = list(map(render.count_object, found.counts))
    network = found.analysis.network
    notes = [text for _, text in render.note_lines(network.notes)]
    data = {"name": network.name, "macs": found.analysis.macs, "conventions": conventions, "notes": notes}
    return json.dumps(data, indent=2)


def _items(found: Counts) -> Blocks:
    blocks: list[Block] = []
    for one in found.counts:
        lines = [*render.item_lines(one), *render.note_lines(found.analysis.network.notes)]
        blocks += [Grid(render.item_columns(one), one.items), lines]
    return blocks


def _items_as_csv(found: Counts) -> str:
    return as_csv(render.ITEM_HEADER, [row for count in found.counts for row in render.item_fields(count)])


ITEM_FORMATS = tabular(_items, _counts_as_json, _items_as_csv)


def _totals(found: Counts) -> Blocks:
    network = found.analysis.network
    lines = [*render.total_lines(network.name, found.counts, found.calls), *render.note_lines(network.notes)]
    return [Grid(render.TOTAL_COLUMNS, found.counts), lines]


def _totals_as_csv(found: Counts) -> str:
    return as_csv(render.TOTAL_HEADER, list(map(render.total_fields, found.counts)))


TOTAL_FORMATS = tabular(_totals, _counts_as_json, _totals_as_csv)


def _calls(words: list[str]) -> dict[str, str]:
    """NAME=HOW words as a mapping."""
    calls = {}
    for word in words:
        name, equals, how = word.partition("=")
        if not equals:
            raise UsageError(f"--call {word}: say how it is called", "for example --call relu=function")
        calls[name.strip()] = how.strip()
    check_calls(calls)
    return calls
