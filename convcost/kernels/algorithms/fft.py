"""Convolution by the fast Fourier transform: spectra multiplied frequency by frequency.

The transform is the radix-2 one, every twiddle factor multiplied. Complex numbers are pairs of real arrays [2, ...]
(real parts, imaginary parts), so that each real multiply and addition is one of the tally's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convcost.kernels.algorithms.workspace import Workspace, filters
from convcost.kernels.convolution import add_bias
from convcost.kernels.tally import Array, Given, Weights
from convcost.kernels.windows import at, frame, lay, pad


def run(given: Given, weights: Weights, work: Workspace, x: Array, mode: str = "valid") -> Array:
    """`valid`: room for the padded input; what wraps around lands on outputs that are dropped. `full`: none does."""
    n, c = x.shape[:2]
    around = frame(given)
    padded = lay(x, around.sides(x.shape[2:]), around.mode)
    kernel = _spread(weights["weight"], given.dilation).shape[-len(given.kernel) :]
    room = [i + (e - 1 if mode == "full" else 0) for i, e in zip(padded.shape[2:], kernel, strict=True)]
    size = [_power_of_two(positions) for positions in room]
    maps = work.keep(spectrum(work, padded, size)).reshape(2, n, c, -1)
    outputs = []
    for read, own in filters(given, weights["weight"], c):
        kernels = work.keep(spectrum(work, _spread(own, given.dilation), size)).reshape(2, len(own), -1)
        outputs.append(_correlate(work, kernels, maps[:, :, list(read)]))
    summed = work.keep(np.stack(outputs, axis=2))
    y = _inverse(work, summed.reshape(2, n, given.out, *size))
    # Position t of the correlation is the window that starts at t; those that start too late wrap around.
    kept = [slice(0, i - e + 1, s) for i, e, s in zip(padded.shape[2:], kernel, given.stride, strict=True)]
    return add_bias(work, at(y, *kept).copy(), weights.get("bias"))


def spectrum(work: Workspace, x: Array, size: Sequence[int]) -> Array:
    """Return the transform over all spatial axes of x, padded at the end with zeros to `size`."""
    lead = x.ndim - len(size)
    x = pad(x, [(0, n - i) for n, i in zip(size, x.shape[lead:], strict=True)])
    return _transform(work, np.stack([x, np.zeros_like(x)]), len(size))


def _inverse(work: Workspace, z: Array) -> Array:
    """The real part of the inverse transform: real and imaginary parts change places before and after."""
    rank = z.ndim - 3
    y: Array = _transform(work, z[::-1], rank)[1]
    # Dividing by a power of two only shifts the exponent.
    return np.ldexp(y, 1 - int(np.prod(y.shape[-rank:])).bit_length())


def _transform(work: Workspace, z: Array, rank: int) -> Array:
    for axis in range(-rank, 0):
        z = np.moveaxis(_along_last(work, np.moveaxis(z, axis, -1)), -1, axis)
    return z


def _along_last(work: Workspace, z: Array) -> Array:
    """Transforms of the even and of the odd elements, the latter turned, are added and subtracted."""
    length = z.shape[-1]
    if length == 1:
        return z
    even, odd = _along_last(work, z[..., ::2]), _along_last(work, z[..., 1::2])
    angle = -2 * np.pi * np.arange(length // 2) / length
    turned = _times(work, odd, np.cos(angle), np.sin(angle))
    return np.concatenate([work.add(even, turned), work.subtract(even, turned)], axis=-1)


def _times(work: Workspace, z: Array, real: Array, imaginary: Array) -> Array:
    """A complex product: four multiplies."""
    return np.stack(
        [
            work.subtract(work.multiply(z[0], real), work.multiply(z[1], imaginary)),
            work.add(work.multiply(z[0], imaginary), work.multiply(z[1], real)),
        ]
    )


def _correlate(work: Workspace, kernels: Array, maps: Array) -> Array:
    """The kernels' [2, maps, F] conjugates times [2, N, maps, F], summed over the maps: [2, N, F]."""
    (real, imaginary), (a, b) = kernels.swapaxes(1, 2)[:, :, np.newaxis], np.moveaxis(maps, 1, -1).swapaxes(1, 2)
    summed = np.stack(
        [
            work.add(work.matmul(real, a), work.matmul(imaginary, b)),
            work.subtract(work.matmul(real, b), work.matmul(imaginary, a)),
        ]
    )
    return summed[:, :, 0].swapaxes(1, 2)


def _spread(weight: Array, dilation: Sequence[int]) -> Array:
    """Kernels with zeros between their taps."""
    rank = len(dilation)
    taps = [range(0, k * d, d) for k, d in zip(weight.shape[-rank:], dilation, strict=True)]
    y = np.zeros((*weight.shape[:-rank], *(line[-1] + 1 for line in taps)), weight.dtype)
    at(y, *(slice(None, None, d) for d in dilation))[...] = weight
    return y


def _power_of_two(positions: int) -> int:
    size = 1
    while size < positions:
        size *= 2
    return size
