"""In which formats a result can be had; and what there is to say of it, for the terminal and for a page alike."""

# Annotations stay objects here: a NamedTuple compiles each that is text, at every start.

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from convcost.render import columns
from convcost.render.columns import Column, in_markdown
from convcost.render.summary import Line, as_markdown_list

T = TypeVar("T")
R = TypeVar("R")


class Grid(NamedTuple, Generic[T]):
    """A table: its columns, its rows, and how many rows there would be if none were left out.

    On a terminal each row has its `style`, and below stands a `note`.
    """

    columns: Sequence[Column[T]]
    rows: Sequence[T]
    of: int = 0
    style: Callable[[T], str] = lambda row: ""
    note: str = ""


class Under(NamedTuple):
    """A sentence, or labelled lines, about what stands right above it."""

    block: list[Line] | str


class Drawing(NamedTuple):
    """What is drawn with characters, for a width (None: no limit), in ASCII alone or not."""

    drawn: Callable[[int | None, bool], str]


Block = Grid[Any] | Under | Drawing | list[Line] | str
Blocks = Sequence[Block]
"""One below another: tables, labelled lines, sentences, and drawings: text of several lines is left as it is."""


def as_markdown(blocks: Blocks) -> str:
    """Return the blocks as tables, lists and paragraphs."""
    return "\n".join(_in_markdown(block) for block in blocks if block)


def _in_markdown(block: Block) -> str:
    if isinstance(block, Under):
        return _in_markdown(block.block)
    if isinstance(block, Grid):
        return columns.as_markdown(block.columns, block.rows)
    if isinstance(block, Drawing):
        return f"```text\n{block.drawn(None, False)}\n```\n"
    return in_markdown(block) + "\n" if isinstance(block, str) else as_markdown_list(block)


Formats = Mapping[str, Callable[[R], str | Blocks]]
"""Formats by name, the default first: what makes the text of a result, or the blocks that show it."""


def tabular(blocks: Callable[[R], Blocks], json: Callable[[R], str], csv: Callable[[R], str]) -> Formats[R]:
    """Return the formats of what is a table: shown, as JSON, as CSV and in Markdown."""
    return {"table": blocks, "json": json, "csv": csv, "markdown": lambda result: as_markdown(blocks(result))}
