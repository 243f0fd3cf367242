"""`--plot`: points of two figures as SVG and for pgfplots."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from command_line import Run

from convcost.render.plot.labels import DOT, Box
from convcost.render.plot.pgfplots import as_pgfplots
from convcost.render.plot.picture import HEIGHT, MANY, WIDTH, Aim, Dot, Picture, front_of, picture_of
from convcost.render.plot.scales import Quantity, scale_of
from convcost.render.plot.svg import as_svg

PDFLATEX = shutil.which("pdflatex")
SVG = "{http://www.w3.org/2000/svg}"
X, Y = Aim(Quantity("MACs", prefixed=1000)), Aim(Quantity("top1"), more=True)

# Quantity, numbers, --log; label, whether logarithmic, and what stands at the axis: by eye.
SCALES = [
    (Quantity("MACs", "", 1000), (1_814_073_344, 4_089_184_256), None, "MACs, G", False, "2 2.5 3 3.5 4"),
    (Quantity("MACs", "", 1000), (56_510_664, 15_470_264_320), None, "MACs, M", True, "100 300 1,000 3,000 10,000"),
    (Quantity("peak", "B", 1024), (2 * 2**20, 9 * 2**20), None, "peak, MiB", False, "2 4 6 8"),
    (Quantity("field", "px"), (427, 435), None, "field, px", False, "428 430 432 434"),
    (Quantity("top1"), (69.76, 76.13), None, "top1", False, "70 71 72 73 74 75 76"),
    (Quantity("top1"), (69.76, 76.13), True, "top1", True, "70 71 72 73 74 75 76"),
    (Quantity("ms"), (0.5, 40), None, "ms", True, "0.5 1 2 5 10 20 50"),
    (Quantity("ms"), (0.5, 40), False, "ms", False, "0 10 20 30 40"),
    (Quantity("ms"), (0, 40), True, "ms", False, "0 10 20 30 40"),
    (Quantity("loss"), (-3, 1), None, "loss", False, "-3 -2 -1 0 1"),
    (Quantity("same"), (5, 5), None, "same", False, "4.6 4.8 5 5.2 5.4"),
    (Quantity("zero", "", 1000), (0, 0), None, "zero", False, "0 0.2 0.4 0.6 0.8 1"),
    (Quantity("small"), (0.0002, 0.0004), None, "small", False, "0.0002 0.00025 0.0003 0.00035 0.0004"),
    (Quantity("n", "", 1000), (1, 10**12), None, "n, M", True, ""),
]


@pytest.mark.parametrize(("quantity", "values", "log", "label", "is_log", "ticks"), SCALES)
def test_scales(
    quantity: Quantity, values: tuple[float, ...], log: bool | None, label: str, is_log: bool, ticks: str
) -> None:
    scale = scale_of(quantity, values, log)
    texts = [f"{float(t):g}" if "." in t else t for t in (tick.text for tick in scale.ticks)]
    assert (scale.label, scale.log) == (label, is_log)
    assert not ticks or texts == ticks.split()
    assert 3 <= len(texts) <= 7
    assert [float(text.replace(",", "")) for text in texts] == pytest.approx([tick.value for tick in scale.ticks])
    assert all(scale.low <= tick.value <= scale.high for tick in scale.ticks)
    places = [scale.place(value) for value in values]
    assert all(0 <= place <= 1 for place in places)
    assert places == sorted(places)


def drawn(seed: int, n: int) -> list[Dot]:
    rng = random.Random(seed)
    return [
        Dot("n" * rng.randint(1, 16) + str(i), 10 ** rng.uniform(7, 10), round(rng.gauss(70, 5), 2)) for i in range(n)
    ]


@pytest.mark.parametrize("seed", range(20))
def test_names_cover_nothing(seed: int) -> None:
    dots = drawn(seed, 25)
    picture = picture_of(dots, X, Y)
    covered = [Box(x - DOT, y - DOT, x + DOT, y + DOT) for x, y in map(picture.at, dots)]
    boxes = [label.box for label in picture.labels]
    assert len(boxes) >= 20
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    assert not any(box.meets(dot) for box in boxes for dot in covered)
    assert all(box.left >= 0 and box.top >= 0 and box.right <= WIDTH and box.bottom <= HEIGHT for box in boxes)
    leaders = [label.leader for label in picture.labels if label.leader]
    assert not any(box.is_crossed(leader) for box in boxes for leader in leaders if box not in _own(picture, leader))


def _own(picture: Picture, leader: object) -> list[Box]:
    return [label.box for label in picture.labels if label.leader == leader]


def test_lines_cross_boxes() -> None:
    box = Box(0, 0, 10, 10)
    assert box.is_crossed(((-5, 5), (15, 5)))
    assert box.is_crossed(((5, 5), (6, 6)))
    assert box.is_crossed(((-1, 5), (5, 11)))
    assert not box.is_crossed(((-5, 5), (-1, 5)))
    assert not box.is_crossed(((-5, 11), (15, 11)))
    assert not box.is_crossed(((-4, 7), (4, 15)))


@pytest.mark.parametrize("more", [(False, False), (False, True), (True, False), (True, True)])
def test_the_front_is_what_nothing_is_better_than(more: tuple[bool, bool]) -> None:
    rng = random.Random(7)
    dots = [Dot(str(n), rng.randint(0, 9), rng.randint(0, 9)) for n in range(40)]

    def is_better(one: Dot, other: Dot) -> bool:
        pairs = [(a, b) if most else (b, a) for a, b, most in zip(one[1:], other[1:], more, strict=True)]
        return all(a >= b for a, b in pairs) and any(a > b for a, b in pairs)

    best = {dot[1:] for dot in dots if not any(is_better(other, dot) for other in dots)}
    front = front_of(dots, *more)
    assert {dot[1:] for dot in front} == best
    assert [dot.x for dot in front] == sorted(dot.x for dot in front)


NETWORKS = ["resnet18", "resnet34", "resnet50", "mobilenet_v2"]
TOP1 = "name,top1\nresnet18,69.76\nresnet34,73.31\nresnet50,76.13\nmobilenet_v2,71.88\n"
# As the golden files of torchvision have them.
MACS = {"resnet18": 1_814_073_344, "resnet34": 3_663_761_408, "resnet50": 4_089_184_256, "mobilenet_v2": 300_774_272}


@pytest.fixture
def top1(tmp_path: Path) -> str:
    (tmp_path / "top1.csv").write_text(TOP1)
    return str(tmp_path / "top1.csv")


def circles(svg: str) -> dict[str, tuple[float, float]]:
    found = ElementTree.fromstring(svg).iter(f"{SVG}circle")
    return {str(one[0].text).split(":")[0]: (float(one.get("cx", "")), float(one.get("cy", ""))) for one in found}


def test_points_stand_where_their_numbers_are(run: Run, tmp_path: Path, top1: str) -> None:
    path = tmp_path / "fig.svg"
    ran = run("compare", *NETWORKS, "--with", top1, "--plot", "macs,top1", "--log", "none", "-o", str(path))
    assert (ran.code, ran.out, ran.err) == (0, "", "")
    at = circles(path.read_text(encoding="utf-8"))
    macs = sorted(NETWORKS, key=lambda name: MACS[name])
    assert sorted(at, key=lambda name: at[name][0]) == macs
    for (a, b), (c, d) in combinations(list(combinations(macs, 2)), 2):
        ratio = (at[b][0] - at[a][0]) / (at[d][0] - at[c][0])
        assert ratio == pytest.approx((MACS[b] - MACS[a]) / (MACS[d] - MACS[c]), rel=1e-2)
    texts = [str(one.text) for one in ElementTree.fromstring(path.read_text()).iter(f"{SVG}text")]
    assert {*NETWORKS, "top1", "MACs, G"} <= set(texts)


def test_ticks_stand_where_their_numbers_are() -> None:
    dots = [Dot("a", 2_000_000, 70), Dot("b", 3_000_000, 75)]
    at = circles(as_svg(picture_of(dots, X, Y)))
    found = ElementTree.fromstring(as_svg(picture_of(dots, X, Y))).iter(f"{SVG}text")
    tick = next(one for one in found if one.text == "2.0" or one.text == "2")
    assert float(tick.get("x", "")) == pytest.approx(at["a"][0], abs=0.01)


def coordinates(tex: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"^ +\(([-\d.e+]+), ([-\d.e+]+)\)$", tex, re.MULTILINE)]


def test_pgfplots_has_the_numbers(run: Run, top1: str) -> None:
    ran = run("compare", *NETWORKS, "--with", top1, "--plot", "macs,top1", "-f", "latex")
    assert (ran.code, ran.err) == (0, "")
    dots = coordinates(ran.out.partition("only marks")[2])
    assert sorted((round(x * 1e9), y) for x, y in dots) == [
        (300_774_272, 71.88),
        (1_814_073_344, 69.76),
        (3_663_761_408, 73.31),
        (4_089_184_256, 76.13),
    ]
    line = coordinates(ran.out.partition("};")[0])
    assert [y for _, y in line] == [71.88, 73.31, 76.13]
    assert "xmode=log" in ran.out
    assert "ymode" not in ran.out
    assert "xlabel={MACs, G}" in ran.out


def test_what_is_best_can_be_said(run: Run) -> None:
    words = ["compare", "resnet18", "resnet34", "resnet50", "-f", "latex", "--plot"]
    assert len(coordinates(run(*words, "macs,max:params").out.partition("thick")[2].partition("};")[0])) == 3
    assert "thick" not in run(*words, "macs,params").out


def test_variants_are_points(run: Run) -> None:
    out = run("compare", "mobilenet_v3_large:*", "mobilenet_v3_small:*", "--plot", "params,peak_memory").out
    assert list(circles(out)) == ["Large 1.0", "Large 0.75", "Small 1.0", "Small 0.75"]
    assert "peak memory, MiB" in out


def test_points_without_a_number_are_noted(run: Run, tmp_path: Path) -> None:
    (tmp_path / "acc.csv").write_text("name,top1\nresnet18,69.76\nresnet34,\n")
    ran = run("compare", "resnet18", "resnet34", "--with", str(tmp_path / "acc.csv"), "--plot", "macs,top1")
    assert (ran.code, list(circles(ran.out))) == (0, ["resnet18"])
    assert ran.err == "note: --plot: `resnet34` is not drawn: it has no top1\n"


HOSTILE = ['</text><script>alert(1)</script>"', r"\input{/etc/passwd}%$_^~&#", "a\x1b[31m\nb", "ü] * x"]


def test_names_stay_text() -> None:
    picture = picture_of([Dot(name, n, n) for n, name in enumerate(HOSTILE, 1)], X, Y)
    root = ElementTree.fromstring(as_svg(picture))
    assert not [one for one in root.iter() if "script" in one.tag]
    assert HOSTILE[0] in [one.text for one in root.iter(f"{SVG}text")]
    assert "\x1b" not in as_svg(picture) + as_pgfplots(picture)
    assert r"\input" not in as_pgfplots(picture)


@pytest.mark.skipif(PDFLATEX is None, reason="pdflatex is not installed")
@pytest.mark.slow
def test_latex_takes_it(tmp_path: Path) -> None:
    pictures = [
        picture_of([Dot(name, n, -n) for n, name in enumerate(HOSTILE[:2], 1)], X, Y),
        picture_of(drawn(1, 25), X, Y),
        picture_of(drawn(1, MANY + 500), X, Y),
        picture_of([Dot("one", 5, 0)], X, Y),
    ]
    text = "\n\n".join(map(as_pgfplots, pictures))
    head = r"\documentclass{article}\usepackage{pgfplots}\pgfplotsset{compat=1.16}\begin{document}"
    (tmp_path / "a.tex").write_text(f"{head}\n{text}\n\\end{{document}}\n", encoding="utf-8")
    words = [str(PDFLATEX), "-interaction=nonstopmode", "-halt-on-error", "a.tex"]
    ran = subprocess.run(words, cwd=tmp_path, capture_output=True, check=False)
    log = (tmp_path / "a.log").read_text(errors="replace")
    if "pgfplots.sty' not found" in log:
        pytest.skip("pgfplots is not installed")
    assert ran.returncode == 0, log[-2000:]
    assert "Overfull" not in log


def test_a_sweep_is_drawn(run: Run, tmp_path: Path) -> None:
    (tmp_path / "acc.csv").write_text("point,top1\nalpha=0.5,65\nalpha=1,71.8\n")
    words = ["sweep", "mobilenet_v2", "--over", "alpha=0.5,1", "--plot", "macs,top1"]
    ran = run(*words, "--with", str(tmp_path / "acc.csv"), "-o", str(tmp_path / "fig.tex"))
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.splitlines()[0] == "points  2, of 2 alpha"
    text = (tmp_path / "fig.tex").read_text()
    assert [y for _, y in coordinates(text.partition("};")[0])] == [65, 71.8]
    assert round(coordinates(text.partition("};")[0])[1][0] * 1e6) == MACS["mobilenet_v2"]
    assert "{alpha=0.5}" in text


def test_a_large_sweep_has_no_names(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fig.svg"
    over = ["--over", "alpha=0.5:2.5:0.01", "--over", "resolution=32:352:32"]
    assert run("sweep", "mobilenet_v2", *over, "--plot", "macs,resolution", "-o", str(path)).code == 0
    root = ElementTree.fromstring(path.read_text())
    assert not [one for one in root.iter(f"{SVG}text") if "=" in str(one.text)]
    lines = [one.get("d", "") for one in root.iter(f"{SVG}path") if one.get("fill") == "none"]
    assert [line.count("L") for line in lines] == [10]  # the smallest alpha at each of 11 resolutions
    rows = {
        re.split("[ h]", one)[1]
        for path in root.iter(f"{SVG}path")
        for one in path.get("d", "").split("M")
        if "h0" in one
    }
    assert len(rows) == 11


def test_a_sweep_on_a_logarithmic_axis_has_its_small_points(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "fig.svg"
    ran = run("sweep", "resnet18", "--over", "H=32:4096", "--plot", "H,macs", "--log", "xy", "-o", str(path))
    assert ran.code == 0
    places = [float(x) for x in re.findall(r"M([\d.]+) [\d.]+h0", path.read_text())]
    gaps = [b - a for a, b in pairwise(sorted(places))]
    assert max(gaps) < 5


REFUSALS = [
    (["compare", "resnet18", "resnet34", "--plot", "macs"], "give two columns"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,macs"], "give two columns"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,parms"], "did you mean `params`?"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,output_shape"], "`output_shape` is not one number"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,params", "-f", "csv"], "--format can't be `csv` here"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,params", "-o", "fig.png"], "a plot is a file .svg or .tex"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,params", "--log", "z"], "--log can't be `z`"),
    (["compare", "resnet18", "resnet34", "--plot", "macs,params", "--columns", "macs"], "--plot goes without"),
    (["compare", "resnet18", "resnet34", "--log", "x"], "--log goes with --plot"),
    (["compare", "resnet18", "resnet34", "-o", "fig.svg"], "there is no format `svg` here"),
    (["compare", "standard", "depthwise", "--plot", "macs,params"], "--plot is for networks"),
    (["sweep", "resnet18", "--over", "H=32:64", "-o", "fig.svg"], "no plot is asked for"),
    (["sweep", "resnet18", "--over", "H=32:64", "--plot", "H,macs", "--log", "x"], "--log goes with a plot in a file"),
    (["sweep", "resnet18", "--over", "H=32:64", "--plot", "H,speed", "-o", "fig.svg"], "--plot can't be `speed`"),
    (["sweep", "resnet18", "--over", "H=32:64", "--pareto", "macs", "--plot", "H,macs", "-o", "fig.svg"], "--pareto"),
]


@pytest.mark.parametrize(("words", "says"), REFUSALS)
def test_refusals(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run(*words)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert not list(tmp_path.iterdir())


def test_the_page_shows_what_is_drawn(run: Run, tmp_path: Path) -> None:
    page = Path(__file__).parent.parent / "docs" / "commands"
    command = next(line for line in (page / "compare.md").read_text().splitlines() if line.endswith("-o accuracy.svg"))
    table, networks = re.findall(r"printf '(.*?)'.* convcost compare (.*?) --with", command)[0]
    (tmp_path / "top1.csv").write_text(table.replace("\\n", "\n"))
    ran = run("compare", *networks.split(), "--with", str(tmp_path / "top1.csv"), "--plot", "macs,top1")
    assert ran.out == (page / "accuracy.svg").read_text(encoding="utf-8")
