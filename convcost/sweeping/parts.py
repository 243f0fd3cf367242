"""The folder of chunks beside a file that a sweep writes: what is done stays done."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from zlib import crc32

from convcost.errors import UsageError
from convcost.files import held, is_read_only, write_whole
from convcost.sweeping.encodings import ENCODINGS
from convcost.sweeping.plan import Plan


class Parts:
    """Chunks of a plan as files in OUT.parts-DIGEST, until all of them are there and are joined to OUT.

    Another plan has another digest, and so another folder.
    """

    def __init__(self, out: Path, plan: Plan) -> None:
        if out.suffix.lower() not in ENCODINGS:
            raise UsageError(f"can't write `{out.name}`", f"give FILE{' or FILE'.join(ENCODINGS)}")
        if out.is_dir():
            raise UsageError(f"`{out}` is a folder")
        if is_read_only(out):
            raise UsageError(f"can't write `{out}`: it is read-only")
        self._out = out
        self._plan = plan
        self.encoding = ENCODINGS[out.suffix.lower()]()
        self.folder = out.with_name(f"{out.name}.parts-{plan.digest}")
        self._make_folder()

    def _make_folder(self) -> None:
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            found = self.folder.lstat()
        except OSError as error:
            raise UsageError(f"can't write in `{self._out.parent}`: {error.strerror}") from None
        if not stat.S_ISDIR(found.st_mode) or (hasattr(os, "getuid") and found.st_uid != os.getuid()):
            raise UsageError(f"`{self.folder}` belongs to another user", "remove it, or write to another folder")

    @contextmanager
    def held(self, shared: bool) -> Iterator[None]:
        """Keep other processes out of the folder while chunks are written; those that write shards share it.

        Raises UsageError if another process has it.
        """
        owner = self.folder / "owner"
        with ExitStack() as stack:
            try:
                stack.enter_context(held(owner, 0, shared))
            except UsageError:
                help = "wait until it has ended, or end it"
                raise UsageError(f"`{self._out}` is being written by {_text(owner)}", help) from None
            if not self.folder.exists():
                raise UsageError(f"another process has just written `{self._out}`")
            owner.write_text(f"process {os.getpid()} on {platform.node()}")
            yield

    def file(self, chunk: int) -> Path | None:
        """Return the file of a chunk that is done: its name says its length and checksum, and both are right."""
        for file in self.folder.glob(f"{chunk:06}-*{self._out.suffix}"):
            if file.name == self._name(chunk, *_sum_of(file)):
                return file
        return None

    def is_done(self, chunk: int) -> bool:
        """Return whether the file of a chunk is there and whole."""
        return self.file(chunk) is not None

    @property
    def done(self) -> int:
        """How many chunks are there."""
        return sum(1 for _ in self.folder.glob(f"[0-9]*{self._out.suffix}"))

    def rows(self, chunk: int) -> int:
        """Return how many rows a chunk has that is done."""
        return self.encoding.rows(self._file(chunk))

    def keep(self, chunk: int, data: bytes) -> None:
        """Write the file of a chunk that is done, in the place of any other of its number."""
        for torn in self.folder.glob(f"{chunk:06}-*{self._out.suffix}"):
            torn.unlink()
        write_whole(self.folder / self._name(chunk, len(data), crc32(data)), lambda file: file.write(data))

    def _name(self, chunk: int, length: int, checksum: int) -> str:
        return f"{chunk:06}-{length}-{checksum:08x}{self._out.suffix}"

    def _file(self, chunk: int) -> Path:
        file = self.file(chunk)
        if file is None:
            raise UsageError(f"chunk {chunk} in `{self.folder}` is torn or gone", "run the same command again")
        return file

    def leave(self) -> bool:
        """Remove the folder if nothing in it is kept for later; return whether it is still there."""
        if not self.done:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.folder.exists()

    def join(self) -> None:
        """Write the file from all chunks, and remove them: they are not needed any longer."""
        files = map(self._file, range(self._plan.chunks))
        write_whole(self._out, lambda out: self.encoding.join(self._plan, files, out))
        shutil.rmtree(self.folder)


def _sum_of(file: Path) -> tuple[int, int]:
    """The length and the checksum of a file."""
    length = checksum = 0
    with file.open("rb") as data:
        while part := data.read(1 << 20):
            length, checksum = length + len(part), crc32(part, checksum)
    return length, checksum


def _text(owner: Path) -> str:
    try:
        return owner.read_text()
    except OSError:
        return "another process"
