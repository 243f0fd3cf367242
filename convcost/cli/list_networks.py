"""`convcost list`: the networks that come with convcost."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import groupby
from typing import Annotated, Any, TypeAlias

import typer

from convcost import numerals
from convcost.cli.formats import Format, Output, printer
from convcost.csv_text import as_csv
from convcost.errors import UsageError, choices
from convcost.reading.sources import bundled
from convcost.render.columns import Column
from convcost.render.formats import Grid, tabular

FIGURES_KEPT = "networks.json"
"""Beside the specs: what is listed of each, as it takes a second to work it out. A test holds it to the specs."""

Entry: TypeAlias = dict[str, Any]


TASKS = (
    "classification",
    "segmentation",
    "detection",
    "super-resolution",
    "generation",
    "video",
    "sequences",
)
"""What networks are for, in the order in which they are listed. A spec says which in the last line of its head."""


def command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORD]...", help="Only those that have all words in name, title, paper or task: yolo."),
    ] = None,
    format: Format = None,
    output: Output = None,
    blocks: Annotated[bool, typer.Option("--blocks", help="List the library's blocks instead.")] = False,
) -> None:
    """List the bundled networks by what they are for, with their headline figures and the paper.

    For example `convcost list segmentation`. `convcost show NAME` prints a network's spec.
    """
    if blocks:
        from convcost.cli.list_blocks import FORMATS as BLOCKS
        from convcost.language.library import library_comment, library_names

        return printer(BLOCKS, format, output)(_about(words, {n: n + library_comment(n) for n in library_names()}))
    kept = next(iter(bundled().values())).with_name(FIGURES_KEPT)
    entries: dict[str, Entry] = {entry["name"]: entry for entry in json.loads(kept.read_text(encoding="utf-8"))}
    found = _about(words, {name: " ".join(map(str, entry.values())) for name, entry in entries.items()})
    found.sort(key=lambda name: TASKS.index(entries[name]["task"]))
    return printer(FORMATS, format, output)([entries[name] for name in found])


def _about(words: list[str] | None, texts: dict[str, str]) -> list[str]:
    """Return the names, in alphabetical order, of those whose text has all words."""
    found = [name for name, text in sorted(texts.items()) if all(word.lower() in text.lower() for word in words or [])]
    if not found:
        asked = " ".join(words or [])
        raise UsageError(f"nothing here is called or is about `{asked}`", choices(asked, [*texts, *TASKS]))
    return found


def _grouped(entries: list[Entry]) -> list[Entry]:
    """The entries, with a row above each group that says what they are for."""
    return [row for task, group in groupby(entries, lambda entry: entry["task"]) for row in ({"group": task}, *group)]


def _of(key: str, text: Callable[[Any], str] = str) -> Callable[[Entry], str]:
    return lambda entry: text(entry[key]) if key in entry else ""


_COLUMNS: list[Column[Entry]] = [
    Column("network", lambda entry: entry.get("group") or f"  {entry['name']}", right=False),
    Column("input\nCxHxW", _of("input"), rank=2),
    Column("params", _of("params", numerals.human)),
    Column("MACs per\nsample", _of("macs", numerals.human), rank=-1),
    Column("paper", _of("paper"), right=False, rank=1),
    Column("variants", _of("variants", ", ".join), right=False, rank=4),
    Column("title", _of("title"), right=False, rank=3),
]


def _json(entries: list[Entry]) -> str:
    return json.dumps(entries, indent=2)


def _csv(entries: list[Entry]) -> str:
    return as_csv(list(entries[0]), [list(map(_flat, entry.values())) for entry in entries])


def _flat(value: object) -> object:
    return "; ".join(value) if isinstance(value, list) else value


FORMATS = tabular(lambda entries: [Grid(_COLUMNS, _grouped(entries))], _json, _csv)
