"""What `convcost explain` shows of operators that are no convolutions of the family."""

from __future__ import annotations

from convcost.algebra.kept import formulas_of
from convcost.cli.explain.request import Request
from convcost.cli.formats import Explained
from convcost.cli.output import terminal_width
from convcost.explain.operators import about, example
from convcost.render.explanation.operator import operator_object, operator_sections
from convcost.render.sections import sections_as_text


def show_operator(name: str, request: Request) -> None:
    """Show what an operator's file says of it, its formulas and an example."""
    found = formulas_of(name), about(name), example(name)
    request.show(
        Explained(
            lambda: sections_as_text(operator_sections(*found), terminal_width()), lambda: operator_object(*found)
        )
    )
