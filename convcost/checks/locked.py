"""Networks held against the lock file: what is not as it was written down.

E201: a layer, a setting or a total is another one. E202: a layer is not in the lock file. E203: a layer or a spec that
the lock file has is gone. E204: the lock file does not have the network. N205: it does not keep one of the totals.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from glob import has_magic
from pathlib import Path

from convcost.checks.base import Finding, Subject
from convcost.checks.lock_changes import MEANT, Both, changes, size_of
from convcost.checks.phrases import reason
from convcost.errors import ConvcostError, Span, UsageError
from convcost.figures import FIGURES
from convcost.lock.file import Lock
from convcost.lock.keys import Key, key_of
from convcost.lock.records import LockedNetwork, kept, locked
from convcost.reading.opening import AS_IT_IS, Opening


def unlocked(subject: Subject, lock: Lock, path: str, opening: Opening = AS_IT_IS) -> list[Finding]:
    """Return what differs from the lock file in the network of a spec file, or of a model that was opened so.

    Where the subject has settings, it is held against what the lock file keeps with them; where it has none, so is the
    spec with each of the settings that the lock file keeps it with.
    """
    keys = lock.keys(path, subject.settings, subject.variant, opening)
    return [finding for key in keys for finding in _unlocked(subject, lock, path, key)]


def _unlocked(subject: Subject, lock: Lock, path: str, key: Key) -> Iterator[Finding]:
    """Yield what differs with the settings of one key."""
    top = subject.key("network") or Span(subject.source, 1, 1)
    at = f" ({key.options.strip()})" if key.options else ""
    was = lock.networks.get(key)
    if was is None:
        message = f"`{subject.network.name}`{at} is not in the lock file `{lock.source.name}`"
        help = f"`convcost lock {path}{key.options} -o {lock.source.name}` takes it in" if path != "-" else None
        yield Finding("E204", message, top, help)
        return
    try:
        is_own = key == key_of(path, lock.folder, subject.settings, subject.variant, key.opening)
        there = subject if is_own else Subject(subject.description, dict(key.settings), key.variant or None)
    except ConvcostError as error:
        yield _lost(was, at, top, error)
    else:
        yield from changes(Both(there, top, at, locked(there.network), was))


def _lost(was: LockedNetwork, at: str, top: Span, error: ConvcostError) -> Finding:
    problem = error.problems[0]
    message = f"`{was.name}`{at} can't be had: {reason(error)}; the lock file has it in line {was.line}"
    help = MEANT if isinstance(error, UsageError) else problem.help
    return Finding("E203", message, top, help, problem.trail)


def gone(lock: Lock, words: Sequence[str]) -> list[Finding]:
    """Return the networks of a lock file whose specs are gone, where its lines are.

    Of those in the folders and behind the globs among the words; without words all.
    """
    found = []
    for key, was in lock.networks.items():
        if not lock.path(key) and (not words or any(_covers(word, lock.folder / key.file) for word in words)):
            message = f"`{key}` ({size_of(was.layers)}) is gone"
            found.append(Finding("E203", message, _head(lock, was), MEANT))
    return found


def not_kept(lock: Lock) -> list[Finding]:
    """Return a note on the totals that the lock file does not keep, at the first of its networks that lacks one."""
    always = [name for name in kept() if FIGURES[name].is_number]  # not every network has a receptive field
    short = {key: was for key, was in lock.networks.items() if not was.total.keys() >= set(always)}
    if not short:
        return []
    figures = [name for name in always if any(name not in was.total for was in short.values())]
    first, *others = short
    of = f"`{first}`" + (f" and {len(others)} more" if others else "")
    message = f"the lock file does not keep {', '.join(figures)} of {of}"
    help = f"`convcost lock -o {lock.source.name}` takes {'them' if figures[1:] else 'it'} in"
    return [Finding("N205", message, _head(lock, short[first]), help)]


def _head(lock: Lock, was: LockedNetwork) -> Span:
    """Where a network's name stands in the lock file."""
    return Span(lock.source, was.line, 1, len(lock.source.lines[was.line - 1].rstrip().rstrip(":")))


def _covers(word: str, path: Path) -> bool:
    """Whether a file is below a folder, or behind a glob."""
    goal = os.path.abspath(path)
    if has_magic(word):
        pattern = os.path.abspath(word)
        return fnmatch(goal, pattern) and ("**" in word or goal.count(os.sep) == pattern.count(os.sep))
    return os.path.isdir(word) and Path(goal).is_relative_to(os.path.abspath(word))
