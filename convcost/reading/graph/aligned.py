"""ONNX operators on numbers in the same place of several tensors, or of one and of a constant -> layers."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convcost.ops.numbers import Exact, product
from convcost.reading.graph.graph import Constant, short
from convcost.reading.graph.laying import can_be_map, own, shown
from convcost.reading.graph.spreading import expanded
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import C, Factor, N, Refusal, View, extent, same, text


def compare(step: Step) -> list[View]:
    """Two tensors, or one and numbers that it is compared with."""
    return together("compare", step, [x for x in map(step.input, _places(step)) if isinstance(x, View)])


def where(step: Step) -> list[View]:
    """A mask, and what is taken where it is true and where it is not; any may be constants."""
    return together("where", step, [x for x in map(step.input, _places(step)) if isinstance(x, View)])


def _places(step: Step) -> range:
    return range(len(step.node.inputs))


def of_maps(kind: str) -> Rule:
    """Tensors aligned at their last axes."""
    return lambda step: together(kind, step, step.maps())


def extreme(kind: str, bound: str) -> Rule:
    """The larger or the smaller of tensors; beside one number that is a tensor clipped."""

    def rule(step: Step) -> list[View]:
        given = [step.input(n) for n in _places(step)]
        numbers = [one for one in given if isinstance(one, Constant)]
        if len(given) == 2 and len(numbers) == 1 and numbers[0].values and len(numbers[0].values) == 1:
            return step.layer("clip", step.map(int(given[0] is numbers[0])), **{bound: short(numbers[0].values[0])})
        return together(kind, step, step.maps())

    return rule


def together(kind: str, step: Step, xs: list[View]) -> list[View]:
    """A layer of tensors aligned at their last axes, of which smaller ones are spread."""
    if len(xs) == 1:
        return xs if kind not in ("compare", "where") else step.layer(kind, *xs)
    count = max(len(x.axes) for x in xs)
    xs = [x._replace(axes=((),) * (count - len(x.axes)) + x.axes) for x in xs]
    if not _meet(xs):
        xs = _alike(step, xs)
    (tensor,) = step.walk.add(step.node, kind, tuple(xs), {})
    whole = next((x for x in xs if x.shape == tensor.shape), xs[0])
    return [whole.like(tensor)]


def _meet(xs: list[View]) -> bool:
    """Whether one tensor has all axes, and the others have the same ones of the network's there, or size 1."""
    places = [{axis for axis in axes if axis} for axes in zip(*(x.axes for x in xs), strict=True)]
    if any(len(axes) > 1 for axes in places):
        return False
    whole = next(
        (x for x in xs if all(axis in found or not found for axis, found in zip(x.axes, places, strict=True))), None
    )
    return whole is not None and all(_lies_in(x, whole) for x in xs)


def _lies_in(x: View, whole: View) -> bool:
    pairs = zip(x.shape.numbers, whole.shape.numbers, strict=False)
    return x.shape.rank in (0, whole.shape.rank) and all(same(a, 1) or same(a, b) for a, b in pairs)


def _alike(step: Step, xs: list[View]) -> list[View]:
    """The tensors with the same axes of the network's, whatever they were parts of; one is spread if none has all."""
    sizes = [next((n for n in pair if not same(n, 1)), 1) for pair in zip(*(x.sizes for x in xs), strict=True)]
    if not any(all(_fits(x, n, size) for n, size in enumerate(sizes)) for x in xs):
        xs = [expanded(step, xs[0], tuple(sizes)), *xs[1:]]
        if _meet(xs):
            return xs
    if all(can_be_map(x) for x in xs):
        return [step.as_map(x) for x in xs]
    groups: list[list[int]] = []
    before: tuple[bool, ...] = ()
    for n in range(len(sizes)):
        if not any(own(x.axes[n]) for x in xs):
            continue
        full = tuple(bool(own(x.axes[n])) for x in xs)
        if full == before:
            groups[-1].append(n)
        else:
            groups.append([n])
        before = full
    return [step.laid(x, groups) for x in xs]


def _fits(x: View, n: int, size: Any) -> bool:
    return same(extent(x.axes[n]), size)


def with_constant(kind: str, maps: str) -> Rule:
    """Two tensors, of which one may be a constant: numbers that the layer holds, or one that is written."""

    def rule(step: Step) -> Sequence[View | Constant | None]:
        places = [n for n in _places(step) if isinstance(step.input(n), Constant)]
        if len(places) != 1 or len(step.node.inputs) != 2:
            return of_maps(maps)(step)
        x, constant = step.map(1 - places[0]), step.input(places[0])
        assert isinstance(constant, Constant)
        if places[0] == 0 and step.node.op == "Div":
            return _over_x(step, x, constant)
        # c - x takes as many additions as x - c.
        return constants(step, kind, x, constant)

    return rule


def _over_x(step: Step, x: View, constant: Constant) -> list[View]:
    """c / x, a division each."""
    if (constant.trained and not constant.values) or constant.dims is None or not same(product(constant.dims), 1):
        raise Refusal(f"divides {shown(constant)} by a tensor; one number can be divided")
    return step.layer("reciprocal", x)


def rest(step: Step) -> list[View]:
    """What a division leaves: a division each."""
    xs = [x for x in map(step.input, _places(step)) if isinstance(x, View)]
    return together("div", step, xs) if len(xs) > 1 else step.layer("reciprocal", step.map())


def constants(step: Step, kind: str, x: View, constant: Constant) -> list[View]:
    """A layer that holds a constant's numbers: one for each channel, position or element, or for all."""
    if constant.dims is None:
        raise Refusal(f"computes with a constant, `{constant.key}`, whose shape is not known")
    values = constant.values
    if same(product(constant.dims), 1):
        if values and not constant.trained and isinstance(values[0], int | Fraction):
            return step.layer(kind, x, by=short(values[0]))
        return step.layer(kind, x, weights=(constant,), per="layer", trained=constant.trained)
    count = max(len(x.axes), len(constant.dims))
    dims: tuple[Any, ...] = (1,) * (count - len(constant.dims)) + constant.dims
    x = x._replace(axes=((),) * (count - len(x.axes)) + x.axes)
    sizes = tuple(n if same(size, 1) else size for n, size in zip(dims, x.sizes, strict=True))
    x = expanded(step, x, sizes)
    if not constant.trained:
        dims = _of_one_sample(x, dims)
        constant = constant._replace(dims=dims)
    touched = [n for n in range(count) if not same(dims[n], 1)]
    if any(f.axis == N for n in touched for f in x.axes[n]) or any(
        not same(dims[n], extent(x.axes[n])) for n in touched
    ):
        verb = {"scale": "multiplies by", "shift": "adds"}.get(kind, "computes with")
        raise Refusal(f"{verb} the constant {shown(constant)}: that is no part of a tensor of {text(x.sizes)}")
    per = _part(x, touched)
    if per is None and can_be_map(x):
        x = step.as_map(x)
        per = _part(x, touched)
    if per is None:
        others = [n for n in range(count) if n not in touched and own(x.axes[n])]
        x, per = step.laid(x, [touched, others]), "channel"
    count = product(dims)
    if _are_counts(values) or step.walk.parameters.are_held(kind, constant):
        constant = constant._replace(trained=False)
    flat = constant._replace(dims=(count,))
    if not constant.trained or same(constant.held, count):
        return step.layer(kind, x, weights=(flat,), per=per, trained=constant.trained)
    # Relative positions: numbers that were worked out from so many, which another layer may pick from as well.
    table = constant._replace(key=" ".join(sorted(name for name, _ in constant.parameters)))
    counted = step.walk.parameters.counted(table)
    return step.layer(kind, x, weights=(table,), table=counted or constant.held, trained=bool(counted))


def _of_one_sample(x: View, dims: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape of a constant that has numbers for each sample of a batch, as a first state has: those of one."""
    samples = [
        all(factor.axis == N for factor in axis) and same(n, extent(axis)) for n, axis in zip(dims, x.axes, strict=True)
    ]
    return tuple(1 if alone else n for n, alone in zip(dims, samples, strict=True))


def _are_counts(values: tuple[Any, ...] | None) -> bool:
    """Whether numbers are whole and not all alike: an exporter counted them, for nobody trains to such."""
    given = values or ()
    return all(isinstance(n, Exact) and n.denominator == 1 for n in given) and len(set(given)) > 1


def _part(x: View, touched: list[int]) -> str | None:
    """What there is one number for."""
    found: set[Factor] = {factor for n in touched for factor in x.axes[n]}
    inner = set(x.inner)
    channels = {factor for factor in inner if factor.axis == C}
    parts = {"channel": channels, "position": inner - channels, "element": inner}
    return next((per for per, wanted in parts.items() if found == wanted), None)


_COMPARISONS = ("And", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual", "Not", "Or", "Xor")

ALIGNED: dict[str, Rule] = {
    **dict.fromkeys(_COMPARISONS, compare),
    "Add": with_constant("shift", "add"),
    "Div": with_constant("scale", "div"),
    "Max": extreme("maximum", "min"),
    "Min": extreme("minimum", "max"),
    "Mod": rest,
    "Mul": with_constant("scale", "mul"),
    "Sub": with_constant("shift", "sub"),
    "Sum": of_maps("add"),
    "Where": where,
}
"""The rules, by ONNX's names of the operators."""
