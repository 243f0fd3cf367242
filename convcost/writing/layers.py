"""The list that an accelerator runs: a row for each layer that multiplies or holds numbers, as comma-separated values.

Normalisation and activation are in the row of the layer before them (`folded.py`). Sums, pools and what moves numbers
have no row. A linear layer is a 1x1 convolution of one position. M, N and K are those of one group (`products.py`);
attention and recurrent layers, which are several products, have none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from convcost.analysis.arguments import written
from convcost.csv_text import as_csv
from convcost.figures import Setting
from convcost.network import Layer
from convcost.ops.base import Shape
from convcost.ops.windows import TransposedWindow, Window
from convcost.reading.description import Description, Settings
from convcost.writing.folded import Folded, folded
from convcost.writing.products import products

_OF_WINDOWS = ("kernel", "stride", "before", "after", "dilation")


def write(description: Description, settings: Settings = None, variant: str | None = None) -> str:
    """Return the layers of a network, each with its sizes, its product of matrices and the bytes that it moves."""
    rows = folded(description.network(settings, variant, expecting=False))
    rank = max((1, *(shape.rank for row in rows for shape in _shapes(row))))
    number = Setting(description.dtype).bytes
    return as_csv([*_header("dhw"[-rank:])], [[*_cells(row, rank, number)] for row in rows])


def _header(axes: str) -> Iterator[str]:
    yield from ("layer", "operator", "normalisation", "activation", "arguments")
    for side in ("input", "output"):
        yield from (f"{side}_channels", *(f"{side}_{axis}" for axis in axes))
    yield from (f"{name}_{axis}" for name in _OF_WINDOWS for axis in axes)
    yield from ("groups", "m", "n", "k", "macs", "params", "input_bytes", "weight_bytes", "output_bytes")


def _cells(row: Folded, rank: int, number: int) -> Iterator[object]:
    layer = row.layer
    followers = (one.kind if one else None for one in (row.norm, row.activation))
    arguments = " ".join(f"{name}={text}" for name, text in written(layer).items())
    yield from (layer.name, layer.kind, *followers, arguments)
    x, y = _shapes(row)
    for shape in (x, y):
        yield from (shape.channels, *_padded(shape.size, rank, 1 if shape.size else None))
    windows = windows_of(layer)
    for name in _OF_WINDOWS:
        plain = int(name in ("kernel", "stride", "dilation"))
        yield from _padded([getattr(window, name) for window in windows], rank, plain if windows else None)
    yield from _product(row)
    yield from (layer.work.macs, 0 if layer.shares else row.held)
    yield from (number * n for n in (_elements(layer.input_shapes), row.held, _elements(row.output.output_shapes)))


def _shapes(row: Folded) -> tuple[Shape, Shape]:
    """The shapes of its first input and its first output; of a linear layer, those of a 1x1 convolution."""
    x, y = row.layer.input_shapes[0], row.layer.output_shapes[0]
    return (Shape(x.elements, (1,)), Shape(y.channels, (1,))) if row.layer.kind == "linear" else (x, y)


def windows_of(layer: Layer) -> Sequence[Window | TransposedWindow]:
    """Return the windows of a layer with a kernel, one for each axis; a linear layer has one of a single position."""
    if layer.kind == "linear":
        return (Window(),)
    windows = layer.reads[0] if "kernel" in layer.operator.arguments else ()
    return [window for window in windows or () if isinstance(window, Window | TransposedWindow)]


def _padded(numbers: Iterable[object], rank: int, plain: int | None) -> list[object]:
    """The numbers of the last axes, behind what stands for the others."""
    given = [*numbers]
    return [plain] * (rank - len(given)) + given


def _product(row: Folded) -> tuple[object, ...]:
    """Groups, M, N and K."""
    found = [*(products(row.layer) or {}).values()]
    if len(found) != 1:
        return (None,) * 4
    groups, n, k, m = found[0]
    return groups, m, n, k


def _elements(shapes: Iterable[Shape]) -> int:
    return sum(int(shape.elements) for shape in shapes)
