"""W301: tensors that meet, and have one size here but not for another input.

Spatial sizes are functions of the input's: floor((H + a)/b), with a and b ints, along every path of windows. Nested
floors of positive whole divisors are one: floor((floor((H+a)/b) + c)/s) = floor((H + a + b*c)/(b*s)). So a size stays
of this form through convolutions and pools, and two sizes that meet are equal for every H if and only if their a and b
are. Where a size has another form (upsampling, resizing, a crop) it is None: not known.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import lcm
from typing import NamedTuple, TypeAlias

from convcost.checks.base import Found, Rule, Subject
from convcost.errors import Problem
from convcost.network import Layer
from convcost.ops.base import Operator
from convcost.ops.windows import Window

Size: TypeAlias = str | tuple[str, int]
"""A size of the input that can be chosen: a symbol; or, for a number, the input's name and the axis."""


class Extent(NamedTuple):
    """floor((H + a)/b) of one size of the input."""

    size: Size
    """What H is."""
    here: int
    """What it is now."""
    a: int = 0
    b: int = 1

    def at(self, size: int) -> int:
        """Return the value for an input of that size.

        >>> Extent("H", 224, 1, 2).at(225)
        113
        """
        return (size + self.a) // self.b

    def through(self, window: Window, ceil_mode: bool, same: bool) -> Extent:
        """After one more window: `floor`, torch's `ceil_mode`, or TensorFlow's `same`."""
        s = window.stride
        if same:  # ceil(i/s)
            shift = s - 1
        elif ceil_mode:  # ceil((i + p + min(q - e + s, 0))/s): no window starts past the input
            shift = window.before + min(window.after - window.extent + s, 0) + s - 1
        else:
            shift = window.before + window.after - window.extent + s
        return self._replace(a=self.a + self.b * shift, b=self.b * s)


Extents: TypeAlias = tuple[Extent | None, ...]
"""One per spatial axis."""

_KERNELS = ("conv", "depthwise_conv", "deformable_conv", "max_pool", "avg_pool", "subsample", "pad")
"""Operators whose output has one position per window, along every axis."""

_LONGEST_SEARCH = 4096


def extents(subject: Subject) -> dict[str, Extents]:
    """Return every tensor's sizes."""
    found = {}
    written_sizes = subject.description.outline().sizes
    for name, x in subject.network.inputs.items():
        sizes = zip(written_sizes[name], x.size, strict=True)
        found[name] = tuple(
            # One that can be chosen freely: a plain number, or a symbol that stands alone.
            Extent(written if isinstance(written, str) else (name, axis), size) if written is not None else None
            for axis, (written, size) in enumerate(sizes)
        )
    for layer in subject.network.layers:
        state = _after(layer, [found[name] for name in layer.inputs])
        found.update((name, state) for name in layer.outputs)
    return found


def _after(layer: Layer, given: list[Extents]) -> Extents:
    operator, size = layer.operator, layer.output_shapes[0].size
    if layer.kind in _KERNELS:
        ceil_mode, same = getattr(operator, "ceil_mode", False), getattr(operator, "padding", None) == "same"
        windows = layer.reads[0] or ()
        steps = zip(given[0], windows, strict=True)
        state = tuple(e.through(w, ceil_mode, same) if e and isinstance(w, Window) else None for e, w in steps)
        return tuple(e if e and e.at(e.here) == o else None for e, o in zip(state, size, strict=True))
    if layer.kind == "mul" or type(operator).reads is Operator.reads:
        # Where several meet they have one size, so what is known of one is known of all.
        full = [state for state, x in zip(given, layer.input_shapes, strict=True) if x.size == size]
        return tuple(next((state[axis] for state in full if state[axis]), None) for axis in range(len(size)))
    return (None,) * len(size)


@lru_cache(maxsize=256)
def differing_size(one: Extent, other: Extent) -> int | None:
    """Return the next larger size of the input at which two extents differ.

    >>> differing_size(Extent("H", 224, 0, 2), Extent("H", 224, 1, 2))
    225
    """
    # The difference repeats after the common multiple of the divisors, but for a constant.
    longest = min(lcm(one.b, other.b), _LONGEST_SEARCH)
    sizes = range(one.here + 1, one.here + longest + 1)
    return next((n for n in sizes if one.at(n) != other.at(n)), None)


_JOINS = ("add", "concat", "mul")

_MOST_READINGS = 32
"""Times that a spec is read again for proofs."""


def find(subject: Subject) -> Iterator[Found]:
    """Joins whose inputs' sizes are different functions of the input's, with a size at which the spec is refused."""
    joins = [layer for layer in subject.network.layers if layer.kind in _JOINS and len(layer.inputs) > 1]
    if not joins:
        return
    known = extents(subject)
    readings: dict[tuple[Size, int], tuple[Problem, ...]] = {}
    for layer in joins:
        for at in _tries(layer, known):
            if at not in readings and len(readings) < _MOST_READINGS:
                readings[at] = _problems(subject, *at)
            span, _ = subject.place(layer)
            if problem := next((problem for problem in readings.get(at, ()) if problem.span is span), None):
                differ = problem.message.partition(": ")[2]
                message = f"`{layer.name}` fits by luck: {_words(*at)}, {differ}"
                yield Found(message, problem.help, layer)
                break


def _tries(layer: Layer, known: dict[str, Extents]) -> Iterator[tuple[Size, int]]:
    """The next larger sizes of the input at which two of a layer's inputs differ: (which size, how large)."""
    full = layer.output_shapes[0].size
    # A gate, one number per channel, has no positions to agree on.
    meet = [known[name] for name, x in zip(layer.inputs, layer.input_shapes, strict=True) if x.size == full]
    for axis in range(len(full)):
        first, *others = dict.fromkeys(state[axis] for state in meet)
        for other in others:
            if first and other and first.size == other.size and (size := differing_size(first, other)):
                yield first.size, size


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
