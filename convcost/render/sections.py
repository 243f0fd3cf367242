"""Sections of text, one below another, as wide as the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from convcost.errors import printable
from convcost.render.summary import NARROWEST

INDENT = "  "
WIDEST = 100
"""Text wider than this is hard to read."""


class Section(NamedTuple):
    """A heading and what stands under it."""

    title: str
    paragraphs: Sequence[str] = ()
    """These are wrapped."""
    lines: Sequence[str] = ()
    """These are not."""
    rows: Sequence[tuple[str, str]] = ()
    """Labels and what stands beside them; a row without a label is a heading over those that follow."""


def room_for(width: int | None) -> int:
    """Columns between the indent and the edge of a terminal; None: no terminal."""
    return max(30, min(width or 80, WIDEST) - len(INDENT))


def sections_as_text(sections: Iterable[Section], width: int | None) -> str:
    """Return the sections one below another, paragraphs wrapped."""
    room = room_for(width) + len(INDENT)
    blocks = []
    for section in sections:
        lines = textwrap.wrap(printable(section.title), room)
        for paragraph in section.paragraphs:
            lead = "- " if paragraph.startswith("- ") else ""
            lines += textwrap.wrap(
                paragraph,
                room,
                initial_indent=INDENT,
                subsequent_indent=INDENT + " " * len(lead),
                break_on_hyphens=False,
            )
        laid_out = [*section.lines, *_labelled(section.rows, room_for(width or WIDEST))]
        if section.paragraphs and laid_out:
            lines.append("")
        lines += [(INDENT + line).rstrip() for line in laid_out]
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks) + "\n"


def code(lines: Iterable[str], room: int) -> list[str]:
    """Lines of a spec, the long ones broken between words so that they mean the same.

    >>> code(["  - conv: {out: 8, kernel: 3}"], 20)
    ['  - conv: {out: 8,', '      kernel: 3}']
    """
    result = []
    for line in lines:
        lead = line[: len(line) - len(line.lstrip())]
        more = lead + ("# " if line.lstrip().startswith("#") else "    ")
        result += textwrap.wrap(
            line.lstrip(),
            room,
            initial_indent=lead,
            subsequent_indent=more,
            break_long_words=False,
            break_on_hyphens=False,
        )
    return result


def _labelled(rows: Sequence[tuple[str, str]], room: int) -> list[str]:
    """Labels above one another; what is too long breaks before ` = ` first, and goes below a label of its own line."""
    lead = INDENT if any(not label for label, _ in rows) else ""
    indent = max((len(lead + label) for label, _ in rows), default=0) + 2
    narrow = room - indent < NARROWEST
    if narrow:
        indent = len(lead) + 2
    lines = []
    for label, text in rows:
        if not label:
            lines += textwrap.wrap(text, room)
            continue
        parts = [text] if len(text) <= room - indent else text.replace(" = ", "\n= ").split("\n")
        wrapped = [line for part in parts for line in textwrap.wrap(part, room - indent, subsequent_indent=INDENT)]
        head = [lead + label] if narrow else []
        lines += head + [
            (f"{lead}{label}" if n == 0 and not narrow else "").ljust(indent) + line for n, line in enumerate(wrapped)
        ]
    return lines
