"""Matrix products -> layers: with weights a convolution of 1x1 or a linear layer, of two maps a product of maps."""

from __future__ import annotations

from collections.abc import Sequence

from convcost.ops.numbers import Number, product
from convcost.reading.graph.graph import Constant
from convcost.reading.graph.kernels import weighted
from convcost.reading.graph.laying import MOST, few, inner, own, shown
from convcost.reading.graph.reductions import along
from convcost.reading.graph.spreading import expanded
from convcost.reading.graph.step import Rule, Step
from convcost.reading.graph.views import (
    UNIT,
    Axis,
    C,
    Factor,
    H,
    N,
    Refusal,
    View,
    alike,
    extent,
    multiplied,
    plain,
    same,
    text,
    view,
)


def matmul(step: Step) -> list[View]:
    """[..., P, Q] = [..., P, K] x [..., K, Q]"""
    a, b = step.input(0), step.input(1)
    if isinstance(a, View) and isinstance(b, View):
        return [of_maps(step, *_as_many_axes(step, a, b))]
    if isinstance(a, View):
        if isinstance(b, Constant) and b.dims and len(b.dims) > 2:
            return [_with_stack(step, a, b)]
        w = step.weights(1, 2)
        assert w.dims is not None
        features, out = w.dims
        return _weighted(step, a, w, features, out, None)
    # A matrix before its input: the input's columns times the matrix with its axes exchanged.
    w, x = step.weights(0, 2), step.map(1)
    assert w.dims is not None
    out, features = w.dims
    (y,) = _weighted(step, _turned(x), w, features, out, None)
    return [_turned(y)]


def _with_stack(step: Step, x: View, w: Constant) -> View:
    """A matrix of weights for each place of the axes before the last two."""
    assert w.dims is not None
    *stack, features, out = w.dims
    count = max(len(x.axes), len(w.dims))
    x = x._replace(axes=((),) * (count - len(x.axes)) + x.axes)
    places = {count - len(w.dims) + n: size for n, size in enumerate(stack) if not same(size, 1)}
    x = expanded(step, x, tuple(places.get(n, size) if same(size, 1) else size for n, size in enumerate(x.sizes)))
    if any(not same(x.sizes[n], size) for n, size in places.items()):
        raise Refusal(f"multiplies a tensor of {text(x.sizes)} by the stack of weights {shown(w)}")
    return _in_groups(step, x, [*places], [count - 1], w, features, out)


def _in_groups(
    step: Step, x: View, stack: list[int], summed: list[int], w: Constant, features: Number, out: Number
) -> View:
    """The sums over some axes with a matrix for each place of others, which are groups; behind is an axis of sums."""
    if any(factor.axis == N for n in (*stack, *summed) for factor in x.axes[n]):
        raise Refusal("has weights for each sample of a batch, or sums over them")
    if not same(features, multiplied([x.sizes[n] for n in summed])):
        raise Refusal(f"has weights for {features} features; its input has {text(tuple(x.sizes[n] for n in summed))}")
    others = [[n] for n in range(len(x.axes)) if n not in (*stack, *summed) and own(x.axes[n])]
    x = step.laid(x, [[*stack, *summed], *(few(others, MOST - 1) or [[]])])
    groups = product(x.sizes[n] for n in stack)
    (y,) = weighted(step, "conv", plain(x.tensor, x.batch), w, None, groups * out, kernel=1, groups=groups)
    return view(
        y.tensor, [*(axis for n, axis in enumerate(x.axes) if n not in summed), (Factor(C, (len(stack),), out),)]
    )


def _turned(x: View) -> View:
    """With the last two axes exchanged."""
    return x._replace(axes=(*x.axes[:-2], *x.axes[:-3:-1]))


def gemm(step: Step) -> list[View]:
    """[P, Q] = [P, K] x [K, Q] + [Q]"""
    if step.whole("transA", 0):
        raise Refusal("transposes its input (transA)")
    bias = step.input(2)
    if isinstance(step.input(1), View) and bias is None:
        a, b = step.maps()[:2]
        return [of_maps(step, a, _turned(b) if step.whole("transB", 0) else b)]
    w = step.weights(1, 2)
    assert w.dims is not None
    features, out = w.dims[::-1] if step.whole("transB", 0) else w.dims
    if isinstance(bias, View):
        raise Refusal("adds a tensor that depends on the input")
    if bias is not None and (bias.dims is None or product(bias.dims) != out):
        raise Refusal(f"adds `{bias.key}`, which is not one number for each of {out} features")
    return _weighted(step, step.map(), w, features, out, bias)


def _weighted(step: Step, x: View, w: Constant, features: Number, out: Number, bias: Constant | None) -> list[View]:
    """The numbers along the last axis times a matrix: a row of each sample's, or those at every position."""
    is_row = len(x.axes) == 2 and x.roles[0] in (N, UNIT)
    x = step.as_vector(x) if is_row else step.channels_last(x)
    if not same(features, extent(x.axes[-1])):
        raise Refusal(f"has weights for {features} features; its input has {extent(x.axes[-1])}")
    bias = bias or step.added(out, -1)
    if is_row or not x.shape.size:
        return weighted(step, "linear", x, w, bias, out)
    return weighted(step, "conv", x, w, bias, out, kernel=1)


def _as_many_axes(step: Step, a: View, b: View) -> tuple[View, View]:
    """Two stacks of matrices, of which there are as many: one matrix is there for each of the other's."""
    if min(len(a.axes), len(b.axes)) < 2:
        raise Refusal("multiplies a row of numbers")
    count = max(len(a.axes), len(b.axes))
    a, b = (x._replace(axes=((),) * (count - len(x.axes)) + x.axes) for x in (a, b))
    return _spread(step, a, b), _spread(step, b, a)


def _spread(step: Step, x: View, other: View) -> View:
    """A stack of matrices, one for each of another's, of which it may have one for all."""
    pairs = zip(x.axes[:-2], x.sizes, other.axes, strict=False)
    sizes = [size if mine else extent(own(theirs)) for mine, size, theirs in pairs]
    return expanded(step, x, (*sizes, *x.sizes[-2:]))


def of_maps(step: Step, a: View, b: View) -> View:
    """The product of two maps: a convolution of 1x1 whose weights are data, in as many groups as the axes before make.

    The axes before the last two are groups: of channels, whatever they were. The channels of the first are summed with
    the channels of the second or with its positions, whichever they are there.
    """
    groups, others = ([own(axis) for axis in x.axes[:-2]] for x in (a, b))
    if not alike(tuple(map(extent, groups)), tuple(map(extent, others))):
        raise Refusal("multiplies matrices of which there are not as many")
    if any(factor.axis == N for x in (a, b) for axis in x.axes[-2:] for factor in axis):
        raise Refusal("multiplies numbers of one sample with those of others")
    along_positions = own(a.axes[-2]) and all(factor.axis >= H for factor in b.axes[-2])
    over = "positions" if along_positions else "channels"
    summed, kept = b.axes[-2:]
    first = _laid(step, a, inner(groups) + a.axes[-1], a.axes[-2])
    pair = (kept, summed) if over == "positions" else (summed, kept)
    second = _laid(step, b, inner(others) + pair[0], pair[1])
    given = {"over": over, "groups": product(extent(axis) for axis in groups)}
    (tensor,) = step.walk.add(step.node, "matmul", (first, second), given)
    step.walk.queries[tensor.name] = a
    y = plain(tensor, a.batch)
    positions = tuple(factor for axis in y.axes[2:] for factor in axis)
    new = [(Factor(C, (n,), extent(axis)),) for n, axis in enumerate([*groups, kept])]
    batch = [tuple(factor for factor in axis if factor.axis == N) for axis in a.axes[:-2]]
    return view(tensor, [*(before + axis for before, axis in zip(batch, new, strict=False)), positions, new[-1]])


def _laid(step: Step, x: View, channels: Axis, positions: Axis) -> View:
    """A tensor with these channels and positions, however many axes the positions are."""
    if x.inner == channels + positions and all(factor.axis == C for factor in channels):
        return x
    return step.arrange(x, [channels, positions])


def einsum(step: Step) -> list[View]:
    """A sum of products by the letters of axes, of one tensor or two: sums along axes, a matrix product, axes moved."""
    terms, made = _letters(step)
    values = [step.input(n) for n in range(len(terms))]
    if len(values) == 2 and any(isinstance(value, Constant) for value in values):
        return [_einsum_with_weights(step, terms, made)]
    xs = step.maps()
    for n, (x, term) in enumerate(zip(xs, terms, strict=True)):
        if len(term) != len(x.axes) or len(set(term)) < len(term):
            raise Refusal(f"names the axes `{term}` of a tensor of {len(x.axes)}")
        others = set(made).union(*terms[:n], *terms[n + 1 :])
        single = [place for place, letter in enumerate(term) if letter not in others]
        if single:
            xs[n] = along(step, "sum", x, single)
            xs[n] = xs[n]._replace(axes=tuple(a for place, a in enumerate(xs[n].axes) if place not in single))
            terms[n] = "".join(letter for place, letter in enumerate(term) if place not in single)
    if len(xs) == 1:
        return [_ordered(xs[0], terms[0], made)]
    a, b = terms
    shared = [letter for letter in a if letter in b and letter in made]
    summed = [letter for letter in a if letter in b and letter not in made]
    lefts, rights = ([letter for letter in term if letter not in (*shared, *summed)] for term in (a, b))
    y = of_maps(step, _grouped(xs[0], a, shared, lefts, summed), _grouped(xs[1], b, shared, summed, rights))
    return [_ordered(_apart(y, xs, terms, shared, lefts, rights), "".join([*shared, *lefts, *rights]), made)]


def _letters(step: Step) -> tuple[list[str], str]:
    """The letters of each input's axes, and of the output's."""
    equation = step.text("equation", "").replace(" ", "")
    before, arrow, made = equation.partition("->")
    terms = before.split(",")
    if "." in equation or not arrow or len(terms) not in (1, 2) or len(terms) != len(step.node.inputs):
        raise Refusal(f"has the equation `{equation[:40]}`; one of one or two tensors, with `->`, can be followed")
    if len(set(made)) < len(made) or not set(made) <= set(before):
        raise Refusal(f"makes the axes `{made[:20]}` of `{before[:40]}`")
    return terms, made


def _ordered(x: View, letters: str, wanted: str) -> View:
    if sorted(letters) != sorted(wanted):
        raise Refusal(f"makes the axes `{wanted}` of `{letters}`")
    return view(x.tensor, [x.axes[letters.index(letter)] for letter in wanted])


def _grouped(x: View, term: str, shared: Sequence[str], *pair: Sequence[str]) -> View:
    """A stack of matrices: an axis for each shared letter, then rows and columns, however many axes they were."""
    axes = {letter: x.axes[place] for place, letter in enumerate(term)}
    return x._replace(axes=(*(axes[one] for one in shared), *(sum((axes[one] for one in side), ()) for side in pair)))


def _apart(y: View, xs: list[View], terms: list[str], shared: list[str], lefts: list[str], rights: list[str]) -> View:
    """The rows and the columns of a product as the axes that they were."""
    sizes = [dict(zip(term, x.sizes, strict=True)) for x, term in zip(xs, terms, strict=True)]
    rows, columns = ([side[one] for one in letters] for side, letters in zip(sizes, (lefts, rights), strict=True))
    axes = list(y.axes[: len(shared)])
    for axis, parts in ((y.axes[-2], rows), (y.axes[-1], columns)):
        if len(parts) == 1:
            axes.append(axis)
        elif parts:
            if len(axis) > 1:
                raise Refusal("makes several axes of positions that were several")
            whole = axis[0] if axis else Factor(C, (), 1)
            axes += [(whole._replace(place=(*whole.place, n), size=size),) for n, size in enumerate(parts)]
    return view(y.tensor, axes)


def _einsum_with_weights(step: Step, terms: list[str], made: str) -> View:
    """A matrix, or a stack of them, that is a constant: the sum over its axes that a tensor has too."""
    at = 0 if isinstance(step.input(0), Constant) else 1
    x, w = step.map(1 - at), step.weights(at, len(terms[at]))
    mine, weights = terms[1 - at], terms[at]
    assert w.dims is not None
    summed = [letter for letter in weights if letter in mine and letter not in made]
    new = [letter for letter in weights if letter not in mine]
    shared = [letter for letter in weights if letter in mine and letter in made]
    if len(mine) != len(x.axes) or not summed:
        raise Refusal(f"multiplies by the weights `{w.key}` along axes that it keeps")
    sizes = dict(zip(weights, w.dims, strict=True))
    kept = [letter for letter in mine if letter not in summed]
    axes = {letter: x.axes[place] for place, letter in enumerate(mine)}
    if shared:
        pair = (product(sizes[one] for one in letters) for letters in (summed, new))
        places = [[mine.index(one) for one in letters] for letters in (shared, summed)]
        y = _in_groups(step, x, places[0], places[1], w, *pair)
        parts = [(Factor(C, (len(shared) + n,), sizes[one]),) for n, one in enumerate(new)]
        return _ordered(view(y.tensor, [*y.axes[:-1], *parts]), "".join([*kept, *new]), made)
    rows = x._replace(axes=(*(axes[one] for one in kept), sum((axes[one] for one in summed), ())))
    features, out = (product(sizes[one] for one in letters) for letters in (summed, new))
    (y,) = _weighted(step, rows, w, features, out, None)
    parts = [(Factor(C, (n,), sizes[one]),) for n, one in enumerate(new)]
    return _ordered(view(y.tensor, [*y.axes[:-1], *parts]), "".join([*kept, *new]), made)


PRODUCTS: dict[str, Rule] = {"Einsum": einsum, "Gemm": gemm, "MatMul": matmul}
"""The rules, by ONNX's names of the operators."""
