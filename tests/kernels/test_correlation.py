"""Which of the two we are: cross-correlation, as all of deep learning; with the kernel flipped it is convolution."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from convcost.kernels import kernel
from convcost.kernels.tally import Tally

GIVEN = SimpleNamespace(
    out=1, kernel=(3, 4), stride=(1, 1), padding=((0, 0),) * 2, dilation=(1, 1), groups=1, bias=False, connections=None
)


def conv(image, filter):
    return kernel("conv").run(GIVEN, {"weight": filter[None, None]}, Tally(), image[None, None])[0, 0]


@pytest.mark.slow
def test_against_scipy():
    signal = pytest.importorskip("scipy.signal")
    rng = np.random.default_rng(0)
    image, filter = rng.standard_normal((9, 11)), rng.standard_normal((3, 4))
    np.testing.assert_allclose(conv(image, filter), signal.correlate2d(image, filter, mode="valid"))
    np.testing.assert_allclose(conv(image, filter[::-1, ::-1]), signal.convolve2d(image, filter, mode="valid"))
    assert not np.allclose(conv(image, filter), signal.convolve2d(image, filter, mode="valid"))


def test_an_impulse_shows_the_kernel_turned_round():
    image, filter = np.zeros((5, 7)), np.arange(12.0).reshape(3, 4)
    image[2, 3] = 1
    np.testing.assert_array_equal(conv(image, filter), filter[::-1, ::-1])
