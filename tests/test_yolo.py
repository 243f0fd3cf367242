"""YOLO files: scales, symbols and laws, every command, and what is wrong with them at the row and the word.

Their layers are held against the package whose format it is in `references/test_yolo_files.py`.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from command_line import Run

from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError, UsageError
from convcost.library import formula, verify
from convcost.reading.description import Description
from convcost.reading.load import load

DATA = Path(__file__).parent / "data" / "yolo"
TWO = "nc: 80\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Conv, [nc]]\n"
SCALES = "scales: {n: [0.5, 0.25, 32], s: [0.5, 1, 48]}\n"


def described(text: str, name: str = "net") -> Description:
    return Description(Source(f"{name}.yaml", text), name)


def channels(text: str, name: str = "net", variant: str | None = None) -> int:
    return described(text, name).network(variant=variant).layers[0].output_shapes[0].channels


@pytest.mark.parametrize(
    ("name", "added", "variant", "expected", "noted"),
    [
        ("net", "", None, 64, False),
        ("net", "width_multiple: 0.3\n", None, 24, False),  # 19.2, in steps of 8
        ("net", SCALES, None, 8, True),  # at most 32, times 0.25: the first
        ("net", SCALES, "s", 48, True),
        ("net", SCALES + "scale: s\n", None, 48, False),
        ("yolov8s", SCALES, None, 48, False),
        ("yolo11s-seg", SCALES, None, 48, False),
        ("yolov8s", SCALES + "scale: n\n", None, 8, False),
        ("yolov8s", SCALES, "n", 8, False),
        ("yolov8", SCALES, None, 8, True),
        ("yolov8x", SCALES, None, 8, True),
        ("yolov8seg", SCALES, None, 8, True),
    ],
)
def test_scales(name: str, added: str, variant: str | None, expected: int, noted: bool) -> None:
    assert channels(added + TWO, name, variant) == expected
    assert bool(described(added + TWO, name).spec.note) == noted


@pytest.mark.parametrize(("written", "repeats"), [(1, 1), (2, 1), (3, 2), (5, 2), (6, 3), (7, 4)])
def test_repeats_are_rounded_to_even_and_one_stays_one(written: int, repeats: int) -> None:
    rows = f"depth_multiple: 0.5\nbackbone:\n  - [-1, {written}, Conv, [64]]\nhead: []\n"
    assert sum(layer.kind == "conv" for layer in described(rows).network().layers) == repeats


def test_sizes_and_classes_are_symbols(tmp_path: Path) -> None:
    """27 products for each of 64 channels at every second position, then 64 for each class."""
    file = tmp_path / "net.yaml"
    file.write_text("nc: 10\nbackbone:\n  - [-1, 1, Conv, [64, 3, 2]]\nhead:\n  - [-1, 1, Classify, [nc]]\n")
    law = formula(file, free=["imgsz", "nc"])
    assert law.at(imgsz=31, nc=4) == 16 * 16 * 64 * (27 + 1280) + 1280 * 4
    assert load(str(file)).inputs["input"].size == (224, 224)
    assert analyze(load(str(file), {"imgsz": 64, "nc": 7})).params == 1728 + 128 + 64 * 1280 + 2560 + 1280 * 7 + 7


def test_the_pools_of_sppf_read_an_activated_map() -> None:
    kinds = [layer.kind for layer in described((DATA / "boats.yaml").read_text()).network(variant="n").layers]
    assert kinds[kinds.index("max_pool") - 1] == "silu"


@pytest.mark.parametrize("name", ["boats", "masks", "birds", "poses", "classes", "gulls", "buoys", "fins", "ropes"])
def test_verified(name: str) -> None:
    assert verify(DATA / f"{name}.yaml", {"imgsz": 32}).agrees


def test_the_first_scale_is_told(run: Run) -> None:
    ran = run("analyze", str(DATA / "boats.yaml"), "--set", "imgsz=64")
    assert ran.code == 0
    assert "note: " in ran.err
    assert "scale `n` is taken, the first of n, s: `--variant` takes another" in ran.err
    assert "note" not in run("analyze", str(DATA / "boats.yaml"), "--variant", "s").err


def test_the_only_scale_is_not_told(run: Run, tmp_path: Path) -> None:
    (tmp_path / "net.yaml").write_text((DATA / "boats.yaml").read_text().replace("  s: ", "  # s: "))
    assert run("analyze", str(tmp_path / "net.yaml"), "--set", "imgsz=64").err == ""


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["formula", "FILE", "--in", "imgsz"], 0, "216*ceil(imgsz/2)**2"),
        (["check", "FILE"], 0, "nothing found"),
        (["check", "FILE", "--fail-if", "macs > 1"], 1, "over-budget"),
        (["diff", "FILE", "FILE"], 0, "no layer changed"),
        (["solve", "FILE", "--for", "imgsz", "--subject-to", "macs <= 1e9", "--step", "32"], 0, "imgsz"),
        (["sweep", "FILE", "--over", "imgsz=64:128:32", "--of", "macs,params"], 0, "128"),
        (["compare", "FILE", "yolov8"], 0, "yolov8"),
        (["conventions", "FILE", "--by", "fvcore"], 0, "batch_norm"),
        (["show", "FILE", "--flat"], 0, "batch_norm"),
        (["show", "FILE"], 2, "is a model and has no spec"),
        (["compare", "FILE", "--replace", "conv=depthwise_separable"], 2, "rewrites a spec's text"),
        (["analyze", "FILE", "--variant", "q"], 2, "has no variant `q`"),
        (["analyze", "FILE", "--set", "imgsize=3"], 2, "did you mean `imgsz`?"),
    ],
    ids=lambda value: "-".join(value[:1]) if isinstance(value, list) else None,
)
def test_every_command(run: Run, arguments: list[str], code: int, said: str) -> None:
    ran = run(*(str(DATA / "boats.yaml") if word == "FILE" else word for word in arguments))
    assert ran.code == code, ran.err
    assert said in ran.out + ran.err


def test_locked(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("net.yaml").write_text(TWO)
    assert run("lock", "net.yaml").code == 0
    Path("net.yaml").write_text(TWO.replace("64, 3, 2", "48, 3, 2"))
    ran = run("check", "net.yaml", "--locked")
    assert (ran.code, "params" in ran.out + ran.err) == (1, True)


ROW = "nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - {}\n"
ROWS = [
    ("5", "5:5", "a row is a list, not a single value", "a row is [from, repeats, module, args]"),
    ("[-1, 1, Conv]", "5:5", "has four parts, .* this has 3", "for example"),
    ("[-1, 1, Convv, [8]]", "5:13", "no module `Convv` is known here", "did you mean `Conv`?"),
    ("[-1, 1, [8], [8]]", "5:13", "the third part of a row is a module's name, not a list", ""),
    ("[-1, x, Conv, [8]]", "5:10", "the second part of a row is how often", ""),
    ("[-1, 0, Conv, [8]]", "5:10", "the second part of a row is how often", ""),
    ("[-1, 1.5, Conv, [8]]", "5:10", "the second part of a row is how often", ""),
    ("[-1, 1, Conv, 8]", "5:19", "the fourth part of a row is a list of arguments, not a single value", ""),
    ("[1, 1, Conv, [8]]", "5:6", "row 1 can't read from 1: above it are rows 0 to 0", "counted from 0"),
    ("[-3, 1, Conv, [8]]", "5:6", "row 1 can't read from -3", "-1 is the row before"),
    ("[P3, 1, Conv, [8]]", "5:6", "`from` is the number of a row above", "counted from 0"),
    ("[[0, 7], 1, Concat, [1]]", "5:10", "row 1 can't read from 7", ""),
    ("[[0, 0], 1, Conv, [8]]", "5:6", "reads one map, not 2", "`Concat` makes one"),
    ("[-1, 1, Concat, [1]]", "5:6", "`Concat` reads a list of maps, not `-1`", "for example"),
    ("[[-1], 2, Detect, [nc]]", "5:12", "`Detect` reads a list of maps and stands there once", "write 1"),
    ("[[-1], 1, Concat, [2]]", "5:24", "`axis` of `Concat` is 1, the channels, not `2`", ""),
    ("[-1, 1, Conv, []]", "5:19", "`Conv` needs `out`", "Conv takes [out, kernel, stride"),
    ("[-1, 1, Conv, [None]]", "5:20", "`Conv` needs `out`", "Conv takes"),
    ("[-1, 1, Conv, [8, [3, 3]]]", "5:23", "`kernel` of `Conv` is a whole number from 1 up, not a list", ""),
    ("[-1, 1, Conv, [8, 3, 0]]", "5:26", "`stride` of `Conv` is a whole number from 1 up, not `0`", ""),
    ("[-1, 1, Conv, [8, 3, 1, -1]]", "5:29", "`padding` of `Conv` is a whole number from 0 up, not `-1`", ""),
    ("[-1, 1, Conv, [ncc]]", "5:20", "`out` of `Conv` is a whole number from 1 up, not `ncc`", ""),
    ("[-1, 1, C2f, [8, yes]]", "5:22", "`shortcut` of `C2f` is True or False, not `yes`", ""),
    ("[-1, 1, C2f, [8, True, 1, 0.5, 9]]", "5:36", "one argument too many for `C2f`", "C2f takes"),
    ("[-1, 1, C2f, [8, True, 1, half]]", "5:31", "`expand` of `C2f` is a number above 0, not `half`", ""),
    ("[-1, 1, SPP, [8, [3, 5]]]", "5:22", "`kernels` of `SPP` is a list of 3 numbers, not of 2", ""),
    ("[-1, 1, SPPF, [8, 5, 4]]", "5:26", "`pools` of `SPPF` is 3, the poolings .* not `4`", ""),
    ("[-1, 1, HGStem, [[8]]]", "5:13", "no module `HGStem` is known here", "there are Conv"),
    (
        "[-1, 1, CBLinear, [8]]",
        "5:24",
        "`maps` of `CBLinear` is a list of numbers of channels, not `8`",
        "CBLinear takes",
    ),
    ("[-1, 1, CBLinear, [[]]]", "5:24", "`maps` of `CBLinear` is a list .*, not an empty list", ""),
    ("[-1, 1, CBLinear, [[8, x]]]", "5:28", "`maps` of `CBLinear` is whole numbers from 1 up, not `x`", ""),
    ("[[-1], 1, CBFuse, [[0]]]", "5:7", "`CBFuse` reads one CBLinear or more", "for example"),
    ("[[0, -1], 1, CBFuse, [[0]]]", "5:7", "`CBFuse` reads a CBLinear here, and row 0 is none", ""),
    ("[[0, -1], 1, CBFuse, [[0, 1]]]", "5:27", "it needs a list of 1 number", "for example"),
    ("[-1, 1, A2C2f, [64, True, 7]]", "5:13", "cuts 7x146 = 1022 of an axis of 1024", ""),
    ("[-1, 1, A2C2f, [96, True, 1]]", "5:13", "whole heads of 32 .*, and half of 96 is 48", "a multiple of 64"),
    ("[-1, 1, A2C2f, [48, False, -1]]", "5:13", "whole heads of 32 .*, and half of 48 is 24", "a multiple of 64"),
    ("[-1, 1, C2PSA, [32]]", "5:13", "as many channels as it reads, and does not make 32", "a Conv above it"),
    ("[-1, 1, A2C2f, [32, True, x]]", "5:31", "`areas` of `A2C2f` is a whole number from 1 up", "A2C2f takes"),
    ("[-1, 1, nn.ZeroPad2d, [1]]", "5:28", "`sides` of `nn.ZeroPad2d` is a list of 4 numbers, not `1`", ""),
    ("[-1, 1, nn.Upsample, [None, 2, nearst]]", "5:36", "`mode` of `upsample` wants", "did you mean `nearest`?"),
    ("[[0], 1, Pose, [nc, kpt_shape]]", "5:25", "`kpt_shape`, and the file has none", "Pose takes"),
    ("[[0], 1, Detect, [nc, anchors]]", "5:27", "one argument too many for `Detect`", "Detect takes [classes]"),
    ("[-1, 1, nn.MaxPool2d, [99]]", "5:28", "kernel 99 exceeds the padded input", ""),
    ("[-1, 1, Conv, [8, 3, 1, 1, 3]]", "5:13", "", ""),
]


@pytest.mark.parametrize(("row", "place", "message", "help"), ROWS, ids=[row[0] for row in ROWS])
def test_wrong_rows(row: str, place: str, message: str, help: str) -> None:
    with pytest.raises(SpecError, match=rf"^net\.yaml:{place}: error: .*{message}") as caught:
        described(ROW.replace("{}", row)).network({"imgsz": 64})
    (problem,) = caught.value.problems
    assert help in (problem.help or "")


FILES = [
    (
        "depth_mutiple: 1\n" + TWO,
        "1:1",
        "`depth_mutiple` is not known in a YOLO file",
        "did you mean `depth_multiple`?",
    ),
    ("text_model: clip\n" + TWO, "1:1", "`text_model` is not known in a YOLO file", "what is read here"),
    ("end2end: maybe\n" + TWO, "1:10", "`end2end` is True or False, not `maybe`", ""),
    ("scales: [1]\n" + TWO, "1:9", "`scales` maps names to", ""),
    ("scales: {n: [1, 2]}\n" + TWO, "1:13", "a scale is .depth, width, max_channels.", "for example"),
    ("scales: {n: [1, x, 3]}\n" + TWO, "1:17", "`width_multiple` of scale `n` is a number above 0, not `x`", ""),
    (f"scale: q\n{SCALES}{TWO}", "1:8", "there is no scale `q`", "there are n, s"),
    ("activation: nn.Sillu()\n" + TWO, "1:13", "`activation` is `nn.Sillu..`, which is not known here", "nn.SiLU()"),
    ("reg_max: 0\n" + TWO, "1:10", "`reg_max` is a whole number from 1 up, not `0`", ""),
    (TWO.replace("80", "many"), "1:5", "`nc` is a number above 0, not `many`", ""),
    (TWO.replace("nc: 80\n", ""), "4:20", "`out` of `Conv` is `nc`, and the file has none", ""),
    ("backbone:\n  - [-1, 1, Conv, [8]]\n", "1:1", "a YOLO file needs `head:`", ""),
    ("backbone: 5\nhead: []\n", "1:11", "`backbone` is a list of rows, not a single value", ""),
    ("backbone: [&a [1]]\nhead: [*a]\n", "1:12", "anchors .* are not part of the language", ""),
    ("backbone: [[-1, 1, !!python/name:os.system , []]]\nhead: []\n", "1:20", "tags .* are not part", ""),
    ("backbone:\n  - [-1, 99999, C2f, [8]]\nhead: []\n", "2:10", "how often the module stands there: 1 to 999", ""),
]


@pytest.mark.parametrize(("text", "place", "message", "help"), FILES, ids=[row[2] for row in FILES])
def test_wrong_files(text: str, place: str, message: str, help: str) -> None:
    with pytest.raises(SpecError, match=rf"{place}.*: error: .*{message}") as caught:
        described(text).network({"imgsz": 64})
    assert any(help in (problem.help or "") for problem in caught.value.problems)


def test_a_wrong_row_is_not_told_again_by_those_that_read_it() -> None:
    rows = "backbone:\n  - [-1, 1, Cnv, [8]]\n  - [0, 1, Conv, [8]]\n  - [[0, 1], 1, Concat, [1]]\nhead: []\n"
    with pytest.raises(SpecError) as caught:
        described(rows).network()
    assert [problem.message for problem in caught.value.problems] == ["no module `Cnv` is known here"]


def test_maps_that_do_not_go_together_are_told_at_the_row() -> None:
    rows = TWO.replace("head:\n", "head:\n  - [-1, 1, Conv, [8, 3, 2]]\n  - [[0, 1], 1, Concat, [1]]\n")
    with pytest.raises(SpecError, match=r"net\.yaml:6:17: error: concat: 64x320x320 .* and 8x160x160"):
        described(rows).network()


def test_maps_of_cblinear_are_picked_and_made_as_large() -> None:
    """By hand: 8 channels make 4 + 8 at half the size, 8 of which are added to 8 at the whole size."""
    rows = TWO.replace("[nc]]", "[8]]").replace("64, 3, 2", "8, 3, 2")
    rows += "  - [0, 1, CBLinear, [[4, 8], 3, 2]]\n  - [[2, 1], 1, CBFuse, [[1]]]\n"
    layers = described(rows).network().layers
    assert [str(layer.output_shapes[0]) for layer in layers[-5:]] == [
        "12x160x160",
        "8x320x320",
        "8x160x160",
        "8x320x320",
        "8x320x320",
    ]
    (linear,) = [layer for layer in layers if layer.name == "2_CBLinear.conv"]
    assert (linear.params.weights, linear.params.biases) == (8 * 12 * 9, 12)
    with pytest.raises(SpecError, match="row 2 has maps 0 to 1, not `2`"):
        described(rows.replace("[[1]]", "[[2]]")).network()


def test_what_only_training_uses_is_told(run: Run, tmp_path: Path) -> None:
    head = "nc: 3\nbackbone:\n  - [-1, 1, Conv, [16, 3, 2]]\nhead:\n  - [[0], 1, Segment26, [nc, 8, 16]]\n"
    (tmp_path / "net.yaml").write_text(head)
    assert (
        "1_Segment26 without its map of classes, which only training uses"
        in run("analyze", str(tmp_path / "net.yaml"), "--set", "imgsz=32").out
    )


@pytest.mark.slow
def test_hostile_files_end_soon() -> None:
    began = time.process_time()
    for text in (
        "backbone: " + "[" * 5000,
        "backbone:\n" + "  - [-1, 1, Conv]\n" * 20_000,
        "backbone:\n  - [" + "-1, " * 50_000 + "1, Concat, [1]]\nhead: []\n",
        "scales: {" + ", ".join(f"s{n}: [1, 1, 1]" for n in range(5_000)) + "}\n" + TWO,
    ):
        with pytest.raises((SpecError, UsageError)):
            described(text).network(variant="none")
    assert time.process_time() - began < 4
