"""W301: tensors that meet, and have one size here but not for another input.

Spatial sizes are functions of the input's: floor((H + a)/b), with a and b ints, along every path of windows. Numbers of
the algebra stay of this form, so two sizes that meet are equal for every H if and only if they are so in form. Where a
size has another form (upsampling, resizing, a crop) it is None: not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import lcm
from typing import TypeAlias

from convcost.algebra.anatomy import inside
from convcost.algebra.atoms import TooLong
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.polynomial import Polynomial, size_symbol
from convcost.checks.base import Found, Rule, Subject
from convcost.errors import Problem
from convcost.network import Layer
from convcost.ops.base import Operator, Shape
from convcost.ops.concat import Concat
from convcost.ops.elementwise import Elementwise

Size: TypeAlias = str | tuple[str, int]
"""A size of the input that can be chosen: a symbol; or, for a number, the input's name and the axis."""

Extents: TypeAlias = tuple[Polynomial | None, ...]
"""One per spatial axis: the size, in a size of the input."""

_KERNELS = (
    *(
        "conv",
        "depthwise_conv",
        "deformable_conv",
        "locally_connected",
        "max_pool",
        "avg_pool",
        "blur_pool",
        "subsample",
    ),
    *("pad", "pixel_unshuffle", "class_token", "append"),
)
"""Operators whose output has one position per window, along every axis."""

_LONGEST_SEARCH = 4096


def chosen(subject: Subject) -> dict[str, tuple[Size, int]]:
    """Return the sizes of the inputs that can be chosen freely, and what they are now, by the symbol for each."""
    written = subject.description.outline().sizes
    return {
        _symbol(name, axis, size): (size if isinstance(size, str) else (name, axis), now)
        for name, x in subject.network.inputs.items()
        for axis, (size, now) in enumerate(zip(written[name], x.size, strict=True))
        if size is not None
    }


def extents(subject: Subject) -> dict[str, Extents]:
    """Return every tensor's sizes."""
    written = subject.description.outline().sizes
    found: dict[str, Extents] = {
        name: tuple(
            None if size is None else size_symbol(_symbol(name, axis, size)) for axis, size in enumerate(written[name])
        )
        for name in subject.network.inputs
    }
    for layer in subject.network.layers:
        state = _after(layer.kind, layer.operator, layer.input_shapes, tuple(found[name] for name in layer.inputs))
        found.update((name, state) for name in layer.outputs)
    return found


def _symbol(name: str, axis: int, size: int | str) -> str:
    """The symbol of an input's size: its own, or for a plain number one that no spec can have."""
    return size if isinstance(size, str) else f"{name} {axis}"


@lru_cache(maxsize=256)
def _after(kind: str, operator: Operator, shapes: tuple[Shape, ...], given: tuple[Extents, ...]) -> Extents:
    if kind in _KERNELS:
        sizes = tuple(now if size is None else size for size, now in zip(given[0], shapes[0].size, strict=True))
        try:
            made = operator.output(Shape(shapes[0].channels, sizes)).size
        except TooLong:
            return (None,) * len(sizes)
        return tuple(size if isinstance(size, Polynomial) else None for size in made)
    size = operator.outputs(*shapes)[0].size
    if isinstance(operator, Elementwise) or operator.reads(*shapes) == Operator.reads(operator, *shapes):
        # Where several meet they have one size, so what is known of one is known of all.
        full = [state for state, x in zip(given, shapes, strict=True) if x.size == size]
        return tuple(
            next((state[axis] for state in full if state[axis] is not None), None) for axis in range(len(size))
        )
    return (None,) * len(size)


@lru_cache(maxsize=256)
def differing_size(one: Polynomial, other: Polynomial, now: int) -> int | None:
    """Return the next larger size of the input at which two sizes in it differ.

    >>> H = size_symbol("H")
    >>> differing_size(H // 2, (H + 1) // 2, 224)
    225
    """
    # The difference repeats after the common multiple of the divisors, but for a constant.
    floors = (atom for atom in inside([one, other]) if atom.kind == "floor")
    longest = min(lcm(*(atom.parts[0].denominator for atom in floors)), _LONGEST_SEARCH)
    (name,) = one.symbols
    ats = ((n, Evaluation({name: n})) for n in range(now + 1, now + longest + 1))
    return next((n for n, at in ats if at(one) != at(other)), None)


_MOST_READINGS = 32
"""Times that a spec is read again for proofs."""


def find(subject: Subject) -> Iterator[Found]:
    """Joins whose inputs' sizes are different functions of the input's, with a size at which the spec is refused."""
    joins = [layer for layer in subject.network.layers if _is_join(layer.operator) and len(layer.inputs) > 1]
    if not joins:
        return
    known, sizes = extents(subject), chosen(subject)
    readings: dict[tuple[Size, int], tuple[Problem, ...]] = {}
    for layer in joins:
        for at in _tries(layer, known, sizes):
            if at not in readings and len(readings) < _MOST_READINGS:
                readings[at] = _problems(subject, *at)
            span, _ = subject.place(layer)
            if problem := next((problem for problem in readings.get(at, ()) if problem.span is span), None):
                differ = problem.message.partition(": ")[2]
                message = f"`{layer.name}` fits by luck: {_words(*at)}, {differ}"
                yield Found(message, problem.help, layer)
                break


def _is_join(operator: Operator) -> bool:
    """Whether it puts together inputs of one size: each is read position by position."""
    return isinstance(operator, Elementwise | Concat)


def _tries(layer: Layer, known: dict[str, Extents], sizes: dict[str, tuple[Size, int]]) -> Iterator[tuple[Size, int]]:
    """The next larger sizes of the input at which two of a layer's inputs differ: (which size, how large)."""
    full = layer.output_shapes[0].size
    # A gate, one number per channel, has no positions to agree on; nor have maps that are stacked along an axis.
    meet = [known[name] for name, x in zip(layer.inputs, layer.input_shapes, strict=True) if x.size == full]
    for axis in range(len(full) if meet else 0):
        first, *others = dict.fromkeys(state[axis] for state in meet)
        for other in others:
            if first is not None and other is not None and first.symbols == other.symbols:
                what, now = sizes[next(iter(first.symbols))]
                if size := differing_size(first, other, now):
                    yield what, size


def _problems(subject: Subject, what: Size, size: int) -> tuple[Problem, ...]:
    """Why the spec is refused for another size of the input."""
    if isinstance(what, str):
        return subject.description.problems({what: size})
    return subject.description.problems(sizes=lambda name, axis, rank: size if (name, axis) == what else None)


def _words(what: Size, size: int) -> str:
    if isinstance(what, str):
        return f"at {what} = {size}"
    name, axis = what
    return f"for {name} {size} along axis {axis}" if name != "input" else f"for an input of {size} along axis {axis}"


RULE = Rule(
    "W301",
    "lucky-join",
    "Inputs of an add, concat or mul have one size here, but not for another input.",
    """\
Two paths that meet halve their maps in different ways, and round differently: a 2x2 pool makes floor(H/2) of a size, a
3x3 convolution of stride 2 and padding 1 makes floor((H + 1)/2). They agree at 224 and differ by one at 225.

    - add:
        body:  [conv: {out: 64, kernel: 3, stride: 2, padding: 1}]
        short: [max_pool: {kernel: 2}]                          # ceil_mode: true agrees everywhere

The finding names the next larger input for which the spec is refused; it has been tried. Choose padding or `ceil_mode`
so that both paths round alike. A network for inputs of one size alone may say `# convcost: ignore[W301]` on the line.
Paths that cannot be followed exactly (through an upsampling, a crop, an adaptive pool) are not judged. A join that
stands behind another is judged when that one fits.
""",
    find,
)
