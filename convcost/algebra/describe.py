"""Every operator's formulas, worked out by asking it about symbols: `kept` has them, and a test holds it to this.

Shown for two spatial axes, or one where it takes one alone, and square windows: input C x H x W, output C_out x H_out x
W_out. T(H) counts the pairs of window and tap along the axis that read a real element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from convcost.algebra.anatomy import is_symbol
from convcost.algebra.assumptions import Assumptions
from convcost.algebra.fields import SymbolicField
from convcost.algebra.judges import judged_by
from convcost.algebra.kept import OperatorFormulas
from convcost.algebra.letters import AXES, factors, settled, short
from convcost.algebra.notation import Notation
from convcost.algebra.polynomial import Polynomial, size_symbol
from convcost.algebra.texts import number_as_text
from convcost.building.build import bind
from convcost.ops import operator
from convcost.ops.arguments import REQUIRED, Argument, Axes, Choice, Optional, show
from convcost.ops.base import WORK_KINDS, Operator, Shape
from convcost.ops.numbers import Number
from convcost.ops.windows import WHOLE, NotFollowed

_LETTERS = {
    "kernel": "k",
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "output_padding": "a",
    "groups": "g",
    "multiplier": "m",
    "deform_groups": "G",
    "out": "C_out",
    "scale": "s",
    "factor": "r",
    "hidden": "h",
    "heads": "h",
    "count": "n",
    "size": "o",
}
"""The letters of the literature for the arguments' names."""

_GIVEN: dict[str, dict[str, Any]] = {
    "clip": {"min": "a", "max": "b"},
    "local_response_norm": {"size": "n"},
    "rearrange": {"cut": [["a", "b"], ["H"], ["W"]], "order": [[1, 0], [2], [3]]},
    "reshape": {"channels": "C_out", "size": ["H_out", "W_out"]},
    "slice": {"start": "a", "step": "s"},
    "split": {"parts": 2},
    "upsample": {"scale": "s", "mode": "bilinear"},
}
"""Arguments that are shown with a value or letter of their own."""


def describe(name: str) -> OperatorFormulas:
    """Return an operator's formulas, worked out."""
    with judged_by(Assumptions(None)):
        return _describe(name)


def _describe(name: str) -> OperatorFormulas:
    cls = operator(name)
    x = Shape(size_symbol("C"), tuple(map(size_symbol, AXES[cls.ranks[0]])))
    letters = _letters(name, cls.arguments)
    built = bind(name, letters, x.rank)
    inputs = _inputs(name, x, cls.arity)
    y = built.output(*inputs)
    outputs = tuple(_in_letters(y) for y in built.outputs(*inputs))
    in_outputs = settled(built, inputs, outputs)
    data: dict[str, Any] = {
        "name": name,
        "summary": (cls.__doc__ or "").strip(),
        "arguments": {name: _default(name, argument.default) for name, argument in cls.arguments.items()},
        "output": list(map(number_as_text, y.numbers)),
    }
    lines = {"output": factors(y.numbers)}
    if "ceil_mode" in cls.arguments:
        rounded_up = bind(name, letters | {"ceil_mode": True}, x.rank).output(*inputs).numbers
        data["output_ceil_mode"] = list(map(number_as_text, rounded_up))
        lines["with ceil_mode"] = factors(rounded_up)
    window, where = _window(name, letters, inputs)
    data["window"] = _in_data(window)
    if where:
        data["window_where"] = where
    if window != SymbolicField():
        lines["window"] = _in_a_line(window) + (f" ({where})" if where else "")
    data["params"] = number_as_text(in_outputs.params(*inputs).total)
    work = in_outputs.work(*inputs)
    data["work"] = {kind: number_as_text(short(n)) for kind, n in zip(WORK_KINDS, work, strict=True)}
    if where := _where(built, letters, x.rank):
        data["work_where"] = where
    return OperatorFormulas(data, lines)


def _where(built: Operator, letters: Mapping[str, Any], rank: int) -> str:
    """Return what an operator's work is shown for, if it depends on a word: `mode: bilinear`."""
    return ", ".join(
        f"{argument}: {kind.written(getattr(built, argument), rank)}"
        for argument, (kind, default, *_) in built.arguments.items()
        if (isinstance(kind, Axes | Choice) and argument in letters)
        or (isinstance(default, str) and getattr(built, argument) != kind.read(default, rank))
    )


def _window(name: str, letters: Mapping[str, Any], inputs: tuple[Shape, ...]) -> tuple[SymbolicField | None, str]:
    """Return what an output reads of the first input along its first axis, None for all of it.

    With it comes what it is shown for, if it has no formula otherwise: `dilation: 1`.
    """
    try:
        return _read(bind(name, letters, inputs[0].rank), inputs), ""
    except NotFollowed:
        return _read(bind(name, {**letters, "dilation": 1}, inputs[0].rank), inputs), "dilation: 1"


def _read(built: Operator, inputs: tuple[Shape, ...]) -> SymbolicField | None:
    windows = built.reads(*inputs)[0]
    window = windows[0] if windows else WHOLE
    return SymbolicField().through(window) if window else None


def _in_data(window: SymbolicField | None) -> dict[str, str] | None:
    numbers = window and {"size": window.size, "stride": window.jump, "start": window.start}
    return numbers and {name: number_as_text(n) for name, n in numbers.items()}


def _in_a_line(window: SymbolicField | None) -> str:
    if window is None:
        return "the whole input"
    return f"{_size(window.size)}, stride {number_as_text(window.jump)}, from {number_as_text(window.start)}"


def _size(size: Number) -> str:
    """A window's size; positions from the first tap to the last as the literature has them: d*(k - 1) + 1."""
    between = Notation(in_place=True).product(size - 1)
    return f"{between} + 1" if re.fullmatch(r"\w+\*\([^()]*\)", between) else number_as_text(size, in_place=True)


def _in_letters(y: Shape) -> Shape:
    made = (isinstance(n, Polynomial) and not is_symbol(n) for n in y.size)
    letters = (size_symbol(f"{axis}_out") for axis in AXES.get(y.rank, ()))
    return Shape(y.channels, tuple(c if is_made else n for n, c, is_made in zip(y.size, letters, made, strict=False)))


def _letters(name: str, arguments: Mapping[str, Argument]) -> dict[str, Any]:
    """Return the arguments that are not left at their defaults: letters for sizes and counts."""
    written: dict[str, Any] = {}
    for argument, (kind, default, *_) in arguments.items():
        given = _GIVEN.get(name, {}).get(argument)
        if given is not None:
            written[argument] = given if isinstance(kind, Choice) else _in_symbols(given)
        elif (isinstance(kind, Optional) and argument != "stride") or isinstance(default, bool | str):
            continue
        elif isinstance(kind, Axes | Choice):
            written[argument] = kind.words[0]
        elif argument in _LETTERS or default is REQUIRED:
            written[argument] = size_symbol(_LETTERS.get(argument, argument))
    return written


def _in_symbols(given: Any) -> Any:
    """Letters, also in lists, as sizes."""
    if isinstance(given, list):
        return [_in_symbols(one) for one in given]
    return size_symbol(given) if isinstance(given, str) else given


def _inputs(name: str, x: Shape, arity: tuple[int, int | None]) -> tuple[Shape, ...]:
    if arity[0] == 1 and arity[1] is not None:
        return (x,)
    if name == "concat":
        return Shape(size_symbol("C_1"), x.size), Shape(size_symbol("C_2"), x.size)
    return (x,) * arity[0]


def _default(argument: str, default: Any) -> str | None:
    if default is REQUIRED:
        return None
    if default is None:
        return "kernel" if argument == "stride" else "optional"
    return show(default).replace("`", "")
