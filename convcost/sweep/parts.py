"""The folder of chunks beside a file that a sweep writes: what is done stays done."""

from __future__ import annotations

import shutil
from pathlib import Path

from convcost.errors import UsageError
from convcost.files import is_read_only, write_whole
from convcost.sweep.encodings import ENCODINGS
from convcost.sweep.plan import Plan


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
        try:
            self.folder.mkdir(exist_ok=True)
        except OSError as error:
            raise UsageError(f"can't write in `{out.parent}`: {error.strerror}") from None

    def file(self, chunk: int) -> Path:
        return self.folder / f"{chunk:06}{self._out.suffix}"

    def is_done(self, chunk: int) -> bool:
        return self.file(chunk).exists()

    @property
    def done(self) -> int:
        """How many chunks are done."""
        return sum(1 for _ in self.folder.glob(f"[0-9]*{self._out.suffix}"))

    def rows(self, chunk: int) -> int:
        """Return how many rows a chunk has that is done."""
        return self.encoding.rows(self.file(chunk))

    def keep(self, chunk: int, data: bytes) -> None:
        """A chunk is done."""
        write_whole(self.file(chunk), lambda file: file.write(data))

    def leave(self) -> bool:
        """Return whether something is kept for later; if not, the folder is removed."""
        if not self.done:
            shutil.rmtree(self.folder, ignore_errors=True)
        return self.folder.exists()

    def join(self) -> None:
        """The file, from all chunks; they are not needed any longer."""
        files = map(self.file, range(self._plan.chunks))
        write_whole(self._out, lambda out: self.encoding.join(self._plan, files, out))
        shutil.rmtree(self.folder)
