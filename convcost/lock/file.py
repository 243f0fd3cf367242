"""A lock file on the disk, and the specs that it is about."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from convcost.errors import Source, UsageError
from convcost.language.tree import decode
from convcost.lock.keys import Key, Settings, key_of, typed_settings
from convcost.lock.parse import read_lock
from convcost.lock.records import LockedNetwork
from convcost.reading.load import bundled

MAX_BYTES = 64 * 1024 * 1024


class Lock(NamedTuple):
    """A lock file as it was read."""

    source: Source
    folder: Path
    networks: dict[Key, LockedNetwork]

    def keys(self, path: str, settings: Settings = None, variant: str | None = None) -> list[Key]:
        """Return the key of a spec file with these settings; without any, its keys with all settings that are kept."""
        own = key_of(path, self.folder, settings, variant)
        kept = [] if own.options else [key for key in self.networks if key.file == own.file]
        return kept or [own]

    def path(self, key: Key) -> Path | None:
        """Return a network's spec file; None if it is gone."""
        path = self.folder / key.file
        return path if path.is_file() else bundled().get(key.file)

    def there(self) -> dict[Key, LockedNetwork]:
        """Return the networks whose spec files are there."""
        return {key: network for key, network in self.networks.items() if self.path(key)}

    def specs(self, settings: Settings = None, variant: str | None = None) -> list[str]:
        """Return the paths of the spec files that are there; with settings, of those that are kept with them."""
        wanted = (variant or "", typed_settings(settings))
        keys = [key for key in self.there() if wanted in (("", ()), key[1:])]
        return list(dict.fromkeys(str(self.path(key)) for key in keys))


def open_lock(path: Path) -> Lock:
    """Return a lock file. UsageError if it can't be opened, SpecError with the place if it can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"no lock file `{path}`", "`convcost lock PATH...` writes one") from None
    except OSError as error:
        raise UsageError(f"can't read `{path}`: {error.strerror or error}") from None
    source = decode(str(path), data, MAX_BYTES)
    return Lock(source, path.parent, read_lock(source))
