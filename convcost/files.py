"""Files that are written whole or not at all: beside their goal first, then moved into place; and one at a time."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from convcost.errors import UsageError


def save(path: Path, text: str) -> None:
    """Write a file with this text; UsageError if it can't be written."""
    save_parts(path, [text.encode()])


def save_parts(path: Path, parts: Iterable[bytes]) -> None:
    """Write a file of these parts, one after the other; UsageError if it can't be written."""
    try:
        write_whole(path, lambda file: file.writelines(parts))
    except OSError as error:
        raise UsageError(f"can't write `{path}`: {error.strerror or error}") from None


def write_whole(path: Path, fill: Callable[[BinaryIO], object]) -> None:
    """Write a file that `fill` fills; OSError if it can't be written, or is there and is read-only.

    A symbolic link stays, and what it leads to is written. A file of several names keeps them: it is written over when
    the new text is safe beside it. A pipe or a device has no whole, and is written as it is.
    """
    if is_read_only(path):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    if path.exists() and not path.is_file():
        with path.open("wb") as file:
            fill(file)
        return
    goal = Path(os.path.realpath(path))
    _clean_up(goal)
    linked = goal.exists() and goal.stat().st_nlink > 1
    mode = goal.stat().st_mode if goal.exists() else 0o666 & ~_umask()
    handle, name = _beside(goal)
    with open(handle, "wb") as file:
        try:
            fill(file)
            file.flush()
            os.fsync(handle)
            os.chmod(name, mode & 0o777)
            if sys.platform == "win32":  # where an open file can't be moved
                file.close()
            if not linked:
                os.replace(name, goal)
        except BaseException:
            os.unlink(name)
            raise
    if linked:  # another file moved here would part the names; if this fails the new text is still beside it
        goal.write_bytes(Path(name).read_bytes())
        os.unlink(name)


_PREFIX = ".{}.convcost-"


def _beside(goal: Path) -> tuple[int, str]:
    """Return a new file beside the goal, open and held as long as it is."""
    import tempfile  # it makes random names, for which it imports much

    while True:
        handle, name = tempfile.mkstemp(dir=goal.parent, prefix=_PREFIX.format(goal.name))
        # Whoever cleaned up before it was held has taken it away.
        if _is_held(handle) and os.path.exists(name):
            return handle, name
        os.close(handle)


def _clean_up(goal: Path) -> None:
    """Remove what runs that were killed left beside the goal: what nobody holds."""
    from glob import escape

    for left in goal.parent.glob(f"{escape(_PREFIX.format(goal.name))}????????"):
        try:
            with left.open("rb+") as file:
                if _is_held(file.fileno()):
                    left.unlink()
        except OSError:  # another's, or already gone
            continue


def is_read_only(path: Path) -> bool:
    """Return whether a file is there that this user may not write. To move another there would need no leave."""
    return path.is_file() and not (path.stat().st_mode & 0o222 and os.access(path, os.W_OK))


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def held(path: Path, patience: float = 60, shared: bool = False) -> Iterator[None]:
    """Keep others who hold this file waiting, so that what is read of it is what is written over.

    What is `shared` keeps only those waiting who do not share it; where the system can't do that, it keeps nobody.
    Nothing is left behind: the system lets go when the process ends, however it ends. Raises UsageError if another
    process holds the file for longer than `patience`, in seconds. Where the system can't hold files, nobody waits.
    """
    unknown = shared and sys.platform == "win32"
    handle = None if unknown else _open_to_hold(Path(os.path.realpath(path)))
    try:
        end = time.monotonic() + patience
        while handle is not None and not _is_held(handle, shared):
            if time.monotonic() > end:
                raise UsageError(f"another process is writing `{path}`", "wait until it has ended, or end it")
            time.sleep(0.01)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _open_to_hold(goal: Path) -> int | None:
    """Return what is locked in a file's stead, as it is replaced by another: its folder. None if it can't be.

    On Windows, where folders can't be locked, it is a file with the temporary ones that is named after it.
    """
    try:
        if sys.platform == "win32":
            import tempfile
            from hashlib import sha256

            name = f"convcost-{sha256(os.path.normcase(goal).encode()).hexdigest()}.lock"
            return os.open(Path(tempfile.gettempdir(), name), os.O_RDWR | os.O_CREAT)
        return os.open(goal.parent, os.O_RDONLY)
    except OSError:  # whoever writes there says what is wrong
        return None


def _is_held(handle: int, shared: bool = False) -> bool:
    """Whether it is ours now, or can't be anybody's."""
    if sys.platform == "win32":
        import msvcrt

        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True
