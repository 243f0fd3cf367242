"""`fit --int8`: its answer, its map of the arena, and the settings that halve it. Arenas themselves: test_arena.py."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from command_line import Run
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from json_schemas import validator
from random_specs import specs

from convcost.analysis.arena_fit import arena_fit
from convcost.analysis.costs import analyze
from convcost.errors import Source, SpecError, UsageError
from convcost.memory.planner import Buffer, Placed, arena_of, greedy_by_size
from convcost.ops.base import BYTES
from convcost.reading.description import Description
from convcost.render.arena.map import arena_map, letters_of

SPECS = Path(__file__).parent / "data" / "arena"
MOBILE = str(SPECS / "mobilenet_v1_025_96.yaml")


def fitted(run: Run, *words: str, code: int = 0) -> Any:
    ran = run("fit", *words, "-f", "json")
    assert ran.code == code, ran.err
    found = json.loads(ran.out)
    validator("arena").validate(found)
    return found


@pytest.mark.parametrize(
    ("words", "fits"),
    [
        (["--ram", "72KiB"], True),
        (["--ram", "73727"], False),
        (["--ram", "72KiB", "--flash", "230016"], True),
        (["--ram", "72KiB", "--flash", "230015"], False),
        (["--planner", "liveness", "--ram", "55296"], True),
        (["--planner", "liveness", "--ram", "55295"], False),
        (["--dtype", "float32", "--ram", "294912"], True),
        (["--dtype", "float32", "--ram", "294911"], False),
    ],
)
def test_to_the_byte(run: Run, words: list[str], fits: bool) -> None:
    """TensorFlow Lite Micro takes 73,728 bytes and 230,016, and of floats 294,912; 55,296 are held at once."""
    found = fitted(run, MOBILE, *words, code=0 if fits else 1)
    assert found["fits"] is fits
    assert (found["held"], found["best_found"]) in [(55_296, 55_296), (221_184, 221_184)]


def test_expect_and_diff_agree_with_it(run: Run, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    text = (SPECS / "ds_cnn.yaml").read_text()
    for limit, code in (("16000", 0), ("15999", 1)):
        net.write_text(f"{text}\nexpect: {{arena: <= {limit}}}\n")
        assert run("check", str(net)).code == code
        assert run("fit", str(net), "--int8", "--ram", limit).code == code
    wider = tmp_path / "wider.yaml"
    wider.write_text(text.replace("64", "80"))
    assert run("diff", str(net), str(net), "--fail-if", "arena > +0").code == 0
    assert run("diff", str(net), str(wider), "--fail-if", "arena > +0").code == 1
    assert fitted(run, str(wider), "--int8")["arena"] > 16_000


def test_settings_that_halve_it(run: Run) -> None:
    found = fitted(run, MOBILE, "--int8")
    assert [one["settings"] for one in found["at_most_half"]] == [{"H": 60, "W": 60}, {"alpha": 0.125}]
    for one in found["at_most_half"]:
        words = [word for name, value in one["settings"].items() for word in ("--set", f"{name}={value}")]
        assert fitted(run, MOBILE, "--int8", *words)["arena"] == one["arena"] <= found["arena"] / 2
    # An eighth more, and it is more than half.
    for words in (["--set", "H=72", "--set", "W=72"], ["--set", "alpha=0.15625"]):
        assert fitted(run, MOBILE, "--int8", *words)["arena"] > found["arena"] / 2


def test_parts_of_a_size_are_those_of_the_size_that_is_set(run: Run, tmp_path: Path) -> None:
    spec = tmp_path / "net.yaml"
    spec.write_text(Path(MOBILE).read_text().replace("[96, 96]", "[64, 64]"))
    written = fitted(run, str(spec), "--int8")["at_most_half"]
    assert fitted(run, MOBILE, "--int8", "--set", "H=64", "--set", "W=64")["at_most_half"] == written != []


def test_other_types_are_said_not_to_be_measured(run: Run) -> None:
    said = {dtype: "not measured" in run("fit", MOBILE, "--dtype", dtype, columns=300).out for dtype in BYTES}
    assert said == {**dict.fromkeys(BYTES, True), "int8": False, "float32": False}


def test_what_has_to_hold_less(run: Run) -> None:
    """Counted from the list of operators: each that holds more than half of the arena is named."""
    ran = run("fit", MOBILE, "--int8", columns=300)
    found = fitted(run, MOBILE, "--int8")
    above = [one["name"] for one in found["operators"] if one["held"] > found["arena"] / 2]
    assert f"3 operators hold more than half of it, and would have to hold less: {', '.join(above)}\n" in ran.out


def test_an_operator_without_a_rule_is_named(run: Run, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text("input: {channels: 4, size: [8, 8]}\nlayers: [layer_norm]\n")
    ran = run("fit", str(net), "--int8")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no arena of `net`: there is no rule for `layer_norm`" in ran.err


def test_a_network_that_runs_nothing(run: Run, tmp_path: Path) -> None:
    net = tmp_path / "net.yaml"
    net.write_text("input: {channels: 4, size: [8, 8]}\nlayers: [flatten]\n")
    ran = run("fit", str(net), "--int8", "--ram", "256")
    assert ran.code == 0
    assert "nothing runs: the inputs alone are held" in ran.out


# The map


@pytest.mark.parametrize("columns", [60, 80, 120])
@pytest.mark.parametrize("name", ["unet", "resnet18", "squeezenet1_1"])
def test_the_map_fits_its_screen(run: Run, name: str, columns: int) -> None:
    ran = run("fit", name, "--int8", columns=columns)
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns


lives = st.tuples(st.integers(1, 8), st.integers(0, 6), st.integers(0, 4))
tensors = st.lists(lives, min_size=1, max_size=12).map(
    lambda drawn: [Buffer(str(n), 16 * size, at, max(1, at + more)) for n, (size, at, more) in enumerate(drawn)]
)


@given(tensors, st.integers(1, 10), st.integers(24, 90))
def test_every_tensor_is_drawn_where_it_lies(drawn: list[Buffer], peak: int, width: int) -> None:
    placed = greedy_by_size(drawn)
    operators = max(one.buffer.last for one in placed)
    peak = min(peak, operators)
    *rows, _, ruler = arena_map(placed, peak, width, ascii_only=True).splitlines()
    assert max(map(len, [*rows, ruler])) <= width
    cells = {int(row.partition("|")[0].replace(",", "")): row.partition("|")[2] for row in rows}
    edges = [*sorted(cells), arena_of(placed)]
    margin = rows[0].index("|") + 1
    each, first = len(cells[0]) // operators, 1
    if not each:  # more operators than there is room for
        each, first = 1, int(ruler[margin:].replace("^", " ").split()[0])
    letters = letters_of(placed)
    for low, high in itertools.pairwise(edges):
        for place, letter in enumerate(cells[low][::each]):
            there = [one for one in placed if one.buffer.first <= first + place <= one.buffer.last]
            whole = [letters[one] for one in there if one.start <= low and high <= one.end]
            some = [letters[one] for one in there if one.start < high and low < one.end]
            assert letter in (whole or [*some, "."])
            assert letter == "." or some


@settings(max_examples=60)
@given(specs())
def test_of_random_networks(text: str) -> None:
    try:
        found = arena_fit(Description(Source("<random>", text), "random"), {})
    except (SpecError, UsageError):
        assume(False)
    assert not any(_clash(one, other) for one in found.placed for other in found.placed if one is not other)
    assert found.arena == analyze(found.network).arena
    for time in range(len(found.held)):
        assert sum(one.buffer.size for one in found.at(time)) == found.held[time] <= found.least <= found.arena


def _clash(one: Placed, other: Placed) -> bool:
    together = one.buffer.first <= other.buffer.last and other.buffer.first <= one.buffer.last
    return together and one.start < other.end and other.start < one.end
