"""Convolution by the fast Fourier transform: a product in the frequency domain (Mathieu, Henaff & LeCun 2014,
arXiv:1312.5851).

Inputs and kernels are padded with zeros to n = prod(power of two per axis) positions. Mode `full` leaves room for the
whole linear convolution, i + p + q + e - 1 (e the kernel's extent); mode `valid` only for the padded input, i + p + q:
what wraps around falls on outputs that are not kept. A radix-2 transform of n positions takes n/2 * log2(n) complex
multiplies, trivial twiddle factors included. Transformed are C_in inputs, one kernel per pair of connected channels,
and C_out outputs; pairs*n products lie between. A complex multiply is four real ones; that real inputs have symmetric
spectra is not used. Every stride costs as much as stride 1: outputs are computed and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass

from convcost.errors import ShapeError
from convcost.ops.base import Shape
from convcost.ops.conv import Conv
from convcost.ops.numbers import product

MODES = ("valid", "full")

REAL_MULTIPLIES = 4
"""Real multiplies of one complex multiply."""


@dataclass(frozen=True, slots=True)
class FFT:
    """The cost of one convolution by FFT, for one sample; multiplies are complex unless named real."""

    size: tuple[int, ...]
    multiplies_per_transform: int
    input_transforms: int
    kernel_transforms: int
    output_transforms: int
    pointwise_multiplies: int

    @property
    def transforms(self) -> int:
        """Transforms of inputs, kernels and outputs."""
        return self.input_transforms + self.kernel_transforms + self.output_transforms

    @property
    def extra_elements(self) -> int:
        """Real numbers in all spectra: two for each frequency."""
        return int(2 * self.transforms * product(self.size))

    @property
    def transform_multiplies(self) -> int:
        """Complex multiplies of all transforms."""
        return self.transforms * self.multiplies_per_transform

    @property
    def real_multiplies(self) -> int:
        """Real multiplies in all, the kernels' transforms included."""
        return REAL_MULTIPLIES * (self.transform_multiplies + self.pointwise_multiplies)

    @property
    def real_multiplies_precomputed(self) -> int:
        """Real multiplies where the kernels have been transformed beforehand."""
        return self.real_multiplies - REAL_MULTIPLIES * self.kernel_transforms * self.multiplies_per_transform


def fft(conv: Conv, x: Shape, mode: str = "valid") -> FFT:
    """Return the cost of a convolution by FFT. Sizes are ints: a power of two has no closed form in the others."""
    if mode not in MODES:
        raise ShapeError(f"an FFT's mode is {' or '.join(MODES)}, not {mode}")
    room = [
        i + w.before + w.after + (w.extent - 1 if mode == "full" else 0)
        for i, w in zip(x.size, conv.windows(x), strict=True)
    ]
    size = tuple(next_power_of_two(positions) for positions in room)
    n = product(size)
    pairs = conv.channel_pairs(x)
    return FFT(
        size=size,
        multiplies_per_transform=n * (n.bit_length() - 1) // 2,
        input_transforms=x.channels,
        kernel_transforms=pairs,
        output_transforms=conv.out,
        pointwise_multiplies=pairs * n,
    )


def next_power_of_two(n: int) -> int:
    """Return the smallest power of two that is at least n.

    >>> [next_power_of_two(n) for n in (1, 2, 3, 16, 17)]
    [1, 2, 4, 16, 32]
    """
    return 1 << (n - 1).bit_length()
