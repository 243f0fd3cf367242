"""YOLO files against the package whose format it is, as its modules show: every layer in order, and the totals.

What was measured of our own files is kept beside them; the package's own files are read where it is installed. Nothing
of theirs is kept here.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from convcost.analysis.conventions import counted
from convcost.analysis.costs import Analysis
from convcost.library import analyze

OWN = Path(__file__).parents[1] / "data" / "yolo"
COUNTED = {"conv", "depthwise_conv", "conv_transpose", "linear"}


def built(path: str, scale: str | None):
    """The package's model of a file, which ends at its heads, before boxes are worked out.

    Heads of YOLO26 have parts through which nothing goes but in training; they are taken off.
    """
    tasks = pytest.importorskip("ultralytics.nn.tasks", reason="ultralytics is not installed")
    said = tasks.yaml_model_load(path)
    if scale:
        said["scale"] = scale
    kinds = {
        "Detect": "Detection",
        "v10Detect": "Detection",
        "Segment": "Segmentation",
        "Classify": "Classification",
        "Pose": "Pose",
        "OBB": "OBB",
    }
    kinds |= {f"{task}26": kinds[task] for task in ("Segment", "Pose", "OBB")}
    model = getattr(tasks, f"{kinds[said['head'][-1][2]]}Model")(said, verbose=False)
    head = model.model[-1]
    if hasattr(head, "dfl"):
        head._get_decode_boxes = lambda said: head.dfl(said["boxes"])
        head.kpts_decode = lambda points: points
    for part in ("flow_model", "cv4_sigma", "one2one_cv4_sigma", "proto.semseg"):
        owner, _, name = part.rpartition(".")
        if hasattr(getattr(head, owner, None) if owner else head, name):
            setattr(getattr(head, owner) if owner else head, name, None)
    return model


def measured(path: str, scale: str | None, size: int) -> dict[str, object]:
    pytest.importorskip("torch", reason="torch is not installed")
    from measured import measure

    found = measure(lambda: built(path, scale), (3, size, size))
    return {
        "params": found["totals"]["params"],
        "macs": found["totals"]["flop_counter_flops"] // 2,
        "output": found["outputs"][0][1:],
        "layers": [[shape(row["out"][1:]), row["params"], row["macs"]] for row in found["layers"]],
    }


def ours(analysis: Analysis) -> dict[str, object]:
    first = dict(analysis.network.tensors())[analysis.network.outputs[0]]
    return {
        "params": analysis.params,
        "macs": analysis.macs,
        "output": [*first.numbers],
        "layers": [
            [shape(cost.layer.output_shapes[0].numbers), cost.params, cost.macs]
            for cost in analysis.layers
            if cost.layer.kind in COUNTED
        ],
    }


def shape(numbers):
    """Return channels and positions; a vector is a map of one position."""
    channels, *positions = numbers
    return [channels, *(n for n in positions if n != 1)]


SCALES = [("boats", "n"), ("boats", "s"), ("birds", None), ("masks", "n"), ("masks", "m"), ("poses", "s")]
SCALES += [("angles", "n"), ("classes", None), ("gulls", "s"), ("buoys", "n"), ("fins", "n"), ("fins", "m")]
SCALES += [("ropes", "n"), ("ropes", "l")]


@pytest.mark.parametrize(("name", "scale"), SCALES)
def test_own_files_measured_again(name: str, scale: str | None, renew: bool) -> None:
    found = measured(str(OWN / f"{name}.yaml"), scale, 64)
    file = OWN / f"{name}{scale or ''}.json"
    if renew:
        rows = ",\n".join(json.dumps(row, separators=(",", ":")) for row in found["layers"])
        head = {key: value for key, value in found.items() if key != "layers"}
        file.write_text(f'{json.dumps(head)[:-1]}, "layers": [\n{rows}\n]}}\n')
    assert found == json.loads(file.read_text())


@pytest.mark.parametrize(("name", "scale"), SCALES)
def test_own_files(name: str, scale: str | None) -> None:
    kept = json.loads((OWN / f"{name}{scale or ''}.json").read_text())
    assert ours(analyze(OWN / f"{name}.yaml", {"imgsz": 64}, variant=scale)) == kept


THEIRS = [
    *(("v8/yolov8", scale) for scale in "nsmlx"),
    *(("11/yolo11", scale) for scale in "nm"),
    *(("v5/yolov5", scale) for scale in "ns"),
    *((f"v8/yolov8-{task}", "n") for task in ("seg", "cls", "pose", "obb", "ghost", "p6")),
    *((f"11/yolo11-{task}", "n") for task in ("seg", "cls", "pose", "obb")),
    *((f"v3/yolov3{kind}", None) for kind in ("", "-tiny", "-spp")),
    ("v6/yolov6", "n"),
    *((f"v9/yolov9{size}", None) for size in ("t", "s", "m", "c", "c-seg", "e", "e-seg")),
    *((f"v10/yolov10{size}", None) for size in "nsmblx"),
    *(("12/yolo12", scale) for scale in "nsmlx"),
    *((f"12/yolo12-{task}", "n") for task in ("seg", "cls", "pose", "obb")),
    *(("26/yolo26", scale) for scale in "nsmlx"),
    *((f"26/yolo26-{kind}", "n") for kind in ("p2", "p6", "cls")),
    *((f"26/yolo26-{kind}", scale) for kind in ("seg", "pose", "obb") for scale in "nx"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "scale"), THEIRS)
def test_their_files(name: str, scale: str | None) -> None:
    package = pytest.importorskip("ultralytics", reason="ultralytics is not installed")
    path = str(Path(package.__file__).parent / "cfg" / "models" / f"{name}.yaml")
    counted, found = ours(analyze(path, {"imgsz": 64}, variant=scale)), measured(path, scale, 64)
    if "26-pose" in name:  # there the last layers of all maps come behind all others
        counted["layers"], found["layers"] = sorted(counted["layers"]), sorted(found["layers"])
    assert counted == found


PUBLISHED = {"n": (3_157_200, 8.7), "s": (11_166_560, 28.6), "m": (25_902_640, 78.9)}
PUBLISHED |= {"l": (43_691_520, 165.2), "x": (68_229_648, 257.8)}
"""Of YOLOv8: parameters, as the comments of its file have them, and billions of operations, as its page does."""


@pytest.mark.parametrize("scale", PUBLISHED)
def test_published_figures(scale: str) -> None:
    package = pytest.importorskip("ultralytics", reason="ultralytics is not installed")
    path = Path(package.__file__).parent / "cfg" / "models" / "v8" / "yolov8.yaml"
    analysis = analyze(path, {"imgsz": 640}, variant=scale)
    params, billions = PUBLISHED[scale]
    assert analysis.params == params
    assert abs(2 * analysis.macs / 1e9 - billions) < 0.06  # 165.1485 are printed as 165.2


@pytest.mark.parametrize(("name", "scale"), [("boats", "n"), ("masks", "n"), ("classes", None)])
def test_what_the_package_prints(name: str, scale: str | None) -> None:
    """Its GFLOPs, before layers are fused; its modules call softmax as a function."""
    utils = pytest.importorskip("ultralytics.utils.torch_utils", reason="ultralytics is not installed")
    path = OWN / f"{name}.yaml"
    printed = utils.get_flops(built(str(path), scale), 320)
    ours = counted(analyze(path, {"imgsz": 320}, variant=scale), "ultralytics", {"softmax": "function"})
    assert ours == round(printed * 1e9)
