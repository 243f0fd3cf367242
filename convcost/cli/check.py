"""`convcost check`: what networks expect of themselves, and rules that can be shown to be broken, for CI."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.options import one_of
from convcost.cli.output import terminal_width, write
from convcost.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from convcost.checks.paths import Target
    from convcost.checks.runner import Report
    from convcost.lock.parse import Lock

FORMATS = ("text", "json", "github", "junit", "sarif")

LOCK_FILE = Path("convcost.lock")

_MANY = 20
"""Files from which on a bar shows how far the check is."""


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="PATH...", help="Specs, folders, globs (quoted), bundled networks by name, or - for standard input."
        ),
    ] = None,
    format: Annotated[str, typer.Option("--format", "-f", metavar="|".join(FORMATS), help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the findings there instead.")
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Fail on warnings, too.")] = False,
    select: Annotated[
        list[str] | None, typer.Option("--select", metavar="CODES", help="Look for these alone: W302,E1.")
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option("--ignore", metavar="CODES", help="Do not look for these.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="First write figures that have changed into the specs that expect them.")
    ] = False,
    locked: Annotated[
        bool, typer.Option("--locked", help="Compare with the lock file, which `convcost lock` writes.")
    ] = False,
    lock_file: Annotated[Path, typer.Option("--lock-file", metavar="FILE", help="The lock file.")] = LOCK_FILE,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Check so many files at a time.")] = 1,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="CODE", help="Explain a code instead of checking.")
    ] = None,
) -> None:
    """Check what networks expect of themselves and what can be shown to be wrong with them."""
    if explain is not None:
        return show_rule(explain, format == "json")
    from convcost.checks.paths import find_targets
    from convcost.checks.runner import chosen_codes

    one_of("--format", format, FORMATS)
    if not paths:
        raise UsageError("nothing to check", "name files, folders or bundled networks: convcost check specs/")
    codes = chosen_codes(_codes(select), _codes(ignore))
    lock = _open_lock(lock_file) if locked or lock_file != LOCK_FILE else None
    targets = find_targets(paths)
    if targets.skipped:
        shown = ", ".join(targets.skipped[:3]) + (", ..." if len(targets.skipped) > 3 else "")
        count = f"{len(targets.skipped)} file{'s' * (len(targets.skipped) > 1)} without `layers:`"
        print(_inert(f"note: {count} skipped: {shown}"), file=sys.stderr)
    if update:
        _update(targets.files)
    with _progress(len(targets.files)) as step:
        reports = list(_reports(targets.files, codes, lock, jobs, step))
    _show(reports, format, output, strict)
    if not all(report.readable for report in reports):
        raise typer.Exit(2)
    if any(report.count("error") or (strict and report.count("warning")) for report in reports):
        raise typer.Exit(1)
    return None


def show_rule(code: str, as_json: bool = False) -> None:
    """What a code means."""
    from convcost.checks.rules import RULES

    rule = RULES.get(code.upper()) or next((rule for rule in RULES.values() if rule.name == code), None)
    if rule is None:
        help = did_you_mean(code.upper(), RULES) or f"there are {', '.join(RULES)}"
        raise UsageError(f"`{code}` is no code", help)
    if as_json:
        import json

        from convcost.render.findings_json import rule_object

        return write(json.dumps(rule_object(rule), indent=2))
    from convcost.render.findings_text import explained

    return write(explained(rule, terminal_width()))


def _open_lock(path: Path) -> Lock:
    from convcost.lock.parse import open_lock

    return open_lock(path)


def _codes(words: Sequence[str] | None) -> list[str]:
    return [code.strip() for word in words or () for code in word.split(",")]


def _reports(
    files: Sequence[Target], codes: frozenset[str], lock: Lock | None, jobs: int, step: Callable[[], object]
) -> Iterator[Report]:
    """A report for each file, in the order that was asked for."""
    from convcost.checks.runner import check

    if jobs == 1 or len(files) < 2:
        for target in files:
            yield check(target, codes, lock)
            step()
        return
    from concurrent.futures import ProcessPoolExecutor
    from functools import partial

    one = partial(check, codes=codes, lock=lock)
    with ProcessPoolExecutor(min(jobs, len(files))) as pool:
        for report in pool.map(one, files, chunksize=max(1, len(files) // (4 * jobs))):
            yield report
            step()


def _show(reports: Sequence[Report], format: str, output: Path | None, strict: bool) -> None:
    """The findings where they were asked for; one line that sums up on the standard output, or beside it."""
    from convcost.render.findings_text import summary

    text = _rendered(reports, format, strict)
    if output is not None:
        from convcost.cli.files import save

        save(output, text)
        write(summary(reports))
    elif format == "text":
        write((f"{text}\n\n" if text else "") + summary(reports))
    else:
        write(text) if text else None
        print(summary(reports), file=sys.stderr)


def _rendered(reports: Sequence[Report], format: str, strict: bool) -> str:
    if format == "json":
        from convcost.render.findings_json import as_json

        return as_json(reports)
    if format == "github":
        from convcost.render.findings_github import as_github

        return as_github(reports)
    if format == "junit":
        from datetime import UTC, datetime

        from convcost.render.findings_junit import as_junit

        return as_junit(reports, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"), strict)
    if format == "sarif":
        from convcost.render.findings_sarif import as_sarif

        return as_sarif(reports)
    from convcost.render.findings_text import as_text

    return as_text(reports)


def _update(files: Sequence[Target]) -> None:
    """Write new figures into the specs; what was changed is said beside the results."""
    from convcost.checks.update import update
    from convcost.cli.files import save
    from convcost.errors import SpecError

    for target in files:
        path = Path(target.path)
        if target.text is not None:
            raise UsageError("--update writes into files; standard input is none")
        if not path.is_file():
            continue  # said by the check
        try:
            updated = update(path)
        except SpecError:
            continue
        if updated.changes:
            save(path, updated.text)
        for change in updated.changes:
            print(_inert(f"{change.span}: {change.old} -> {change.new}"), file=sys.stderr)


def _inert(text: str) -> str:
    from convcost.errors import printable
    from convcost.render.findings_inert import no_commands

    return no_commands(printable(text))


@contextmanager
def _progress(files: int) -> Iterator[Callable[[], object]]:
    """A bar on the standard error of a terminal; nothing elsewhere."""
    if files < _MANY or not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("checking", total=files)
        yield lambda: progress.advance(task)
