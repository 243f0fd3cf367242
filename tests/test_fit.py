"""Whether training fits into a memory, against `training_memory`, which is held against PyTorch, and cases by hand.

What PyTorch's tracker showed of frozen and of checkpointed blocks is kept in `data/memory/plans.json`. It is measured
again with torch; `--renew` writes it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from command_line import DATA, Run
from json_schemas import validator

from convcost.analysis.costs import analyze
from convcost.analysis.training_fit import training_fit
from convcost.errors import Source
from convcost.figures import Setting
from convcost.network import Network
from convcost.reading.description import Description
from convcost.reading.load import load


def network(layers: str) -> Network:
    text = f"input: {{channels: 3, size: [4, 4]}}\nlayers: [{layers}]\n"
    return Description(Source("net.yaml", text), "net").network()


def fitted(run: Run, *words: str, code: int = 0) -> Any:
    ran = run("fit", *words, "-f", "json")
    assert ran.code == code, ran.err
    found = json.loads(ran.out)
    validator("training").validate(found)
    return found


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("name", ["lenet5", "resnet50", "squeezenet1_1", "unet"])
def test_the_largest_batch_is_the_last_that_fits(name: str, optimizer: str) -> None:
    memory = 4 * 2**30
    found = training_fit(load(name), memory, optimizer)
    here, above = (
        analyze(load(name), Setting(batch=n, optimizer=optimizer)).training_memory
        for n in (found.largest, found.largest + 1)
    )
    assert here == found.total <= memory < above


def test_it_agrees_with_solve(run: Run) -> None:
    limit = "training_memory <= 24 GiB"
    solved = json.loads(run("solve", "resnet50", "--for", "N", "--subject-to", limit, "-f", "json").out)
    assert fitted(run, "resnet50", "--memory", "24GiB", "--reserve", "0")["largest_batch"] == 294
    assert "294" in json.dumps(solved)


@pytest.mark.parametrize(
    ("name", "printed"), [("resnet50", 177_831_744), ("vgg16", 108_453_696), ("mobilenet_v2", 106_857_792)]
)
def test_what_torchinfo_prints(run: Run, name: str, printed: int) -> None:
    """torchinfo 1.8.0 of torchvision's modules: total_output_bytes."""
    assert fitted(run, name, "--memory", "24GiB", "--batch", "1")["printed_by_torchinfo"] == printed


def test_a_memory_is_used_up_by_hand() -> None:
    # Held always: 245 parameters and their momentum, and of each sample 48 inputs, 5 outputs and a class. Then either
    # three times the outputs, or the outputs and the gradients of the parameters.
    least = 4 * 2 * 245 + 4 * 48 + 4 * 5 + 8 + max(3 * 4 * 5, 4 * 5 + 4 * 245)
    net = network("{linear: {out: 5}}")
    assert [training_fit(net, memory, "momentum").largest for memory in (least - 1, least)] == [0, 1]
    assert [training_fit(net, least + 9, "momentum", reserve=n).largest for n in (9, 10)] == [1, 0]


def test_the_precision_is_that_of_expect(run: Run, tmp_path: Path) -> None:
    """MemTracker of PyTorch 2.14, autocast to bfloat16, 32 samples: 530,548,488 bytes."""
    spec = tmp_path / "net.yaml"
    text = (Path(__file__).parents[1] / "specs" / "resnet18.yaml").read_text().partition("\nexpect:")[0]
    for limit, code in (("532153952", 0), ("532153951", 1)):
        spec.write_text(f"{text}\nexpect: {{training_memory: <= {limit}, batch: 32, precision: amp-bf16}}\n")
        assert run("check", str(spec)).code == code
        words = ["--memory", limit, "--reserve", "0", "--batch", "32", "--precision", "amp-bf16"]
        assert fitted(run, str(spec), *words, code=code)["training_memory"] == pytest.approx(530_548_488, rel=0.005)


def test_it_says_no(run: Run) -> None:
    assert fitted(run, "resnet50", "--memory", "2GiB", "--batch", "64", code=1)["fits"] is False
    assert fitted(run, "resnet50", "--memory", "2GiB", "--batch", "8")["fits"] is True
    assert fitted(run, "resnet50", "--memory", "1GiB", code=1)["largest_batch"] == 0


@pytest.mark.parametrize("columns", [60, 100])
@pytest.mark.parametrize("words", [[], ["--batch", "9"], ["--freeze", "conv1,layer1"]])
def test_the_table_fits_its_screen(run: Run, columns: int, words: list[str]) -> None:
    ran = run("fit", "resnet50", "--memory", "24GiB", *words, columns=columns)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns
    assert "--reserve" in ran.out


# What is frozen


def test_frozen_layers_by_hand() -> None:
    conv = "{conv: {out: 3, kernel: 1}}"
    found = training_fit(network(f"{conv}, {conv}"), 2**20, "adam", 1, freeze=["conv"])
    held = {part.name: part.at(1) for part in found.peak.parts}
    # Nothing before the second convolution is trained: it keeps its input, and that alone.
    assert held["parameters"] == 4 * 24
    assert held["optimizer"] == 2 * 4 * 12
    assert [(one.layer.name, one.each) for one in found.kept] == [("conv_2", 4 * 48)]


def test_a_frozen_linear_layer_keeps_nothing_and_hands_its_gradient_on() -> None:
    net = network("{conv: {out: 3, kernel: 1}}, flatten, {linear: {out: 5}}")
    kept = training_fit(net, 2**20, "sgd", 1, freeze=["linear"]).kept
    assert [one.layer.kind for one in kept] == ["conv"]


def test_a_checkpointed_block_by_hand() -> None:
    conv, block = "{conv: {out: 3, kernel: 1}}", "{conv_bn_relu: {out: 3, kernel: 1}, name: two}"
    fit = training_fit(network(f"{conv}, {block}, {conv}"), 2**20, "sgd", 1, checkpoint=["two"])
    # The first convolution keeps the network's input, which is held anyway; the block keeps what it reads, and the
    # last convolution what the block has made.
    one = 4 * 48
    assert [each.each for each in fit.kept] == [one, one, one]


PLANS: list[dict[str, Any]] = json.loads((DATA / "memory" / "plans.json").read_text())


def words_of(plan: dict[str, Any]) -> str:
    return f"{plan['network']} {plan['optimizer']} {plan['batch']} {plan['checkpoint']} {plan['freeze']}"


@pytest.mark.parametrize("plan", PLANS, ids=words_of)
def test_frozen_and_checkpointed_blocks_hold_what_torch_holds(plan: dict[str, Any]) -> None:
    blocks = list(dict.fromkeys(block.replace("bn1", "conv1") for block in plan["freeze"]))
    freeze = [one for block in blocks for one in (["fc6", "fc7", "fc8"] if block == "classifier" else [block])]
    found = training_fit(
        load(plan["network"]), 2**40, plan["optimizer"], plan["batch"], freeze=freeze, checkpoint=plan["checkpoint"]
    )
    assert found.total == pytest.approx(plan["bytes"], rel=0.001)


@pytest.mark.slow
@pytest.mark.parametrize("plan", PLANS, ids=words_of)
def test_measured_again(plan: dict[str, Any], renew: bool) -> None:
    models = pytest.importorskip("torchvision.models", reason="torchvision is not installed")
    from kept_by_torch import peak, prepared

    def make() -> Any:
        return prepared(getattr(models, plan["network"])(), plan["freeze"], plan["checkpoint"])

    found = peak(make, [(3, 224, 224)], plan["batch"], plan["optimizer"])
    if renew:
        plan["bytes"] = found
        (DATA / "memory" / "plans.json").write_text(json.dumps(PLANS, indent=1) + "\n")
    assert found == plan["bytes"]


# The cheapest blocks


def test_auto_finds_the_cheapest_that_fits(run: Run) -> None:
    words = ["resnet50", "--memory", "5GiB", "--batch", "64"]
    alone = {one["name"]: one for one in fitted(run, *words, code=1)["stages"]}
    enough = [one for one in alone.values() if one["largest_batch"] >= 64]
    cheapest = min(enough, key=lambda one: one["macs_again"])
    found = fitted(run, *words, "--checkpoint", "auto")
    assert found["checkpointed"] == [cheapest["name"]]
    assert found["macs_again"] == cheapest["macs_again"]


def test_auto_takes_none_where_none_is_needed_and_says_where_none_is_enough(run: Run) -> None:
    assert fitted(run, "resnet50", "--memory", "24GiB", "--batch", "9", "--checkpoint", "auto")["checkpointed"] == []
    ran = run("fit", "resnet18", "--memory", "1GiB", "--batch", "640", "--checkpoint", "auto")
    assert (ran.code, "too much" in ran.out) == (1, True)


# What can't be


BAD = [
    (["--memory", "-1GiB"], "error: --memory -1GiB: memory is never below 0"),
    (["--memory", "24Gib"], "did you mean `GiB`?"),
    (["--memory", "much"], "error: --memory much: "),
    (["--memory", "1GiB", "--reserve", "-1"], "error: --reserve -1: memory is never below 0"),
    (["--memory", "1GiB", "--batch", "0"], "error: --batch 0: a batch is a whole number from 1 up, or max"),
    (["--memory", "1GiB", "--batch", "two"], "error: --batch two: "),
    (["--memory", "1GiB", "--optimizer", "adan"], "did you mean `adam`?"),
    (["--memory", "1GiB", "--precision", "amp-bf61"], "did you mean `amp-bf16`?"),
    (["--memory", "1GiB", "--freeze", "layer5"], "did you mean `layer"),
    (["--memory", "1GiB", "--checkpoint", "layer5"], "did you mean `layer"),
    (["--memory", "1GiB", "--checkpoint", "layer1,layer1.first"], "`layer1.first` is inside `layer1`"),
    (["--memory", "1GiB", "--checkpoint", "auto"], "say which one is to fit: --batch 32"),
]


@pytest.mark.parametrize(("words", "message"), BAD)
def test_bad_input(run: Run, words: list[str], message: str) -> None:
    ran = run("fit", "resnet50", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "error: say what the network is to fit into"),
        (["--batch", "8"], "error: say what the network is to fit into"),
        (["--memory", "1GiB", "--ram", "64KiB"], "error: --memory is for training, and --ram for a microcontroller"),
        (["--int8", "--reserve", "0"], "error: --reserve is for training, and --int8 for a microcontroller"),
        (["--int8", "--ram", "-1"], "error: --ram -1: memory is never below 0"),
        (["--int8", "--flash", "1Kib"], "did you mean `KiB`?"),
        (["--int8", "--dtype", "float32"], "error: --int8 is --dtype int8, and --dtype float32 is given too"),
        (["--dtype", "int4"], "error: --dtype can't be `int4`"),
        (["--ram", "64KiB", "--planner", "tflmm"], "did you mean `tflm`?"),
    ],
)
def test_one_question_at_a_time(run: Run, words: list[str], message: str) -> None:
    ran = run("fit", "resnet50", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err


def test_something_is_trained(run: Run) -> None:
    every = ",".join(layer.name for layer in load("lenet5").layers)
    assert "nothing is trained" in run("fit", "lenet5", "--memory", "1GiB", "--freeze", every).err
