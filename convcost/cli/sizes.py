"""Sizes of convolutions as options: one spelling for all commands that take them."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any

import typer

from convcost.errors import Problem, Source, Span, UsageError
from convcost.ops.base import Shape
from convcost.reading.expression import ExpressionError, evaluate


def _size(text: str, metavar: str = "N") -> Any:
    return typer.Option(metavar=metavar, help=text, rich_help_panel="Sizes of convolutions")


Input = Annotated[str | None, _size("The input, channels last: 7x7x3 is 7 high, 7 wide, 3 channels.", "HxWxC")]
Out = Annotated[str | None, _size("Output channels; default: those of the input.")]
Kernel = Annotated[str | None, _size("Taps along each axis, or one number per axis: 3x5.")]
Stride = Annotated[str | None, _size("Positions from one window to the next.")]
Padding = Annotated[str | None, _size("Zeros on each side; `same`; or before and after each axis: 0:1x0:1.", "N|same")]
OutputPadding = Annotated[str | None, _size("Of transposed: positions more at the end.")]
Dilation = Annotated[str | None, _size("Positions from one tap to the next.")]
Groups = Annotated[str | None, _size("Parts that the channels are split into.")]
Multiplier = Annotated[str | None, _size("Filters per channel of a depthwise convolution.")]
Middle = Annotated[str | None, _size("Of spatially_separable: channels between the two passes.")]
Reduction = Annotated[str | None, _size("Of squeeze_excite: the factor that narrows the channels.")]
Expansion = Annotated[str | None, _size("Of inverted_residual: the factor that widens the channels.")]
Width = Annotated[str | None, _size("Channels inside bottleneck, resnext, shuffle.")]
DeformGroups = Annotated[str | None, _size("Of deformable: groups of channels with offsets of their own.")]
Modulated = Annotated[
    bool, typer.Option("--modulated", help="Of deformable: masks.", rich_help_panel="Sizes of convolutions")
]
Bias = Annotated[bool, typer.Option("--bias/--no-bias", rich_help_panel="Sizes of convolutions")]


def value_of(size: str, text: str) -> Any:
    """A size as typed: a number, a word, one number per axis, `3x5`, or numbers before and after, `0:1x2:0`."""
    if re.fullmatch(r"\d+x[\dx]*\d|[\d:x]*\d:\d[\d:x]*", text):
        parts = [[_number(size, side) for side in part.split(":")] for part in text.split("x")]
        return [part[0] if len(part) == 1 else part for part in parts]
    return _number(size, text)


def _number(size: str, text: str) -> Any:
    try:
        return evaluate(text, {})
    except ExpressionError as error:
        source = Source(f"--{size.replace('_', '-')}", text)
        span = Span(source, 1, 1 + error.start, error.length or max(1, len(text)))
        raise UsageError([Problem(span, error.message, error.help)]) from None


def values_of(texts: Mapping[str, str | None]) -> dict[str, Any]:
    """The sizes that were given."""
    return {size: value_of(size, text) for size, text in texts.items() if text is not None}


def input_of(text: str, ranks: Collection[int | None]) -> Shape:
    """HxWxC (LxC for a one-dimensional convolution, DxHxWxC) as a shape; `ranks` are those of the convolutions."""
    numbers = re.split(r"\s*[x×,]\s*", text.strip())
    if not all(re.fullmatch(r"0*[1-9]\d{0,9}", number) for number in numbers) or not 2 <= len(numbers) <= 4:
        raise UsageError(
            f"--input can't be `{text}`",
            "write its size with the channels last: 7x7x3; 100x3 or 16x112x112x3 for 1 or 3 axes",
        )
    if len(numbers) == 2 and 1 not in ranks:
        raise UsageError(
            f"--input {text} has no channels", f"write {text}x1, channels last; two numbers are a length and channels"
        )
    *size, channels = map(int, numbers)
    return Shape(channels, tuple(size))
