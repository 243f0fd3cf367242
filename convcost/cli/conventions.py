"""`convcost conventions`: how other tools count, what they would print for a network, and why."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from convcost.analysis.convention_rules import Convention
from convcost.analysis.convention_table import CONVENTIONS
from convcost.analysis.conventions import Count, check_calls, convention, count_by
from convcost.analysis.costs import analyze
from convcost.cli.options import MaybeSpec, Settings, Variant, one_of, settings_of
from convcost.cli.output import show_table, terminal_width, write
from convcost.errors import UsageError
from convcost.reading.load import load
from convcost.render import conventions as render
from convcost.render.columns import as_csv, as_markdown
from convcost.render.summary import Line, as_markdown_list, as_text

FORMATS = ("table", "json", "csv", "markdown")


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
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "table",
) -> None:
    """Show how other tools count; for a network, which total each of them would print, and why."""
    one_of("--format", format, FORMATS)
    names = [name for words in by or () for name in words.split(",")]
    chosen = [convention(name) for name in dict.fromkeys(names)]
    calls = _calls(call or [])
    if spec is None:
        if calls or settings or variant:
            raise UsageError(
                "--call, --set and --variant go with a network", "for example convcost conventions resnet50"
            )
        _show_conventions(chosen, format)
        return
    network = load(spec, settings_of(settings), variant)
    analysis = analyze(network)
    counts = [count_by(convention, analysis, calls) for convention in chosen or CONVENTIONS.values()]
    if format == "json":
        found = [render.count_object(count) for count in counts]
        write(json.dumps({"name": network.name, "macs": analysis.macs, "conventions": found}, indent=2))
    elif format == "csv":
        if chosen:
            write(as_csv(render.ITEM_HEADER, [row for count in counts for row in render.item_fields(count)]))
        else:
            write(as_csv(render.TOTAL_HEADER, [render.total_fields(count) for count in counts]))
    elif chosen:
        for n, count in enumerate(counts):
            if n:
                write("")
            _show_items(count, format == "markdown")
    else:
        _show_totals(render.total_lines(network.name, counts, calls), counts, format == "markdown")


def _show_conventions(chosen: list[Convention], format: str) -> None:
    """The conventions, or the rules of those that are named."""
    conventions = chosen or list(CONVENTIONS.values())
    if format == "json":
        write(json.dumps([render.convention_object(convention) for convention in conventions], indent=2))
    elif format == "csv":
        rules = [row for convention in conventions for row in render.rule_rows(convention)]
        fields = [
            [row.convention.name, row.convention.version, row.kind, row.component, row.coefficient] for row in rules
        ]
        write(as_csv(["convention", "version", "operator", "component", "coefficient"], fields))
    elif not chosen:
        if format == "markdown":
            write(as_markdown(render.CONVENTION_COLUMNS, conventions))
        else:
            write(as_text(render.convention_lines(conventions), terminal_width()))
    else:
        for n, convention in enumerate(chosen):
            if n:
                write("")
            rows = render.rule_rows(convention)
            if format == "markdown":
                write(as_markdown(render.RULE_COLUMNS, rows))
            else:
                show_table(render.RULE_COLUMNS, rows)
                write("\n" + as_text(render.rule_lines(convention), terminal_width()))


def _show_items(count: Count, markdown: bool) -> None:
    if markdown:
        write(as_markdown(render.item_columns(count), count.items) + "\n" + as_markdown_list(render.item_lines(count)))
    else:
        show_table(render.item_columns(count), count.items)
        write("\n" + as_text(render.item_lines(count), terminal_width()))


def _show_totals(lines: list[Line], counts: list[Count], markdown: bool) -> None:
    if markdown:
        write(as_markdown(render.TOTAL_COLUMNS, counts) + "\n" + as_markdown_list(lines))
    else:
        show_table(render.TOTAL_COLUMNS, counts)
        write("\n" + as_text(lines, terminal_width()))


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
