"""A lock file on the disk, and the specs that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from convcost.errors import Source, UsageError
from convcost.language.tree import decode
from convcost.lock.parse import read_lock
from convcost.lock.records import LockedNetwork
from convcost.lock.text import key_of
from convcost.reading.sources import bundled

MAX_BYTES = 64 * 1024 * 1024


class Lock(NamedTuple):
    """A lock file as it was read."""

    source: Source
    folder: Path
    networks: dict[str, LockedNetwork]
    """By the name that `key_of` gives their specs."""

    def find(self, path: str) -> LockedNetwork | None:
        """What is kept of a spec file's network."""
        return self.networks.get(key_of(path, self.folder))

    def files(self) -> dict[str, Path | None]:
        """Each network's spec file; None if it is gone."""
        paths = {key: self.folder / key for key in self.networks}
        return {key: path if path.is_file() else bundled().get(key) for key, path in paths.items()}

    def specs(self) -> list[str]:
        """The paths of the spec files that are there."""
        return [str(path) for path in self.files().values() if path]


def open_lock(path: Path) -> Lock:
    """A lock file; UsageError if it can't be opened, SpecError with the place if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"no lock file `{path}`", "`convcost lock PATH...` writes one") from None
    except OSError as error:
        raise UsageError(f"can't read `{path}`: {error.strerror or error}") from None
    source = decode(str(path), data, MAX_BYTES)
    return Lock(source, path.parent, read_lock(source))
