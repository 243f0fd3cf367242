"""`convcost show`: a spec's text, with a variant's values put in, and laid out flat."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import Run
from networks import each_network, each_variant

from convcost.analysis.costs import analyze
from convcost.checks.expectations import unmet
from convcost.errors import Source
from convcost.network import Network
from convcost.reading.load import load, read
from convcost.reading.sources import bundled

DATA = Path(__file__).parent / "data"


@pytest.mark.parametrize("name", bundled())
def test_a_spec_is_printed_as_it_is(run: Run, name: str) -> None:
    assert run("show", name).out == bundled()[name].read_text(encoding="utf-8")


def computed(network: Network) -> list[object]:
    """What is computed from what, apart from the names."""
    place = {name: n for n, (name, _) in enumerate(network.tensors())}
    return [
        list(network.inputs.items()),
        *(
            (layer.operator, layer.output_shapes, [place[name] for name in layer.inputs], layer.params, layer.work)
            for layer in network.layers
        ),
        [place[name] for name in network.outputs],
    ]


@pytest.mark.parametrize("name", each_network(bundled()))
def test_laid_out_flat_it_is_the_same_network(run: Run, name: str) -> None:
    text = run("show", name, "--flat").out
    assert computed(read(Source("flat.yaml", text))) == computed(load(name))
    assert "blocks:" not in text


@pytest.mark.parametrize(("name", "variant"), each_variant())
def test_a_variant_is_what_a_spec_without_it_is(run: Run, name: str, variant: str) -> None:
    shown = read(Source("mine.yaml", run("show", name, "--variant", variant).out), name)
    assert computed(shown) == computed(load(name, variant=variant))
    assert [finding for finding in unmet(analyze(shown)) if finding.code != "E102"] == []


def test_what_can_not_be_shown(run: Run) -> None:
    assert "has no variant `y`" in run("show", "yolov8", "--variant", "y").err
    assert run("show", "yolov9").code == 2


def test_a_model_is_laid_out(run: Run) -> None:
    model = str(DATA / "onnx" / "torchvision__resnet18__ts.onnx")
    assert "is a model and has no spec" in run("show", model).err
    assert computed(read(Source("flat.yaml", run("show", model, "--flat").out))) == computed(load(model))
