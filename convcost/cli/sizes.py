"""Sizes of convolutions as options: one spelling for all commands that take them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Annotated, Any

import typer

from convcost.errors import Problem, Source, Span, UsageError
from convcost.family import DEFAULTS
from convcost.language.expression import ExpressionError, evaluate, parse
from convcost.ops.base import Shape


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


def texts_of(options: Mapping[str, Any]) -> dict[str, str]:
    """The sizes that were given among a command's options, as text."""
    given = {size: options[size] for size in DEFAULTS}
    given["modulated"] = "true" if options["modulated"] else None
    given["bias"] = None if options["bias"] else "false"
    return {size: text for size, text in given.items() if text is not None}


def values_of(texts: Mapping[str, str], prefix: str = "--") -> dict[str, Any]:
    """Sizes as typed: a number, a word, one number per axis, `3x5`, or numbers before and after, `0:1x2:0`.

    `prefix` stands before a size's name in messages.
    """
    return {size: _parts(text, partial(_read, size, prefix)) for size, text in texts.items()}


def written_of(texts: Mapping[str, str]) -> dict[str, str]:
    """The same sizes as a spec has them, names and all."""
    return {size: _listed(_parts(text, partial(_checked, size))) for size, text in texts.items()}


def _listed(value: Any) -> str:
    return f"[{', '.join(map(_listed, value))}]" if isinstance(value, list) else str(value)


def _parts(text: str, read: Callable[[str], Any]) -> Any:
    if not re.fullmatch(r"\d+x[\dx]*\d|[\d:x]*\d:\d[\d:x]*", text):
        return read(text)
    parts = [[read(side) for side in part.split(":")] for part in text.split("x")]
    return [part[0] if len(part) == 1 else part for part in parts]


def _read(size: str, prefix: str, text: str) -> Any:
    try:
        return evaluate(text, {})
    except ExpressionError as error:
        raise _misread(size, prefix, text, error) from None


def _checked(size: str, text: str) -> str:
    """An expression, in quotes if it has something that YAML would take for its own."""
    try:
        parse(text)
    except ExpressionError as error:
        raise _misread(size, "--", text, error) from None
    return text if re.fullmatch(r"-?[\w.]+([ */+-]+[\w.]+)*", text) else f'"{text}"'


def _misread(size: str, prefix: str, text: str, error: ExpressionError) -> UsageError:
    source = Source(prefix + (size.replace("_", "-") if prefix == "--" else size), text)
    span = Span(source, 1, 1 + error.start, error.length or max(1, len(text)))
    return UsageError([Problem(span, error.message, error.help)])


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
