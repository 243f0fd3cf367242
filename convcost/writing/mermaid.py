"""A diagram as a flowchart of Mermaid (https://mermaid.js.org/syntax/flowchart.html), for wikis and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable

from convcost.errors import UsageError
from convcost.reading.description import Description, Settings
from convcost.writing.diagram import Arrow, Box, diagram, text_of

_MOST_ARROWS = 500
_READ = r"[^A-Za-z0-9_ .=,-]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|[.-](?= |$)"
"""What Mermaid may read as more than a letter."""


def write(description: Description, settings: Settings = None, variant: str | None = None) -> str:
    """Return a network as a flowchart, in which a block is a subgraph; UsageError where Mermaid shows none so large."""
    shown = diagram(description.network(settings, variant, expecting=False))
    if len(shown.arrows) > _MOST_ARROWS:
        message = f"Mermaid shows {_MOST_ARROWS} arrows at most, and the diagram has {len(shown.arrows)}"
        raise UsageError(message, "--to dot draws it")
    return "\n".join(["flowchart TD", *text_of(shown, _box, "end", _arrow), ""])


def _box(box: Box) -> str:
    label = _quoted(box.lines)
    if box.frame:
        return f"subgraph {box.id}[{label}]"
    return f"{box.id}({label})" if box.end else f"{box.id}[{label}]"


def _arrow(arrow: Arrow) -> str:
    return f"{arrow.source} -->|{_quoted([arrow.shape])}| {arrow.target}"


def _quoted(lines: Iterable[str]) -> str:
    """A label as it reads: no entity, tag, Markdown or list is made of it.

    >>> _quoted(["1. <b>", "conv out=64"])
    '"1#46; #60;b#62;<br>conv out=64"'
    """
    escaped = (re.sub(_READ, _code, line) for line in lines)
    return f'"{"<br>".join(escaped)}"'


def _code(found: re.Match[str]) -> str:
    return f"#{ord(found[0])};"
