"""`convcost explain`: what a convolution is, its formulas with numbers put in, a drawing, pitfalls."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from convcost.algebra.describe import describe
from convcost.cli import sizes
from convcost.cli.check import EXPLANATION, Explained, show_rule
from convcost.cli.explain import member as of_member
from convcost.cli.explain.member import Request
from convcost.cli.formats import Output, option, printer
from convcost.cli.options import Settings, settings_of
from convcost.cli.output import terminal_width
from convcost.errors import UsageError, did_you_mean
from convcost.explain.blocks import definition, symbolic_block
from convcost.explain.operators import about, example
from convcost.family import FAMILY, SYNONYMS, find_member
from convcost.language.library import library_comment, library_names
from convcost.ops import OPERATORS
from convcost.reading.sources import bundled
from convcost.render.analysis.symbolic import formula_columns, formulas_object
from convcost.render.explanation.member import operator_object, operator_sections
from convcost.render.formats import Blocks, Grid
from convcost.render.sections import Section, code, room_for, sections_as_text


@sizes.as_options
def command(
    given: dict[str, str],
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A convolution, an operator or a block; none: which there are."),
    ] = None,
    input: sizes.Input = None,
    settings: Settings = None,
    algorithms: Annotated[
        bool, typer.Option("--algorithms", help="What im2col, Winograd and FFT take, instead of the explanation.")
    ] = False,
    weights: Annotated[
        str | None,
        typer.Option(metavar="KERNEL", help="Whether a kernel is separable: sobel_y, ..., or '1 2 1; 2 4 2; 1 2 1'."),
    ] = None,
    stack: Annotated[
        str | None, typer.Option(metavar="D,D,...", help="Of dilated: what layers of these dilations read together.")
    ] = None,
    format: Annotated[str | None, option(*EXPLANATION)] = None,
    output: Output = None,
) -> None:
    """Explain a convolution: formulas, an example worked through, a drawing, when to use it, pitfalls."""
    request = Request(input, given | settings_of(settings), printer(EXPLANATION, format, output))
    asked = {"--algorithms": algorithms, "--weights": weights is not None, "--stack": stack is not None}
    if sum(asked.values()) > 1:
        raise UsageError(f"{' and '.join(option for option, given in asked.items() if given)}: one at a time")
    if name is None:
        return _list(request, any(asked.values()))
    member = find_member(name)
    if member is None:
        return _other(name, request, next((option for option, given in asked.items() if given), None))
    if weights is not None:
        return of_member.show_weights(member, weights, request)
    if stack is not None:
        return of_member.show_stack(member, stack, request)
    if algorithms:
        return of_member.show_algorithms(member, request)
    return of_member.show(member, request)


def _list(request: Request, asked: bool) -> None:
    """The names of everything that can be explained."""
    if request.texts or request.input is not None or asked:
        raise UsageError(
            "which convolution?", f"for example `convcost explain depthwise`; there are {', '.join(FAMILY)}"
        )
    others = {
        "operators": [name for name in OPERATORS if find_member(name) is None],
        "blocks": [name for name in sorted(library_names()) if find_member(name) is None],
    }
    titles = {name: member.title for name, member in FAMILY.items()}
    lines = [(title, ", ".join(names)) for title, names in others.items()]
    request.show(Explained(lambda: [list(titles.items()), lines], lambda: {"convolutions": titles, **others}))


def _other(name: str, request: Request, option: str | None) -> None:
    """An operator or a block that is no member of the family."""
    if re.fullmatch(r"[A-Za-z]\d{3}", name):
        return show_rule(name, request.show)
    if name in bundled():
        raise UsageError(f"`{name}` is a network", f"see `convcost analyze {name}`")
    if name not in OPERATORS and name not in library_names():
        known = [*FAMILY, *SYNONYMS, *OPERATORS, *library_names()]
        help = did_you_mean(name, known) or "`convcost explain` alone names all there is"
        raise UsageError(f"nothing called `{name}` to explain", help)
    if request.texts or request.input is not None or option:
        what = option or "sizes"
        raise UsageError(f"`{name}` takes no {what} here", f"the convolutions do: {', '.join(FAMILY)}")
    return _operator(name, request) if name in OPERATORS else _block(name, request)


def _operator(name: str, request: Request) -> None:
    found = describe(name), about(name), example(name)
    request.show(
        Explained(
            lambda: sections_as_text(operator_sections(*found), terminal_width()), lambda: operator_object(*found)
        )
    )


def _block(name: str, request: Request) -> None:
    network = symbolic_block(name)

    def blocks() -> Blocks:
        width = terminal_width()
        lines = code(definition(name), room_for(width))
        text = sections_as_text([Section(f"The block {name}", [library_comment(name)], lines)], width)
        table = Grid(formula_columns(None), network.layers)
        return [text, "Its layers on an input C x H x W, per sample", table]

    def data() -> dict[str, object]:
        return {"comment": library_comment(name), **formulas_object(network, network.layers, None)}

    request.show(Explained(blocks, data))
