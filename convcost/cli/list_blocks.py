"""`convcost list --blocks`: the blocks of the library."""

from __future__ import annotations

import json

from convcost.cli.output import terminal_width
from convcost.csv_text import as_csv
from convcost.language.library import library_arguments, library_comment
from convcost.render.columns import Column, as_markdown
from convcost.render.formats import Formats
from convcost.render.summary import lines_as_text


def _fields(name: str) -> dict[str, object]:
    return {"name": name, "arguments": library_arguments(name), "comment": library_comment(name)}


def _arguments(name: str) -> str:
    """The arguments as one would write them; those without a default first come without a value."""
    given = library_arguments(name).items()
    return ", ".join(key if default is None else f"{key}: {default}" for key, default in given) or "none"


_COLUMNS: list[Column[str]] = [
    Column("block", lambda name: name, right=False),
    Column("arguments", _arguments, right=False),
    Column("what it is", library_comment, right=False),
]


def _as_text(names: list[str]) -> str:
    lines = ([(name, library_comment(name)), ("  arguments", _arguments(name))] for name in names)
    return "\n".join(lines_as_text(one, terminal_width()) for one in lines)


def _as_csv(names: list[str]) -> str:
    return as_csv(["name", "arguments", "comment"], [[name, _arguments(name), library_comment(name)] for name in names])


FORMATS: Formats[list[str]] = {
    "table": _as_text,
    "json": lambda names: json.dumps(list(map(_fields, names)), indent=2),
    "csv": _as_csv,
    "markdown": lambda names: as_markdown(_COLUMNS, names),
}
