"""What stands in this repository for others to use: the pre-commit hook, the GitHub action, the pages' workflows."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from command_line import DATA, Run
from pages import ROOT, fenced

from convcost.cli.main import COMMANDS
from convcost.reading.sources import bundled

HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
SCRIPTS = Path(sys.executable).parent

BROKEN = """\
input: {channels: 3, size: [8, 8]}
layers:
  - conv: {out: 8, kernel: 3}
  - relu
expect:
  params: 225
"""  # 8 filters of 3x3x3 weights and a bias: 224


class Checked(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def check(tmp_path: Path) -> Any:
    """The action's last step, as a runner has bash execute it; convcost is installed already."""
    (step,) = (step for step in ACTION["runs"]["steps"] if step["name"] == "Check")

    def run_step(paths: str = ACTION["inputs"]["paths"]["default"], args: str = "") -> Checked:
        script = tmp_path / "step.sh"
        script.write_text(step["run"], encoding="utf-8")
        given = {"INPUT_PATHS": paths, "INPUT_ARGS": args}
        assert step["env"].keys() == given.keys()
        environment = {**os.environ, **given, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return Checked(ran.returncode, ran.stdout, ran.stderr)

    return run_step


def test_the_hook() -> None:
    (hook,) = HOOKS
    assert hook["id"] == "convcost-check"
    assert hook["language"] == "python"
    program, command = hook["entry"].split()
    assert (SCRIPTS / program).exists()
    assert command in COMMANDS
    wanted = re.compile(hook["files"])
    assert all(
        wanted.search(path)
        for path in ("specs/resnet50.yaml", "models/specs/a/b.yaml", "a/net.onnx", "a/net.expect.yaml")
    )
    assert not any(
        wanted.search(path) for path in (".github/workflows/ci.yml", "myspecs/a.yaml", "specs.yaml", "net.onnx.txt")
    )


def test_the_hook_says_no(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "net.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    arguments = HOOKS[0]["entry"].split()[1:]
    assert run(*arguments, str(bundled()["lenet5"])).code == 0
    assert run(*arguments, str(bundled()["lenet5"]), str(path)).code == 1


def test_no_input_is_written_into_a_script() -> None:
    assert ACTION["runs"]["using"] == "composite"
    python, install, check = ACTION["runs"]["steps"]
    for step in (install, check):
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
    assert install["env"] == {"PYTHON": f"${{{{ steps.{python['id']}.outputs.python-path }}}}"}
    assert all(value == f"${{{{ inputs.{key[6:].lower()} }}}}" for key, value in check["env"].items())


def test_the_action_brings_a_python_that_convcost_runs_on() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    python = ACTION["runs"]["steps"][0]
    assert python["uses"].startswith("actions/setup-python@v")
    assert project["requires-python"] == f">={python['with']['python-version']}"
    assert not any("onnx" in one for one in project["dependencies"])


@pytest.mark.slow
def test_a_broken_spec_is_annotated(check: Any, tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs/net.yaml").write_text(BROKEN, encoding="utf-8")
    checked = check()
    assert checked.code == 1
    assert re.match(r"::error file=specs/net\.yaml,line=6,.*col=11,.*224 params.*225 expected", checked.out)
    (tmp_path / "specs/net.yaml").write_text(BROKEN.replace("225", "224"), encoding="utf-8")
    assert check()[:2] == (0, "")


@pytest.mark.slow
def test_models_in_a_folder_are_checked(check: Any, tmp_path: Path) -> None:
    (tmp_path / "specs").mkdir()
    name = "handwritten__M5__ts.onnx"
    shutil.copy(DATA / "onnx" / name, tmp_path / "specs")
    assert check().code == 0
    assert check(args="--strict").out.startswith(f"::warning file=specs/{name},line=14,")
    (tmp_path / "specs" / name).write_bytes(b"\x08\x08:")
    assert check().out.startswith(f"::error file=specs/{name},line=1,")


@pytest.mark.slow
def test_paths_and_arguments(check: Any, tmp_path: Path) -> None:
    for name in ("a b.yaml", "c.yaml", "d.yaml"):
        (tmp_path / name).write_text(BROKEN, encoding="utf-8")
    assert set(re.findall(r"file=([^,]+),", check("a b.yaml\n\n[cd].yaml\n").out)) == {"a b.yaml", "c.yaml", "d.yaml"}
    assert check("c.yaml", "--ignore E1").code == 0
    assert check("c.yaml", "--ignore\nE1 --strict").code == 0
    assert check("--help").code == 2  # a path, not an option


@pytest.mark.slow
@pytest.mark.parametrize(
    "evil", ["$(touch pwned)", "`touch pwned`", "; touch pwned", '"; touch pwned; "', "c.yaml; touch pwned #"]
)
def test_inputs_run_nothing(check: Any, tmp_path: Path, evil: str) -> None:
    assert check(evil).code == 2
    assert check("c.yaml", evil).code == 2
    assert not (tmp_path / "pwned").exists()


@pytest.mark.slow
def test_the_workflows_of_the_pages(run: Run) -> None:
    workflows = [yaml.safe_load(text) for text in fenced("yml")]
    steps = [step for flow in workflows if "jobs" in flow for job in flow["jobs"].values() for step in job["steps"]]
    (ours,) = [step for step in steps if step.get("uses") == "./"]
    assert ours["with"].keys() <= ACTION["inputs"].keys()
    assert list((ROOT / ours["with"]["paths"]).glob("*.yaml"))
    assert run("check", *ours["with"]["args"].split(), str(bundled()["lenet5"])).code == 0  # test_rules.py checks all
    hooks = [hook["id"] for flow in workflows if "repos" in flow for repo in flow["repos"] for hook in repo["hooks"]]
    assert hooks == [HOOKS[0]["id"]]
