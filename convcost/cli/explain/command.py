"""`convcost explain`: what a convolution is, its formulas with numbers put in, a drawing, pitfalls."""

from __future__ import annotations

import json
import re
from typing import Annotated

import typer

from convcost.cli import sizes
from convcost.cli.check import show_rule
from convcost.cli.explain import member as of_member
from convcost.cli.explain.member import Request
from convcost.cli.options import Settings, one_of, settings_of
from convcost.cli.output import show_table, terminal_width, wrapped, write
from convcost.errors import UsageError, did_you_mean
from convcost.family import FAMILY, SYNONYMS, find_member
from convcost.language.library import library_comment, library_names
from convcost.ops import OPERATORS
from convcost.reading.sources import bundled

FORMATS = ("text", "json")


def command(
    name: Annotated[
        str | None,
        typer.Argument(metavar="[NAME]", help="A convolution, an operator or a block; none: which there are."),
    ] = None,
    input: sizes.Input = None,
    out: sizes.Out = None,
    kernel: sizes.Kernel = None,
    stride: sizes.Stride = None,
    padding: sizes.Padding = None,
    output_padding: sizes.OutputPadding = None,
    dilation: sizes.Dilation = None,
    groups: sizes.Groups = None,
    multiplier: sizes.Multiplier = None,
    middle: sizes.Middle = None,
    reduction: sizes.Reduction = None,
    expansion: sizes.Expansion = None,
    width: sizes.Width = None,
    deform_groups: sizes.DeformGroups = None,
    modulated: sizes.Modulated = False,
    bias: sizes.Bias = True,
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
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "text",
) -> None:
    """Explain a convolution: formulas, an example worked through, a drawing, when to use it, pitfalls."""
    texts = sizes.texts_of(locals())
    one_of("--format", format, FORMATS)
    request = Request(input, texts | settings_of(settings), format == "json")
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
    if request.as_json:
        write(json.dumps({"convolutions": {name: member.title for name, member in FAMILY.items()}, **others}, indent=2))
        return
    from convcost.render.summary import as_text

    write(as_text([(name, member.title) for name, member in FAMILY.items()], terminal_width()))
    write("\n" + as_text([(title, ", ".join(names)) for title, names in others.items()], terminal_width()))


def _other(name: str, request: Request, option: str | None) -> None:
    """An operator or a block that is no member of the family."""
    if re.fullmatch(r"[A-Za-z]\d{3}", name):
        show_rule(name, request.as_json)
        return
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
        _operator(name, request)
    else:
        _block(name, request)


def _operator(name: str, request: Request) -> None:
    from convcost.algebra.describe import describe
    from convcost.explain.operators import about, example
    from convcost.render.explanation.operator import operator_object, operator_sections
    from convcost.render.sections import as_text

    found = describe(name), about(name), example(name)
    if request.as_json:
        write(json.dumps(operator_object(*found), indent=2))
    else:
        write(as_text(operator_sections(*found), terminal_width()))


def _block(name: str, request: Request) -> None:
    from convcost.explain.blocks import definition, symbolic_block
    from convcost.render.analysis.symbolic import formula_columns, formulas_object
    from convcost.render.sections import Section, as_text, code, room_for

    network = symbolic_block(name)
    if request.as_json:
        write(
            json.dumps({"comment": library_comment(name), **formulas_object(network, network.layers, None)}, indent=2)
        )
        return
    width = terminal_width()
    lines = code(definition(name), room_for(width))
    write(as_text([Section(f"The block {name}", [library_comment(name)], lines)], width))
    write(f"\n{wrapped('Its layers on an input C x H x W, per sample')}\n")
    show_table(formula_columns(None), network.layers)
