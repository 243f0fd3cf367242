"""A spec as it is in a revision of a git repository: `git:REV:path`."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from convcost.errors import Source, UsageError, printable
from convcost.language import tree
from convcost.reading.opening import AS_IT_IS, Opening
from convcost.reading.sources import is_model, read_data, source_of

if TYPE_CHECKING:
    from convcost.reading.model import Model

_NAME = re.compile(r"git:(?P<revision>(?:[^:{]|\{[^}]*\})*):(?P<path>.+)", re.DOTALL)
_EXAMPLE = "git:REVISION:PATH, for example git:HEAD:specs/net.yaml"


GIT = ("git", "-c", "core.fsmonitor=false", "-c", f"core.hooksPath={os.devnull}")
"""A repository may be a stranger's: no program that its configuration names is run, none asks for a password."""


def _environment() -> dict[str, str]:
    """What is missing in a partial clone is not fetched: git would run what `remote.origin.uploadpack` names.

    Git knows the first of these from 2.44 on; that no protocol is allowed holds for all.
    """
    closed = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}
    return os.environ | closed


def open_revision(word: str, opening: Opening = AS_IT_IS) -> tuple[Source | Model, str]:
    """Return the text of a file in a revision and its default name, for `git:REV:path`.

    As git has it, the path is from the top of the repository, or from here if it begins with `./`; without a revision
    the file is the staged one. Raises UsageError if there is no such file or it can't be a spec.
    """
    found = _NAME.fullmatch(word)
    if found is None or not word.isprintable():
        raise UsageError(f"`{word}` names no file in a revision", _EXAMPLE)
    revision, path = found.groups()
    if revision.startswith("-"):
        raise UsageError(f"`{word}`: `{revision}` can't be a revision", _EXAMPLE)
    try:
        data = _blob(f"{revision}:{path}")
    except FileNotFoundError:
        raise UsageError(f"can't read `{word}`: there is no `git` here") from None
    if data is None:
        raise _refusal(word, revision, path)
    if not is_model(path, data):
        if len(data) > tree.MAX_BYTES:
            raise UsageError(f"`{word}` has more than {tree.MAX_BYTES:,} bytes, too many for a spec")
        if b"\0" in data:
            raise UsageError(f"`{word}` is a binary file, not a spec")
    return source_of(word, data, opening), PurePosixPath(path).stem


def _blob(name: str) -> bytes | None:
    """The first bytes of a file, one more than it may have; None if there is none."""
    # Not `git show`, which would run a filter that the repository's own configuration names.
    with subprocess.Popen(
        [*GIT, "cat-file", "blob", name],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    ) as process:
        assert process.stdout is not None
        data = read_data(name, process.stdout)
        process.stdout.close()
        failed = process.wait() != 0
    return data if len(data) > tree.MAX_BYTES or not failed else None


def _refusal(word: str, revision: str, path: str) -> UsageError:
    """Why there is no such file."""
    if not _git("rev-parse", "--git-dir"):
        return UsageError(f"can't read `{word}`: this is not a git repository")
    if revision and not _git("rev-parse", "--verify", "--quiet", f"{revision}^{{tree}}"):
        more = f"`git fetch --depth=1 origin {printable(revision)}` gets one revision more"
        is_shallow = _git("rev-parse", "--is-shallow-repository") == "true"
        help = f"this is a shallow clone: {more}" if is_shallow else None
        return UsageError(f"can't read `{word}`: there is no revision `{revision}`", help)
    if _git("cat-file", "-t", f"{revision}:{path}") == "tree":
        return UsageError(f"`{word}` is a folder", "name a file in it")
    if not path.startswith("./") and _git("cat-file", "-t", f"{revision}:./{path}") == "blob":
        return UsageError(
            f"can't read `{word}`: paths are from the top of the repository", f"from here: `git:{revision}:./{path}`"
        )
    if _git("rev-parse", "--verify", "--quiet", f"{revision}:{path}"):
        return UsageError(
            f"can't read `{word}`: this clone does not have the file", "it is a partial clone: `git checkout` fetches"
        )
    return UsageError(f"can't read `{word}`: there is no `{path}` in {revision or 'the index'}")


def _git(*arguments: str) -> str:
    """Return what git answers; nothing if it fails."""
    ran = subprocess.run(
        [*GIT, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=_environment(),
        check=False,
    )
    return ran.stdout.decode(errors="replace").strip() if ran.returncode == 0 else ""
