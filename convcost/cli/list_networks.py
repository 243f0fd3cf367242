"""`convcost list`: the networks that come with convcost, and the library's blocks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated

import typer

from convcost.analysis.costs import Analysis, analyze
from convcost.cli.formats import Format, Output, printer
from convcost.cli.output import terminal_width
from convcost.language.library import library_arguments, library_comment, library_names
from convcost.reading.load import bundled, load, paper_of
from convcost.render import numerals
from convcost.render.columns import Column, as_csv, as_markdown
from convcost.render.formats import Formats, Grid, tabular
from convcost.render.summary import lines_as_text


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
    format: Format = None,
    output: Output = None,
    blocks: Annotated[bool, typer.Option("--blocks", help="List the library's blocks instead.")] = False,
) -> None:
    """List the bundled networks with their headline figures and the paper."""
    if blocks:
        return printer(BLOCK_FORMATS, format, output)(sorted(library_names()))
    show = printer(FORMATS, format, output)
    return show([Entry(analyze(load(name)), *paper_of(path)) for name, path in bundled().items()])


_COLUMNS: list[Column[Entry]] = [
    Column("network", lambda entry: entry.analysis.network.name, right=False),
    Column("input\nCxHxW", lambda entry: str(next(iter(entry.analysis.network.inputs.values()))), rank=2),
    Column("params", lambda entry: numerals.exact(entry.analysis.params)),
    Column("MACs\nper sample", lambda entry: numerals.exact(entry.analysis.macs), rank=-1),
    Column("paper", lambda entry: entry.citation, right=False, rank=1),
    Column("variants", lambda entry: ", ".join(entry.analysis.network.variants), right=False, rank=4),
    Column("title", lambda entry: entry.title, right=False, rank=3),
]


def _json(entries: list[Entry]) -> str:
    return json.dumps([entry.fields for entry in entries], indent=2)


def _csv(entries: list[Entry]) -> str:
    return as_csv(list(entries[0].fields), [list(map(_flat, entry.fields.values())) for entry in entries])


def _flat(value: object) -> object:
    return "; ".join(value) if isinstance(value, list) else value


FORMATS = tabular(lambda entries: [Grid(_COLUMNS, entries)], _json, _csv)


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


def _blocks_as_text(names: list[str]) -> str:
    lines = ([(name, library_comment(name)), ("  arguments", _arguments(name))] for name in names)
    return "\n".join(lines_as_text(one, terminal_width()) for one in lines)


def _blocks_as_csv(names: list[str]) -> str:
    return as_csv(["name", "arguments", "comment"], [[name, _arguments(name), library_comment(name)] for name in names])


BLOCK_FORMATS: Formats[list[str]] = {
    "table": _blocks_as_text,
    "json": lambda names: json.dumps(list(map(_block_fields, names)), indent=2),
    "csv": _blocks_as_csv,
    "markdown": lambda names: as_markdown(_BLOCK_COLUMNS, names),
}
