"""`convcost list`: the networks that come with convcost."""

from __future__ import annotations

import json
from typing import Annotated, Any, TypeAlias

import typer

from convcost.cli.formats import Format, Output, printer
from convcost.reading.sources import bundled
from convcost.render import numerals
from convcost.render.columns import Column, as_csv
from convcost.render.formats import Grid, tabular

FIGURES_KEPT = "networks.json"
"""Beside the specs: what is listed of each, as it takes a second to work it out. A test holds it to the specs."""

Entry: TypeAlias = dict[str, Any]


def command(
    format: Format = None,
    output: Output = None,
    blocks: Annotated[bool, typer.Option("--blocks", help="List the library's blocks instead.")] = False,
) -> None:
    """List the bundled networks with their headline figures and the paper."""
    if blocks:
        from convcost.cli.list_blocks import FORMATS as BLOCKS
        from convcost.language.library import library_names

        return printer(BLOCKS, format, output)(sorted(library_names()))
    kept = next(iter(bundled().values())).with_name(FIGURES_KEPT)
    return printer(FORMATS, format, output)(json.loads(kept.read_text(encoding="utf-8")))


_COLUMNS: list[Column[Entry]] = [
    Column("network", lambda entry: entry["name"], right=False),
    Column("input\nCxHxW", lambda entry: entry["input"], rank=2),
    Column("params", lambda entry: numerals.exact(entry["params"])),
    Column("MACs\nper sample", lambda entry: numerals.exact(entry["macs"]), rank=-1),
    Column("paper", lambda entry: entry["paper"], right=False, rank=1),
    Column("variants", lambda entry: ", ".join(entry["variants"]), right=False, rank=4),
    Column("title", lambda entry: entry["title"], right=False, rank=3),
]


def _json(entries: list[Entry]) -> str:
    return json.dumps(entries, indent=2)


def _csv(entries: list[Entry]) -> str:
    return as_csv(list(entries[0]), [list(map(_flat, entry.values())) for entry in entries])


def _flat(value: object) -> object:
    return "; ".join(value) if isinstance(value, list) else value


FORMATS = tabular(lambda entries: [Grid(_COLUMNS, entries)], _json, _csv)
