"""README.md and the pages of docs/: their commands print what they say, their tables and links are right.

`pytest tests/test_readme.py --renew` writes all outputs and tables anew; read the difference before committing it.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from command_line import Run
from pages import COMMANDS, PAGES, ROOT, named, specs

from convcost.checks.rules import RULES
from convcost.cli import main
from convcost.figures import FIGURES
from convcost.numerals import human
from convcost.reading.device import device_names, open_device

FENCE = re.compile(r"^```(console|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TABLE = re.compile(r"(^<!-- `pytest --renew` writes this table: (\w+) ?(\w*) -->\n)((?:\|.*\n)*)", re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)


def outcome(command: str, run: Run) -> str:
    """Return what a command prints on both streams, in a terminal of 100 columns."""
    program, *words = shlex.split(command)
    if program == "convcost" and not {"|", ">", "2>", "&&"}.intersection(words):
        _, out, err = run(*words)
        printed = err + out
    else:
        printed = in_a_shell(command)
    # A crash, or an option that is no more, is never to be written into a page.
    assert re.search(r"^Traceback|^Usage: |convcost failed|\Aerror: ", printed, re.MULTILINE) is None, printed
    return printed


def in_a_shell(command: str) -> str:
    scripts = Path(sys.executable).parent
    environment = {**os.environ, "COLUMNS": "100", "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    ran = subprocess.run(
        command,
        shell=True,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return ran.stdout


def run_tests(source: str) -> int:
    """Run the tests of a Python module, which have no arguments, and return how many they are."""
    made: dict[str, Any] = {}
    exec(source, made)  # noqa: S102 - the source is our own
    tests = [test for name, test in made.items() if name.startswith("test_")]
    for test in tests:
        test()
    return len(tests)


@pytest.mark.slow
@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_commands_print_what_it_says(
    page: Path, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, renew: bool
) -> None:
    for name, text in specs().items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    def run_again(block: re.Match[str]) -> str:
        kind, body = block.groups()
        if kind == "python":
            assert run_tests(body) > 0
            return block[0]
        command = body.splitlines()[0].removeprefix("$ ")
        return f"```console\n$ {command}\n{outcome(command, run)}```"

    text = page.read_text(encoding="utf-8")
    again = TABLE.sub(table_again, FENCE.sub(run_again, text))
    if renew:
        page.write_text(again, encoding="utf-8")
    else:
        assert again == text, "renew it: pytest tests/test_readme.py --renew"


def table_again(block: re.Match[str]) -> str:
    head, kind, of, _ = block.groups()
    rows = [" | ".join(cell.replace("|", r"\|") for cell in row) for row in TABLES[kind](of)]
    rows.insert(1, " | ".join(["---"] * (rows[0].count(" | ") + 1)))
    return head + "".join(f"| {row} |\n" for row in rows)


def options(command: str) -> Iterator[tuple[str, ...]]:
    yield "option", "what it does"
    app: Any = typer.main.get_command(main._app(command if command in main.COMMANDS else None))
    found = (app.commands[command] if command in main.COMMANDS else app).params
    for option in sorted(found, key=lambda one: getattr(one, "rich_help_panel", None) or ""):
        if option.param_type_name == "option" and not option.hidden:
            first, *others = option.opts + option.secondary_opts
            value = "" if option.is_flag else f" {option.metavar or 'N'}"
            default = f" Default: {option.default}." if value and option.default is not None else ""
            yield ", ".join(f"`{name}`" for name in (first + value, *others)), f"{option.help or ''}{default}".strip()
    yield "`--help`, `-h`", "Show the options and exit."


def codes(_: str) -> Iterator[tuple[str, ...]]:
    yield "code", "name", "what it says"
    for rule in RULES.values():
        yield f"`{rule.code}`", rule.name, rule.summary


def figures(_: str) -> Iterator[tuple[str, ...]]:
    yield "figure", "what it is", "unit", "grows with the batch", "depends on"
    for figure in FIGURES.values():
        depends = ", ".join(f"`--{name}`" if name == "dtype" else f"`{name}`" for name in figure.reads)
        yield f"`{figure.name}`", figure.meaning, figure.unit, "yes" if figure.per_sample else "", depends


def devices(_: str) -> Iterator[tuple[str, ...]]:
    yield "name", "device", "operations a second", "bytes a second", "from"
    for name in device_names():
        device = open_device(name)
        peaks = ", ".join(f"{dtype} {human(int(rate.value))}" for dtype, rate in device.peak.items() if rate)
        rates = [rate for rate in (*device.peak.values(), device.bandwidth) if rate]
        said = ", ".join(sorted({f"{rate.kind} {rate.date}" for rate in rates}))
        yield f"`{name}`", device.name, peaks, human(int(device.bandwidth.value)) if device.bandwidth else "", said


def operators(_: str) -> Iterator[tuple[str, ...]]:
    yield "operator", "arguments", "what it does"
    for operator in json.loads(in_a_shell("convcost operators --format json")):
        arguments = (
            name if default is None else f"{name}: {default}" for name, default in operator["arguments"].items()
        )
        yield f"`{operator['name']}`", ", ".join(f"`{one}`" for one in arguments), operator["summary"]


TABLES = {"codes": codes, "devices": devices, "figures": figures, "operators": operators, "options": options}


def test_every_command_has_a_page_with_its_options() -> None:
    assert COMMANDS.keys() == {"convcost", *main.COMMANDS}
    for command, page in COMMANDS.items():
        assert ("options", command) in [found[1:3] for found in TABLE.findall(page.read_text(encoding="utf-8"))]


def test_every_key_is_documented() -> None:
    """What stands in the JSON of `analyze` is explained on its page, or is a figure: their page has a table of all."""
    schema = json.loads((ROOT / "convcost" / "render" / "analysis.schema.json").read_text(encoding="utf-8"))["$defs"]
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    keys = [key for part in ("network", "totals", "layer", "beside") for key in schema[part]["properties"]]
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_every_page_is_in_the_index() -> None:
    index = ROOT / "docs" / "README.md"
    linked = {(index.parent / target).resolve() for target in LINK.findall(index.read_text(encoding="utf-8"))}
    assert set(PAGES) - linked == {index}


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=named)
def test_links_lead_somewhere(page: Path) -> None:
    broken = [link for link in LINK.findall(page.read_text(encoding="utf-8")) if not leads_somewhere(page, link)]
    assert broken == []


def leads_somewhere(page: Path, link: str) -> bool:
    if link.startswith("https://"):
        return True
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    return target.exists() and (not anchor or anchor in anchors(target))


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them; what stands in fences has none."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in HEADING.findall(text)}


def test_the_test_line_is_there() -> None:
    """`.ci/run` takes it from the README."""
    line = r"    python3 -m venv \.venv-test && .* \.venv-test/bin/python -m pytest .*"
    assert len(re.findall(rf"^{line}$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)) == 1
