"""What ONNX files that convcost writes compute, against the kernels: random layers of every operator that ONNX has."""

from __future__ import annotations

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")

from drawn_layers import layers  # noqa: E402
from hypothesis import HealthCheck, assume, given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

from convcost.errors import UsageError  # noqa: E402
from convcost.network import Layer, Network  # noqa: E402
from convcost.writing.onnx import Model  # noqa: E402
from convcost.writing.onnx.operators import WRITERS  # noqa: E402

NOT_RUN = {"conv_transpose", "local_response_norm", "max_pool", "upsample"}
"""Of these, onnxruntime has not all cases that ONNX has."""
ELSEWHERE = {"max_unpool"}
"""Of the places of maxima, in the whole batch there and in each window here, there is a test in test_export_onnx.py."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", sorted(WRITERS.keys() - ELSEWHERE))
def test_what_is_written_computes_what_the_kernels_do(kind):
    """All weights are one half: in which order they lie is ONNX's affair."""

    @settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None)
    @given(st.data())
    def check(data):
        layer = data.draw(layers(kind))
        assume(kind not in ("append", "scale", "shift") or layer.operator.trained)  # else nobody says which numbers
        assume(len(layer.shapes) <= 3)
        xs, weights = layer.arrays(dtype=np.float32)
        xs = [np.abs(x) + np.float32(0.1) for x in xs]  # no mask is negative, and nothing is divided by zero
        weights = {key: one if key == "constant" else np.full_like(one, 0.5) for key, one in weights.items()}
        ours, _ = layer.run(xs, weights)
        for mine, other in zip(ours, computed(layer, xs), strict=False):
            assert mine.shape == other.shape
            np.testing.assert_allclose(mine, other, rtol=1e-3, atol=1e-3)

    check()


def computed(layer, xs):
    """What onnxruntime makes of the file; the places of maxima are left out."""
    names = tuple(f"x{n}" for n in range(len(xs)))
    one = Layer("layer", layer.kind, layer.operator, names, layer.shapes, layer.operator.outputs(*layer.shapes))
    network = Network("net", dict(zip(names, layer.shapes, strict=True)), (one,), one.outputs)
    try:
        file = onnx.ModelProto.FromString(b"".join(Model(network, "float32").file.model().chunks()))
    except UsageError:
        assume(False)
    for weight in file.graph.initializer:
        halves = np.full(tuple(weight.dims), 0.5, np.float32)
        weight.CopyFrom(onnx.numpy_helper.from_array(halves, weight.name))
    options = runtime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 4
    try:
        session = runtime.InferenceSession(file.SerializeToString(), options, ["CPUExecutionProvider"])
        found = session.run(None, dict(zip(names, xs, strict=True)))
    except Exception:
        assume(layer.kind not in NOT_RUN)
        raise
    return [y for y in found if y.dtype == np.float32]
