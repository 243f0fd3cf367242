"""What a microcontroller takes, against TensorFlow Lite Micro: what it showed is kept in `data/arena`.

`--renew` measures it again, where tensorflow and tflite-micro are installed.
"""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcost.analysis.arena_fit import arena_fit
from convcost.analysis.costs import analyze
from convcost.errors import Source
from convcost.figures import Setting
from convcost.memory.arena import buffers
from convcost.memory.fusion import as_converted
from convcost.memory.planner import Buffer, Placed, arena_of, best_found, greedy_by_size, held_at
from convcost.network import Network
from convcost.reading.load import load, open_description, read

FOLDER = Path(__file__).parent / "data" / "arena"
MEASURED: dict[str, dict[str, dict[str, int]]] = json.loads((FOLDER / "measured.json").read_text())
"""By network and type: the head of its arena, and the numbers that its file holds, in bytes."""

SETTINGS = {
    "mnasnet1_0": {"alpha": "0.5", "resolution": "64", "classes": "10"},
    "mobilenet_v1": {"alpha": "0.25", "resolution": "96", "classes": "2"},
    "mobilenet_v2": {"alpha": "0.35", "resolution": "96", "classes": "10"},
    "squeezenet1_1": {"resolution": "64", "classes": "10"},
}
"""Of the bundled networks, those of a size for microcontrollers."""

NETWORKS = [*sorted(path.stem for path in FOLDER.glob("*.yaml")), *SETTINGS]


def network_of(name: str) -> Network:
    return load(name, SETTINGS[name]) if name in SETTINGS else load(str(FOLDER / f"{name}.yaml"))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_arena_is_that_of_the_interpreter(name: str) -> None:
    found = analyze(network_of(name))
    assert {"arena": found.arena, "flash": found.flash} == MEASURED[name]["int8"]


@pytest.mark.parametrize("name", NETWORKS)
def test_so_is_that_of_floats(name: str) -> None:
    spec = name if name in SETTINGS else str(FOLDER / f"{name}.yaml")
    found = arena_fit(open_description(spec), SETTINGS.get(name, {}), dtype="float32")
    assert {"arena": found.arena, "flash": found.constants.total} == MEASURED[name]["float32"]


@pytest.mark.parametrize(
    ("name", "arena", "held", "best"),
    [
        ("ds_cnn", 16_000, 16_000, 16_000),
        ("mobilenet_v1_05_four_blocks", 110_592, 110_592, 110_592),
        ("mobilenet_v1_025_96", 73_728, 55_296, 55_296),
    ],
)
def test_the_planner_and_what_is_held(name: str, arena: int, held: int, best: int) -> None:
    tensors = buffers(as_converted(network_of(name)))
    placed = greedy_by_size(tensors), best_found(tensors)
    assert (arena_of(placed[0]), max(held_at(tensors)), arena_of(placed[1])) == (arena, held, best)


def test_folded_and_in_place() -> None:
    # ResNet-50: 2.25 maps of 256x56x56 where the first stage widens, 3 of them where it joins.
    found = analyze(load("resnet50"), Setting("int8"))
    assert (found.peak_memory_fused, found.peak_memory) == (1_806_336, 2_408_448)


def test_a_batch_is_laid_as_samples_of_that_size() -> None:
    text = "input: {channels: 1, size: [3, 3]}\nlayers: [conv: {out: 2, kernel: 1}]\n"
    network = read(Source("net.yaml", text))
    # 9 and 18 bytes, of which each takes 16 and 32; of 5 samples 45 and 90, which take 48 and 96.
    assert analyze(network).arena == 48
    assert analyze(network, Setting(batch=5)).arena == 144


@pytest.mark.parametrize(
    ("layers", "arena", "flash"),
    [
        # 4 maps of 8x8 bytes, 2 of them at a time; 4 biases and 4 scales of 4 bytes.
        ("conv: {out: 4, kernel: 1}, relu", 512, 16 + 16 + 16),
        ("conv: {out: 4, kernel: 1, bias: false}, batch_norm, relu6", 512, 16 + 16 + 16),
        # A copy with padding, 4x10x10, beside the input, then beside 4x4x4.
        ("conv: {out: 4, kernel: 3, stride: 2, padding: 1}", 256 + 400, 144 + 16 + 16),
        ("conv: {out: 4, kernel: 3, stride: 2, padding: same}", 256 + 64, 144 + 16 + 16),
        # A product, then a sum, each with 4 numbers.
        ("batch_norm", 512, 4 + 4),
        ("silu", 768, 0),
        ("dropout, flatten, linear: {out: 2, bias: false}", 256 + 16, 512 + 8),
    ],
)
def test_by_hand(layers: str, arena: int, flash: int) -> None:
    found = analyze(read(Source("net.yaml", f"input: {{channels: 4, size: [8, 8]}}\nlayers: [{layers}]\n")))
    assert (found.arena, found.flash) == (arena, flash)


def test_an_operator_without_a_rule_is_named() -> None:
    text = "input: {channels: 4, size: [8, 8]}\nlayers: [conv: {out: 4, kernel: 1}, layer_norm]\n"
    found = analyze(read(Source("net.yaml", text)))
    assert found.arena is None
    with pytest.raises(Exception, match="there is no rule for `layer_norm`"):
        found.of("arena")


# Random graphs

sizes = st.integers(1, 40).map(lambda n: 16 * n)
lives = st.tuples(st.integers(0, 12), st.integers(0, 6))
graphs = st.lists(st.tuples(sizes, lives), min_size=1, max_size=14).map(
    lambda drawn: [Buffer(str(n), size, at, at + more) for n, (size, (at, more)) in enumerate(drawn)]
)


@given(graphs)
def test_what_lives_together_never_overlaps(tensors: list[Buffer]) -> None:
    most = max(sum(one.size for one in tensors if one.first <= time <= one.last) for time in range(20))
    for placed in (greedy_by_size(tensors), best_found(tensors)):
        assert sorted(one.buffer for one in placed) == sorted(tensors)
        assert not any(_clash(one, other) for one in placed for other in placed if one is not other)
        assert most <= arena_of(placed) <= arena_of(greedy_by_size(tensors))
    assert max(held_at(tensors)) == most


def _clash(one: Placed, other: Placed) -> bool:
    times = set(range(one.buffer.first, one.buffer.last + 1)) & set(range(other.buffer.first, other.buffer.last + 1))
    return bool(times) and bool(set(range(one.start, one.end)) & set(range(other.start, other.end)))


# Measured again


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("tensorflow", "tflite_micro")), reason="not installed"
)
@pytest.mark.parametrize("dtype", ["int8", "float32"])
@pytest.mark.parametrize("name", NETWORKS)
def test_the_interpreter_says_so(name: str, dtype: str, request: pytest.FixtureRequest) -> None:
    from arena_by_tflm import constants, converted, head

    file = converted(network_of(name), dtype)
    found = {"arena": head(file), "flash": constants(file)}
    if request.config.getoption("--renew"):
        MEASURED[name][dtype] = found
        (FOLDER / "measured.json").write_text(json.dumps(MEASURED, indent=2, sort_keys=True) + "\n")
    assert found == MEASURED[name][dtype]
