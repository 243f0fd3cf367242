"""W301: tensors that meet, and have one size here but not for another input."""

from __future__ import annotations

from collections.abc import Iterator

from convcost.checks.base import Found, Rule, Subject
from convcost.checks.extents import Extents, Size, differing_size, extents
from convcost.errors import Problem
from convcost.network import Layer

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
Paths that cannot be followed exactly (through an upsampling, a crop, an adaptive pool) are not judged, and a join that
stands behind another is only once that one fits.
""",
    find,
)
