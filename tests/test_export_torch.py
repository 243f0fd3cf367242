"""What `convcost export` writes, run by torch: random specs, steps of training, and read again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from exported import made
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from networks import VARIANTS, each_network
from random_specs import KEEPING, specs

torch = pytest.importorskip("torch", reason="torch is not installed")

import convcost  # noqa: E402
from convcost.errors import Source, SpecError, UsageError  # noqa: E402
from convcost.reading.description import Description  # noqa: E402
from convcost.reading.load import open_description  # noqa: E402
from convcost.reading.sources import bundled  # noqa: E402
from convcost.writing.pytorch import Module, write  # noqa: E402
from convcost.writing.pytorch.counted import counted  # noqa: E402


@st.composite
def blocks(draw: st.DrawFn) -> str:
    """A network of a block with arguments, a condition, an activation that is given, and repetitions."""
    size = [8] * draw(st.integers(1, 2))
    keeping = draw(st.lists(st.sampled_from(KEEPING), max_size=3))
    act, other = draw(st.sampled_from(["relu", "silu", "sigmoid", "identity"])), draw(st.sampled_from(["relu", "tanh"]))
    joint = draw(st.sampled_from(["add", "mul", "concat"]))
    condition = draw(st.sampled_from(["stride > 1", "input.channels != out", "out > 4 and stride == 1"]))
    out = draw(st.sampled_from(["w", "2*w", "make_divisible(1.5*w, 2)", "4*k"]))
    return f"""
symbols: {{w: {draw(st.sampled_from([2, 4, 6]))}, k: 0.5, n: {draw(st.integers(0, 3))}}}
input: {{channels: 4, size: {size}}}
blocks:
  unit:
    args: {{out: , stride: 1, act: {act}, wide: 2*out}}
    layers:
      - conv: {{out: wide, kernel: 3, stride: stride, padding: 1, bias: false}}
      - act
      - {joint}: {{body: [{", ".join(keeping)}], short: []}}
      - {{conv: {{out: wide, kernel: 1}}, when: {condition}, name: mix}}
      - {{add: , from: [mix, {joint}], when: {condition} and {str(joint != "concat").lower()}}}
      - conv: {{out: out, kernel: 1}}
layers:
  - {{unit: {{out: '{out}'}}, name: first}}
  - {{unit: {{out: 2*w, stride: 2, act: {other}}}, name: second}}
  - {{unit: {{out: 2*w, wide: 4}}, repeat: n, name: rest}}
  - {{unit: {{out: w}}, repeat: 2}}
  - global_avg_pool
  - linear: {{out: 3}}
"""


def agrees(module: Module, folder: Path) -> None:
    """Hold what torch counts against what convcost says."""
    file = folder / "net.py"
    file.write_text(module.text, encoding="utf-8")
    network = module.network
    found = counted(str(file), module.class_name, [list(shape.numbers) for shape in network.inputs.values()])
    said = convcost.analyze(network)
    shapes = dict(network.tensors())
    outputs = [list(shapes[name].numbers) for name in network.outputs]
    assert found == {"params": said.params, "macs": said.macs, "outputs": outputs}, module.text


SAID = [name for name in bundled() if name != "lenet5"]


@pytest.mark.slow
@pytest.mark.parametrize("name", each_network(SAID))
def test_torch_counts_the_same(name: str, tmp_path: Path) -> None:
    agrees(write(open_description(name)), tmp_path)


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize(("name", "variant"), VARIANTS)
def test_torch_counts_the_same_of_variants(name: str, variant: str, tmp_path: Path) -> None:
    agrees(write(open_description(name), None, variant), tmp_path)


def random_agrees(text: str, folder: Path) -> None:
    try:
        module = write(Description(Source("<random>", text), "random"))
    except (SpecError, UsageError):
        assume(False)
    agrees(module, folder)


RANDOM = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True, "database": None}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("export")


@pytest.mark.slow
@settings(max_examples=20, **RANDOM)
@given(text=specs() | blocks())
def test_random_specs(text: str, folder: Path) -> None:
    random_agrees(text, folder)


@pytest.mark.slow
@pytest.mark.thorough
@settings(max_examples=500, **RANDOM)
@given(text=specs() | blocks())
def test_more_random_specs(text: str, folder: Path) -> None:
    random_agrees(text, folder)


TRAINED = {
    "googlenet": (3, 64, 64),
    "mobilenet_v2": (3, 64, 64),
    "resnet50": (3, 64, 64),
    "unet": (1, 204, 204),
    "yolov8": (3, 640, 640),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", TRAINED)
def test_a_step_of_training(name: str, tmp_path: Path) -> None:
    network = made(write(open_description(name)), tmp_path)
    found = network(torch.randn(2, *TRAINED[name]))
    outputs = found if isinstance(found, tuple) else (found,)
    sum(one.square().mean() for one in outputs).backward()
    torch.optim.SGD(network.parameters(), 0.01).step()
    trained = [one for one in network.parameters() if one.requires_grad]
    assert all(one.grad is not None and torch.isfinite(one).all() for one in trained)


GIVEN = """
input: {channels: 3, size: [2, 2]}
layers:
  - conv: {out: 2, kernel: 1, bias: false, weights: indices}
  - {depthwise_conv: {kernel: 1, trained: false}, name: blur}
"""


def test_weights_that_are_given_are_not_trained(tmp_path: Path) -> None:
    network = made(write(Description(Source("given.yaml", GIVEN), "given")), tmp_path)
    (weight,) = network.parameters()
    assert weight.flatten().tolist() == [0, 1, 2, 0, 1, 2]
    assert not weight.requires_grad
    again = convcost.from_torch(network.eval(), (1, 3, 2, 2))
    assert [layer.params[:2] + layer.params[3:] for layer in again.layers] == [(6, 0, 0), (0, 0, 4)]


def figures(network: convcost.Network) -> Iterator[tuple[Any, ...]]:
    """Of every layer that holds something or multiplies, in order."""
    for layer in convcost.analyze(network).layers:
        if layer.params or layer.macs:
            what = layer.layer
            yield what.kind, layer.params, layer.macs, what.output_shapes[0].elements, str(layer.receptive_field)


def read_again(name: str, folder: Path) -> convcost.Network:
    shapes = [(1, *shape.numbers) for shape in convcost.load(name).inputs.values()]
    return convcost.from_torch(made(write(open_description(name)), folder).eval(), *shapes)


SPELLED_OUT = ["botnet50", "mobilevit_xxs", "vit_tiny"]
"""Their attention, or a class token, is several operations in PyTorch; as many parameters and MACs."""
IN_ANOTHER_ORDER = ["deeplabv3plus"]
"""The door lists the branch of one pooled position before the others."""
OFTEN = ["densenet121", "mobilenet_v2", "resnet50", "unet"]
READ = [name for name in SAID if name not in {*SPELLED_OUT, *IN_ANOTHER_ORDER}]


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [name if name in OFTEN else pytest.param(name, marks=pytest.mark.thorough) for name in READ]
)
def test_read_again_it_has_the_same_layers(name: str, tmp_path: Path) -> None:
    assert [*figures(read_again(name, tmp_path))] == [*figures(convcost.load(name))]


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("name", IN_ANOTHER_ORDER)
def test_read_again_it_has_the_same_layers_in_another_order(name: str, tmp_path: Path) -> None:
    again, said = ([row[:3] for row in figures(one)] for one in (read_again(name, tmp_path), convcost.load(name)))
    assert sorted(again) == sorted(said)


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("name", SPELLED_OUT)
def test_read_again_it_has_the_same_totals(name: str, tmp_path: Path) -> None:
    again, said = convcost.analyze(read_again(name, tmp_path)), convcost.analyze(convcost.load(name))
    assert (again.params, again.macs) == (said.params, said.macs)
