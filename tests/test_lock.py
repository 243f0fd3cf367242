"""`convcost lock` and what is held against it: the file, its mistakes, and the changes that it shows."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
import yaml
from command_line import Run
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import CHOSEN

import convcost
from convcost.checks.base import Finding, Subject
from convcost.checks.locked import not_kept, unlocked
from convcost.errors import Source, SpecError
from convcost.lock.file import Lock, open_lock, read_lock
from convcost.lock.keys import HEADING, Key, heading, key_in, key_of, quoted
from convcost.lock.records import LockedNetwork, lock_as_text, locked
from convcost.reading.description import Description
from convcost.reading.load import load
from convcost.reading.opening import Opening
from convcost.reading.sources import bundled

TINY = """\
network: tiny
symbols: {alpha: 0.5, unused: }
input: {channels: 3, size: [32, 32]}
layers:
  - conv: {out: 32*alpha, kernel: 3, padding: 1}
  - concat:
      left: []
      right: [max_pool: {kernel: 3, stride: 1, padding: 1}]
  - {linear: {out: 10}, name: fc}
"""

# 16*(3*9 + 1) and 16*27*1024; a linear layer of 32*32*32 inputs. Held at most: the convolution's output, the pool's and
# both together in the concat, 4*16*32*32 numbers of 4 bytes. A pool of 3 sees 3 + 2 positions.
TINY_LOCK = """\
# What every layer of these networks is and costs: written by `convcost lock`, compared by `convcost check`.
convcost-lock: 1

specs/tiny.yaml:
  network: tiny
  symbols: alpha=0.5
  inputs: input=3x32x32
  outputs: fc
  total: params=328138 macs=770048 elements=65546 peak_memory=262144 layers=4 receptive_field=5x5
  layers:
    conv: conv 16x32x32 params=448 macs=442368 out=16 kernel=3 padding=1
    right.max_pool: max_pool 16x32x32 params=0 macs=0 kernel=3 stride=1 padding=1
    concat: concat 32x32x32 params=0 macs=0 from=conv,right.max_pool
    fc: linear 10 params=327690 macs=327680 out=10
"""


def subject(text: str) -> Subject:
    return Subject(Description(Source("net.yaml", text), "net"))


def lock_of(text: str) -> Lock:
    source = Source("convcost.lock", lock_as_text({Key("net.yaml"): locked(subject(text).network)}))
    return Lock(source, Path(), read_lock(source))


def found(old: str, new: str) -> list[Finding]:
    return unlocked(subject(new), lock_of(old), "net.yaml")


def bare(network: LockedNetwork) -> LockedNetwork:
    """Without the places in a file."""
    return network._replace(line=0, layers=tuple(layer._replace(line=0) for layer in network.layers))


def test_the_file_worked_by_hand() -> None:
    network = subject(TINY.replace(", unused: ", "")).network
    assert lock_as_text({Key("specs/tiny.yaml"): locked(network)}) == TINY_LOCK


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (Key("n.py:make", opening=Opening(("3xHxW",))), "n.py:make --shape 3xHxW"),
        (Key("a.b:C.d", opening=Opening(("x=3x4", "4"), ("k=-1",))), "a.b:C.d --shape x=3x4 --shape 4 --arg k=-1"),
        (Key("m.onnx", opening=Opening(outputs=("/a/Conv", "b"))), "m.onnx --outputs /a/Conv,b"),
        (Key("n.py:f", opening=Opening((), ("s=a b",))), r'"n.py\u003af --arg s=a\u0020b"'),
        (Key("n.py --set a=1"), r'"n.py\u0020--set\u0020a=1"'),
    ],
    ids=str,
)
def test_headings_say_how_models_are_opened(key: Key, text: str) -> None:
    assert heading(key) == text
    assert key_in(text) == key
    assert re.fullmatch(HEADING, text, re.ASCII)


@pytest.mark.slow
def test_it_is_read_as_it_was_written() -> None:
    networks = {Key(name): locked(load(name)) for name in CHOSEN}
    half = Key("a b.yaml", "half", (("alpha", "0.5"),))
    networks |= dict.fromkeys(
        [half._replace(file="mobilenet_v1"), half], locked(load("mobilenet_v1", {"alpha": "0.5"}))
    )
    text = lock_as_text(networks)
    again = read_lock(Source("convcost.lock", text))
    assert {name: bare(network) for name, network in again.items()} == networks
    assert lock_as_text(dict(reversed(again.items()))) == text
    # Another reader sees the same lines.
    data = yaml.safe_load(text)
    assert {name: list(network["layers"]) for name, network in data.items() if name != "convcost-lock"} == {
        str(key): [layer.name for layer in network.layers] for key, network in networks.items()
    }


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_any_name_is_kept(file: str, name: str) -> None:
    if any("\ud800" <= char <= "\udfff" for char in file + name):
        return
    key = Key(file, name, (("alpha", "-1/3"), ("size", "32")))
    tiny = locked(subject(TINY).network)
    first, *others = tiny.layers
    network = tiny._replace(
        name=name,
        symbols={name: "1"},
        inputs={name: "3x32x32"},
        outputs=(name,),
        layers=(first._replace(name=name, inputs=(name, file), shares=file), *others),
    )
    text = lock_as_text({key: network})
    assert text.isascii()
    assert text.isprintable() or set(text) - {"\n"} == {char for char in text if char.isprintable()}
    if name not in {layer.name for layer in others} and file != "convcost-lock":
        assert {key: network} == {k: bare(n) for k, n in read_lock(Source("", text)).items()}


def test_a_torn_file_is_refused_wherever_it_is_torn() -> None:
    text = TINY_LOCK + TINY_LOCK.partition("\n\n")[2].replace("specs/tiny", "specs/twin")
    whole = read_lock(Source("convcost.lock", text))
    assert list(whole) == [Key("specs/tiny.yaml"), Key("specs/twin.yaml")]
    between = {TINY_LOCK.index("\n\n") + 1, TINY_LOCK.index("\n\n") + 2, len(TINY_LOCK), len(TINY_LOCK) + 1}
    for length in range(len(text)):
        try:
            networks = read_lock(Source("convcost.lock", text[:length]))
        except SpecError:
            continue
        assert length in between
        assert networks.items() <= whole.items()


MISTAKES = {
    "conflict": (("    right", "<<<<<<< HEAD\n    right"), 12, 1, "this marker was left by a merge"),
    "both sides": (("  total:", "=======\n  total:"), 9, 1, "this marker was left by a merge"),
    "another's": (("convcost-lock: 1\n", "[package]\n"), 2, 1, "this is not a lock file of convcost"),
    "a spec": (("convcost-lock: 1\n", "network: net\n"), 2, 1, "this is not a lock file of convcost"),
    "version": (("lock: 1", "lock: 2"), 2, 16, "lock files of version 2 are unknown"),
    "shape": (("16x32x32 params=448", "16x-2 params=448"), 11, 16, "`16x-2` is not a shape"),
    "number": (("params=448", "params=1e3"), 11, 32, "`1e3` is not a number"),
    "huge number": (("params=448", "params=" + "9" * 5000), 11, 32, "is not a number"),
    "word": (("kernel=3 padding", "kernel padding"), 11, 55, "`kernel` is not `name=value`"),
    "twice in a line": (("out=16", "out=16 out=3"), 11, 55, "`out` is given twice"),
    "layer twice": (("right.max_pool: max", "conv: max"), 12, 5, "`conv` is there twice; first in line 11"),
    "layer lost": (
        ("    conv: conv 16x32x32 params=448 macs=442368 out=16 kernel=3 padding=1\n", ""),
        4,
        1,
        "3 layers",
    ),
    "cost changed": (("macs=442368", "macs=442369"), 4, 1, "770,049 macs, its total says 770,048"),
    "field lost": (("  inputs: input=3x32x32\n", ""), 4, 1, "`specs/tiny.yaml` has no `inputs`"),
    "params lost": (("params=448 ", ""), 11, 5, "the layer has no `params`"),
    "indented oddly": (("    fc:", "   fc:"), 14, 4, "no line of a lock file"),
    "unknown field": (("  outputs:", "  output:"), 8, 3, "`output` can't stand here"),
    "escape": (("kernel=3", "\x1b[31m"), 11, 55, "\\x1b[31m"),
    "broken quotes": (("network: tiny", 'network: "\\u12"'), 5, 12, "is not a name"),
    "options": (("tiny.yaml:", "tiny.yaml --sat a=1:"), 4, 1, "no line of a lock file"),
    "quoted options": (("specs/tiny.yaml:", '"a.yaml --sat a=1":'), 4, 1, "names no spec"),
    "half an option": (("specs/tiny.yaml:", '"a.yaml --set":'), 4, 1, "names no spec"),
    "options of a layer": (("    fc:", "    fc --set a=1:"), 14, 5, "no line of a lock file"),
    "no network": (("specs/tiny.yaml:\n", ""), 4, 3, "this belongs to no network"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_have_a_place(name: str) -> None:
    (old, new), line, column, says = MISTAKES[name]
    assert old in TINY_LOCK
    with pytest.raises(SpecError) as error:
        read_lock(Source("convcost.lock", TINY_LOCK.replace(old, new, 1)))
    assert str(error.value).startswith(f"convcost.lock:{line}:{column}: error: ")
    assert says in str(error.value)
    assert "\x1b" not in str(error.value)


def test_a_network_twice_is_a_bad_merge() -> None:
    twice = TINY_LOCK + TINY_LOCK.partition("\n\n")[2]
    with pytest.raises(SpecError, match=r"15:1: error: `specs/tiny.yaml` is there twice; first in line 4"):
        read_lock(Source("convcost.lock", twice))


def test_the_same_network_differs_in_nothing() -> None:
    for name in ("resnet50", "shufflenet_v2", "unet"):
        text = bundled()[name].read_text(encoding="utf-8")
        assert found(text, text) == []


TOTALS = {
    "all there": ("macs=770048", "macs=770048", None),
    "an older file": (" peak_memory=262144", "", "peak_memory of `specs/tiny.yaml`"),
    "a newer file": ("layers=4", "layers=4 useful_macs=4 shape=3x3 density=1/3", None),
    "another's": ("params=328138 macs=770048", "flops=12", "params, macs of `specs/tiny.yaml`"),
    "none": (
        " params=328138 macs=770048 elements=65546 peak_memory=262144 layers=4 receptive_field=5x5",
        "",
        "params, macs, elements, peak_memory, layers of `specs/tiny.yaml`",
    ),
}


@pytest.mark.parametrize("name", TOTALS)
def test_totals_are_compared_as_far_as_both_sides_know_them(name: str) -> None:
    old, new, lacks = TOTALS[name]
    assert old in TINY_LOCK
    source = Source("convcost.lock", TINY_LOCK.replace(old, new).replace("total:\n", "total: \n"))
    lock = Lock(source, Path(), read_lock(source))
    assert lock_as_text(lock.networks) == source.text  # what is not known is kept
    assert unlocked(subject(TINY.replace(", unused: ", "")), lock, "specs/tiny.yaml") == []
    notes = [(one.code, one.severity, one.message) for one in not_kept(lock)]
    assert notes == ([("N205", "note", f"the lock file does not keep {lacks}")] if lacks else [])


def test_what_both_sides_know_of_an_older_file_is_compared() -> None:
    source = Source("", TINY_LOCK.replace("elements=65546 peak_memory=262144", "elements=1,5 later=2"))
    lock = Lock(source, Path(), read_lock(source))
    (finding,) = unlocked(subject(TINY.replace(", unused: ", "")), lock, "specs/tiny.yaml")
    assert finding.message == "`tiny` has 65,546 activation elements, the lock file says 1,5"


NET = """\
network: net
symbols: {size: 32, classes: 10}
input: {channels: 3, size: [size, size]}
blocks:
  unit:
    args: {out: }
    layers:
      - conv: {out: out, kernel: 3, padding: 1}
      - relu
layers:
  - {unit: {out: 16}, name: stem}
  - {max_pool: {kernel: 3, stride: 2, padding: 1}, name: pool}
  - {unit: {out: 16}, name: body, repeat: 3}
  - {add: , from: [body, pool], name: sum}
  - {depthwise_separable: {out: 32, padding: 1}, name: last}
  - global_avg_pool
  - {linear: {out: classes}, name: fc}
"""

# A unit of the body has 16*16*9 weights and 16 biases, at 16x16 positions.
DIFFERENCES = {
    "a symbol": ("classes: 10", "classes: 12", "E201", 2, "symbol `classes` is 12, the lock file says 10"),
    "its layer": (
        "classes: 10",
        "classes: 12",
        "E201",
        17,
        "`fc` has out 12, output 12, 396 params and 384 macs, the lo",
    ),
    "the total": ("classes: 10", "classes: 12", "E201", 1, " params and 2,"),
    "an input": ("size: 32", "size: 64", "E201", 3, "input `input` is 3x64x64, the lock file says 3x32x32"),
    "a kernel": (
        "{out: out, kernel: 3, padding: 1}",
        "{out: out, kernel: 5, padding: 2}",
        "E201",
        8,
        "`stem.conv` has kernel 5, padding 2, 1,216 params and 1,228,800 macs, the lock file says 3, 1, 448 and",
    ),
    "a dilation": (
        "{out: out, kernel: 3, padding: 1}",
        "{out: out, kernel: 3, padding: 2, dilation: 2}",
        "E201",
        8,
        "`stem.conv` has padding 2 and dilation 2, the lock file says 1 and 1",
    ),
    "a pool": (
        "{kernel: 3, stride: 2, padding: 1}",
        "{kernel: 5, stride: 2, padding: 2}",
        "E201",
        12,
        "`pool` has kernel 5",
    ),
    "a join": ("add: , from", "mul: , from", "E201", 14, "`sum` has operator mul, the lock file says add"),
    "a wire": (
        "[body, pool]",
        "[pool, body]",
        "E201",
        14,
        "`sum` has inputs pool, body.2.relu, the lock file says body.2.re",
    ),
    "a bias": (
        "{out: 32, padding: 1}",
        "{out: 32, padding: 1, bias: false}",
        "E201",
        15,
        "`last.depthwise` has bias false and 144 params, the lock file says true and 160",
    ),
    "a layer more": (
        "      - relu\n",
        "      - relu\n      - dropout\n",
        "E202",
        10,
        "`stem.dropout` (dropout 16x32x32, 0 pa",
    ),
    "a unit more": (
        "repeat: 3",
        "repeat: 4",
        "E202",
        8,
        "`body.3` (2 layers, 2,320 params, 589,824 macs) is not in the lock file",
    ),
    "a unit less": (
        "repeat: 3",
        "repeat: 2",
        "E203",
        9,
        "`body.2` (2 layers, 2,320 params, 589,824 macs) is gone; the lock file has it in line 18",
    ),
    "a name": (
        "name: fc",
        "name: head",
        "E202",
        17,
        "`head` (linear 10, 330 params, 320 macs) is not in the lock file",
    ),
    "the old name": ("name: fc", "name: head", "E203", 16, "`fc` (linear 10, 330 params, 320 macs) is gone"),
}


@pytest.mark.parametrize("name", DIFFERENCES)
def test_differences(name: str) -> None:
    old, new, code, line, says = DIFFERENCES[name]
    assert old in NET
    findings = found(NET, NET.replace(old, new))
    matching = [one for one in findings if one.code == code and says in one.message]
    assert len(matching) == 1, [one.message for one in findings]
    assert matching[0].span is not None
    assert (matching[0].span.line, matching[0].span.source.name) == (line, "net.yaml")


def test_a_line_is_told_of_once_and_what_follows_is_counted() -> None:
    wider = found(
        NET, NET.replace("{unit: {out: 16}, name: stem}", "{unit: {out: 24}, name: stem}").replace(", pool]", ", body]")
    )
    assert [(one.code, one.layer) for one in wider] == [("E201", ""), ("E201", "stem.conv"), ("E201", "sum")]
    # relu and pool are larger, and the first of the body has more to read.
    assert wider[0].help == "in 3 layers only what they read differs; if it is meant, `convcost lock` takes it over"
    kernels = found(NET, NET.replace("{out: out, kernel: 3, padding: 1}", "{out: out, kernel: 5, padding: 2}"))
    assert [one.layer for one in kernels] == ["", "stem.conv"]
    assert kernels[1].help is not None
    assert kernels[1].help.startswith("likewise `body.0.conv`, `body.1.conv`, `body.2.conv`; ")
    assert kernels[1].trail == ("in block `unit`, used at net.yaml:11:6",)


def test_a_network_that_is_not_there() -> None:
    (finding,) = unlocked(subject(NET), lock_of(NET), "other.yaml")
    assert (finding.code, finding.message) == ("E204", "`net` is not in the lock file `convcost.lock`")
    assert finding.help == "`convcost lock other.yaml -o convcost.lock` takes it in"


@pytest.mark.parametrize(
    ("path", "folder", "key"),
    [
        ("specs/net.yaml", ".", "specs/net.yaml"),
        ("./specs//net.yaml", ".", "specs/net.yaml"),
        ("net.yaml", "locks", "../net.yaml"),
        (str(bundled()["lenet5"]), "/nowhere", "lenet5"),
    ],
)
def test_keys(path: str, folder: str, key: str) -> None:
    assert key_of(path, Path(folder)) == Key(key)


HEADINGS = {
    "a.yaml --set alpha=0.5": key_of("a.yaml", Path(), {"alpha": "1/2"}),
    "a.yaml --variant half --set b=true --set n=-3": key_of("a.yaml", Path(), {"n": "1-4", "b": True}, "half"),
    "a.yaml --set third=1/3": key_of("a.yaml", Path(), {"third": Fraction(1, 3)}),
    '"../a.yaml --variant half"': key_of("a.yaml", Path("locks"), None, "half"),
    '"a.yaml --variant one\\u0020half"': key_of("a.yaml", Path(), variant="one half"),
    '"\\u0022\\\\\\u0022 --set n=1"': Key('"\\"', "", (("n", "1"),)),
}


@pytest.mark.parametrize("text", HEADINGS)
def test_headings(text: str) -> None:
    key = HEADINGS[text]
    assert (heading(key), key_in(text)) == (text, key)
    assert sorted([key, key._replace(variant="", settings=())])[0].options == ""


def test_quotes() -> None:
    assert quoted("a b: c,d=é#\x1b") == '"a\\u0020b\\u003a\\u0020c\\u002cd\\u003d\\u00e9\\u0023\\u001b"'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "b.yaml").write_text(NET, encoding="utf-8")
    (tmp_path / "specs" / "a.yaml").write_text(TINY, encoding="utf-8")
    (tmp_path / "specs" / "notes.yaml").write_text("todo: [nothing]\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_lock(run: Run, folder: Path) -> None:
    ran = run("lock", "specs", "lenet5")
    layers = 4 + 14 + len(load("lenet5").layers)
    assert ran.code == 0
    assert ran.out == f"convcost.lock: 3 networks, {layers} layers; 3 new (lenet5, specs/a.yaml, specs/b.yaml)\n"
    assert ran.err == "warning: `specs/notes.yaml` is not a spec and is left out\n"
    lock = folder / "convcost.lock"
    before, time = lock.read_bytes(), lock.stat().st_mtime_ns
    assert list(map(str, open_lock(lock).networks)) == ["lenet5", "specs/a.yaml", "specs/b.yaml"]
    assert run("lock").out == f"convcost.lock: 3 networks, {layers} layers; nothing changed\n"
    assert (lock.read_bytes(), lock.stat().st_mtime_ns) == (before, time)
    lock.unlink()
    run("lock", "specs/b.yaml", "lenet5", "specs/a.yaml")
    assert lock.read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["convcost.lock", "specs"]


def test_one_network_changes_and_the_others_are_kept(run: Run, folder: Path) -> None:
    run("lock", "specs")
    lock = folder / "convcost.lock"
    before = lock.read_text(encoding="utf-8")
    (folder / "specs" / "b.yaml").write_text(NET.replace("repeat: 3", "repeat: 4"), encoding="utf-8")
    ran = run("lock", "specs/b.yaml")
    assert ran.out == "convcost.lock: 2 networks, 20 layers; 1 changed (specs/b.yaml)\n"
    removed = set(before.splitlines()) - set(lock.read_text(encoding="utf-8").splitlines())
    assert {line.split(":")[0].strip() for line in removed} == {"total", "sum"}  # a line each, and three are new
    (folder / "specs" / "b.yaml").unlink()
    assert "1 gone (specs/b.yaml)" in run("lock", "specs/a.yaml").out
    assert list(map(str, open_lock(lock).networks)) == ["specs/a.yaml"]


@pytest.mark.slow
def test_processes_at_once_lose_nothing(folder: Path) -> None:
    names = [f"specs/net{n}.yaml" for n in range(8)]
    for name in names:
        (folder / name).write_text(NET, encoding="utf-8")
    lock = [sys.executable, "-m", "convcost", "lock"]
    running = [subprocess.Popen([*lock, name], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for name in names]
    assert [(process.communicate()[1], process.returncode) for process in running] == [(b"", 0)] * 8
    assert list(map(str, open_lock(Path("convcost.lock")).networks)) == names
    assert sorted(path.name for path in folder.iterdir()) == ["convcost.lock", "specs"]


def test_elsewhere_and_printed(run: Run, folder: Path) -> None:
    (folder / "locks").mkdir()
    assert run("lock", "specs/a.yaml", "-o", "locks/all").code == 0
    assert list(map(str, open_lock(Path("locks/all")).networks)) == ["../specs/a.yaml"]
    printed = run("lock", "specs/a.yaml", "-o", "-")
    assert "\nspecs/a.yaml:\n  network: tiny\n" in printed.out
    assert not (folder / "convcost.lock").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["lock"], "there is nothing to lock"),
        (["lock", "-"], "standard input has no name to be locked under"),
        (["lock", "none_such.yaml"], "no file and no bundled network `none_such.yaml`"),
        (
            ["lock", "specs/a.yaml", "-o", "specs/b.yaml"],
            "specs/b.yaml:1:1: error: this is not a lock file of convcost",
        ),
        (["lock", "specs/a.yaml", "-o", "none/convcost.lock"], "can't write `none/convcost.lock`"),
        (["lock", "specs/a.yaml", "-o", "specs"], "can't read `specs`"),
        (["lock", "specs/bad.yaml", "specs/worse.yaml"], "specs/worse.yaml:8:26: error: `conv` takes no `kernal`"),
    ],
)
def test_refusals(run: Run, folder: Path, arguments: list[str], says: str) -> None:
    if "specs/bad.yaml" in arguments:
        for name in ("bad", "worse"):
            (folder / "specs" / f"{name}.yaml").write_text(
                NET.replace("kernel: 3, p", "kernal: 3, p", 1), encoding="utf-8"
            )
    ran = run(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert says in ran.err
    assert not (folder / "convcost.lock").exists()
    assert (folder / "specs" / "b.yaml").read_text(encoding="utf-8") == NET


@pytest.mark.parametrize("text", ["", TINY_LOCK[:300], TINY_LOCK[:-50]])
def test_a_damaged_file_is_not_overwritten(run: Run, folder: Path, text: str) -> None:
    (folder / "t.lock").write_text(text, encoding="utf-8")
    ran = run("lock", "specs/a.yaml", "-o", "t.lock")
    assert (ran.code, ran.out, (folder / "t.lock").read_text(encoding="utf-8")) == (2, "", text)
    assert "delete it and write it anew: `convcost lock PATH...`" in ran.err


def test_a_number_of_any_length_is_read_as_it_was_written() -> None:
    big = 2**31 - 1
    text = f"network: big\ninput: {{channels: {big}, size: [{big}, {big}, {big}]}}\n"
    text += f"layers: [conv: {{out: {big}, kernel: 1, bias: false}}]\n"
    assert lock_of(text).networks[Key("net.yaml")].total["macs"] == big**5
    assert found(text, text) == []


def test_names_are_inert(run: Run, folder: Path) -> None:
    name = "a\x1b[31m: b # ::error::"
    (folder / "specs" / "a.yaml").write_text(
        TINY.replace("network: tiny", f"network: {json.dumps(name)}"), encoding="utf-8"
    )
    assert run("lock", "specs/a.yaml").code == 0
    text = (folder / "convcost.lock").read_text(encoding="utf-8")
    assert "\x1b" not in text
    assert open_lock(Path("convcost.lock")).networks[Key("specs/a.yaml")].name == name


# A layer of 32 channels and five classes has 32*5 weights and 5 biases.
FEW = NET.replace("blocks:", "variants: {few: {classes: 5}, more: {classes: 20}}\nblocks:", 1)


@pytest.fixture
def settled(run: Run, folder: Path) -> Path:
    """A spec that is locked as it is, with a setting and as a variant."""
    spec = folder / "specs" / "b.yaml"
    spec.write_text(FEW, encoding="utf-8")
    run("lock", "specs/b.yaml", "--variant", "few")
    run("lock", "specs/b.yaml", "--set", "size=32*2", "--set", "classes=10/2")
    run("lock", "specs/b.yaml")
    return spec


def test_settings_have_networks_of_their_own(run: Run, settled: Path) -> None:
    lock = open_lock(Path("convcost.lock"))
    assert {str(key): network.layers[-1].params for key, network in lock.networks.items()} == {
        "specs/b.yaml": 330,
        "specs/b.yaml --set classes=5 --set size=64": 165,
        "specs/b.yaml --variant few": 165,
    }
    assert list(lock.networks) == sorted(lock.networks)
    assert lock.specs() == lock.specs(variant="few") == lock.specs({"size": "64", "classes": 5}) == ["specs/b.yaml"]
    assert lock.specs({"classes": 5}) == []
    ran = run("check", "--locked")
    assert (ran.code, ran.out) == (0, "1 file checked: nothing found\n")
    assert run("lock").out == "convcost.lock: 3 networks, 42 layers; nothing changed\n"


def test_each_of_the_settings_is_compared(run: Run, settled: Path) -> None:
    settled.write_text(FEW.replace("{out: classes}", "{out: classes, bias: false}"), encoding="utf-8")
    out = run("check", "specs/b.yaml", "--locked", "-f", "github").out
    for at, params in (("", 330), (" (--set classes=5 --set size=64)", 165), (" (--variant few)", 165)):
        says = f"`fc`{at} has bias false and {params - params // 33:,} params, the lock file says true and {params}"
        assert out.count(says) == 1
    assert run("lock", "--variant", "few").out.endswith("42 layers; 1 changed (specs/b.yaml --variant few)\n")
    assert "--variant" not in run("check", "--locked").out
    ran = run("lock", "specs/b.yaml")
    assert ran.out.endswith("2 changed (specs/b.yaml, specs/b.yaml --set classes=5 --set size=64)\n")
    assert run("check", "--locked").code == 0


def test_a_subject_with_settings_is_held_against_those(settled: Path) -> None:
    lock = open_lock(Path("convcost.lock"))
    changed = Description(Source("specs/b.yaml", FEW.replace("{out: classes}", "{out: 2*classes}")), "net")
    at_64 = Subject(changed, {"size": "64", "classes": "5"})
    findings = unlocked(at_64, lock, "specs/b.yaml")
    assert [one.layer for one in findings] == ["", "fc"]
    assert all("(--set classes=5 --set size=64)" in one.message for one in findings)
    (finding,) = unlocked(Subject(changed, {"size": 64}, "few"), lock, "specs/b.yaml")
    assert finding.message == "`net` (--variant few --set size=64) is not in the lock file `convcost.lock`"
    assert finding.help == "`convcost lock specs/b.yaml --variant few --set size=64 -o convcost.lock` takes it in"


LOST = {
    "a variant": (
        ("few: {classes: 5}, ", ""),
        "gone]: `net` (--variant few) can't be had: `net` has no variant `few`; the lock file has it in li",
        "; 1 gone (specs/b.yaml --variant few)",
    ),
    "a symbol": (
        ("size: 32, classes", "side: 32, classes"),
        "`net` (--set classes=5 --set size=64) can't be had: `net` has no symbol `size`; the lock file has it in line ",
        "; 1 gone (specs/b.yaml --set classes=5 --set size=64)",
    ),
    "a value": (
        ("few: {classes: 5}", "few: {classes: 1/2}"),
        "(--variant few) can't be had: `out` of `linear` wants a positive whole number, not 0.5, at specs/b.yaml:18:20",
        "   = read with --variant few\n",
    ),
}


@pytest.mark.parametrize("name", LOST)
def test_settings_that_are_gone(run: Run, settled: Path, name: str) -> None:
    (old, new), says, gone = LOST[name]
    assert old in FEW
    settled.write_text(FEW.replace(old, new).replace("[size, size]", "[32, 32]"), encoding="utf-8")
    ran = run("check", "--locked")
    assert (ran.code, says in ran.out) == (1, True)
    ran = run("lock")
    assert gone in ran.out + ran.err
    assert ran.code == (2 if ran.err else 0)


def test_a_spec_that_is_gone_is_named_with_its_settings(run: Run, settled: Path) -> None:
    settled.unlink()
    out = run("check", "--locked").out
    assert "`specs/b.yaml --variant few` (14 layers, " in out
    assert out.count("E203") == 3
    assert run("lock").out.count("gone") == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ("specs/b.yaml --set alpha=2", "`net` has no symbol `alpha`"),
        ("specs/b.yaml --set size=)(", "--set:1:6: error: this is not an expression"),
        ("specs/b.yaml --variant many", "`net` has no variant `many`"),
        ("--set size=65", "there is nothing to lock"),
    ],
)
def test_settings_that_are_refused(run: Run, settled: Path, arguments: str, says: str) -> None:
    before = Path("convcost.lock").read_bytes()
    ran = run("lock", *arguments.split())
    assert (ran.code, ran.out, Path("convcost.lock").read_bytes()) == (2, "", before)
    assert says in ran.err


def test_check_locked(run: Run, folder: Path) -> None:
    run("lock", "specs")
    assert run("check", "specs", "--locked", "--select", "E2").code == 0
    (folder / "specs" / "b.yaml").write_text(NET.replace("repeat: 3", "repeat: 4"), encoding="utf-8")
    assert run("check", "specs", "--select", "E2").code == 0
    ran = run("check", "specs", "--locked", "--select", "E2")
    assert ran.code == 1
    assert "specs/b.yaml:8:9: error" in ran.out
    lock = folder / "convcost.lock"
    lock.write_text(lock.read_text(encoding="utf-8").replace("  total", "<<<<<<< ours\n  total", 1), encoding="utf-8")
    ran = run("check", "specs", "--locked")
    assert (ran.code, ran.out) == (2, "")
    assert "convcost.lock:9:1: error: merge conflict" in ran.err
    lock.unlink()
    assert "no lock file `convcost.lock`" in run("check", "specs", "--locked").err


def test_a_file_of_an_older_convcost_is_noted_once(run: Run, folder: Path) -> None:
    run("lock", "specs", "-o", "old.lock")
    lock = folder / "old.lock"
    new = lock.read_text(encoding="utf-8")
    lock.write_text(re.sub(r" elements=\d+| peak_memory=\d+", "", new), encoding="utf-8")
    ran = run("check", "specs", "--lock-file", "old.lock", "--ignore", "W3")
    assert (ran.code, ran.out) == (
        0,
        """\
old.lock:4:1: note[N205 not-kept]: the lock file does not keep elements, peak_memory of `specs/a.yaml` and 1 more
  |
4 | specs/a.yaml:
  | ^^^^^^^^^^^^
   = help: `convcost lock -o old.lock` takes them in

3 files checked: 1 note in 1 of them
""",
    )
    assert run("lock", "-o", "old.lock").out.endswith("; 2 changed (specs/a.yaml, specs/b.yaml)\n")
    assert lock.read_text(encoding="utf-8") == new


def test_check_locked_without_paths(run: Run, folder: Path) -> None:
    run("lock", "specs/b.yaml", "lenet5")
    ran = run("check", "--locked", "--select", "E2")
    assert (ran.code, ran.out) == (0, "2 files checked: nothing found\n")
    (folder / "specs" / "b.yaml").write_text(NET.replace("repeat: 3", "repeat: 4"), encoding="utf-8")
    assert run("check", "--locked").code == 1
    assert run("check").code == 2


GONE = {
    "specs": 1,
    ".": 1,
    "specs/*.yaml": 1,
    "": 1,
    "specs --ignore E203": 0,
    "specs/b.yaml": 0,
    "*.yaml specs/b.yaml": 2,
    "lenet5": 1,
    "specs/a.yaml": 2,
}


@pytest.mark.parametrize("words", GONE)
def test_a_spec_that_is_gone(run: Run, folder: Path, words: str) -> None:
    run("lock", "specs")
    (folder / "specs" / "a.yaml").unlink()
    ran = run("check", *words.split(), "--locked", "--select", "E2")
    assert ran.code == GONE[words]
    says = "convcost.lock:4:1: error[E203 locked-and-gone]: `specs/a.yaml` (4 layers, 328,138 params, 770,048 macs) is"
    assert (says in ran.out) == (words in ("specs", ".", "specs/*.yaml", ""))


def test_a_spec_that_is_gone_from_python(run: Run, folder: Path) -> None:
    run("lock", "specs")
    (folder / "specs" / "a.yaml").unlink()
    reports = convcost.check(locked="convcost.lock")
    assert [(report.path, [one.code for one in report.findings]) for report in reports[1:]] == [
        ("convcost.lock", ["E203"])
    ]


def test_the_last_spec_is_gone(run: Run, folder: Path) -> None:
    run("lock", "specs/a.yaml")
    (folder / "specs" / "a.yaml").unlink()
    assert run("check", "--locked").code == 1
    assert run("lock").out == "convcost.lock: 0 networks, 0 layers; 1 gone (specs/a.yaml)\n"
    assert "nothing to check" in run("check", "--locked").err
    assert run("lock").code == 2
