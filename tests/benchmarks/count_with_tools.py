"""What the tools themselves count: every bundled network and every operator in torch, under each of them.

    python tests/benchmarks/count_with_tools.py > tests/data/conventions/measured.json

Wants torch and the tools. Takes some minutes.
"""

from __future__ import annotations

import contextlib
import io
import json
import logging
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib.metadata import version
from itertools import product
from math import prod

import torch
from torch import Tensor, nn
from torch_layers import TorchNetwork, module

from convcost.analysis.convention_table import CONVENTIONS
from convcost.analysis.conventions import count_by
from convcost.analysis.costs import analyze
from convcost.errors import ConvcostError, Source
from convcost.network import Network
from convcost.ops import OPERATORS
from convcost.ops.arguments import AXES
from convcost.reading.load import load, read
from convcost.reading.sources import bundled

Counter = Callable[[nn.Module, list[Tensor]], float]


def torchinfo(model: nn.Module, xs: list[Tensor]) -> float:
    from torchinfo import summary

    return summary(model, input_data=xs, verbose=0).total_mult_adds


def fvcore(model: nn.Module, xs: list[Tensor]) -> float:
    from fvcore.nn import FlopCountAnalysis

    return FlopCountAnalysis(model, tuple(xs)).total()


def ptflops(backend: str) -> Counter:
    def count(model: nn.Module, xs: list[Tensor]) -> float:
        from ptflops import get_model_complexity_info

        (x,) = xs
        options = {"as_strings": False, "print_per_layer_stat": False, "verbose": False}
        macs, _ = get_model_complexity_info(model, tuple(x.shape[1:]), backend=backend, **options)
        return macs

    return count


def thop(model: nn.Module, xs: list[Tensor]) -> float:
    from thop import profile

    return profile(model, tuple(xs), verbose=False)[0]


def ultralytics(model: nn.Module, xs: list[Tensor]) -> float:
    """By ultralytics-thop, a package of its own that is imported as `thop`, too: only one of both can be installed."""
    return 2 * thop(model, xs)


def calflops(figure: str) -> Counter:
    def count(model: nn.Module, xs: list[Tensor]) -> float:
        from calflops.calculate_pipline import CalFlopsPipline

        pipeline = CalFlopsPipline(model=model, include_backPropagation=False, compute_bp_factor=2.0)
        pipeline.start_flops_calculate(None)
        try:
            model(*xs)
            return getattr(pipeline, f"get_total_{figure}")()
        finally:
            pipeline.end_flops_calculate()

    return count


def deepspeed(figure: str) -> Counter:
    def count(model: nn.Module, xs: list[Tensor]) -> float:
        from deepspeed.profiling.flops_profiler.profiler import FlopsProfiler

        profiler = FlopsProfiler(model)
        profiler.start_profile()
        try:
            model(*xs)
            return getattr(profiler, f"get_total_{figure}")()
        finally:
            profiler.end_profile()

    return count


def mmengine(model: nn.Module, xs: list[Tensor]) -> float:
    from mmengine.analysis.complexity_analysis import FlopAnalyzer

    return FlopAnalyzer(model, tuple(xs)).total()


def torchprofile(model: nn.Module, xs: list[Tensor]) -> float:
    from torchprofile import profile_macs

    return profile_macs(model, tuple(xs))


def torch_counter(model: nn.Module, xs: list[Tensor]) -> float:
    from torch.utils.flop_counter import FlopCounterMode

    with FlopCounterMode(display=False) as counter:
        model(*xs)
    return counter.get_total_flops()


TOOLS: dict[str, Counter] = {
    "torchinfo": torchinfo,
    "fvcore": fvcore,
    "mmengine": mmengine,
    "ptflops": ptflops("pytorch"),
    "ptflops_aten": ptflops("aten"),
    "thop": thop,
    "ultralytics": ultralytics,
    "calflops_flops": calflops("flops"),
    "calflops_macs": calflops("macs"),
    "deepspeed_flops": deepspeed("flops"),
    "deepspeed_macs": deepspeed("macs"),
    "torchprofile": torchprofile,
    "torch": torch_counter,
}

# Parameters and functions of layers, beyond every operator's defaults, in 1, 2 and 3 axes.
LAYERS = {
    "adaptive_avg_pool": ["{size: 2}", "{size: 3}"],
    "adaptive_max_pool": ["{size: 2}"],
    "append": ["{count: 2, trained: false}"],
    "arg_max": ["{over: channels}"],
    "avg_pool": ["{kernel: 2}", "{kernel: 3, stride: 1, padding: 1}"],
    "batch_norm": ["", "{affine: false}"],
    "channel_shuffle": ["{groups: 2}"],
    "class_token": ["{count: 2}"],
    "clip": ["{min: 0, max: 1}"],
    "compare": ["", "{a: [], b: []}"],
    "conv": [
        "{out: 4, kernel: 3, stride: 2, padding: 1, groups: 2}",
        "{out: 4, kernel: 3, padding: same, bias: false}",
        "{out: 4, kernel: 3, dilation: 2, padding: [[0, 0]]}",
        "{out: 4, kernel: 3, weight_norm: true}",
    ],
    "conv_transpose": [
        "{out: 4, kernel: 3, stride: 2, padding: 1, output_padding: 1}",
        "{out: 4, kernel: 3, stride: 2, groups: 2}",
        "{out: 6, kernel: 3, stride: 2, groups: 2, bias: false}",
        "{out: 8, kernel: 2, stride: 1, groups: 2, dilation: 2}",
    ],
    "crop": ["{size: 3}"],
    "depthwise_conv": ["{kernel: 3, padding: 1, multiplier: 2}", "{kernel: 3, padding: same, bias: false}"],
    "gelu": ["", "{approximate: tanh}"],
    "group_norm": ["{groups: 2}", "{groups: 3, affine: false}"],
    "gru": ["{hidden: 5}", "{hidden: 4}", "{hidden: 5, bidirectional: true, bias: false}"],
    "instance_norm": ["", "{affine: true}", "{running_stats: true}"],
    "l2_norm": ["{over: channels}", "{over: positions}"],
    "layer_norm": ["", "{affine: false}", "{over: [channels, positions]}"],
    "linear": ["{out: 4}", "{out: 4, bias: false}", "{out: 4, weight_norm: true}"],
    "local_response_norm": ["{size: 5}", "{size: 2}"],
    "log_softmax": ["", "{over: [AXIS]}"],
    "lstm": ["{hidden: 5}", "{hidden: 4}", "{hidden: 5, bidirectional: true, bias: false}"],
    "matmul": ["{a: [], b: []}", "{groups: 2, a: [], b: []}"],
    "max": ["{over: channels}", "{over: positions}"],
    "max_pool": ["{kernel: 2}", "{kernel: 3, stride: 2, padding: 1}"],
    "max_unpool": ["{kernel: 2, a: [], b: []}"],
    "mean": ["{over: channels}", "{over: positions}"],
    "min": ["{over: channels}", "{over: positions}"],
    "pad": ["{padding: 1}"],
    "pow": ["{exponent: 3}"],
    "prelu": ["", "{per: layer}"],
    "pixel_shuffle": ["{factor: FACTORS}"],
    "pixel_unshuffle": ["{factor: SIZE}"],
    "rearrange": ["{cut: CUT, order: ORDER}"],
    "reshape": ["{size: [COUNT]}"],
    "rms_norm": ["", "{affine: false}"],
    "scale": ["{by: 1/2}"],
    "shift": ["{by: 1/2}"],
    "slice": ["{start: 1}"],
    "softmax": ["", "{over: [AXIS]}"],
    "split": ["{parts: 2}"],
    "sum": ["{over: channels}", "{over: positions}"],
    "transcendental": ["{function: sin}"],
    "transpose": ["{axis: AXIS}"],
    "upsample": [
        *("{scale: 2}", "{scale: 2, mode: bilinear}", "{scale: 2, mode: bicubic}"),
        *("{size: 9}", "{size: 9, mode: bilinear}"),
    ],
    "where": ["{a: [], b: []}", "{a: [], b: [], c: []}"],
}
JOINTS = dict.fromkeys(("add", "concat", "div", "maximum", "minimum", "mul", "sub"), "{a: [], b: []}")
SIZES = [[13], [8, 7], [5, 6, 7]]


def layer_cases() -> Iterator[tuple[str, dict[str, str]]]:
    """Specs of one layer each, and how the layer is called."""
    for kind, size in product(OPERATORS, SIZES):
        for arguments in LAYERS.get(kind, [JOINTS.get(kind, "")]):
            written = with_words(arguments, size)
            text = f"network: layer\ninput: {{channels: 6, size: {size}}}\nlayers: [{{{kind}: {written}}}]\n"
            try:
                (layer,) = one_layer(text).layers
            except ConvcostError:  # not with so many axes, or an argument is missing: a test asks for each kind
                continue
            yield text, {}
            if module(layer) is not None or kind == "matmul":
                yield text, {kind: "function"}
            if kind == "global_avg_pool":
                yield text, {kind: "mean"}


def one_layer(text: str) -> Network:
    return read(Source("layer", text), "layer", {}, None)


def with_words(arguments: str, size: list[int]) -> str:
    """Return arguments with what depends on the axes in the place of words."""
    axes = len(size)
    words = {
        "[[0, 0]]": [[0, 0]] * axes,
        "AXIS": AXES[axes][-1],
        "COUNT": prod(size),
        "CUT": [[2, 3], *([n] for n in size)],
        "FACTORS": [1, 2, 3][-axes:] if axes > 1 else [2],
        "ORDER": [[1, 0], *([n] for n in range(2, 2 + axes))],
        "SIZE": size,
    }
    for word, meant in words.items():
        arguments = arguments.replace(word, str(meant))
    return arguments


NETWORKS: list[tuple[str, dict[str, str]]] = [
    *((name, {}) for name in bundled() if name != "lenet5"),
    # As torchvision writes them.
    ("mobilenet_v2", {"global_avg_pool": "function"}),
    ("googlenet_torchvision", {"relu": "function"}),
    ("shufflenet_v2", {"global_avg_pool": "mean"}),
]


def totals(network: Network, calls: Mapping[str, str]) -> dict[str, int]:
    """What the tools count, each of a model of its own, on one sample; not those of which that can't be known."""
    xs = [torch.rand(1, shape.channels, *shape.size) for shape in network.inputs.values()]
    found, analysis = {}, analyze(network)
    for name, count in TOOLS.items():
        if count_by(CONVENTIONS[name], analysis, calls).unknown:
            continue
        with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
            total = count(TorchNetwork(network, calls).eval(), xs)
        found[name] = int(total)
        assert found[name] == total
    return found


def rows(cases: Iterable[tuple[str, Network, Mapping[str, str]]]) -> str:
    measured = ({"spec": spec, "calls": calls, "totals": totals(network, calls)} for spec, network, calls in cases)
    return ",\n".join(f"  {json.dumps(case)}" for case in measured if case["totals"])


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    torch.set_num_threads(1)
    packages = ("calflops", "deepspeed", "fvcore", "mmengine", "ptflops", "thop", "torch", "torchinfo", "torchprofile")
    layers = [(text, one_layer(text), calls) for text, calls in layer_cases()]
    networks = [(name, load(name), calls) for name, calls in NETWORKS]
    versions = json.dumps({name: version(name) for name in packages})
    print(f'{{\n "versions": {versions},\n "layers": [\n{rows(layers)}\n ],\n "networks": [\n{rows(networks)}\n ]\n}}')


if __name__ == "__main__":
    main()
