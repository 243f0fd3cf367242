"""The bundled networks against reference implementations: every convolution and linear layer in order, and the totals.

What the references show was measured with hooks on their own modules (`measured.py`) and is kept in `data/golden`;
where torch and the packages are installed it is measured again. `--renew` writes it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

import pytest
from table import REFERENCES, Reference

from convcost.analysis.costs import Analysis, analyze
from convcost.reading.load import load

DATA = Path(__file__).parents[1] / "data" / "golden"
COUNTED = {"conv", "depthwise_conv", "conv_transpose", "linear"}
MAKERS = {
    "torchvision": ("torchvision.models", "get_model"),
    "timm": ("timm", "create_model"),
    "pytorchcv": ("pytorchcv.model_provider", "get_model"),
    "segmentation_models_pytorch": ("segmentation_models_pytorch", "create_model"),
    "ultralytics": ("ultralytics.nn.tasks", "DetectionModel"),
    "effdet": ("effdet", "create_model"),
    "papers": ("papers", "get_model"),
}
"""By package, where the function is that makes a model; `papers` are literal readings that stand beside this file."""

each = pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: f"{reference.spec}-{reference.model}")


def shape(numbers: Iterable[int]) -> list[int]:
    """Return channels and positions; a vector is a map of one position."""
    channels, *positions = numbers
    return [channels, *(n for n in positions if n != 1)]


def layers(analysis: Analysis, apart: str) -> list[list[object]]:
    """[output shape, parameters, MACs] of every convolution and linear layer, in order."""
    return [
        [shape(cost.layer.output_shapes[0].numbers), cost.params, cost.macs]
        for cost in analysis.layers
        if cost.layer.kind in COUNTED and apart not in cost.layer.name
    ]


@each
def test_measured_again(reference: Reference, renew: bool) -> None:
    package, _, name = reference.model.partition("__")
    pytest.importorskip("torch", reason="torch is not installed")
    pytest.importorskip(package, reason=f"{package} is not installed")
    from measured import measure, versions

    found = measure(lambda: built(package, name, reference.options), *reference.inputs)
    file = DATA / f"{reference.model}.json"
    if renew:
        head = {"model": name, "source": package, "versions": versions("torch", *{package} - {"papers"}), **found}
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in head.pop("layers"))
        text = ",\n".join(f"{json.dumps(key)}:{json.dumps(value)}" for key, value in head.items())
        file.write_text(f'{{\n{text},\n"layers":[\n{rows}\n]\n}}\n')
    kept = json.loads(file.read_text())
    assert found == {key: kept[key] for key in found}


@each
def test_layers_and_totals(reference: Reference) -> None:
    measured = json.loads((DATA / f"{reference.model}.json").read_text())
    analysis = analyze(load(reference.spec, reference.settings, reference.variant))
    theirs = [
        [shape(row["out"][1:]), row["params"], row["macs"]]
        for row in measured["layers"]
        if reference.apart not in row["name"]
    ]
    in_order = sorted if reference.other_order else list
    assert in_order(layers(analysis, reference.apart)) == in_order(theirs)
    assert analysis.params == measured["totals"]["params"]
    assert 2 * analysis.macs == measured["totals"]["flop_counter_flops"]


def built(package, name, options):
    """The model, without weights; a detector ends at its heads, before anchors and the choice of boxes."""
    from measured import Detector

    module, function = MAKERS[package]
    model = getattr(import_module(module), function)(f"{name}.yaml" if package == "ultralytics" else name, **options)
    if package == "ultralytics":
        head = model.model[-1]
        head._get_decode_boxes = lambda said: head.dfl(said["boxes"])
    return Detector(model) if hasattr(model, "roi_heads") or hasattr(model, "anchor_generator") else model
