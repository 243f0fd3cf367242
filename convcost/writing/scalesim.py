"""The topology file of SCALE-Sim, which simulates systolic arrays (Samajdar et al. 2018, arXiv:1811.02883).

Every row is one convolution without groups and without padding. So a group is a row; the map is as large as the windows
need, (output - 1) * stride + filter, which is what it is with its padding where they reach its end; a dilated filter
takes its taps, side by side. What is no such convolution is a product of matrices [M, K] x [K, N]: a map of M x 1 with
K channels and N filters of 1x1. Normalisation and what multiplies nothing are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import count

from convcost.errors import UsageError
from convcost.network import Layer
from convcost.ops.numbers import product
from convcost.reading.description import Description, Settings
from convcost.writing.folded import folded
from convcost.writing.layers import windows_of
from convcost.writing.products import products

_HEADER = "Layer name, IFMAP Height, IFMAP Width, Filter Height, Filter Width, Channels, Num Filter, Strides,"


def write(description: Description, settings: Settings = None, variant: str | None = None) -> str:
    """Return the products of a network, a row for each group; UsageError for what is no product of matrices."""
    names: set[str] = set()
    lines = [_HEADER]
    for row in folded(description.network(settings, variant, expecting=False)):
        for name, numbers in _rows(row.layer):
            lines.append(f"{_free(name, names)}, {', '.join(map(str, numbers))},")
    return "\n".join(lines) + "\n"


def _rows(layer: Layer) -> Iterator[tuple[str, tuple[object, ...]]]:
    """The name and the seven numbers of each row of a layer."""
    found = products(layer)
    if found is None:
        message = f"`{layer.name}`: SCALE-Sim multiplies whole matrices, and `{layer.kind}` is no product of such"
        raise UsageError(message, "--to layers lists it, without M, N and K")
    for part, (groups, n, k, m) in found.items():
        numbers = _as_convolution(layer, k, n) or (m, 1, 1, 1, k, n, 1)
        name = f"{layer.name}.{part}" if part else layer.name
        yield from ((f"{name}.{group}" if groups > 1 else name, numbers) for group in range(groups))


def _as_convolution(layer: Layer, inner: int, filters: int) -> tuple[object, ...] | None:
    """A convolution along one or two axes with the same stride along both; None for what is no such."""
    if layer.kind not in ("blur_pool", "conv", "depthwise_conv"):
        return None
    windows, sizes = windows_of(layer), layer.output_shapes[0].size
    if len(windows) > 2 or len({window.stride for window in windows}) != 1:
        return None
    taps = [window.kernel for window in windows]
    maps = [(o - 1) * window.stride + window.kernel for window, o in zip(windows, sizes, strict=True)]
    other = [1] * (2 - len(windows))
    return *maps, *other, *taps, *other, inner // product(taps), filters, windows[0].stride


def _free(name: str, taken: set[str]) -> str:
    """A name in letters, digits, points and _ that is not taken; SCALE-Sim splits rows whose name has DP in it."""
    plain = re.sub(r"[^A-Za-z0-9_.]", "_", name).replace("DP", "Dp")
    found = next(one for n in count(1) if (one := plain if n == 1 else f"{plain}_{n}") not in taken)
    taken.add(found)
    return found
