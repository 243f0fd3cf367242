"""Files that are written whole or not at all: beside their goal first, then moved into place."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from convcost.errors import UsageError


def save(path: Path, text: str) -> None:
    """A file with this text; UsageError if it can't be written."""
    try:
        write_whole(path, lambda file: file.write(text.encode()))
    except OSError as error:
        raise UsageError(f"can't write `{path}`: {error.strerror or error}") from None


def write_whole(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """A file that is filled; OSError if it can't be, or is there and not to be written.

    A symbolic link stays, and what it leads to is written. A pipe or a device has no whole, and is written as it is.
    """
    if is_read_only(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            fill(file)
        return
    goal = Path(os.path.realpath(path))
    handle, name = tempfile.mkstemp(dir=goal.parent, prefix=f".{goal.name}.")
    try:
        with open(handle, "wb") as file:
            fill(file)
            file.flush()
            os.fsync(handle)
        mode = goal.stat().st_mode if goal.exists() else 0o666 & ~_umask()
        os.chmod(name, mode & 0o777)
        os.replace(name, goal)
    except BaseException:
        os.unlink(name)
        raise


def is_read_only(path: Path) -> bool:
    """Whether a file is there that nobody, or not this user, may write. To move another there would need no leave."""
    return path.is_file() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
