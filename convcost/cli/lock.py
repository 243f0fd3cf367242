"""`convcost lock`: keep what every layer is and costs, so that an unintended change shows as a diff."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convcost.cli.output import warn, write
from convcost.errors import ConvcostError, Problem, SpecError, UsageError, printable
from convcost.files import held, save
from convcost.lock import LOCK_FILE

if TYPE_CHECKING:
    from convcost.checks.paths import Target
    from convcost.lock.file import Lock
    from convcost.lock.records import LockedNetwork


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH...]",
            help="Spec files, folders, patterns, or bundled networks by name; without any, what the lock file has.",
        ),
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The lock file; - to print it.")
    ] = LOCK_FILE,
) -> None:
    """Write down what every layer is and costs; networks that are not named are kept as they are."""
    from convcost.checks.paths import find_targets
    from convcost.lock.text import as_text, key_of

    named = paths or []
    if "-" in named:
        raise UsageError("standard input has no name to be locked under")
    printed = str(output) == "-"
    before = None if printed else _opened(output)
    targets = find_targets(named or (before.specs() if before else []))
    for path in targets.skipped:
        warn(f"`{path}` is no spec and is left out")
    if not targets.files and (named or before is None or not before.networks):
        raise UsageError("there is nothing to lock", "for example: convcost lock specs/")
    folder = Path() if printed else output.parent
    found = {key_of(path, folder): network for path, network in _read(targets.files).items()}
    if printed:
        return write(as_text(found))
    # Networks take long to read. What others have written meanwhile is kept.
    with held(output):
        before = _opened(output)
        kept = {key: before.networks[key] for key, path in before.files().items() if path} if before else {}
        networks = {**kept, **found}
        text = as_text(networks)
        if before is None or before.source.text != text:
            save(output, text)
    return write(_summary(output, before.networks if before else {}, networks))


def _opened(path: Path) -> Lock | None:
    from convcost.lock.file import open_lock

    return open_lock(path) if path.exists() else None


def _read(targets: tuple[Target, ...]) -> dict[str, LockedNetwork]:
    """What is to be kept of each file; everything that is wrong with any of them in one error."""
    from convcost.lock.records import locked
    from convcost.reading.load import read

    found: dict[str, LockedNetwork] = {}
    problems: list[Problem] = []
    for target in targets:
        try:
            found[target.path] = locked(read(*target.read(), expecting=False))
        except ConvcostError as error:
            problems += error.problems
    if problems:
        raise SpecError(problems)
    return found


def _summary(output: Path, before: dict[str, LockedNetwork], after: dict[str, LockedNetwork]) -> str:
    """What the file has, and what is new in it."""
    from convcost.lock.text import as_text

    layers = sum(len(network.layers) for network in after.values())
    both = before.keys() & after.keys()
    changed = [key for key in both if as_text({key: before[key]}) != as_text({key: after[key]})]
    new, gone = after.keys() - both, before.keys() - both
    parts = [f"{len(after)} network{'s' * (len(after) != 1)}, {layers:,} layers"]
    for word, keys in (("changed", changed), ("new", new), ("gone", gone)):
        if keys:
            named = ", ".join(sorted(keys)[:3]) + (", ..." if len(keys) > 3 else "")
            parts.append(f"{len(keys)} {word} ({named})")
    return printable(f"{output}: {'; '.join(parts)}" + ("" if changed or new or gone else "; nothing changed"))
