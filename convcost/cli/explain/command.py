"""`convcost explain`: what a convolution is, its formulas with numbers put in, a drawing, pitfalls."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from convcost.cli import sizes
from convcost.cli.explain.request import Request
from convcost.cli.formats import EXPLANATION, Explained, Output, option, printer
from convcost.cli.options import Settings, settings_of
from convcost.errors import UsageError, did_you_mean
from convcost.family import FAMILY, SYNONYMS, find_member
from convcost.language.library import library_names
from convcost.ops import OPERATORS
from convcost.reading.sources import bundled


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
    from convcost.cli.explain import member as of_member

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
        from convcost.cli.check import show_rule

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
    if name in OPERATORS:
        from convcost.cli.explain.operator import show_operator

        return show_operator(name, request)
    from convcost.cli.explain.block import show_block

    return show_block(name, request)
