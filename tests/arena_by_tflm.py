"""What TensorFlow Lite Micro takes: a network as Keras layers, converted to int8, and the arena of its interpreter.

It needs tensorflow to make files and tflite-micro to load them; where they are not installed, what they gave is kept.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from convcost.network import Layer, Network

_HEAD = """
import sys
from tflite_micro.python.tflite_micro import runtime
runtime.Interpreter.from_file(sys.argv[1], arena_size=2**26).print_allocations()
"""


def converted(network: Network, dtype: str) -> bytes:
    """Return a network with one input as a file of TensorFlow Lite, int8 or float32, with weights drawn at random."""
    os.environ |= {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1"}
    import numpy as np
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    model, rng = _model(network, tf), np.random.default_rng(0)
    shape = model.inputs[0].shape
    function = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec(shape, tf.float32)])
    frozen = convert_variables_to_constants_v2(function.get_concrete_function())
    converter = tf.lite.TFLiteConverter.from_concrete_functions([frozen])
    if dtype == "float32":
        return bytes(converter.convert())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: [[rng.standard_normal(shape, np.float32)] for _ in range(4)]
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def head(file: bytes) -> int:
    """Return the bytes of the arena's head, of an interpreter in a process of its own, which may abort."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.tflite")
        path.write_bytes(file)
        done = subprocess.run([sys.executable, "-c", _HEAD, str(path)], capture_output=True, text=True, check=True)
    found = re.search(r"head (\d+) bytes", done.stdout + done.stderr)
    assert found, done.stderr
    return int(found.group(1))


def constants(file: bytes) -> int:
    """Return the bytes of weights and biases, and of a float32 for each of the scales of weights."""
    from tensorflow.lite.python import schema_py_generated as schema

    model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(file, 0))
    (graph,) = model.subgraphs
    total, weighted = 0, {schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D}
    weighted |= {schema.BuiltinOperator.FULLY_CONNECTED, schema.BuiltinOperator.TRANSPOSE_CONV}
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        has_scales = max(code.builtinCode, code.deprecatedBuiltinCode) in weighted
        for tensor in (graph.tensors[n] for n in operator.inputs if n >= 0):
            data = model.buffers[tensor.buffer].data
            scales = tensor.quantization.scale if tensor.quantization else None
            is_float = tensor.type == schema.TensorType.FLOAT32
            if data is None or not len(data) or (scales is None and not is_float):
                continue  # made by another operator, or no number of the network: a shape
            total += len(data) + (4 * len(scales) if has_scales and tensor.type == schema.TensorType.INT8 else 0)
    return total


def _model(network: Network, tf: Any) -> Any:
    keras, ((name, shape),) = tf.keras.layers, network.inputs.items()
    x = tf.keras.Input(batch_shape=(1, *shape.size, shape.channels))
    tensors = {name: x}
    for layer in network.layers:
        tensors[layer.name] = _made(layer, [tensors[name] for name in layer.inputs], tf, keras)
    return tf.keras.Model(x, [tensors[name] for name in network.outputs])


def _made(layer: Layer, inputs: list[Any], tf: Any, keras: Any) -> Any:
    """The output of a layer: weights are large enough, and biases not zero, so that the converter keeps them."""
    given: Any = layer.operator
    x, *others = inputs
    drawn, bias = tf.keras.initializers.HeNormal(), tf.keras.initializers.RandomNormal(stddev=0.1)
    trained = {"use_bias": getattr(given, "bias", False), "bias_initializer": bias}
    match layer.kind:
        case "conv":
            how = {"groups": given.groups, "dilation_rate": given.dilation, "kernel_initializer": drawn}
            make = keras.Conv2D(given.out, given.kernel, given.stride, _padding(layer), **how, **trained)
            return make(_laid_around(layer, x, keras))
        case "depthwise_conv":
            wide = tf.keras.initializers.RandomNormal(stddev=0.5)
            how = {"dilation_rate": given.dilation, "depthwise_initializer": wide}
            make = keras.DepthwiseConv2D(given.kernel, given.stride, _padding(layer), **how, **trained)
            return make(_laid_around(layer, x, keras))
        case "conv_transpose":
            return keras.Conv2DTranspose(given.out, given.kernel, given.stride, "same", **trained)(x)
        case "linear":
            return keras.Dense(given.out, kernel_initializer=drawn, **trained)(x)
        case "max_pool" | "avg_pool":
            make = keras.MaxPooling2D if layer.kind == "max_pool" else keras.AveragePooling2D
            return make(given.kernel, given.stride or given.kernel, _padding(layer))(_laid_around(layer, x, keras))
        case "batch_norm":
            return keras.BatchNormalization(beta_initializer=bias)(x)
        case "add" | "mul":
            for other in others:
                there = keras.Reshape((1, 1, other.shape[-1]))(other) if len(other.shape) < len(x.shape) else other
                x = (keras.Add() if layer.kind == "add" else keras.Multiply())([x, there])
            return x
        case "relu6":
            return keras.ReLU(6.0)(x)
        case "hard_sigmoid":
            return keras.ReLU(6.0)(x + 3.0) * (1 / 6)
        case "hard_swish":
            return keras.ReLU(6.0)(x + 3.0) * (1 / 6) * x
        case "dropout":
            return x
    simple = {
        "concat": lambda: keras.Concatenate()(inputs),
        "flatten": lambda: keras.Flatten()(x),
        "global_avg_pool": lambda: keras.GlobalAveragePooling2D()(x),
        "leaky_relu": lambda: keras.LeakyReLU(0.1)(x),
        "relu": lambda: keras.ReLU()(x),
        "sigmoid": lambda: keras.Activation("sigmoid")(x),
        "silu": lambda: keras.Activation("swish")(x),
        "softmax": lambda: keras.Softmax()(x),
        "upsample": lambda: keras.UpSampling2D(given.scale)(x),
    }
    return simple[layer.kind]()


def _padding(layer: Layer) -> str:
    given: Any = layer.operator
    return "same" if given.padding == "same" or _is_same(layer) else "valid"


def _is_same(layer: Layer) -> bool:
    """Whether the padding is what `same` would be."""
    same = layer.operator.with_arguments(padding="same")
    return same.reads(*layer.input_shapes) == layer.reads and same.outputs(*layer.input_shapes) == layer.output_shapes


def _laid_around(layer: Layer, x: Any, keras: Any) -> Any:
    windows: Any = layer.reads[0]
    sides = [(window.before, window.after) for window in windows]
    return x if _padding(layer) == "same" or not any(map(any, sides)) else keras.ZeroPadding2D(sides)(x)
