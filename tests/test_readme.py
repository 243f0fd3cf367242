"""The README's commands print what it says they print. `pytest --renew` writes the outputs anew."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parent.parent / "README.md"
FENCE = re.compile(r"```(console|python|yaml)\n(.*?)```\n", re.DOTALL)


def outcome(command: str, folder: Path) -> str:
    """What a command prints on both streams, in a terminal of 100 columns."""
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "COLUMNS": "100", "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        command,
        shell=True,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout


def test_the_commands_print_what_it_says(tmp_path: Path, renew: bool) -> None:
    def run_again(block: re.Match[str]) -> str:
        kind, body = block.groups()
        if kind == "yaml":
            name = re.match(r"network: (\w+)", body)
            assert name is not None
            (tmp_path / f"{name[1]}.yaml").write_text(body, encoding="utf-8")
            return block[0]
        if kind == "python":
            (tmp_path / "test_page.py").write_text(body, encoding="utf-8")
            assert " passed in " in outcome("python -m pytest -q test_page.py", tmp_path)
            return block[0]
        command = body.splitlines()[0].removeprefix("$ ")
        return f"```console\n$ {command}\n{outcome(command, tmp_path)}```\n"

    page = README.read_text(encoding="utf-8")
    again = FENCE.sub(run_again, page)
    if renew:
        README.write_text(again, encoding="utf-8")
    assert again == README.read_text(encoding="utf-8")


def test_every_command_and_option_is_documented() -> None:
    page = README.read_text(encoding="utf-8")
    from convcost.cli.main import COMMANDS

    assert [command for command in COMMANDS if f"convcost {command}" not in page] == []
