"""Whatever a spec or a command line calls things, no command's output drives a terminal, a spreadsheet, a page or a CI.

Every command, in every format: `LINES` must have a row for each.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import typer.main
from command_line import Run

from convcost.cli import main
from convcost.cli.main import COMMANDS

# By whom they would drive: a spreadsheet, which looks at the first character, and another.
EVIL = {
    "a spreadsheet": "=cmd|' /C calc'!A0",
    "a terminal": "@SUM(1+1)*cmd \x1b[31mred\x1b]0;title\x07\x9b1m\x08\x00 \u202egnp.exe\u2066\u200f\ufeff\u200b",
    "lines": "+1+cmd|a\nINJECTED\rINJECTED\x0bINJECTED\u2028INJECTED\u0085INJECTED",
    "a page": "[bold red]x[/oops][link=file:///e]y[/link]<script>alert(1)</script><img src=x onerror=y>&lt;b&gt;",
    "Markdown": "a|b`c`|**d**|[e](http://e)|![f](http://f)|\\|\\",
    "a workflow": "::error file=a,line=1::boo",
    "a workflow, further on": "x" * 40 + " ::warning ::boo ::set-output name=a::b " + "y" * 40 + "::stop-commands::z",
    "a workflow, as of old": "x ##[error]boo ##vso[task.setvariable variable=a]b",
    "a language": '-2+3+cmd """\nimport os\nos.system(\'INJECTED\')\n"""\\input{/etc/passwd} % $x^2$ _a_ #1 {\\',
    "a shell": "$(touch pwned)`touch pwned`;touch pwned",
}

SPEC = """\
network: {name}
symbols:
  width: 4  # {comment}
variants: {{{name}: {{width: 8}}}}
input: {{channels: 3, size: [8, 8]}}
layers:
  - {{conv: {{out: width, kernel: 3}}, name: first}}
  - relu
  - {{conv: {{out: {out}, kernel: 3, bias: false}}, name: second, expect: {{params: 5}}}}
  - batch_norm
expect: {{macs: 7}}
"""

BAD = """\
network: {name}
{name}: 1
symbols: {{{name}: 3}}
variants: {{{name}: {{{name}: 2}}}}
input: {{channels: 3, size: [8, 8], {name}: 3}}
blocks: {{{name}: {{layers: [relu]}}, b: {{args: {{{name}: 3}}, layers: [{{relu: , name: {name}}}]}}}}
layers:
  - {name}
  - {{{name}: , name: {name}}}
  - {{relu: , from: {name}, share: {name}, repeat: {name}, {name}: 3}}
  - conv: {{out: {name}, kernel: 3, {name}: 1, bias: {name}, padding: {name}}}
  - b: {{{name}: {name}}}
  - add: {{{name}: [relu], short: []}}
  - upsample: {{scale: 2, mode: {name}}}
outputs: [{name}]
expect: {{{name}: 3, macs: {name}, dtype: {name}, at: [{{{name}: 3, variant: {name}}}]}}
"""

# By command, lines to run; {spec} and {other} are specs, {evil} is a name as it is.
LINES: dict[str, list[list[str]]] = {
    "analyze": [
        ["{spec}"],
        ["{spec}", "{other}", "--depth", "1"],
        ["{spec}", "--variant", "{evil}"],
        ["{spec}", "--symbolic"],
        ["{spec}", "--algorithms"],
        ["{spec}", "--device", "v100"],
        ["{spec}", "--device", "{evil}"],
        ["{spec}", "--device", "{bad}"],
        ["{spec}", "--set", "{evil}=3"],
        ["{spec}", "--set", "width={evil}"],
        ["{bad}"],
        ["{evil}"],
    ],
    "check": [
        ["{spec}"],
        ["{spec}", "{bad}"],
        ["."],
        ["{spec}", "--select", "{evil}"],
        ["{spec}", "--explain", "{evil}"],
    ],
    "compare": [
        ["{spec}", "vs", "{other}"],
        ["{spec}", "{other}", "{spec}"],
        ["{spec}:*", "{other}"],
        ["{spec}", "--replace", "conv=depthwise_separable"],
        ["{spec}", "--replace", "{evil}=conv"],
        ["{spec}", "--replace", "conv=depthwise", "--where", "{evil}"],
        ["{evil}", "standard"],
    ],
    "conventions": [["{spec}"], ["{spec}", "--by", "fvcore"], ["{spec}", "--by", "{evil}"], ["{bad}"]],
    "diff": [
        ["{spec}", "{other}"],
        ["{spec}", "{other}", "--fail-if", "macs > 0"],
        ["{spec}", "{bad}"],
        ["{spec}", "{evil}"],
    ],
    "explain": [["{evil}"], ["conv", "--kernel", "{evil}"], ["separable", "--weights", "{evil}"]],
    "export": [
        ["{spec}"],
        ["{spec}", "--to", "onnx"],
        ["{spec}", "--to", "onnx", "--check"],
        ["{spec}", "--to", "layers"],
        ["{spec}", "--to", "scalesim"],
        ["{spec}", "--to", "dot"],
        ["{spec}", "--to", "mermaid"],
        ["{spec}", "--to", "svg"],
        ["{spec}", "--to", "tikz"],
        ["{spec}", "--to", "{evil}"],
        ["{spec}", "--set", "{evil}=3"],
        ["{other}", "--variant", "{evil}"],
        ["{bad}"],
        ["{evil}"],
    ],
    "formula": [
        ["{spec}"],
        ["{spec}", "--in", "width,H"],
        ["{spec}", "--by", "block"],
        ["{spec}", "--per-layer"],
        ["{spec}", "--variant", "{evil}"],
        ["{spec}", "--of", "{evil}"],
        ["{spec}", "--in", "{evil}"],
        ["{bad}"],
    ],
    "import": [
        ["{spec}"],
        ["{spec}", "--symbols"],
        ["{spec}", "--symbol", "{evil}=64"],
        ["{other}", "--variant", "{evil}"],
        ["{bad}"],
        ["{evil}"],
    ],
    "list": [[], ["{evil}"]],
    "lock": [["-o", "-", "{spec}"], ["-o", "-", "{bad}"]],
    "operators": [["{evil}"], ["conv", "split"]],
    "fit": [
        ["{spec}", "--memory", "1GiB"],
        ["{spec}", "--memory", "{evil}"],
        ["{spec}", "--memory", "1GiB", "--freeze", "{evil}"],
        ["{bad}", "--memory", "1GiB"],
        ["{spec}", "--int8"],
        ["{spec}", "--int8", "--ram", "{evil}"],
        ["{spec}", "--int8", "--planner", "{evil}"],
    ],
    "reconcile": [
        ["{spec}", "1K"],
        ["{spec}", "--params", "7"],
        ["{spec}", "{evil}"],
        ["{spec}", "1K", "--params", "{evil}"],
        ["{bad}", "1K"],
    ],
    "schema": [[]],
    "show": [["{spec}"], ["{spec}", "--variant", "{evil}"], ["{spec}", "--flat"], ["{bad}"], ["{evil}"]],
    "solve": [
        ["{spec}", "--for", "width", "--subject-to", "macs <= 1e5"],
        ["{spec}", "--for", "{evil}", "--subject-to", "macs <= 1e5"],
        ["{spec}", "--for", "width", "--subject-to", "{evil}"],
    ],
    "sweep": [
        ["{spec}", "--over", "width=1:4:1"],
        ["{spec}", "--over", "width=1,2", "--pareto", "macs,params"],
        ["{spec}", "--over", "{evil}=1,2"],
        ["{spec}", "--over", "width={evil}"],
    ],
    "verify": [["{spec}"], ["{spec}", "--layers"], ["{spec}", "{bad}"]],
}


def test_every_command_has_its_lines() -> None:
    assert LINES.keys() == COMMANDS.keys()


def formats(command: str) -> list[str]:
    """Return the formats that a command's help names; of one without any, that it is run as it is."""
    app: Any = typer.main.get_command(main._app(command))
    return next((one.metavar.split("|") for one in app.commands[command].params if one.name == "format"), [""])


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Two specs and a bad one that bear an evil name, inside and as files, in a folder of their own."""

    def write(evil: str) -> dict[str, str]:
        folder = tmp_path / "specs"
        folder.mkdir()
        monkeypatch.chdir(folder)
        name = json.dumps(evil)
        stem = evil.replace("/", "").replace("\0", "")[:60]
        comment = printable_comment(evil)
        named = {"spec": f"{stem}.yaml", "other": f"{stem} 2.yaml", "bad": f"{stem}.bad.yaml"}
        Path(named["spec"]).write_text(SPEC.format(name=name, comment=comment, out=8), encoding="utf-8")
        # The second one has no name of its own but its file's.
        other = SPEC.format(name=name, comment=comment, out="2*width").replace(f"network: {name}\n", "", 1)
        Path(named["other"]).write_text(other, encoding="utf-8")
        Path(named["bad"]).write_text(BAD.format(name=name), encoding="utf-8")
        return {**named, "evil": evil.replace("\0", "")}

    return write


def printable_comment(evil: str) -> str:
    """What of a name YAML allows in a comment."""
    return re.sub(r"[^ -~\u200b-\u2027\u202e-\u206f]", "", evil)


NOT_NAMED = [command for command, lines in LINES.items() if lines == [[]]]


@pytest.mark.parametrize(
    ("command", "evil"), [(one, evil) for one in LINES for evil in (list(EVIL)[:1] if one in NOT_NAMED else EVIL)]
)
def test_nothing_dangerous_comes_out(run: Run, files: Any, command: str, evil: str) -> None:
    names = files(EVIL[evil])
    lines, refused = LINES[command], []
    for format in formats(command):
        # What is refused is refused in the same words in any format.
        for line in (line for line in lines if line not in refused):
            words = [word.format(**names) if "{" in word else word for word in line]
            # A name that begins as an option does is given as one can: as a path, or behind the option's `=`.
            words = [f"./{word}" if word.startswith("-") and word in names.values() else word for word in words]
            chosen = ["--format", format] if format else []
            for columns in (None, 60) if format in ("", "table", "text") else (None,):
                ran = run(command, *chosen, *words, columns=columns)
                assert ran.code in (0, 1, 2), ran.err
                if not ran.out and ran.code == 2:
                    refused.append(line)
                check(ran.out, format)
                check(ran.err, "text")
    assert not [path for path in Path().iterdir() if "pwned" in path.name and path.suffix != ".yaml"]


def check(text: str, format: str) -> None:
    """Nothing in an output drives whoever shows it."""
    wrong = {char for char in text if unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") and char != "\n"}
    assert not wrong
    lines = text.split("\n")
    assert not [line for line in lines if line.lstrip().startswith("INJECTED")]
    assert "##[" not in text
    assert "##vso[" not in text
    commands = [line for line in lines if line.lstrip().startswith("::")]
    if format == "github":
        own = r"::(error|warning|notice) (file=[^:]*,line=\d+,[^:]*,)?title=[^:]*::.*"
        commands = [line for line in commands if not re.fullmatch(own, line)]
    assert commands == []
    if text and format in CHECKS:
        CHECKS[format](text)


def check_csv(text: str) -> None:
    for row in csv.reader(io.StringIO(text)):
        for cell in row:
            assert not cell.startswith(("=", "@", "\t", "\r")), cell
            assert not cell.startswith(("+", "-")) or re.fullmatch(r"[-+]?[\d.]+(e[-+]\d+)?", cell), cell


def check_markdown(text: str) -> None:
    text = re.sub(r"^```text\n[^`]*\n```$", "", text, flags=re.MULTILINE)
    outside_code = re.sub(r"(?<![\\`])(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    plain = re.sub(r"\\[\\`*<>\[\]|~&]", "", outside_code)
    assert not re.search(r"[<\[\]`]|&\w+;", plain), plain
    bars = [len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in text.split("\n")]
    tables = re.findall(r"(?:\d+ )+", "".join(f"{n} " if n else ";" for n in bars))
    assert all(len(set(table.split())) == 1 for table in tables), text


def check_python(text: str) -> None:
    """A function and a docstring, whatever is in it."""
    tree = ast.parse(text)
    assert {type(node) for node in tree.body} <= {ast.FunctionDef, ast.ImportFrom, ast.Import, ast.Expr}
    imported = [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert "os" not in imported
    calls = {
        node.func.attr for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert "system" not in calls


def check_latex(text: str) -> None:
    lines = [line.split("%")[0] for line in text.replace(r"\%", "").split("\n")]
    assert not any(r"\input" in line for line in lines)


CHECKS = {
    "csv": check_csv,
    "json": json.loads,
    "junit": ElementTree.fromstring,
    "latex": check_latex,
    "markdown": check_markdown,
    "python": check_python,
    "sarif": json.loads,
}
"""By format, what else must be so of an output."""
