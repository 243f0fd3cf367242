"""`convcost lock`: keep what every layer is and costs, so that an unintended change shows as a diff."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import typer

from convcost.checks.paths import Target, find_targets
from convcost.cli.options import (
    Arguments,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Variant,
    collected,
    opening,
    settings_of,
)
from convcost.cli.output import warn, write
from convcost.errors import Problem, Source, SpecError, UsageError, printable
from convcost.files import held, save
from convcost.lock import LOCK_FILE
from convcost.lock.file import Lock, open_lock
from convcost.lock.keys import Key, key_of
from convcost.lock.records import LockedNetwork, lock_as_text, locked
from convcost.ops.arguments import many
from convcost.reading.load import REVISION
from convcost.reading.opening import Opening


def command(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH...]",
            help="Spec files, folders, patterns, or bundled networks by name; without any, the specs that the lock "
            "file has.",
        ),
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The lock file; - to print it.")
    ] = LOCK_FILE,
) -> None:
    """Write down what every layer is and costs; networks that are not named are kept as they are."""
    named, chosen = paths or [], settings_of(settings)
    if "-" in named:
        raise UsageError("standard input has no name to be locked under")
    if revision := next((word for word in named if word.startswith(REVISION)), None):
        raise UsageError(f"`{revision}` is a file of a revision: a lock file keeps files as they are now")
    before = _opened(output)
    targets = find_targets(named or before.specs(chosen, variant))
    for path in targets.skipped:
        warn(f"`{path}` is not a spec and is left out")
    if not targets.files and (named or chosen or variant or not before.networks):
        raise UsageError("there is nothing to lock", "for example: convcost lock specs/")

    how = opening(shapes, arguments, *named, outputs=outputs, partial=partial)
    keys = {target: before.keys(target.path, chosen, variant, how) for target in targets.files}
    for target in targets.files if named else ():
        keys[target].append(key_of(target.path, before.folder, chosen, variant, how))
    found = _read(keys, before, how)
    if str(output) == "-":
        return write(lock_as_text(_without_lost(found)))
    # Networks take long to read. What others have written meanwhile is kept.
    with held(output):
        before = _opened(output)
        networks = _without_lost({**before.there(), **found})
        text = lock_as_text(networks)
        if before.source.text != text:
            save(output, text)
    return write(_summary(output, before.networks, networks))


def _opened(output: Path) -> Lock:
    """The lock file; an empty one if there is none, or if it is to be printed."""
    is_there = str(output) != "-" and output.exists()
    return open_lock(output) if is_there else Lock(Source(str(output), ""), output.parent, {})


def _read(keys: Mapping[Target, Iterable[Key]], before: Lock, how: Opening) -> dict[Key, LockedNetwork | None]:
    """What is to be kept of each file; everything that is wrong with any of them in one error.

    None is kept of settings that the lock file has and the spec has no more.
    """
    found: dict[Key, LockedNetwork | None] = {}
    problems: list[Problem] = []
    for target, wanted in keys.items():
        with collected(problems):
            description = target.read(how)
            description.require_whole("lock")
            for key in dict.fromkeys(wanted):
                settings, variant = dict(key.settings), key.variant or None
                try:
                    found[key] = locked(description.network(settings, variant, expecting=False))
                except UsageError:
                    if key not in before.networks:
                        raise
                    found[key] = None
                except SpecError as error:
                    problems += (_read_with(key, problem) for problem in error.problems)
    if problems:
        raise SpecError(problems)
    return found


def _read_with(key: Key, problem: Problem) -> Problem:
    at = (f"read with{key.options}",) if key.options else ()
    return Problem(problem.span, problem.message, problem.help, (*problem.trail, *at))


def _without_lost(networks: dict[Key, LockedNetwork | None]) -> dict[Key, LockedNetwork]:
    return {key: network for key, network in networks.items() if network is not None}


def _summary(output: Path, before: dict[Key, LockedNetwork], after: dict[Key, LockedNetwork]) -> str:
    """What the file has, and what is new in it."""
    layers = sum(len(network.layers) for network in after.values())
    both = before.keys() & after.keys()
    changed = [key for key in both if lock_as_text({key: before[key]}) != lock_as_text({key: after[key]})]
    new, gone = after.keys() - both, before.keys() - both
    parts = [f"{many(len(after), 'network')}, {many(layers, 'layer')}"]
    for word, keys in (("changed", changed), ("new", new), ("gone", gone)):
        if keys:
            named = ", ".join(map(str, sorted(keys)[:3])) + (", ..." if len(keys) > 3 else "")
            parts.append(f"{len(keys)} {word} ({named})")
    return printable(f"{output}: {'; '.join(parts)}" + ("" if changed or new or gone else "; nothing changed"))
