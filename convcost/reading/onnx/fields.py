"""The fields of ONNX's messages that are read or written, as onnx.proto names and numbers them.

https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
"""

from __future__ import annotations

from types import SimpleNamespace

MODEL = SimpleNamespace(ir_version=1, producer_name=2, producer_version=3, graph=7, opset_import=8)
OPSET = SimpleNamespace(domain=1, version=2)
GRAPH = SimpleNamespace(node=1, name=2, initializer=5, input=11, output=12, value_info=13, sparse_initializer=15)
NODE = SimpleNamespace(input=1, output=2, name=3, op_type=4, attribute=5, domain=7, metadata_props=9)
ENTRY = SimpleNamespace(key=1, value=2)
ATTRIBUTE = SimpleNamespace(name=1, f=2, i=3, s=4, t=5, g=6, floats=7, ints=8, type=20)
TENSOR = SimpleNamespace(dims=1, data_type=2, name=8, raw_data=9, external_data=13, data_location=14)
SPARSE_TENSOR = SimpleNamespace(values=1, dims=3)
VALUE = SimpleNamespace(name=1, type=2)
TYPE = SimpleNamespace(tensor_type=1, elem_type=1, shape=2, dim=1, dim_value=1, dim_param=2)

EXTERNAL = 1
"""The `data_location` of numbers in another file."""
PRODUCER = "convcost"
"""The `producer_name` of the models that convcost writes: their nodes are called as layers are."""
