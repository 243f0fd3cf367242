"""`convcost import`: a spec, as one would write it, of a model."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from convcost.cli.formats import Output, printer
from convcost.cli.options import (
    Arguments,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Variant,
    opening,
    settings_of,
)
from convcost.errors import UsageError, printable
from convcost.language.scope import setting
from convcost.reading.load import open_description
from convcost.writing.spec.remarks import with_remarks
from convcost.writing.spec.spec import readable_spec


def command(
    spec: Annotated[
        str,
        typer.Argument(
            metavar="MODEL", help="An ONNX file, a PyTorch module as `torchvision.models:resnet50`, a YOLO file."
        ),
    ],
    shapes: Shapes = None,
    arguments: Arguments = None,
    settings: Settings = None,
    variant: Variant = None,
    symbol: Annotated[
        list[str] | None,
        typer.Option(
            "--symbol",
            metavar="NAME=VALUE",
            help="A symbol: resolution, classes, or a width, width=64, that others are multiples of; may be repeated.",
        ),
    ] = None,
    every: Annotated[
        bool, typer.Option("--symbols", help="The input's size, the classes and the widths are symbols.")
    ] = False,
    outputs: Ends = None,
    partial: NotPartial = False,
    output: Output = None,
) -> None:
    """Write the spec of a model as one likes to read it: blocks, repetitions and branches in place."""
    show = printer({"spec": str}, "spec", output)
    symbols = {name: _value(name, text) for name, text in settings_of(symbol, "--symbol", "width=64").items()}
    values = settings_of(settings)
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    description.require_whole("spec")
    network = description.network(values, variant, expecting=False)
    shape = ", ".join(f"{name} {one}".removeprefix("input ") for name, one in network.inputs.items())
    made = f"({', '.join(arguments)})" if arguments else ""
    how = [f"variant {variant}"] if variant else []
    how += [f"{name} = {value}" for name, value in values.items()]
    origin = printable(f"From {', '.join([spec + made, *how, f'input {shape}'])}.")
    show(with_remarks(readable_spec(network, origin, symbols, every)))


def _value(name: str, text: str) -> Fraction:
    value = setting(name, text, "--symbol")
    if not name.isidentifier() or isinstance(value, bool) or not isinstance(value, int | Fraction) or value <= 0:
        raise UsageError(f"--symbol {name}={text}: a symbol is a name and a number above 0", "for example width=64")
    return Fraction(value)
