"""What the kernels compute, against torch: random layers of every operator it has."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import torch_twins  # noqa: E402
from drawn_layers import layers, property_test  # noqa: E402
from hypothesis import assume  # noqa: E402
from hypothesis import given as given_data  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from convcost.kernels import KERNELS  # noqa: E402
from convcost.kernels.backward import BACKWARD, gradients  # noqa: E402
from convcost.kernels.drawing import trainable  # noqa: E402
from convcost.kernels.tally import Tally  # noqa: E402


def twin(layer, xs, weights):
    """torch's outputs; a few combinations it has no name for are left out."""
    try:
        result = torch_twins.run(layer.kind, layer.given, weights, *xs)
    except NotImplementedError:
        assume(False)
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("kind", KERNELS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_values_equal_torch(kind, dtype):
    @property_test(kind, 40)
    @given_data(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        xs, weights = layer.arrays(dtype=dtype)
        theirs = twin(layer, list(map(torch.from_numpy, xs)), {n: torch.from_numpy(w) for n, w in weights.items()})
        ours, _ = layer.run(xs, weights)
        for mine, other in zip(ours, theirs, strict=True):
            assert mine.dtype == dtype
            near = 1e-4 if dtype == np.float32 else 1e-10
            np.testing.assert_allclose(mine, other.numpy(), rtol=near, atol=near)

    check()


@pytest.mark.parametrize("kind", BACKWARD)
def test_gradients_equal_autograd(kind):
    @property_test(kind, 40)
    @given_data(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        xs, weights = layer.arrays()
        read = [torch.from_numpy(x).requires_grad_() for x in xs]
        trained = {name for name in weights if trainable({name: weights[name]})}
        theirs = {name: torch.from_numpy(w).requires_grad_(name in trained) for name, w in weights.items()}
        (y,) = twin(layer, read, theirs)
        grad = np.random.default_rng(1).standard_normal(y.shape)
        y.backward(torch.from_numpy(grad))
        found, grads = gradients(kind, layer.given, weights, Tally(), xs, grad, [True] * len(xs))
        for mine, x in zip(found, read, strict=True):
            np.testing.assert_allclose(mine, x.grad.numpy(), rtol=1e-9, atol=1e-9)
        assert grads.keys() == trained
        for name, gradient in grads.items():
            np.testing.assert_allclose(gradient, theirs[name].grad.numpy(), rtol=1e-9, atol=1e-9)

    check()
