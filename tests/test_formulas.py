"""One formula, every kind of number; and windows, fields and memory against their definitions, by enumeration."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterable
from fractions import Fraction
from itertools import product
from typing import Any

import numpy as np
import pytest
import sympy
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from convcost.algebra.assumptions import Assumptions
from convcost.algebra.evaluation import Evaluation
from convcost.algebra.judges import judged_by
from convcost.algebra.letters import settled
from convcost.algebra.polynomial import Polynomial, size_symbol
from convcost.algorithms import im2col
from convcost.algorithms.fft import fft
from convcost.algorithms.winograd import DATA, FILTER, INVERSE, winograd
from convcost.analysis.field import Field
from convcost.analysis.memory import most_held
from convcost.analysis.propagation import receptive_fields
from convcost.errors import ShapeError, Source
from convcost.network import Network
from convcost.ops import OPERATORS, operator
from convcost.ops import arguments as arg
from convcost.ops.adaptive_pooling import adaptive_reads
from convcost.ops.base import Operator, Shape
from convcost.ops.conv import Conv
from convcost.ops.elementwise import Elementwise
from convcost.ops.lattice import floor_sum, pairs_below
from convcost.ops.resampling import AdaptiveWindow, BlockWindow, ResizeWindow
from convcost.ops.windows import TransposedWindow, Window
from convcost.reading.load import read

importlib.import_module("sympy_numbers")  # makes the formulas run on sympy's numbers

Application = tuple[Operator, tuple[Shape, ...]]

# Random operators, of every kind there is

CHANNELS = st.sampled_from([1, 2, 3, 4, 6, 12])
SIZES = st.integers(1, 9)
SMALL = st.integers(1, 3)


@st.composite
def values(draw: Any, kind: arg.Kind, rank: int) -> Any:
    """A value of an argument, as a spec would give it."""
    match kind:
        case arg.Optional():
            return draw(st.none() | values(kind.kind, rank))
        case arg.Flag():
            return draw(st.booleans())
        case arg.Choice():
            return draw(st.sampled_from(kind.words))
        case arg.Axes():
            return draw(st.lists(st.sampled_from(["channels", *arg.AXES[rank]]), min_size=1, unique=True))
        case arg.Ratio():
            return draw(st.fractions(0, 1))
        case arg.Real():
            return draw(st.fractions(-9, 9))
        case arg.Padding() if draw(st.booleans()):
            return draw(st.sampled_from(["same", "valid"]))
        case arg.BothSides():
            return [draw(st.integers(0, 2)), 1]
        case arg.Sides():
            return [[draw(st.integers(0, 2)), draw(st.integers(0, 2))] for _ in range(rank)]
        case arg.Factors():
            return [draw(st.sampled_from([Fraction(1, 2), 1, 2, Fraction(3, 2)])) for _ in range(rank)]
        case arg.PerAxis():
            return [draw(SMALL) - (kind.number.least == 0) for _ in range(rank)]
        case arg.Lists():
            return []  # what they are depends on the input
        case arg.Counts():
            return draw(st.lists(SMALL, min_size=1, max_size=3))
        case arg.Count(least=None):
            return draw(st.integers(-2, 3))
        case arg.Count():
            return draw(st.sampled_from([1, 2, 3, 6]))
    raise AssertionError(f"no values for {kind}")


@st.composite
def applications(draw: Any, name: str) -> Application:
    """An operator with arguments, and inputs that it takes."""
    cls = operator(name)
    rank = draw(st.sampled_from(cls.ranks))
    x = Shape(draw(CHANNELS), tuple(draw(SIZES) for _ in range(rank)))
    inputs = (x,) * max(1, cls.arity[0])
    if name == "concat":
        inputs = (x, Shape(draw(CHANNELS), x.size), x)
    elif issubclass(cls, Elementwise):
        x = Shape(x.channels + 1, (*x.size[:-1], x.size[-1] + 1))  # not taken for a gate
        row = Shape(x.channels, (1, *x.size[1:]))
        gates = [Shape(x.channels, ()), Shape(x.channels, (1,) * rank), Shape(1, x.size), row, Shape(1, ()), x]
        most = (cls.arity[1] or 3) - 1
        inputs = (x, *draw(st.lists(st.sampled_from(gates), min_size=1, max_size=most)))
    given: dict[str, Any] = {}
    for argument, (kind, default, *_) in cls.arguments.items():
        value = default if draw(st.booleans()) else arg.REQUIRED
        if argument == "connections" or argument == "offset_channels":
            value = None
        given[argument] = draw(values(kind, rank)) if value is arg.REQUIRED else value
    if name == "split":
        by_parts = draw(st.booleans())
        given = {"parts": 2 if by_parts else None, "channels": None if by_parts else [1, x.channels]}
        inputs = (Shape(2 * x.channels if by_parts else 1 + x.channels, x.size),)
    elif name == "matmul" and given["over"] == "positions":
        groups = given["groups"]
        inputs = (Shape(groups * math.prod(x.size), x.size), Shape(groups * x.channels, x.size))
    elif name == "reshape":
        given["size"] = [draw(st.sampled_from([x.channels, *x.size])), *x.size[1:]]
        given["channels"] = None
    elif name == "rearrange":
        given["cut"] = [[n, draw(SMALL)] for n in x.numbers]
        parts = draw(st.permutations(range(2 * len(given["cut"]))))
        given["order"] = [parts[:2], parts[2:], []]
        inputs = (Shape(math.prod(given["cut"][0]), tuple(map(math.prod, given["cut"][1:]))),)
    elif name == "pixel_shuffle":
        inputs = (Shape(x.channels * math.prod(given["factor"]), x.size),)
    elif name == "upsample":
        given["size"] = None if given["scale"] else given["size"] or [2] * rank
    elif name == "conv" and draw(st.booleans()):
        table = st.lists(st.integers(0, x.channels - 1), min_size=1, max_size=3, unique=True)
        given["connections"] = [draw(table) for _ in range(given["out"])]
        given["groups"] = 1
    try:
        built = cls(**{key: cls.arguments[key].kind.read(value, rank) for key, value in given.items()})
        built.check(*inputs)
    except ShapeError:
        assume(False)
    return built, inputs


def formulas(application: Application) -> list[Any]:
    """All numbers that the formulas give."""
    built, inputs = application
    shapes = [number for y in built.outputs(*inputs) for number in (y.channels, *y.size)]
    return [*shapes, *built.params(*inputs), *built.work(*inputs), *built.useful_work(*inputs)]


COUNTED_WITH = {"kernel", "parts", "connections", "axis", "over", "order"}
"""Arguments that formulas go through one by one, so they are ints; axes are no sizes."""


class Symbols:
    """Puts sympy's symbols in the place of numbers, and numbers back in theirs."""

    def __init__(self) -> None:
        self.values: dict[str, int] = {}

    def hide(self, value: Any) -> Any:
        if isinstance(value, Shape):
            return Shape(self.hide(value.channels), self.hide(value.size))
        if isinstance(value, tuple):
            return tuple(map(self.hide, value))
        if type(value) is not int or value < 2:
            return value
        name = f"n{len(self.values)}"
        self.values[name] = value
        return self.symbol(name)

    def symbol(self, name: str) -> Any:
        return sympy.Symbol(name, integer=True, positive=True)

    def apply(self, application: Application) -> Application:
        built, inputs = application
        hidden: dict[str, Any] = {
            name: self.hide(value) for name, value in vars(built).items() if name not in COUNTED_WITH
        }
        return built.with_arguments(**hidden), tuple(map(self.hide, inputs))

    def show(self, number: Any) -> int:
        found = sympy.sympify(number).xreplace({self.symbol(name): sympy.Integer(n) for name, n in self.values.items()})
        assert found.is_Integer, f"{number} becomes {found}"
        return int(found)


class Letters(Symbols):
    """The same with our own polynomials."""

    def symbol(self, name: str) -> Any:
        return size_symbol(name)

    def show(self, number: Any) -> int:
        found = Evaluation(self.values)(number)
        assert isinstance(found, int), f"{number} becomes {found}"
        return found


@pytest.mark.parametrize("name", OPERATORS)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_symbols_give_what_numbers_give(name: str, data: st.DataObject) -> None:
    application = data.draw(applications(name))
    expected = formulas(application)
    for symbols in (Symbols(), Letters()):
        with judged_by(Assumptions(None)):
            found = formulas(symbols.apply(application))
        assert [symbols.show(number) for number in found] == expected, type(symbols)


@pytest.mark.parametrize("name", OPERATORS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(data=st.data())
def test_formulas_in_letters_are_those_of_the_sizes(name: str, data: st.DataObject) -> None:
    application = data.draw(applications(name))
    symbols = Letters()
    with judged_by(Assumptions(None)):
        built, inputs = symbols.apply(application)
        sizes = [n for y in built.outputs(*inputs) for n in y.size]
        letters = {
            n: size_symbol(f"o{count}") for count, n in enumerate(dict.fromkeys(sizes)) if isinstance(n, Polynomial)
        }
        outputs = tuple(Shape(y.channels, tuple(letters.get(n, n) for n in y.size)) for y in built.outputs(*inputs))
        found = settled(built, inputs, outputs)
        numbers = [*found.params(*inputs), *found.work(*inputs)]
    values = symbols.values | {str(letter): symbols.show(n) for n, letter in letters.items()}
    expected = [*application[0].params(*application[1]), *application[0].work(*application[1])]
    assert [Evaluation(values)(number) for number in numbers] == expected


@settings(max_examples=30, deadline=None)
@given(applications("conv"), st.sampled_from([2, 4]))
def test_algorithms_run_on_symbols(application: Application, m: int) -> None:
    conv, (x,) = application
    assert isinstance(conv, Conv)
    symbols = Symbols()
    hidden, (y,) = symbols.apply(application)
    assert isinstance(hidden, Conv)
    assert symbols.show(im2col.buffer_elements(hidden, y)) == im2col.buffer_elements(conv, x)
    if conv.connections is None:
        assert im2col.matrix_product(conv, x).multiplies == conv.work(x).macs
    flat = conv.with_arguments(kernel=(3, 3), stride=(1, 1), padding="same", dilation=(1, 1), padding_mode="zeros")
    square, symbolic_square = Shape(x.channels, (x.size[0], 7)), Shape(y.channels, (y.size[0], 7))
    symbolic = flat.with_arguments(out=hidden.out, groups=hidden.groups)
    numbers, hidden_numbers = winograd(flat, square, m), winograd(symbolic, symbolic_square, m)
    assert all(
        symbols.show(getattr(hidden_numbers, name)) == getattr(numbers, name) for name in type(numbers).__slots__
    )


WITHOUT_MINIMUM = [
    "abs",
    "add",
    "append",
    "arg_max",
    "attention",
    "batch_norm",
    "blur_pool",
    "celu",
    "channel_shuffle",
    "class_token",
    "clip",
    "compare",
    "concat",
    "conv",
    "conv_transpose",
    "deformable_conv",
    "depthwise_conv",
    "div",
    "elu",
    "exp",
    "flatten",
    "gelu",
    "global_avg_pool",
    "global_max_pool",
    "grid_sample",
    "group_norm",
    "gru",
    "hard_sigmoid",
    "hard_swish",
    "hard_tanh",
    "identity",
    "instance_norm",
    "l2_norm",
    "layer_norm",
    "leaky_relu",
    "linear",
    "local_response_norm",
    "locally_connected",
    "log_softmax",
    "lstm",
    "matmul",
    "max",
    "max_unpool",
    "maximum",
    "mean",
    "min",
    "minimum",
    "mish",
    "mul",
    "pad",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pow",
    "prelu",
    "rbf",
    "rearrange",
    "reciprocal",
    "relu",
    "relu6",
    "reshape",
    "rms_norm",
    "round",
    "scale",
    "selu",
    "shift",
    "sigmoid",
    "silu",
    "slice",
    "softmax",
    "softplus",
    "sqrt",
    "sub",
    "sum",
    "swish",
    "tanh",
    "transcendental",
    "transpose",
    "upsample",
    "where",
]
"""Operators whose shapes, parameters and work are written in + - * // alone."""


@pytest.mark.parametrize("name", WITHOUT_MINIMUM)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(data=st.data())
def test_arrays_give_what_numbers_give(name: str, data: st.DataObject) -> None:
    built, inputs = data.draw(applications(name))
    assume(getattr(built, "padding", None) != "same")
    factors = (1, 2, 3)

    def widened(n: int) -> tuple[Shape, ...]:
        return tuple(Shape(x.channels * factors[n], tuple(i + 5 * n for i in x.size)) for x in inputs)

    def numbers(given: tuple[Shape, ...]) -> list[Any]:
        y = built.output(*given)
        return [y.channels, *y.size, *built.params(*given), *built.work(*given)]

    arrays = tuple(
        Shape(
            np.array([x.channels * factor for factor in factors], dtype=np.int64),
            tuple(np.array([i, i + 5, i + 10], dtype=np.int64) for i in x.size),
        )
        for x in inputs
    )
    found = [np.broadcast_to(number, (3,)).tolist() for number in numbers(arrays)]
    assert found == [list(row) for row in zip(*(numbers(widened(n)) for n in range(3)), strict=True)]


# Windows, by enumeration

WINDOWS = st.builds(
    Window,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 4),
    before=st.integers(-2, 5),
    after=st.integers(-2, 5),
    dilation=st.integers(1, 4),
)
TRANSPOSED = st.builds(
    TransposedWindow,
    kernel=st.integers(1, 5),
    stride=st.integers(1, 5),
    before=st.integers(0, 3),
    after=st.integers(0, 3),
    dilation=st.integers(1, 5),
    output_padding=st.integers(0, 3),
)


def taps(window: Any) -> Iterable[int]:
    return (window.dilation * tap for tap in range(window.kernel))


def count(holds: Callable[[int], bool]) -> int:
    """How many of 0, 1, 2, ... hold before the first that does not."""
    return next(n for n in range(10_000) if not holds(n))


@given(WINDOWS, st.integers(1, 12))
def test_window_outputs_are_the_places_where_it_fits(window: Window, size: int) -> None:
    end = size + window.before + window.after
    places = count(lambda y: y * window.stride + max(taps(window)) < end)
    assert max(0, window.output(size)) == places


@given(WINDOWS, st.integers(1, 12))
def test_window_outputs_rounded_up(window: Window, size: int) -> None:
    end = size + window.before + window.after

    def is_there(y: int) -> bool:
        before_reaches_end = (y - 1) * window.stride + max(taps(window)) + 1 >= end
        return not before_reaches_end and y * window.stride < size + window.before

    assert max(0, window.output_ceil(size)) == count(is_there)


@given(WINDOWS, st.integers(1, 12), st.integers(0, 12))
def test_real_reads_are_those_inside(window: Window, size: int, output: int) -> None:
    reads = [y * window.stride - window.before + tap for y in range(output) for tap in taps(window)]
    assert window.real_reads(size, output) == sum(0 <= x < size for x in reads)


@given(WINDOWS, st.integers(-20, 20))
def test_a_window_reads_its_taps(window: Window, y: int) -> None:
    assert list(window.reads(y)) == [y * window.stride - window.before + tap for tap in taps(window)]


@settings(max_examples=50)
@given(st.integers(65, 200), st.integers(1, 9), st.integers(-9, 99), st.integers(1, 9), st.integers(1, 99))
def test_real_reads_of_long_kernels(kernel: int, stride: int, before: int, dilation: int, size: int) -> None:
    window = Window(kernel, stride, before, 0, dilation)
    reads = [y * stride - before + tap for y in range(30) for tap in taps(window)]
    assert window.real_reads(size, 30) == sum(0 <= x < size for x in reads)


@given(st.integers(-9, 60), st.integers(0, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 9))
def test_pairs_below_a_line(bound: int, positions: int, count_of_taps: int, stride: int, dilation: int) -> None:
    pairs = product(range(positions), range(count_of_taps))
    expected = sum(stride * y + dilation * t <= bound for y, t in pairs)
    assert pairs_below(bound, positions, count_of_taps, stride, dilation) == expected


@given(st.integers(0, 40), st.integers(1, 40), st.integers(0, 90), st.integers(0, 90))
def test_floor_sum(n: int, m: int, a: int, b: int) -> None:
    assert floor_sum(n, m, a, b) == sum((a * j + b) // m for j in range(n))


@given(TRANSPOSED, st.integers(1, 8))
def test_a_transposed_window_scatters(window: TransposedWindow, size: int) -> None:
    written = [x * window.stride + tap for x in range(size) for tap in taps(window)]
    assert window.output(size) == max(written) + 1 - window.before - window.after + window.output_padding
    for y in range(window.output(size)):
        sources = {
            x for x in range(-40, 60) if any(x * window.stride - window.before + tap == y for tap in taps(window))
        }
        assert set(window.reads(y)) == sources
        assert list(window.reads(y)) == sorted(window.reads(y))


@given(TRANSPOSED, st.integers(1, 8), st.integers(1, 20))
def test_products_that_land_inside(window: TransposedWindow, size: int, output: int) -> None:
    lands = [x * window.stride - window.before + tap for x in range(size) for tap in taps(window)]
    assert window.forward.real_reads(output, size) == sum(0 <= y < output for y in lands)


@given(st.integers(1, 12), st.integers(1, 12), st.integers(-15, 30))
def test_a_resize_window_interpolates(size: int, output: int, y: int) -> None:
    scale = Fraction(size, output)
    assert ResizeWindow(size, output).reads(y) == (math.floor(y * scale),)
    centre = (y + Fraction(1, 2)) * scale - Fraction(1, 2)
    neighbours = sorted({math.floor(centre), math.ceil(centre)})
    assert list(ResizeWindow(size, output, 2).reads(y)) == neighbours
    around = math.floor(centre)
    assert list(ResizeWindow(size, output, 4).reads(y)) == [around - 1, around, around + 1, around + 2]


@given(st.integers(2, 12), st.integers(2, 12), st.integers(-15, 30))
def test_a_resize_window_whose_corners_meet(size: int, output: int, y: int) -> None:
    """Output 0 reads position 0, the last output the last position, the others lie evenly between."""
    position = Fraction(y * (size - 1), output - 1)
    window = ResizeWindow(size, output, 2, corners=True)
    assert list(window.reads(y)) == sorted({math.floor(position), math.ceil(position)})
    assert window.reads(0) == (0,)
    assert window.reads(output - 1) == (size - 1,)


@given(st.integers(1, 9), st.integers(-20, 20))
def test_a_block_window_reads_its_block(size: int, y: int) -> None:
    (block,) = (range(n, n + size) for n in range(-30, 30) if n % size == 0 and n <= y < n + size)
    assert BlockWindow(size).reads(y) == block


@given(st.integers(1, 20), st.integers(1, 20))
def test_an_adaptive_window_reads_its_share(size: int, output: int) -> None:
    window = AdaptiveWindow(size, output)
    reads = [list(window.reads(y)) for y in range(output)]
    assert reads == [
        list(range(math.floor(Fraction(y * size, output)), math.ceil(Fraction((y + 1) * size, output))))
        for y in range(output)
    ]
    assert sorted({x for read in reads for x in read}) == list(range(size))
    assert adaptive_reads(Shape(1, (size,)), (output,)) == sum(map(len, reads))


@given(
    WINDOWS
    | TRANSPOSED
    | st.builds(ResizeWindow, st.integers(2, 9), st.integers(2, 9), st.sampled_from([1, 2, 4]), st.just(False))
    | st.builds(ResizeWindow, st.integers(2, 9), st.integers(2, 9), st.sampled_from([2, 4]), st.just(True))
    | st.builds(BlockWindow, st.integers(1, 9))
    | st.builds(AdaptiveWindow, st.integers(1, 9), st.integers(1, 9)),
    st.integers(-9, 9),
)
def test_windows_repeat_after_their_period(window: Any, y: int) -> None:
    moved = [x + window.advance for x in window.reads(y)]
    assert list(window.reads(y + window.period)) == moved


@given(
    kernel=st.integers(2, 3),
    stride=st.integers(1, 3),
    dilation=st.integers(1, 5),
    size=st.integers(1, 4),
    sides=st.tuples(st.integers(0, 9), st.integers(0, 9)),
    ceil_mode=st.booleans(),
)
def test_pools_whose_windows_read_only_padding_are_refused(
    kernel: int, stride: int, dilation: int, size: int, sides: tuple[int, int], ceil_mode: bool
) -> None:
    half = (dilation * (kernel - 1) + 1) // 2
    sides = min(sides[0], half), min(sides[1], half)
    pool: Any = operator("max_pool")((kernel,), (stride,), (sides,), (dilation,), ceil_mode, False)
    x = Shape(1, (size,))
    (window,), (output,) = pool.windows(x), pool.output(x).size
    assume(output >= 1)
    empty = any(all(not 0 <= n < size for n in window.reads(y)) for y in range(output))
    try:
        pool.check(x)
        refused = False
    except ShapeError:
        refused = True
    assert refused == empty


# Winograd's matrices compute a convolution


@pytest.mark.parametrize("m", [2, 4])
@given(data=st.data())
def test_winograd_matrices_filter_exactly(m: int, data: st.DataObject) -> None:
    numbers = st.integers(-9, 9)
    d = data.draw(st.lists(numbers, min_size=m + 2, max_size=m + 2))
    g = data.draw(st.lists(numbers, min_size=3, max_size=3))

    def times(matrix: Any, vector: list[Any]) -> list[Any]:
        return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]

    products = [a * b for a, b in zip(times(FILTER[m], g), times(DATA[m], d), strict=True)]
    assert times(INVERSE[m], products) == [sum(g[t] * d[y + t] for t in range(3)) for y in range(m)]


@pytest.mark.slow
@given(applications("conv"))
def test_fft_sizes_hold_what_they_must(application: Application) -> None:
    conv, (x,) = application
    assert isinstance(conv, Conv)
    for mode, extra in (("valid", 0), ("full", 1)):
        found = fft(conv, x, mode)
        for n, i, w in zip(found.size, x.size, conv.windows(x), strict=True):
            room = i + w.before + w.after + extra * (w.extent - 1)
            assert n & (n - 1) == 0
            assert n // 2 < room <= n
        n = math.prod(found.size)
        assert found.multiplies_per_transform == n // 2 * math.log2(n)


# Receptive fields, by dye: which input positions does an output depend on?


@st.composite
def keeping(draw: Any) -> str:
    """A convolution that keeps the size, its taps not always around the middle."""
    kernel, dilation = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    extra = dilation * (kernel - 1)
    before = draw(st.integers(0, extra))
    return f"conv: {{out: 1, kernel: {kernel}, dilation: {dilation}, padding: [[{before}, {extra - before}]]}}"


@st.composite
def halving(draw: Any) -> str:
    kernel = draw(st.integers(2, 4))
    before = draw(st.integers(0, kernel - 2))
    return f"conv: {{out: 1, kernel: {kernel}, stride: 2, padding: [[{before}, {kernel - 2 - before}]]}}"


@st.composite
def doubling(draw: Any) -> str:
    if draw(st.booleans()):
        return f"upsample: {{scale: 2, mode: {draw(st.sampled_from(['nearest', 'bilinear']))}}}"
    kernel = draw(st.integers(1, 5))
    cut = max(0, kernel - 2)
    before = draw(st.integers(0, cut))
    sides = f"padding: [[{before}, {cut - before}]], output_padding: {max(0, 2 - kernel)}"
    return f"conv_transpose: {{out: 1, kernel: {kernel}, stride: 2, {sides}}}"


CHANGING = st.sampled_from(
    [
        "max_pool: {kernel: 3, stride: 2, ceil_mode: true}",
        "avg_pool: {kernel: 2}",
        "conv: {out: 1, kernel: 1, stride: 3}",
        "conv: {out: 1, kernel: 4, stride: 3, padding: same}",
        "conv_transpose: {out: 1, kernel: 3, stride: 2, dilation: 2}",
        "conv_transpose: {out: 1, kernel: 2, stride: 3}",
        "upsample: {size: 10}",
        "upsample: {size: 7, mode: bilinear}",
        "adaptive_avg_pool: {size: 5}",
        "crop: {size: 3}",
        "pad: {padding: [[2, 1]]}",
    ]
)


@st.composite
def branch(draw: Any) -> list[str]:
    """Layers that keep an even size in all."""
    middle = draw(st.lists(keeping(), max_size=2))
    if draw(st.booleans()):
        middle = [draw(halving()), *middle, draw(doubling())]
    return [*draw(st.lists(keeping(), max_size=1)), *middle]


@st.composite
def graphs(draw: Any) -> str:
    """A one-dimensional network: a chain, branches that meet, a chain."""
    lines = [f"  - {layer}" for layer in draw(st.lists(keeping() | halving() | doubling(), max_size=2))]
    paths = draw(st.lists(branch(), min_size=2, max_size=3))
    if draw(st.integers(0, 3)) == 0:
        # One path is cut to half its size instead: strides differ where they meet.
        paths = [[draw(halving())], ["crop: {size: 8}"]]
        lines = []
    lines.append("  - concat:")
    for n, path in enumerate(paths):
        lines += [f"      p{n}:", *(f"        - {layer}" for layer in path)]
    lines += [f"  - {layer}" for layer in draw(st.lists(keeping() | CHANGING, max_size=2))]
    return "input: {channels: 1, size: [16]}\nlayers:\n" + "\n".join(lines) + "\n"


def chain_text(layers: list[str]) -> str:
    return "input: {channels: 1, size: [16]}\nlayers:\n" + "".join(f"  - {layer}\n" for layer in layers)


def read_or_skip(text: str) -> Network:
    try:
        return read(Source("net.yaml", text))
    except Exception as error:
        assume("exceeds" not in str(error) and "differ" not in str(error) and "crop" not in str(error))
        raise


def dye(network: Network) -> dict[str, Callable[[int], frozenset[int]]]:
    """For each tensor, the input positions that its output y depends on; nothing is clipped at the edges."""
    stains: dict[str, Callable[[int], frozenset[int]]] = {"input": lambda y: frozenset([y])}
    for layer in network.layers:
        reads = layer.operator.reads(*layer.input_shapes)
        sources = [(stains[name], read) for name, read in zip(layer.inputs, reads, strict=True)]

        def stain(y: int, sources: Any = sources) -> frozenset[int]:
            return frozenset().union(*(below(x) for below, read in sources for x in read[0].reads(y)))

        stains[layer.name] = stain
    return stains


def hull(positions: frozenset[int]) -> tuple[int, int] | None:
    return (min(positions), max(positions)) if positions else None


def widest(stain: Callable[[int], frozenset[int]], start: int) -> int:
    """The largest extent over more outputs than any pattern here takes to repeat."""
    hulls = (hull(stain(y)) for y in range(start, start + 24))
    return max(last - first for first, last in filter(None, hulls))


def check_fields(network: Network) -> None:
    stains = dye(network)
    found = dict(zip((layer.name for layer in network.layers), receptive_fields(network), strict=True))
    for layer in network.layers:
        field, stain = found[layer.name], stains[layer.name]
        if field.fields is None:
            # Without a single value the extent grows along the map.
            assert field.reason is not None
            assert "different strides" in field.reason
            assert widest(stain, 0) < widest(stain, 240) < widest(stain, 480)
            continue
        (axis,) = field.fields
        expected = [hull(stain(y)) for y in range(2 * len(axis.phases) + 1)]
        assert [axis.at(y) for y in range(len(expected))] == expected
        extents = [last - first + 1 if (first, last) else 0 for first, last in filter(None, expected)]
        assert axis.size == max(extents, default=0)
        assert axis.smallest == (0 if None in expected else min(extents))


@settings(max_examples=80, deadline=None)
@given(st.lists(keeping() | halving() | doubling() | CHANGING, min_size=1, max_size=4).map(chain_text))
def test_receptive_field_of_a_chain_is_what_dye_stains(text: str) -> None:
    check_fields(read_or_skip(text))


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(graphs())
def test_receptive_field_of_a_graph_is_what_dye_stains(text: str) -> None:
    check_fields(read_or_skip(text))


@given(
    st.lists(st.none() | st.tuples(st.integers(-9, 9), st.integers(0, 5)), min_size=1, max_size=4),
    st.integers(1, 6),
    WINDOWS | TRANSPOSED,
)
def test_one_more_window_over_any_field(intervals: list[tuple[int, int] | None], advance: int, window: Any) -> None:
    """Fields need not be in order: intervals may move back from one phase to the next, or be missing."""
    phases = tuple(interval and (interval[0], interval[0] + interval[1]) for interval in intervals)
    field = Field(phases, advance)
    further = field.through(window)
    assert further is not None
    for y in range(-3, 2 * len(further.phases)):
        read_by = [interval for x in window.reads(y) if (interval := field.at(x)) is not None]
        expected = (min(first for first, _ in read_by), max(last for _, last in read_by)) if read_by else None
        assert further.at(y) == expected


# Peak memory, by keeping book of what is alive


@st.composite
def books(draw: Any) -> str:
    """A network whose layers read anything above them."""
    tensors, widths = ["input"], {"input": 4}
    lines, outputs = [], []
    for n in range(draw(st.integers(1, 8))):
        reads = draw(st.lists(st.sampled_from(tensors), min_size=1, max_size=3)) if n else ["input"]
        kind = draw(st.sampled_from(["concat", "conv", "split", "relu"]))
        reads = reads if kind == "concat" else reads[:1]
        width = sum(widths[name] for name in reads)
        if kind == "split" and width % 2 == 0:
            lines.append(f"  - {{split: {{parts: 2}}, name: l{n}, from: {reads[0]}}}")
            made = {f"l{n}.0": width // 2, f"l{n}.1": width // 2}
        elif kind == "conv":
            out = draw(st.integers(1, 20))
            lines.append(f"  - {{conv: {{out: {out}, kernel: 1}}, name: l{n}, from: {reads[0]}}}")
            made = {f"l{n}": out}
        else:
            lines.append(f"  - {{concat: , name: l{n}, from: [{', '.join(reads)}]}}")
            made = {f"l{n}": width}
        tensors += made
        widths |= made
        outputs = list(made)
    outputs = draw(st.lists(st.sampled_from(tensors), min_size=1, max_size=2, unique=True) | st.just(outputs))
    return f"input: {{channels: 4, size: [3]}}\nlayers:\n{chr(10).join(lines)}\noutputs: [{', '.join(outputs)}]\n"


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(books())
def test_peak_memory_is_the_most_that_is_alive(text: str) -> None:
    network = read(Source("net.yaml", text))
    elements = {name: shape.elements for name, shape in network.tensors()}
    made_at = {"input": -1} | {name: n for n, layer in enumerate(network.layers) for name in layer.outputs}
    alive = []
    for now in range(len(network.layers)):
        wanted = {name for layer in network.layers[now:] for name in layer.inputs}
        wanted |= {*network.layers[now].outputs, *network.outputs}
        alive.append({name for name in wanted if made_at[name] <= now})
    totals = [sum(elements[name] for name in names) for names in alive]
    peak = most_held(network)
    assert peak.elements == max(totals)
    first = totals.index(max(totals))
    assert peak.layer == network.layers[first].name
    assert dict(peak.tensors) == {name: elements[name] for name in alive[first]}
