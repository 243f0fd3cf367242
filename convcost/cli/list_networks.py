"""`convcost list`: the networks that come with convcost, and the library's blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

import typer

from convcost.analysis.costs import Analysis, analyze
from convcost.cli.options import one_of
from convcost.cli.output import show_table, terminal_width, write
from convcost.language.library import library_arguments, library_comment, library_names
from convcost.reading.load import load
from convcost.reading.sources import bundled, paper_of
from convcost.render import numerals
from convcost.render.columns import Column, as_csv, as_markdown

FORMATS = ("table", "json", "csv", "markdown")


@dataclass(frozen=True, slots=True)
class Entry:
    """A bundled network and where it was published."""

    analysis: Analysis
    title: str
    citation: str

    @property
    def fields(self) -> dict[str, object]:
        network = self.analysis.network
        return {
            "name": network.name,
            "input": str(next(iter(network.inputs.values()))),
            "params": self.analysis.params,
            "macs": self.analysis.macs,
            "variants": list(network.variants),
            "paper": self.citation,
            "title": self.title,
        }


def command(
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "table",
    blocks: Annotated[bool, typer.Option("--blocks", help="List the library's blocks instead.")] = False,
) -> None:
    """List the bundled networks with their headline figures and the paper."""
    one_of("--format", format, FORMATS)
    if blocks:
        return _list_blocks(format)
    entries = [Entry(analyze(load(name)), *paper_of(path)) for name, path in bundled().items()]
    if format == "json":
        write(json.dumps([entry.fields for entry in entries], indent=2))
    elif format == "csv":
        write(as_csv(list(entries[0].fields), [[_flat(value) for value in entry.fields.values()] for entry in entries]))
    elif format == "markdown":
        write(as_markdown(_COLUMNS, entries))
    else:
        show_table(_COLUMNS, entries)
    return None


_COLUMNS: list[Column[Entry]] = [
    Column("network", lambda entry: entry.analysis.network.name, right=False),
    Column("input\nCxHxW", lambda entry: str(next(iter(entry.analysis.network.inputs.values()))), rank=2),
    Column("params", lambda entry: numerals.exact(entry.analysis.params)),
    Column("MACs\nper sample", lambda entry: numerals.exact(entry.analysis.macs), rank=-1),
    Column("paper", lambda entry: entry.citation, right=False, rank=1),
    Column("variants", lambda entry: ", ".join(entry.analysis.network.variants), right=False, rank=4),
    Column("title", lambda entry: entry.title, right=False, rank=3),
]


def _list_blocks(format: str) -> None:
    names = sorted(library_names())
    if format == "json":
        write(json.dumps([_block_fields(name) for name in names], indent=2))
    elif format == "csv":
        write(
            as_csv(
                ["name", "arguments", "comment"], [[name, _arguments(name), library_comment(name)] for name in names]
            )
        )
    elif format == "markdown":
        write(as_markdown(_BLOCK_COLUMNS, names))
    else:
        from convcost.render.summary import as_text

        for name in names:
            lines = [(name, library_comment(name)), ("  arguments", _arguments(name))]
            write(as_text(lines, terminal_width()) + "\n")


def _block_fields(name: str) -> dict[str, object]:
    return {"name": name, "arguments": library_arguments(name), "comment": library_comment(name)}


def _arguments(name: str) -> str:
    """The arguments as one would write them; those without a default first come without a value."""
    given = library_arguments(name).items()
    return ", ".join(key if default is None else f"{key}: {default}" for key, default in given) or "none"


_BLOCK_COLUMNS: list[Column[str]] = [
    Column("block", lambda name: name, right=False),
    Column("arguments", _arguments, right=False),
    Column("what it is", library_comment, right=False),
]


def _flat(value: object) -> object:
    return "; ".join(value) if isinstance(value, list) else value
