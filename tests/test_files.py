"""Files that are written whole or not at all, and what may stand where they are to be written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import BinaryIO

import pytest
from command_line import Run

from convcost.errors import UsageError
from convcost.files import held, save, write_whole


def test_a_link_stays_and_its_file_is_written(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    goal, link = tmp_path / "real/out.txt", tmp_path / "link.txt"
    link.symlink_to("real/out.txt")
    for text in ("new", "größer"):
        save(link, text)
        assert (link.is_symlink(), goal.is_symlink(), goal.read_text(encoding="utf-8")) == (True, False, text)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["link.txt", "out.txt", "real"]


def test_the_mode_stays(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.touch()
    path.chmod(0o640)
    save(path, "new")
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_pipe_is_written_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(path.read_text(encoding="utf-8")))
    reader.start()
    save(path, "new")
    reader.join()
    assert (read, path.is_fifo()) == (["new"], True)


def test_what_is_read_only_is_left_alone(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o444)
    with pytest.raises(UsageError, match=r"can't write .*: Permission denied"):
        save(path, "new")
    ran = run("sweep", "lenet5", "--over", "classes=1:3:1", "-o", str(path))
    assert (ran.code, ran.err) == (2, f"error: can't write `{path}`: it is read-only\n")
    assert path.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError):
        write_whole(path, lambda file: file.write(b"half") / 0)
    assert [(one.name, one.read_text(encoding="utf-8")) for one in tmp_path.iterdir()] == [("out.txt", "old")]


def test_a_sweep_writes_through_a_link(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out.csv").symlink_to("real.csv")
    assert run("sweep", "lenet5", "--over", "classes=1:3:1", "-o", str(tmp_path / "out.csv")).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.csv", "real.csv"]
    assert len((tmp_path / "real.csv").read_text(encoding="utf-8").splitlines()) == 4


def test_a_file_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    path, order = tmp_path / "out.txt", []

    def add() -> None:
        with held(path):
            order.append(path.exists())
            save(path, "new")

    other = threading.Thread(target=add)
    with held(path):
        other.start()
        other.join(0.1)
        assert other.is_alive()
        save(path, "old")
        with pytest.raises(UsageError, match=r"another process is writing `.*out.txt`"), held(path, patience=0.05):
            pass
    other.join()
    assert (order, path.read_text(encoding="utf-8")) == ([True], "new")


def test_who_holds_a_file_and_dies_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "out.txt"
    code = "import pathlib, sys\nfrom convcost.files import held\n"
    code += "with held(pathlib.Path(sys.argv[1])): print(flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(UsageError), held(path, patience=0.05):
            pass
        process.kill()
        process.wait()
        with held(path, patience=0):
            save(path, "new")
    assert [one.name for one in tmp_path.iterdir()] == ["out.txt"]


def test_where_nothing_can_be_held_nobody_waits(tmp_path: Path) -> None:
    with held(tmp_path / "none" / "out.txt"), pytest.raises(UsageError, match="can't write"):
        save(tmp_path / "none" / "out.txt", "new")


def test_a_file_of_two_names_keeps_both(tmp_path: Path) -> None:
    one, other = tmp_path / "one.yaml", tmp_path / "other.yaml"
    one.write_text("the old text", encoding="utf-8")
    other.hardlink_to(one)
    save(one, "new")
    assert other.read_text(encoding="utf-8") == "new"
    assert one.samefile(other)
    assert sorted(tmp_path.iterdir()) == [one, other]


KILLED = """
import os, signal
from pathlib import Path
from convcost.files import write_whole
write_whole(Path("net.yaml"), lambda file: (file.write(b"half"), file.flush(), os.kill(os.getpid(), signal.SIGKILL)))
"""


def test_what_a_killed_run_left_is_cleaned_by_the_next(tmp_path: Path) -> None:
    own = tmp_path / ".net.yaml.original"
    own.touch()
    subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, check=False)
    (left,) = set(tmp_path.iterdir()) - {own}
    assert left.read_bytes() == b"half"

    def while_it_is_written(file: BinaryIO) -> None:
        beside = set(tmp_path.iterdir()) - {own}
        save(tmp_path / "net.yaml", "another's")
        assert beside < set(tmp_path.iterdir())  # what is being written is not cleaned
        file.write(b"new")

    write_whole(tmp_path / "net.yaml", while_it_is_written)
    assert sorted(tmp_path.iterdir()) == [own, tmp_path / "net.yaml"]
    assert (tmp_path / "net.yaml").read_bytes() == b"new"


@pytest.mark.parametrize("command", ["analyze -", "check -", "formula -", "diff lenet5 -", "verify -"])
def test_closed_standard_input(command: str, tmp_path: Path) -> None:
    ran = subprocess.run(
        ["sh", "-c", f'exec "$0" -m convcost {command} <&-', sys.executable],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("error: `-`: standard input is closed\n")


@pytest.mark.parametrize(
    "words",
    ["analyze net.yaml -o net.yaml", "check net.yaml -o ./net.yaml", "diff lenet5 net.yaml --output link.yaml",
     "import net.yaml -o net.yaml",
     "compare net.yaml --replace conv=depthwise_separable --save both.json -o both.json"],
)  # fmt: skip
def test_what_is_read_is_not_written_over(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    text = "input: {channels: 3, size: [8, 8]}\nlayers: [conv: {out: 4, kernel: 3}]\n"
    Path("net.yaml").write_text(text, encoding="utf-8")
    Path("link.yaml").symlink_to("net.yaml")
    ran = run(*words.split())
    assert (ran.code, ran.out) == (2, "")
    assert "the same file is named for something else, too" in ran.err
    assert Path("net.yaml").read_text(encoding="utf-8") == text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.yaml", "net.yaml"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("net.yaml", "input: {channels: 3, size: [8, 8]}\nlayers: [relu]\n"),
        ("torn.yaml", "network: torn\nlayers: [relu\n"),
        ("net.json", '{"input": {"channels": 3, "size": [8, 8]}, "layers": [{"relu": {}}]}'),
        ("net.onnx", "\x08\x07"),
    ],
)
def test_a_report_is_not_written_over_a_network(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(text, encoding="utf-8")
    ran = run("check", "lenet5", "-f", "json", "-o", name)
    assert (ran.code, ran.out) == (2, "")
    assert f"-o {name}: there is a network in this file" in ran.err
    assert Path(name).read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", ["out.json", "out.yaml", "out.txt", "list", "analyze"])
def test_a_report_is_written_over_a_report(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A command's own word is the name of a file like any other."""
    monkeypatch.chdir(tmp_path)
    for words in (["analyze", "lenet5", "-f", "json"], ["list", "-f", "json"], ["analyze", "lenet5", "-f", "json"]):
        ran = run(*words, "-o", name)
        assert (ran.code, ran.err) == (0, "")
    assert json.loads(Path(name).read_text(encoding="utf-8"))["name"] == "lenet5"
