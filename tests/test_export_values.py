"""What `convcost export` writes computes what the modules of other packages do, with the same weights.

Counts don't tell a wrong order, a wrong padding or a wrong activation; values do. What no spec says is taken from the
other module: the `eps` of its norms.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
models = pytest.importorskip("torchvision.models", reason="torchvision is not installed")

from exported import made  # noqa: E402

from convcost.errors import Source  # noqa: E402
from convcost.reading.description import Description  # noqa: E402
from convcost.reading.load import open_description  # noqa: E402
from convcost.writing import onnx as onnx_files  # noqa: E402
from convcost.writing.pytorch import Module, write  # noqa: E402


class Twin(NamedTuple):
    """A network of ours, the function of torchvision's that makes the same, and one sample for both."""

    spec: str
    model: str
    shape: tuple[int, ...] = (3, 64, 64)
    options: dict[str, Any] = {}  # noqa: RUF012 - never changed
    settings: dict[str, str] = {}  # noqa: RUF012


PLAIN = {"aux_logits": False, "init_weights": False}
"""Heads that are run in training alone are no part of the specs."""

TWINS = [
    Twin("alexnet_torchvision", "alexnet", (3, 224, 224)),
    Twin("convnext_tiny", "convnext_tiny"),
    Twin("deeplabv3_resnet50", "deeplabv3_resnet50", options={"weights_backbone": None}, settings={"resolution": "64"}),
    Twin("densenet121", "densenet121"),
    Twin("efficientnet_b0", "efficientnet_b0"),
    Twin("efficientnet_v2_s", "efficientnet_v2_s"),
    Twin("googlenet_torchvision", "googlenet", options=PLAIN),
    Twin("inception_v3", "inception_v3", (3, 107, 107), PLAIN),
    Twin("mnasnet1_0", "mnasnet1_0"),
    Twin("mobilenet_v2", "mobilenet_v2"),
    Twin("mobilenet_v3_large", "mobilenet_v3_large"),
    Twin("mobilenet_v3_small", "mobilenet_v3_small"),
    Twin("r2plus1d_18", "r2plus1d_18", (3, 4, 32, 32)),
    Twin("r3d_18", "r3d_18", (3, 4, 32, 32)),
    Twin("regnet_y_400mf", "regnet_y_400mf"),
    Twin("resnet18", "resnet18"),
    Twin("resnet50", "resnet50"),
    Twin("resnext50_32x4d", "resnext50_32x4d"),
    Twin("shufflenet_v2", "shufflenet_v2_x1_0"),
    Twin("squeezenet1_1", "squeezenet1_1"),
    Twin("vgg16", "vgg16", (3, 224, 224)),
    Twin("wide_resnet50_2", "wide_resnet50_2"),
]


def holders(network: Any, x: Any) -> Iterator[tuple[tuple[int, ...], Any]]:
    """Yield the modules with weights as they are run, each after how many numbers it holds, is given and makes."""
    found: dict[Any, tuple[int, ...]] = {}

    def note(module: Any, given: Any, makes: Any) -> None:
        held = (one.numel() for one in module.parameters(recurse=False))
        found.setdefault(module, (*held, given[0].numel(), makes.numel()))

    holding = [module for module in network.modules() if [*module.parameters(recurse=False)]]
    hooks = [module.register_forward_hook(note) for module in holding]
    network(x)
    for hook in hooks:
        hook.remove()
    assert len(found) == len(holding)
    return ((key, module) for module, key in found.items())


def copy_weights(source: Any, target: Any, x: Any) -> None:
    """Copy weights from module to module in the order in which they are run, among those of the same sizes."""
    waiting: dict[tuple[int, ...], deque[Any]] = defaultdict(deque)
    for key, module in holders(target, x):
        waiting[key].append(module)
    for key, module in holders(source, x):
        other = waiting[key].popleft()
        for mine, theirs in ((other.parameters, module.parameters), (other.buffers, module.buffers)):
            for one, given in zip(mine(recurse=False), theirs(recurse=False), strict=True):
                one.copy_(given.reshape(one.shape))
        if hasattr(module, "eps"):
            other.eps = module.eps
    assert not any(waiting.values())


def scramble(network: Any) -> None:
    """Give a network weights under which every layer matters: of new modules, norms change nothing."""
    for one in network.parameters():
        fan = one[0].numel()
        one.normal_(0, (2 / fan) ** 0.5) if one.dim() > 1 else one.uniform_(0.5, 1.5)
    for name, one in network.named_buffers():
        if one.is_floating_point() and "running" in name:
            one.uniform_(0.5, 1.5)


def results(twin: Twin, folder: Path, change: Callable[[str], str] = lambda text: text) -> tuple[Any, Any]:
    """Return what both compute of the same sample."""
    torch.manual_seed(0)
    written = write(open_description(twin.spec), twin.settings)
    mine = made(Module(change(written.text), written.class_name, written.network), folder).eval()
    theirs = models.get_model(twin.model, weights=None, **twin.options).eval()
    with torch.no_grad():
        scramble(theirs)
        x = torch.randn(1, *twin.shape)
        copy_weights(theirs, mine, x)
        found = theirs(x)
        return mine(x), found["out"] if isinstance(found, dict) else found


def difference(mine: Any, theirs: Any) -> float:
    """The largest difference of two results, in parts of the largest value."""
    assert theirs.isfinite().all()
    assert theirs.std() > 0
    return float((mine.flatten() - theirs.flatten()).abs().max() / theirs.abs().max())


@pytest.mark.slow
@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.spec)
def test_the_same_values(twin: Twin, tmp_path: Path) -> None:
    assert difference(*results(twin, tmp_path)) < 1e-5


WRONG = {
    "another activation": ("F.relu(", "F.silu("),
    "padding at one end": ("F.max_pool2d(x, 3, stride=2, padding=1)", "F.max_pool2d(x, 3, stride=2, ceil_mode=True)"),
    "another pool": ("F.adaptive_avg_pool2d", "F.adaptive_max_pool2d"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WRONG)
def test_other_values_are_seen(name: str, tmp_path: Path) -> None:
    right, wrong = WRONG[name]

    def change(text: str) -> str:
        assert right in text
        return text.replace(right, wrong)

    assert difference(*results(Twin("resnet18", "resnet18"), tmp_path, change)) > 0.01


DEFORMED = [
    "kernel: 3, padding: 1, stride: 2, groups: 2, deform_groups: 2, modulated: true",
    "kernel: [2, 3], dilation: 2, bias: false",
    "kernel: 3, padding: [2, 1], deform_groups: 4",
]


def deformed(words: str) -> Description:
    """A network of a deformable convolution alone, of which torchvision has one too."""
    text = f"input: {{channels: 4, size: [9, 8]}}\nlayers: [deformable_conv: {{out: 6, {words}}}]"
    return Description(Source("deformed.yaml", text), "deformed")


def by_torchvision(layer: Any, x: Any) -> Any:
    """What torchvision's operator makes with the weights of a layer as it is written."""
    ops = pytest.importorskip("torchvision.ops")
    conv, groups, taps = layer.conv, layer.parts[0], layer.parts[2]
    moves = layer.moves(x)
    count = 2 * groups * taps
    mask = moves[:, count:] if moves.shape[1] > count else None
    how = conv.stride, conv.padding, conv.dilation
    return ops.deform_conv2d(x, moves[:, :count], conv.weight, conv.bias, *how, mask=mask)


@pytest.mark.parametrize("words", DEFORMED)
def test_a_deformable_convolution_in_onnx_is_torchvisions(words: str, tmp_path: Path) -> None:
    onnx, onnxruntime = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    file = tmp_path / "deformed.onnx"
    onnx_files.write(deformed(words), seed=1).save(file)
    held = {one.name: onnx.numpy_helper.to_array(one) for one in onnx.load(file).graph.initializer}
    (layer,) = made(write(deformed(words)), tmp_path).children()
    x = torch.randn(2, 4, 9, 8)
    for name, parameter in layer.named_parameters():
        theirs = name.replace("moves", "offset").removeprefix("conv.")
        parameter.data = torch.from_numpy(held[f"deformable_conv.{theirs}"].copy())
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {"input": x.numpy()})
    with torch.no_grad():
        torch.testing.assert_close(torch.from_numpy(y), by_torchvision(layer, x), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("words", DEFORMED)
def test_a_deformable_convolution_in_torch_is_torchvisions(words: str, tmp_path: Path) -> None:
    network = made(write(deformed(words)), tmp_path).eval()
    x = torch.randn(2, 4, 9, 8)
    (layer,) = network.children()
    with torch.no_grad():
        layer.moves.weight *= 3  # some taps go beyond the map
        torch.testing.assert_close(network(x), by_torchvision(layer, x), atol=1e-4, rtol=1e-4)
