"""Sizes of convolutions as options: one spelling for all commands that take them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Annotated, Any

import typer

from convcost.errors import Problem, Source, Span, UsageError
from convcost.language.expression import evaluate
from convcost.language.syntax import ExpressionError, parse
from convcost.ops.base import Shape


def _size(text: str, metavar: str = "N", *names: str) -> Any:
    return typer.Option(*names, metavar=metavar, help=text, rich_help_panel="Sizes of convolutions")


Input = Annotated[str | None, _size("The input, channels last: 7x7x3 is 7 high, 7 wide, 3 channels.", "HxWxC")]

SIZES = {
    "out": _size("Output channels; default: those of the input."),
    "kernel": _size("Taps along each axis, or one number per axis: 3x5."),
    "stride": _size("Positions from one window to the next."),
    "padding": _size("Zeros on each side; `same`; or before and after each axis: 0:1x0:1.", "N|same"),
    "output_padding": _size("Of transposed: positions more at the end."),
    "dilation": _size("Positions from one tap to the next."),
    "groups": _size("Parts that the channels are split into."),
    "multiplier": _size("Filters per channel of a depthwise convolution."),
    "middle": _size("Of spatially_separable: channels between the two passes."),
    "reduction": _size("Of squeeze_excite: the factor that narrows the channels."),
    "expansion": _size("Of inverted_residual: the factor that widens the channels."),
    "width": _size("Channels inside bottleneck, resnext, shuffle."),
    "deform_groups": _size("Of deformable: groups of channels with offsets of their own."),
    "modulated": _size("Of deformable: masks.", "", "--modulated"),
    "bias": _size("A bias for each filter, or none.", "", "--bias/--no-bias"),
}
_FLAGS = {"modulated": False, "bias": True}
"""The sizes that are said without a value, and what they are if they are not said."""


def as_options(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that has the sizes among its options; those that are given it gets as text, in `given`."""
    first, *own = inspect.signature(command, eval_str=True).parameters.values()
    sizes = [
        inspect.Parameter(
            size,
            inspect.Parameter.KEYWORD_ONLY,
            default=_FLAGS.get(size),
            annotation=Annotated[bool if size in _FLAGS else str | None, option],
        )
        for size, option in SIZES.items()
    ]

    def with_sizes(**options: Any) -> None:
        typed = {size: options.pop(size) for size in SIZES}
        typed = {size: value for size, value in typed.items() if value != _FLAGS.get(size)}
        texts = {size: str(value).lower() if size in _FLAGS else value for size, value in typed.items()}
        command(**{first.name: texts}, **options)

    with_sizes.__doc__ = command.__doc__
    with_sizes.__signature__ = inspect.Signature([*own, *sizes])  # type: ignore[attr-defined]
    with_sizes.__annotations__ = {one.name: one.annotation for one in (*own, *sizes)}
    return with_sizes


def values_of(texts: Mapping[str, str], prefix: str = "--") -> dict[str, Any]:
    """Sizes as typed: a number, a word, one number per axis, `3x5`, or numbers before and after, `0:1x2:0`.

    `prefix` stands before a size's name in messages.
    """
    return {size: _parts(text, partial(_read, size, prefix)) for size, text in texts.items()}


def written_of(texts: Mapping[str, str]) -> dict[str, str]:
    """Return the same sizes as a spec has them, names and all."""
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
