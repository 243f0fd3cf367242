"""Shell completion, asked for as the shells do: by environment variables."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from command_line import Run

from convcost.cli.main import COMMANDS
from convcost.ops import OPERATORS
from convcost.reading.sources import bundled

Completed = Callable[[str], list[str]]
"""The words that may stand next on a line."""


@pytest.fixture
def completed(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Completed:
    monkeypatch.chdir(tmp_path)

    def ask(line: str) -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv("_CONVCOST_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", "\n".join(words))
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        ran = run()
        assert (ran.code, ran.err) == (0, "")
        return ran.out.split()

    return ask


RESNETS = ["resnet101", "resnet152", "resnet18", "resnet34", "resnet50", "resnet_cifar"]

# (the line so far, what may stand next)
LINES = [
    ("convcost ana", ["analyze"]),
    ("convcost ", list(COMMANDS)),
    ("convcost analyze resnet", RESNETS),
    ("convcost verify lenet5 alexnet_", ["alexnet_torchvision"]),
    ("convcost formula resnet", RESNETS),
    ("convcost check resnet", RESNETS),
    ("convcost diff resnet18 resnet", RESNETS),
    ("convcost compare depthwise_s", ["depthwise_separable"]),
    ("convcost compare resnet18 vs resnet", RESNETS),
    ("convcost operators ", list(OPERATORS)),
    ("convcost operators conv add max_", ["max_pool", "max_unpool"]),
    ("convcost explain sque", ["squeeze_excite"]),
    ("convcost analyze lenet5 --so", ["--sort"]),
    ("convcost analyze lenet5 --format ", ["csv", "json", "latex", "markdown", "table"]),
    ("convcost analyze lenet5 --dtype bf", ["bfloat16"]),
    ("convcost analyze lenet5 --device v", ["v100"]),
    ("convcost analyze mobilenet_v1 --set ", ["alpha=", "classes=", "middle=", "resolution="]),
    ("convcost analyze shufflenet_v2 --variant x0", ["x0_5"]),
    ("convcost formula mobilenet_v1 --in al", ["alpha"]),
    ("convcost analyze no/such/file.yaml --set ", []),
    ("convcost analyze no/such", []),  # nothing of ours: the shell completes files
]


@pytest.mark.parametrize(("line", "next_words"), LINES, ids=[line for line, _ in LINES])
def test_what_comes_next(completed: Completed, line: str, next_words: list[str]) -> None:
    assert completed(line) == sorted(next_words)


def test_specs_of_this_folder_and_what_is_in_them(completed: Completed) -> None:
    text = "symbols: {wide: 1, narrow: 2}\nvariants: {small: {wide: 1}, '$(reboot) `x`;': {wide: 2}}\nlayers: []"
    Path("mine.yaml").write_text(text)
    Path("a b;c.yaml").write_text(text)
    assert completed("convcost analyze mi") == ["mine.yaml"]
    assert completed("convcost analyze a") == ["alexnet", "alexnet_torchvision"]
    assert completed("convcost analyze mine.yaml --set w") == ["wide="]
    assert completed("convcost analyze mine.yaml --variant ") == ["small"]


@pytest.mark.parametrize(("shell", "shows"), [("zsh", '"resnext50_32x4d"'), ("fish", "resnext50_32x4d\n")])
def test_other_shells(run: Run, monkeypatch: pytest.MonkeyPatch, shell: str, shows: str) -> None:
    monkeypatch.setenv("_CONVCOST_COMPLETE", f"complete_{shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", "convcost analyze resnex")
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    assert shows in run().out


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_the_script_for_bash() -> None:
    command = Path(sys.executable).parent / "convcost"
    script = """
        eval "$(_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION=1 "$0" --show-completion bash)"
        COMP_WORDS=("$0" analyze mobilenet) COMP_CWORD=2
        _convcost_completion "$0"
        echo "${COMPREPLY[@]}"
    """
    ran = subprocess.run(["bash", "--norc", "-c", script, str(command)], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [name for name in bundled() if name.startswith("mobilenet")]


def test_it_costs_nothing_when_it_is_not_asked_for() -> None:
    script = "import sys; sys.argv = ['convcost', 'analyze', 'lenet5']\nfrom convcost.cli.main import main\n"
    script += "try: main()\nfinally: print([n for n in sys.modules if n == 'convcost.cli.completion'], file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stderr == "[]\n"


def test_help_names_it(run: Run) -> None:
    assert "--install-completion" in run("--help").out
    assert "--install-completion" not in run("analyze", "--help").out
