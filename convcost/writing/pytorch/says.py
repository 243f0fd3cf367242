"""What the docstrings of a file say: the paper and the figures of a network, and what a block is."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection

from convcost.analysis.costs import analyze
from convcost.citation import head_of
from convcost.errors import Source, printable
from convcost.language.library import library_comment
from convcost.language.parts import Block
from convcost.network import Network
from convcost.writing.pytorch.layout import WIDTH

_COMMENT = re.compile(r"[\w\s]+:\s+#\s*(\S.*)")
_END = re.compile(r"(?<=[^.][.:])\s+(?=[A-Z(])|: ")


def of_block(block: Block) -> str:
    """Return a sentence about a block, of its comment in the library or beside its name in a spec; "" without one."""
    if block.library:
        said = re.sub(r" \([^)]*\)", "", library_comment(block.name))
        said = re.split(r"(?<=[a-z0-9`])\. |[:;,] `\w+: ", said)[0]  # what follows is how it is written in a spec
    else:
        line = block.span.source.lines[block.span.line - 1]
        found = _COMMENT.fullmatch(line.rstrip())
        said = found[1] if found else ""
    return "\n".join(_wrapped(f"{said[:1].upper()}{said[1:]}".rstrip(".") + ".")) if said else ""


def of_network(network: Network, source: Source, fixed: Collection[str]) -> str:
    """Return what a network is: the first lines of its spec, its figures, and which symbols are numbers here."""
    analysis = analyze(network)
    inputs = " and ".join(map(str, network.inputs.values()))
    figures = f"{analysis.params:,} parameters and {analysis.macs:,} multiply-accumulates for an input of {inputs}."
    lines = [[_title(source, network.name)], [figures]]
    if fixed:
        named = ", ".join(f"{name} = {network.symbols[name]}" for name in sorted(fixed))
        lines.append([f"Written for {named}."])
    return "\n\n".join("\n".join(_wrapped(" ".join(part))) for part in lines) + "\n"


def _title(source: Source, name: str) -> str:
    title, *rest = head_of(source) or [""]
    where = re.split(r"(?<!\bal)\.\s|: ", " ".join(rest))[0].removesuffix(".") if rest else ""
    is_paper = re.search(r"\b(19|20)\d\d\b", where)
    return f"{title} ({where})." if is_paper else f"The network {name}."


def _wrapped(text: str) -> list[str]:
    """Lines of a docstring, in which nothing ends it."""
    lines = textwrap.wrap(printable(text), WIDTH - 12)
    return [line.replace("\\", "\\\\").replace('"', '\\"') for line in lines]
