"""The standard library of blocks: compositions everybody knows, written in the spec language itself.

One block, one file: `convcost/blocks/NAME.yaml`. A file is read when a spec uses the block.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from convcost.errors import Problems, SpecError
from convcost.language.parts import Block, read_block
from convcost.language.tree import ScalarNode, decode

FOLDER = Path(__file__).parent.parent / "blocks"


@cache
def library_names() -> frozenset[str]:
    """Return the names of the library's blocks."""
    return frozenset(path.stem for path in FOLDER.glob("*.yaml"))


@cache
def library_block(name: str) -> Block:
    """Return a block of the library."""
    from convcost.language.parsing import parse

    source = decode(f"<block {name}>", (FOLDER / f"{name}.yaml").read_bytes())
    root = parse(source)
    problems = Problems()
    key, node = root.entries[name]
    block = read_block(key, node, problems.report, library=True)
    if block is None or problems.found:
        raise SpecError(problems.found)
    return block


def library_comment(name: str) -> str:
    """Return what the file says of the block: the comment above it."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    return " ".join(line.lstrip("# ") for line in lines if line.startswith("#"))


def library_arguments(name: str) -> dict[str, str | None]:
    """Return a block's arguments and their defaults as written; None for one that must be given."""
    defaults = library_block(name).defaults.items()
    return {key: node.text if isinstance(node, ScalarNode) else None for key, node in defaults}
