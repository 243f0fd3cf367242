"""`convcost diff`: what changed from one version of a network to the next, and what it costs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.analysis.costs import analyze
from convcost.cli.options import BYTES, Dtype, Settings, Variant, one_of, settings_of
from convcost.cli.output import ascii_only, show_table, terminal_width, wrapped, write
from convcost.errors import ConvcostError, Problem, SpecError, UsageError, did_you_mean, printable
from convcost.figures import Setting
from convcost.reading.description import Description
from convcost.reading.load import open_description

if TYPE_CHECKING:
    from convcost.diff.versions import Diff
    from convcost.network import Network

FORMATS = ("table", "markdown", "json", "csv")
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
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "table",
    dtype: Dtype = "float32",
) -> None:
    """Show what changed from one version of a network to the next, layer by layer, and what it costs."""
    from convcost.diff.condition import condition
    from convcost.diff.versions import diff
    from convcost.render.diff.table import failure

    one_of("--format", format, FORMATS)
    one_of("--dtype", dtype, tuple(BYTES))
    conditions = [condition(text) for text in fail_if or []]
    before, after, description = _read((old, new), settings_of(settings), variant)
    found = diff(analyze(before, Setting(dtype)), analyze(after, Setting(dtype)))
    failures = [
        {"condition": one.text, "reason": failure(one, *found.totals[one.figure])}
        for one in conditions
        if one.holds(*found.totals[one.figure])
    ]
    _show(found, description, (old, new), format, dtype, every, failures)
    for one in failures:
        print(f"error: {printable(after.name)}: {printable(one['reason'])}", file=sys.stderr)
    if failures:
        raise typer.Exit(1)


def _read(
    words: tuple[str, str], settings: dict[str, str], variant: str | None
) -> tuple[Network, Network, Description]:
    """Both networks, and the description of the new one; everything that is wrong with either in one error."""
    if words == ("-", "-"):
        raise UsageError("standard input can be one version, not both")
    opened: list[Description] = []
    problems: list[Problem] = []
    for word in words:
        try:
            opened.append(_open(word))
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise UsageError(problems)
    networks: list[Network] = []
    for description, own in zip(opened, _settings(opened, settings, variant), strict=True):
        try:
            networks.append(description.network(own, variant, expecting=False))
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return networks[0], networks[1], opened[1]


def _open(word: str) -> Description:
    if word.startswith("git:"):
        from convcost.reading.revision import open_revision

        return Description(*open_revision(word))
    return open_description(word)


def _settings(opened: list[Description], settings: dict[str, str], variant: str | None) -> list[dict[str, str]]:
    """For either version those of the settings that it has a symbol for; each must be for one of them."""
    if not settings:
        return [{}, {}]
    try:
        symbols = [description.outline({}, variant).symbols for description in opened]
    except SpecError:
        return [{}, {}]  # reading the whole says what is wrong
    known = {*symbols[0], *symbols[1]}
    for name in settings:
        if name not in known:
            help = did_you_mean(name, known) or f"symbols: {', '.join(sorted(known)) or 'none'}"
            raise UsageError(f"neither version has a symbol `{name}`", help)
    return [{name: text for name, text in settings.items() if name in mine} for mine in symbols]


def _follows_from_symbols(found: Diff, new: Description) -> bool:
    """Whether the new version, with the old one's values of its symbols, is the old one."""
    from convcost.diff.versions import diff

    values = {name: before for name, (before, after) in found.symbols.items() if before is not None}
    if not values or values.keys() != found.symbols.keys():
        return False
    try:
        as_before = new.network(values, expecting=False)
    except ConvcostError:
        return False
    return diff(found.old, analyze(as_before, found.old.at)).is_empty


def _show(
    found: Diff,
    description: Description,
    words: tuple[str, str],
    format: str,
    dtype: str,
    every: bool,
    failures: list[dict[str, str]],
) -> None:
    from convcost.diff.rows import rows_of
    from convcost.render.diff import table as render
    from convcost.render.diff.data import diff_as_csv, diff_as_json
    from convcost.render.summary import as_text

    if format == "json":
        return write(diff_as_json(found, words, dtype, failures))
    if format == "csv":
        return write(diff_as_csv(found))
    rows = rows_of(found.changes, every)
    only_symbols = bool(found.symbols) and _follows_from_symbols(found, description)
    if format == "markdown":
        return write(render.diff_as_markdown(found, rows, only_symbols, [one["reason"] for one in failures]))
    if rows:
        width, end = terminal_width(), "~" if ascii_only() else "…"
        show_table(render.layer_columns(found, width=width, end=end), rows)
        write("")
    if lines := render.remarks(found, only_symbols):
        write(as_text(lines, terminal_width()) + "\n")
    if not found.is_empty:
        show_table(render.TOTAL_COLUMNS, render.total_rows(found))
        write("")
    return write(wrapped(render.verdict(found)))
