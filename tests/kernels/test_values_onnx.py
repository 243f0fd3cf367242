"""What the kernels compute, against onnxruntime: random layers of every operator it has."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

import onnx_twins  # noqa: E402
from drawn_layers import layers, property_test  # noqa: E402
from hypothesis import assume, given  # noqa: E402
from hypothesis import strategies as st  # noqa: E402


@pytest.mark.parametrize("kind", onnx_twins.NODES)
def test_values_equal_onnxruntime(kind):
    @property_test(kind, 20)
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        xs, weights = layer.arrays(dtype=np.float32)
        ours, _ = layer.run(xs, weights)
        for mine, other in zip(ours, twin(layer, xs, weights, len(ours)), strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-4, atol=1e-4)

    check()


def twin(layer, xs, weights, count):
    """onnxruntime's outputs; combinations it does not have are left out."""
    inputs = {f"x{n}": x for n, x in enumerate(xs)}
    outputs = [f"y{n}" for n in range(count)]
    try:
        model = onnx_twins.model([(layer.kind, layer.given, weights, list(inputs), outputs)], inputs, outputs)
    except NotImplementedError:
        assume(False)
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    session = runtime.InferenceSession(model.SerializeToString(), options, ["CPUExecutionProvider"])
    return session.run(None, inputs)
