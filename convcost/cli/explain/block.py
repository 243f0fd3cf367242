"""What `convcost explain` shows of blocks that are no convolutions of the family."""

from __future__ import annotations

from convcost.analysis.in_symbols import Walked
from convcost.cli.explain.request import Request
from convcost.cli.formats import Explained
from convcost.cli.output import terminal_width
from convcost.explain.blocks import definition, symbolic_block
from convcost.language.library import library_comment
from convcost.render.analysis.symbolic import formula_columns, formulas_object
from convcost.render.formats import Blocks, Grid
from convcost.render.sections import Section, code, room_for, sections_as_text


def show_block(name: str, request: Request) -> None:
    """Show the definition of a block of the library, and its layers' formulas."""
    found = Walked(symbolic_block(name))

    def blocks() -> Blocks:
        width = terminal_width()
        lines = code(definition(name), room_for(width))
        text = sections_as_text([Section(f"The block {name}", [library_comment(name)], lines)], width)
        table = Grid(formula_columns(found), found.network.layers)
        return [text, "Its layers on an input C x H x W, per sample", table]

    def data() -> dict[str, object]:
        return {"comment": library_comment(name), **formulas_object(found, found.network.layers)}

    request.show(Explained(blocks, data))
