"""A diagram in the language of Graphviz (https://graphviz.org/doc/info/lang.html)."""

from __future__ import annotations

from collections.abc import Iterable

from convcost.reading.description import Description, Settings
from convcost.writing.diagram import Arrow, Box, diagram, text_of


def write(description: Description, settings: Settings = None, variant: str | None = None) -> str:
    """Return a network as a digraph, in which a block is a cluster."""
    network = description.network(settings, variant, expecting=False)
    lines = text_of(diagram(network), _box, "}", _arrow)
    return "\n".join(["digraph {", "  node [shape=box]", *lines, "}", ""])


def _box(box: Box) -> str:
    label = f"label={_quoted(box.lines)}"
    if box.frame:
        return f"subgraph cluster_{box.id} {{ {label}"
    return f"{box.id} [{label}{', style=rounded' if box.end else ''}]"


def _arrow(arrow: Arrow) -> str:
    return f"{arrow.source} -> {arrow.target} [label={_quoted([arrow.shape])}]"


def _quoted(lines: Iterable[str]) -> str:
    r"""A label as it reads: `\N` in it would be the box's name, and `&lt;` would be `<`.

    >>> print(_quoted([r'a "\N"', "b &lt;"]))
    "a \"\\N\"\nb &amp;lt;"
    """
    escaped = (line.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"') for line in lines)
    return '"' + r"\n".join(escaped) + '"'
