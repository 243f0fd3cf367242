"""A block of the library: its definition, and its layers with symbols for the arguments that have no default."""

from __future__ import annotations

from convcost.algebra.letters import AXES, in_symbols
from convcost.errors import Source
from convcost.language.library import FOLDER, library_arguments
from convcost.network import Network


def definition(name: str) -> list[str]:
    """Return the block as the library has it, without the comment above it."""
    lines = (FOLDER / f"{name}.yaml").read_text(encoding="utf-8").splitlines()
    first = next(n for n, line in enumerate(lines) if not line.startswith("#"))
    return lines[first:]


def symbolic_block(name: str) -> Network:
    """Return a network of this block alone, on an input C x H x W."""
    needed = [argument for argument, default in library_arguments(name).items() if default is None]
    symbols = ["C", *AXES[2], *needed]
    text = (
        f"symbols: {{{', '.join(f'{symbol}: ' for symbol in symbols)}}}\n"
        f"input: {{channels: C, size: [{', '.join(AXES[2])}]}}\n"
        f"layers:\n  - {name}: {{{', '.join(f'{argument}: {argument}' for argument in needed)}}}\n"
    )
    return in_symbols(Source(f"<block {name}>", text), name, symbols, differing=True)
