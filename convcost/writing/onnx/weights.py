"""The numbers of an ONNX file: of a few, as bytes; of weights, in pieces, as they are written."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

from convcost.ops.base import BYTES
from convcost.writing.onnx.graph import Weight


class Type(NamedTuple):
    """A type of numbers: ONNX's number for it, and struct's letter; bfloat16 has that of what it is the half of."""

    number: int
    letter: str


TYPES = {
    "float32": Type(1, "f"),
    "int64": Type(7, "q"),
    "float16": Type(10, "e"),
    "float64": Type(11, "d"),
    "bfloat16": Type(16, "f"),
}


_LARGEST = {"e": 65504.0, "f": 3.4028234663852886e38}
"""The largest numbers of 16 and of 32 bits."""


def packed(dtype: str, *values: float) -> bytes:
    """Return numbers as the file has them; what is too large for its type is as large as that has any."""
    letter = TYPES[dtype].letter
    if most := _LARGEST.get(letter):
        values = tuple(max(-most, min(n, most)) for n in values)
    data = struct.pack(f"<{len(values)}{letter}", *values)
    return _halved(data) if dtype == "bfloat16" else data


def _halved(data: bytes) -> bytes:
    """The two bytes of each number of four that have its sign, its exponent and its first digits."""
    halves = bytearray(len(data) // 2)
    halves[::2], halves[1::2] = data[2::4], data[3::4]
    return bytes(halves)


def drawn(weight: Weight, dtype: str, seed: int | None) -> Iterator[bytes]:
    """Yield the numbers of a tensor of weights: zeros without a seed, else what training might begin with.

    Kernels are normal, with a variance of 2 over the products of a sum (He et al. 2015, arXiv:1502.01852); scales are
    ones, and shifts zeros. Each tensor has a generator of its own, so that it does not depend on what else there is.
    What is given is as it is, with a seed or without.
    """
    if weight.values:
        once = packed(dtype, *weight.values)
        yield from (once for _ in range(weight.size // len(weight.values)))
        return
    if seed is None or weight.spread is None:
        one = packed(dtype, float(seed is not None and weight.scales))
        yield from (one * min(_PIECE, weight.size - start) for start in range(0, weight.size, _PIECE))
        return
    import numpy as np

    generator = np.random.default_rng([seed, *weight.name.encode()])
    for start in range(0, weight.size, _PIECE):
        numbers = generator.standard_normal(min(_PIECE, weight.size - start), dtype=np.float32)
        numbers *= np.float32(weight.spread)
        data = numbers.astype(f"<f{BYTES[dtype] if dtype != 'bfloat16' else 4}").tobytes()
        yield _halved(data) if dtype == "bfloat16" else data


_PIECE = 2**20
"""How many numbers are made at once."""
