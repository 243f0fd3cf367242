"""Files that a command writes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from convcost.errors import UsageError


def save(path: Path, text: str) -> None:
    """A file with this text, whole or not at all: written beside its goal and moved into place.

    UsageError if it can't be written.
    """
    try:
        _save(path, text)
    except OSError as error:
        raise UsageError(f"can't write `{path}`: {error.strerror or error}") from None


def _save(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        mode = path.stat().st_mode if path.exists() else 0o666 & ~_umask()
        os.chmod(name, mode & 0o777)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
