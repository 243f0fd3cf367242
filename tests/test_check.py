"""`convcost check`: which files, what it prints in each format, how it ends, and that nothing in it comes alive."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema
import pytest
import xmlschema
from cases import cases
from command_line import DATA, Run
from json_schemas import validator
from networks import CHOSEN

from convcost.reading.sources import bundled
from convcost.render.findings.formats import FORMATS

GOOD = "network: good\ninput: {channels: 8, size: [8]}\nlayers: [conv: {out: 8, kernel: 1}]\n"
WARNED = "network: warned\ninput: {channels: 8, size: [7]}\nlayers: [max_pool: {kernel: 2}]\n"
FAILING = GOOD + "expect: {params: 73}\n"
UNREADABLE = "network: unreadable\ninput: {channels: 8, size: [8]}\nlayers: [conf: {out: 8, kernel: 1}, max_pool: {}]\n"

SCHEMAS = DATA / "schemas"
SARIF = jsonschema.Draft4Validator(json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf-8")))
JUNIT = xmlschema.XMLSchema(str(SCHEMAS / "junit.xsd"))
OURS = validator("findings")
CASES = {case["name"]: case for case in cases("rules.yaml")["found"]}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in {"good": GOOD, "warned": WARNED, "failing": FAILING, "unreadable": UNREADABLE}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    return tmp_path


def github(text: str) -> list[tuple[str, str, int, int, str]]:
    """What a runner makes of each line: level, file, line, column and title; every line is a command."""
    found = []
    for line in text.splitlines():
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert command is not None, line
        properties = dict(pair.split("=", 1) for pair in command[2].split(","))
        numbers = (int(properties.get(key, 0)) for key in ("line", "col"))
        assert properties.get("line") == properties.get("endLine")
        found.append((command[1], unescaped(properties["file"]), *numbers, properties["title"].split()[0]))
    return found


def unescaped(text: str) -> str:
    for escape, char in (("%2C", ","), ("%3A", ":"), ("%0A", "\n"), ("%0D", "\r"), ("%25", "%")):
        text = text.replace(escape, char)
    return text


def junit(text: str) -> list[tuple[str, str, int, int, str]]:
    """All findings, from the failures' texts and from what stands in `system-out`."""
    JUNIT.validate(text)
    root = ElementTree.fromstring(text)
    texts = [node.text or "" for node in root.iter() if node.tag in ("failure", "error", "system-out")]
    pattern = re.compile(r"^(\S[^\n]*?):(\d+):(\d+): (error|warning|note)\[([EWN]\d{3})\]: ", re.MULTILINE)
    return [(m[4], m[1], int(m[2]), int(m[3]), m[5]) for text in texts for m in pattern.finditer(text)]


def sarif(text: str) -> list[tuple[str, str, int, int, str]]:
    log = json.loads(text)
    SARIF.validate(log)
    (run,) = log["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    found = []
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        place = result["locations"][0]["physicalLocation"]
        region = place.get("region", {"startLine": 0, "startColumn": 0})
        path = unquote(place["artifactLocation"]["uri"])
        found.append((result["level"], path, region["startLine"], region["startColumn"], result["ruleId"]))
    return found


READERS = {"github": github, "junit": junit, "sarif": sarif}
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}


@pytest.mark.parametrize("format", READERS)
@pytest.mark.parametrize("name", CASES)
def test_every_kind_of_failure_is_annotated_where_it_is(run: Run, folder: Path, name: str, format: str) -> None:
    case = CASES[name]
    before = case["spec"][: case["spec"].index("«")]
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    (folder / "nets").mkdir()
    (folder / "nets/net.yaml").write_text(case["spec"].replace("«", "").replace("»", ""), encoding="utf-8")
    ran = run("check", "nets", "--format", format)
    severity = {"E": "error", "W": "warning"}[case["code"][0]]
    level = LEVELS[severity] if format == "github" else severity
    assert (level, "nets/net.yaml", line, column, case["code"]) in READERS[format](ran.out)
    assert ran.err.startswith("1 file checked: ")


def test_the_end_of_a_region_is_the_end_of_the_words(run: Run) -> None:
    out = run("check", "failing.yaml", "--format", "github").out
    assert "file=failing.yaml,line=4,endLine=4,col=18,endColumn=19,title=E101 other-figure::" in out
    region = json.loads(run("check", "failing.yaml", "--format", "sarif").out)["runs"][0]["results"][0]["locations"][0]
    assert region["physicalLocation"]["region"] == {"startLine": 4, "startColumn": 18, "endColumn": 20}
    (finding,) = json.loads(run("check", "failing.yaml", "--format", "json").out)["files"][0]["findings"]
    assert (finding["line"], finding["column"], finding["end_column"]) == (4, 18, 20)


def test_columns_count_characters(run: Run, folder: Path) -> None:
    text = "network: '𝄞é\u4e2d'\ninput: {channels: 8, size: [8]}\nexpect: {params: 73}  # 𝄞\n"
    text += "variants: {'𝄞': {x: 1}, b: {}}\nlayers: [conv: {out: 8, kernel: 1}]\n"
    (folder / "net.yaml").write_text(text, encoding="utf-8")
    for format, reader in READERS.items():
        assert ("error", "net.yaml", 4, 18, "E001") in reader(run("check", "net.yaml", "-f", format).out)


CODES = {
    "good.yaml": 0,
    "warned.yaml": 0,
    "failing.yaml": 1,
    "unreadable.yaml": 2,
    "nothing.yaml": 2,
    "good.yaml warned.yaml failing.yaml": 1,
    "failing.yaml unreadable.yaml good.yaml": 2,
    ".": 2,
    "warned.yaml --strict": 1,
    "warned.yaml --strict --ignore W302": 0,
    "failing.yaml --select W": 0,
    "failing.yaml --ignore E1": 0,
    "failing.yaml --select E101": 1,
    "unreadable.yaml --select W302": 2,
    "unreadable.yaml --ignore E001": 2,
    "failing.yaml --ignore W3,E1": 0,
    "lenet5": 0,
    "'*d.yaml'": 0,
    "'*.nope'": 2,
    "'**/g*.yaml'": 0,
    "": 2,
    "good.yaml --select Q": 2,
    "good.yaml --format html": 2,
    "good.yaml --jobs 0": 2,
    "good.yaml --locked": 2,
    "--explain W302": 0,
    "--explain W999": 2,
}


@pytest.mark.parametrize("arguments", CODES)
def test_exit_codes(run: Run, arguments: str) -> None:
    words = [word.strip("'") for word in arguments.split()]
    assert run("check", *words).code == CODES[arguments]


def test_all_files_and_all_failures_and_one_summary(run: Run) -> None:
    ran = run("check", ".")
    lines = ran.out.splitlines()
    assert [line for line in lines if re.match(r"[\w.]+:\d", line)] == [
        "failing.yaml:4:18: error[E101 other-figure]: `good` has 72 params, 1.4 % less than the 73 expected",
        "unreadable.yaml:3:10: error[E001 unreadable]: no operator or block `conf`",
        "unreadable.yaml:3:37: error[E001 unreadable]: `max_pool` needs `kernel`",
        "warned.yaml:3:10: warning[W302 unread-edge]: no window of `max_pool` reads the last position of its 7 input",
    ]
    assert lines[-1] == "4 files checked: 3 errors, 1 warning in 3 of them; 1 can't be read"
    assert ran.err == ""


def test_what_is_wrong_stands_with_its_line_and_a_caret(run: Run) -> None:
    assert run("check", "warned.yaml").out == (
        "warned.yaml:3:10: warning[W302 unread-edge]: no window of `max_pool` reads the last position of its 7 input\n"
        "  |\n"
        "3 | layers: [max_pool: {kernel: 2}]\n"
        "  |          ^^^^^^^^\n"
        "   = help: `ceil_mode: true` reads them; an input of 6 has none left over\n"
        "\n"
        "1 file checked: 1 warning\n"
    )
    assert run("check", "good.yaml").out == "1 file checked: nothing found\n"


def test_standard_input(run: Run) -> None:
    ran = run("check", "-", "good.yaml", stdin=FAILING.encode())
    assert ran.code == 1
    assert ran.out.startswith("<stdin>:4:18: error[E101 other-figure]")
    assert "2 files checked: 1 error in 1 of them" in ran.out


def test_folders_are_searched_for_specs(run: Run, folder: Path) -> None:
    for name in ("a/b/one.yml", "a/two.yaml", "a/.hidden/no.yaml", "a/.no.yaml", "a/notes.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(WARNED, encoding="utf-8")
    (folder / "a/workflow.yaml").write_text("on: push\njobs: {}\n", encoding="utf-8")
    (folder / "a/flow.yaml").write_text('{"input": {channels: 1, size: []}, "layers": [relu]}', encoding="utf-8")
    (folder / "a/torn.yaml").write_text("network: n\nlayers: [relu\n", encoding="utf-8")
    ran = run("check", "a", "a/b/../two.yaml", "good.yaml", "a/two.yaml", "-f", "json")
    data = json.loads(ran.out)
    OURS.validate(data)
    paths = [file["path"] for file in data["files"]]
    assert paths == ["a/flow.yaml", "a/torn.yaml", "a/two.yaml", "a/b/one.yml", "a/b/../two.yaml", "good.yaml"]
    assert ran.err.splitlines()[0] == "note: 1 file without `layers:` skipped: a/workflow.yaml"
    named = run("check", "a/workflow.yaml")
    assert named.code == 2
    assert "a/workflow.yaml:1:1: error[E001 unreadable]: unknown key `on`" in named.out
    only = run("check", "a/.hidden/../workflow.yaml", "a/notes.txt")
    assert "a/notes.txt:3:10: warning[W302" in only.out


def test_bundled_networks_go_by_their_files(run: Run) -> None:
    data = json.loads(run("check", "lenet5", "-f", "json").out)
    assert data["files"][0]["path"] == str(bundled()["lenet5"])
    assert data["files"][0]["network"] == "lenet5"


def test_more_processes_find_the_same_in_the_same_order(run: Run, folder: Path) -> None:
    for number in range(12):
        text = (GOOD, WARNED, FAILING, UNREADABLE)[number % 4]
        (folder / f"net{number}.yaml").write_text(text, encoding="utf-8")
    one, two = (run("check", ".", "--format", "json", "--jobs", jobs) for jobs in ("1", "2"))
    assert one == two
    assert len(json.loads(one.out)["files"]) == 16


def test_a_file_for_the_findings(run: Run, folder: Path) -> None:
    ran = run("check", "failing.yaml", "--format", "sarif", "-o", "out.sarif")
    assert (ran.code, ran.out) == (1, "1 file checked: 1 error\n")
    assert sarif((folder / "out.sarif").read_text(encoding="utf-8"))
    assert run("check", "failing.yaml", "-o", "no/such/folder/out.txt").code == 2


def test_strict_warnings_are_failures_in_junit(run: Run) -> None:
    def failures(*options: str) -> str | None:
        return ElementTree.fromstring(run("check", "warned.yaml", "-f", "junit", *options).out)[0].get("failures")

    assert failures() == "0"
    assert failures("--strict") == "1"


def test_update_writes_the_new_figures_and_checks_them(run: Run, folder: Path) -> None:
    ran = run("check", "--update", ".")
    assert (folder / "failing.yaml").read_text(encoding="utf-8") == FAILING.replace("73", "72")
    assert ran.err == "failing.yaml:4:18: 73 -> 72\n"
    assert "E101" not in ran.out
    assert run("check", "--update", "-", stdin=FAILING.encode()).code == 2


LEFT_ALONE = {
    "not looked for": ("", ["failing.yaml", "--ignore", "E101"], 0),
    "something else is": ("", ["failing.yaml", "--select", "W"], 0),
    "suppressed on its line": ("  # convcost: ignore[E101]", ["failing.yaml"], 0),
    "suppressed in the file": ("\n# convcost: ignore-file[E101]", ["failing.yaml"], 0),
    "standard input cannot be written": ("", ["failing.yaml", "-"], 2),
}


@pytest.mark.parametrize("name", LEFT_ALONE)
def test_update_leaves_alone_what_would_not_be_reported(run: Run, folder: Path, name: str) -> None:
    comment, arguments, code = LEFT_ALONE[name]
    text = FAILING.rstrip() + comment + "\n"
    (folder / "failing.yaml").write_text(text, encoding="utf-8")
    assert run("check", "--update", *arguments, stdin=GOOD.encode()).code == code
    assert (folder / "failing.yaml").read_text(encoding="utf-8") == text


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="a file that can be opened and not read")
def test_update_goes_on_past_a_file_that_cannot_be_read(run: Run, folder: Path) -> None:
    ran = run("check", "--update", "/proc/self/mem", "failing.yaml")
    assert (ran.code, (folder / "failing.yaml").read_text(encoding="utf-8")) == (2, FAILING.replace("73", "72"))
    assert "/proc/self/mem: error[E001 unreadable]" in ran.out


def killed(*_: object, **__: object) -> None:
    os._exit(9)


def test_a_process_that_is_killed(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("convcost.cli.check.check", killed)
    ran = run("check", "good.yaml", "warned.yaml", "--jobs", "2")
    assert (ran.code, ran.out) == (2, "")
    assert "take fewer `--jobs`" in ran.err


def test_what_a_folder_has_beside_files(run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "nets/closed").mkdir(parents=True)
    (folder / "nets/good.yaml").write_text(GOOD, encoding="utf-8")
    (folder / "nets/nowhere.yaml").symlink_to("nothing")
    os.mkfifo(folder / "nets/pipe.yaml")
    scandir = os.scandir

    def refusing(path: str) -> Any:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    ran = run("check", "nets")
    assert ran.code == 2
    assert [line.split(": ", 1)[1] for line in ran.out.splitlines() if "E001" in line] == [
        "error[E001 unreadable]: can't read `nets/closed`: Permission denied",
        "error[E001 unreadable]: no file and no bundled network `nets/nowhere.yaml`",
    ]


@pytest.mark.parametrize("command", ["check", "lock"])
def test_an_empty_word(run: Run, command: str) -> None:
    ran = run(command, "good.yaml", "")
    assert (ran.code, ran.err) == (2, "error: an empty word names no file\n")


def test_findings_written_to_a_dash_are_printed(run: Run, folder: Path) -> None:
    assert run("check", "failing.yaml", "-o", "-") == run("check", "failing.yaml")
    assert not (folder / "-").exists()


def test_a_network_held_against_the_lock_file(run: Run, folder: Path) -> None:
    assert run("lock", "good.yaml").code == 0
    assert run("check", "good.yaml", "--locked").code == 0
    (folder / "good.yaml").write_text(GOOD.replace("out: 8", "out: 9"), encoding="utf-8")
    ran = run("check", "good.yaml", "--locked", "-f", "github")
    assert ran.code == 1
    assert ("error", "good.yaml", 3, 10, "E201") in github(ran.out)
    assert run("check", "good.yaml").code == 0
    assert run("check", "good.yaml", "--lock-file", "elsewhere.lock").code == 2


SUPPRESSED: dict[str, tuple[str, list[tuple[str, int, int]]]] = {
    "on the line": ("layers: [max_pool: {kernel: 2}]  # convcost: ignore[W302]  as in the paper", []),
    "for the file": ("# convcost: ignore-file[W306, W302]", [("N402", 4, 25)]),
    "on another line": ("# convcost: ignore[W302]", [("W302", 3, 10), ("N402", 4, 20)]),
    "another code": ("layers: [max_pool: {kernel: 2}] # convcost: ignore[W303]", [("W302", 3, 10), ("N402", 3, 52)]),
    "no code": ("# convcost: ignore[W30x]", [("W302", 3, 10), ("W401", 4, 20)]),
    "no codes at all": ("# convcost: ignore", [("W302", 3, 10), ("W401", 4, 13)]),
    "a misspelt word": ("# convcost: ingore[W302]", [("W302", 3, 10), ("W401", 4, 13)]),
    "what can't be suppressed": ("# convcost: ignore-file[E001]", [("W302", 3, 10), ("W401", 4, 25)]),
    "prose": ("# convcost: checks this file", [("W302", 3, 10)]),
    "text in quotes": ("network: 'x # convcost: ignore-file[W302]'", [("W302", 3, 10)]),
    "text over several lines": ("network: 'x\n  # convcost: ignore-file[W302]'", [("W302", 4, 10)]),
    "a block of text": ("network: |\n  # convcost: ignore-file[W302]", [("W302", 4, 10)]),
    "no comment": ("network: x#convcost:ignore-file[W302]", [("W302", 3, 10)]),
}


@pytest.mark.parametrize("name", SUPPRESSED)
def test_comments_that_suppress(run: Run, folder: Path, name: str) -> None:
    comment, expected = SUPPRESSED[name]
    lines = WARNED.splitlines()
    key = comment.partition(":")[0]
    if key.startswith("#"):
        lines.append(comment)
    else:
        lines = [comment if line.startswith(key) else line for line in lines]
    (folder / "net.yaml").write_text("\n".join(lines), encoding="utf-8")
    file = json.loads(run("check", "net.yaml", "-f", "json").out)["files"][0]
    assert [(f["code"], f["line"], f["column"]) for f in file["findings"]] == expected
    assert file["suppressed"] == ("W302" not in [code for code, *_ in expected])


def test_codes_that_are_not_looked_for_are_not_missed(run: Run, folder: Path) -> None:
    (folder / "net.yaml").write_text(GOOD + "# convcost: ignore-file[W302, E201]\n", encoding="utf-8")
    assert "there is no W302 in this file" in run("check", "net.yaml").out
    assert "there is no E201" not in run("check", "net.yaml").out
    assert "N402" not in run("check", "net.yaml", "--ignore", "W302").out


NASTY = {
    "escape": "\x1b[31mred\x1b[0m",
    "c1": "\x9b31mred",
    "backspace": "good\b\b\b\bevil",
    "override": "\u202egnp.yaml",
    "markup": "[bold red]x[/] [link=http://x]y[/link]",
    "command": "::error file=x::y",
    "command on a line of its own": "x\n::error file=x::y",
    "old command": "##[error]x",
    "azure's command": "##vso[task.setvariable variable=x]y",
    "percent": "100%0A::error::x%25",
    "carriage return": "x\r::warning::y",
    "cdata": "x]]><failure/>",
    "html": "<script>alert(1)</script><img src=x onerror=y>&amp;",
    "formula": "=cmd|' /C calc'!A0",
    "sarif's link": "[click](https://example.com) {0}",
    "no character of XML": "x\ufffe\uffff",
    "line separator": "x\u2028::error::y",
    "quotes": "\"'`",
}


def inert(text: str, format: str) -> bool:
    """No control characters, and no command to a CI system but our own."""
    lines = text.split("\n")
    ours = r"::(error|warning|notice) file=[^:]*::" if format == "github" else "(?!)"
    commands = [line for line in lines if line.lstrip().startswith("::") and not re.match(ours, line)]
    return (
        not commands
        and "##[" not in text
        and "##vso[" not in text
        and all(char.isprintable() or char in "\n" for char in text)
    )


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("name", NASTY)
def test_names_come_out_inert(run: Run, folder: Path, name: str, format: str) -> None:
    nasty = NASTY[name]
    quoted = json.dumps(nasty)
    specs = {
        "name": f"network: {quoted}\ninput: {{channels: 8, size: [7]}}\nlayers: [max_pool: {{kernel: 2}}]\n"
        "expect: {params: 3}\n",
        "variant": "network: n\nsymbols: {a: 1}\ninput: {channels: 8*a, size: [8]}\nlayers: [relu]\n"
        f"variants: {{{quoted}: {{a: 0.3}}}}\n",
        "key": f"{GOOD}{quoted}: 1\n",
        "kind": f"network: n\ninput: {{channels: 8, size: [7]}}\nlayers: [{quoted}: {{x: 1}}]\n",
        "expression": f"network: n\ninput: {{channels: {quoted}, size: [7]}}\nlayers: [relu]\n",
        "comment": f"{GOOD}# convcost: ignore[{nasty}]\n",
    }
    for file, text in specs.items():
        (folder / f"{file}.yaml").write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        (folder / f"{nasty.replace('/', ' ')}.yaml").write_text(FAILING, encoding="utf-8")
    except (OSError, ValueError):
        pytest.skip("no such file names here")
    ran = run("check", ".", "--format", format)
    assert inert(ran.out, format)
    assert inert(ran.err, format)
    found = 9
    if format in READERS:
        assert len(READERS[format](ran.out)) >= found
    if format == "json":
        data = json.loads(ran.out)
        OURS.validate(data)
        assert sum(len(file["findings"]) for file in data["files"]) >= found
    if format == "junit":
        tags = {node.tag for node in ElementTree.fromstring(ran.out).iter()}
        assert tags <= {
            "testsuites",
            "testsuite",
            "properties",
            "testcase",
            "failure",
            "error",
            "system-out",
            "system-err",
        }
    if format == "sarif":
        texts = [result["message"]["text"] for result in json.loads(ran.out)["runs"][0]["results"]]
        assert not [text for text in texts if re.search(r"\]\(|(?<!\{)\{\d+\}(?!\})", text)]


def test_a_name_that_is_no_text(run: Run, folder: Path) -> None:
    name = b"net\xff.yaml"
    try:
        (folder / os.fsdecode(name)).write_text(FAILING, encoding="utf-8")
    except OSError:
        pytest.skip("no such file names here")
    for format in FORMATS:
        assert inert(run("check", ".", "--format", format).out, format)
    (uri,) = {path for _, path, *_ in sarif(run("check", os.fsdecode(name), "-f", "sarif").out)}
    assert uri == "net\ufffd.yaml"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["good.yaml", "--select", "W1"], "`W1` is not a code; there are E001, E002, E101"),
        (["good.yaml", "--ignore", "E1,"], "`` is not a code; there are E001, E002, E101"),
        (["--explain", "E1"], "`E1` is not a code; there are E101, E102, E103, E104, E105, E106"),
        (["--explain", "unread-egde"], "`unread-egde` is not a code; did you mean W302, unread-edge?"),
    ],
)
def test_what_is_no_code(run: Run, arguments: list[str], says: str) -> None:
    ran = run("check", *arguments)
    assert ran.code == 2
    assert says in ran.err.replace("\n  = help: ", "; ")


def test_one_line_of_several_layers_is_one_finding(run: Run, folder: Path) -> None:
    text = "input: {channels: 8, size: [63]}\nlayers: [{max_pool: {kernel: 2}, repeat: 5, name: p}]\n"
    (folder / "net.yaml").write_text(text, encoding="utf-8")
    (finding,) = json.loads(run("check", "net.yaml", "-f", "json").out)["files"][0]["findings"]
    assert finding["layer"] == "p.0"
    assert finding["help"].endswith("none left over; likewise `p.1`, `p.2`, `p.3` and 1 more")


def test_explain_tells_of_a_code(run: Run) -> None:
    told = run("check", "--explain", "w302").out
    assert told.startswith("W302 unread-edge (warning)\n\nThe last rows or columns of a map are read by no window.\n")
    assert run("explain", "W302").out == told == run("check", "--explain", "unread-edge").out
    narrow = run("explain", "W302", columns=50).out
    assert [line for line in narrow.splitlines() if len(line) > 50 and not line.startswith(" ")] == []
    assert json.loads(run("explain", "W302", "-f", "json").out)["name"] == "unread-edge"


def test_a_spec_is_checked_without_what_analysing_imports(folder: Path) -> None:
    import subprocess
    import sys

    code = "import sys; from convcost.cli.main import main\ntry: main()\nexcept SystemExit: pass\n"
    code += "print(*(m for m in ('sympy', 'numpy', 'rich', 'xml', 'multiprocessing') if m in sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", code, "check", "good.yaml"], capture_output=True, text=True, cwd=folder, check=True
    )
    assert ran.stdout.splitlines()[1:] == [""]


@pytest.mark.slow
def test_many_bundled_specs_in_one_call(run: Run, folder: Path) -> None:
    (folder / "specs").mkdir()
    for name in CHOSEN:
        shutil.copy(bundled()[name], folder / "specs")
    ran = run("check", "specs", "--format", "json", "--select", "E")
    data: dict[str, Any] = json.loads(ran.out)
    assert (ran.code, data["summary"]["files"]) == (0, len(CHOSEN))
