"""`convcost check`: what networks expect of themselves, and rules that can be shown to be broken, for CI."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from convcost.checks.budgets import Budget, budget
from convcost.checks.expectations import update
from convcost.checks.paths import Target, find_targets
from convcost.checks.rules import RULES, no_code
from convcost.checks.runner import Asked, Report, check, check_lock, chosen_codes
from convcost.cli.formats import EXPLANATION, Explained, Output, format_of, option, printer
from convcost.cli.options import Arguments, Ends, Partial, Settings, Shapes, Variant, opening, settings_of
from convcost.cli.output import terminal_width, write
from convcost.cli.progress import progress
from convcost.errors import SpecError, UsageError, printable
from convcost.files import save
from convcost.lock import LOCK_FILE
from convcost.lock.file import open_lock
from convcost.ops.arguments import many
from convcost.reading.load import REVISION
from convcost.reading.opening import names_module
from convcost.reading.sources import stated_beside
from convcost.render.findings.data import rule_object
from convcost.render.findings.formats import FORMATS, Checked
from convcost.render.findings.text import explained, summary

_MANY = 20
"""Files from which on a bar shows how far the check is."""


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH...]",
            help="Specs, folders, globs (quoted), bundled networks by name, git:REV:path, or - for standard input; "
            "with --locked, without any, the specs that the lock file has.",
        ),
    ] = None,
    format: Annotated[str | None, option("text", "json", "github", "junit", "sarif")] = None,
    output: Output = None,
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
    settings: Settings = None,
    variant: Variant = None,
    fail_if: Annotated[
        list[str] | None,
        typer.Option("--fail-if", metavar="CONDITION", help="A budget for every file: 'macs > 5e9'; may be repeated."),
    ] = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: Partial = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, metavar="N", help="Check so many files at a time.")] = 1,
    explain: Annotated[
        str | None, typer.Option("--explain", metavar="CODE", help="Explain a code instead of checking.")
    ] = None,
) -> None:
    """Check what networks expect of themselves and what can be shown to be wrong with them."""
    if explain is not None:
        return show_rule(explain, printer(EXPLANATION, format, output))

    format = format_of(FORMATS, format, output)
    if update and (other := next(filter(_is_no_file, paths or ()), None)):
        raise UsageError(f"--update writes into files: `{other}` is not one")
    chosen = settings_of(settings)
    if update and (chosen or variant):
        raise UsageError("--update writes figures at the defaults: it can't be used with --set or --variant")
    codes = chosen_codes(_codes(select), _codes(ignore))
    lock = open_lock(lock_file) if locked or lock_file != LOCK_FILE else None
    lost = check_lock(lock, paths or [], codes) if lock else []
    words = paths or (lock.specs(chosen, variant) if lock else [])
    if lock and not paths and (alone := lock.named_alone):
        note = f"{many(len(alone), 'network')} of the lock file must be named: convcost check {alone[0]} --locked"
        print(printable(f"note: {note}"), file=sys.stderr)
    if not words and not lost:
        raise UsageError("nothing to check", "name files, folders or bundled networks: convcost check specs/")
    targets = find_targets(words)
    if targets.skipped:
        shown = ", ".join(targets.skipped[:3]) + (", ..." if len(targets.skipped) > 3 else "")
        count = f"{many(len(targets.skipped), 'file')} without `layers:`"
        print(printable(f"note: {count} skipped: {shown}"), file=sys.stderr)
    if update:
        _update(targets.files, codes)
    if chosen or variant:
        note = "of what `expect` states, only rows of `at` with these very settings are checked here"
        print(f"note: {note}", file=sys.stderr)
    how = opening(shapes, arguments, *words, outputs=outputs, partial=partial)
    asked = Asked(codes, lock, chosen, variant, tuple(map(_budget, fail_if or ())), how)
    with progress("checking", len(targets.files), wanted=len(targets.files) >= _MANY) as bar:
        reports = [*_reports(targets.files, asked, jobs, bar.advance), *lost]
    printer(FORMATS, format, output)(Checked(reports, strict, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")))
    if output:
        write(summary(reports))
    elif format != "text":
        print(summary(reports), file=sys.stderr)
    if not all(report.readable for report in reports):
        raise typer.Exit(2)
    if any(report.count("error") or (strict and report.count("warning")) for report in reports):
        raise typer.Exit(1)
    return None


def show_rule(code: str, show: Callable[[Explained], None]) -> None:
    """Show what a code means."""
    rule = RULES.get(code.upper()) or next((rule for rule in RULES.values() if rule.name == code), None)
    if rule is None:
        raise no_code(code)
    show(Explained(lambda: explained(rule, terminal_width()), lambda: rule_object(rule)))


def _budget(text: str) -> Budget:
    """A budget as typed; UsageError for a change, which has no meaning for one version."""
    found = budget(text)
    if found.change:
        raise UsageError(f"--fail-if '{text}': a check has no version before", "write an amount: 'macs > 5e9'")
    return found


def _codes(words: Sequence[str] | None) -> list[str]:
    return [code.strip() for word in words or () for code in word.split(",")]


def _reports(files: Sequence[Target], asked: Asked, jobs: int, step: Callable[[], object]) -> Iterator[Report]:
    """A report for each file, in the order that was asked for."""
    if jobs == 1 or len(files) < 2:
        for target in files:
            yield check(target, asked)
            step()
        return
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from functools import partial

    one = partial(check, asked=asked)
    try:
        with ProcessPoolExecutor(min(jobs, len(files))) as pool:
            for report in pool.map(one, files, chunksize=max(1, len(files) // (4 * jobs))):
                yield report
                step()
    except BrokenProcessPool:
        raise UsageError("a process was killed while it checked", "memory may be short: take fewer `--jobs`") from None


def _is_no_file(word: str) -> bool:
    return word == "-" or word.startswith(REVISION) or names_module(word) is not None


def _update(files: Sequence[Target], codes: frozenset[str]) -> None:
    """Write new figures into the specs; what was changed is said beside the results."""
    for target in files:
        path = Path(target.path)
        try:
            if not path.is_file():
                continue  # said by the check
            updated = update(path, codes)
        except (OSError, SpecError):
            continue
        if updated.changes:
            save(stated_beside(target.path) or path, updated.text)
        for change in updated.changes:
            print(printable(f"{change.span}: {change.old} -> {change.new}"), file=sys.stderr)
