"""Which files a check is about: files, folders, globs, bundled networks, standard input."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from glob import glob, has_magic
from typing import NamedTuple

from convcost.errors import UsageError
from convcost.language import tree
from convcost.reading.description import Description
from convcost.reading.load import REVISION, open_description
from convcost.reading.opening import AS_IT_IS, Opening
from convcost.reading.sources import MODEL_SUFFIX, SUFFIXES, bundled_at, model_stated_by, source_of, standard_input


class Target(NamedTuple):
    """One file to check. It is opened when it is checked."""

    path: str
    """Relative to the working directory where it lies inside; `-` for standard input."""
    text: bytes | None = None
    """What standard input held."""
    nothing: str = ""
    """Why there is no such file, where that is known already."""

    @property
    def shown(self) -> str:
        """The name in messages and reports, with `/` between folders."""
        return "<stdin>" if self.path == "-" else self.path.replace(os.sep, "/")

    def read(self, opening: Opening = AS_IT_IS) -> Description:
        """Return the description in the file; UsageError or SpecError if there is none."""
        if self.nothing:
            raise UsageError(self.nothing, "a folder is searched for *.yaml, *.yml and *.onnx")
        if self.text is not None:
            return Description(source_of(self.shown, self.text, opening), "stdin")
        return open_description(self.path, opening)


class Targets(NamedTuple):
    """What was asked for: each file once, in that order."""

    files: tuple[Target, ...]
    skipped: tuple[str, ...]
    """YAML files that are not specs; those that were named themselves are not among them."""


def find_targets(words: Sequence[str]) -> Targets:
    """Return the files that words name. Of those in a folder or behind a glob, the ones that look like specs."""
    files: dict[str, Target] = {}
    skipped: dict[str, None] = {}
    for word in words:
        if word == "-":
            files["-"] = Target("-", standard_input())
        elif word.startswith(REVISION):
            files[word] = Target(word)
        elif not word:
            raise UsageError("an empty word names no file")
        elif os.path.isdir(word) or (has_magic(word) and not os.path.lexists(word)):
            closed: list[OSError] = []
            is_folder = os.path.isdir(word)
            within = _walk(word, closed) if is_folder else sorted(filter(os.path.isfile, glob(word, recursive=True)))
            found = [_relative(path) for path in within if model_stated_by(path) is None]
            for error in closed:
                nothing = f"can't read `{error.filename}`: {error.strerror}"
                files[error.filename] = Target(error.filename, nothing=nothing)
            specs = [path for path in found if looks_like_a_spec(path)]
            files.update({path: files.get(path) or Target(path) for path in specs})
            skipped.update(dict.fromkeys(Target(path).shown for path in found if path not in specs))
            if not specs and not closed:
                files[word] = Target(word, nothing=f"no spec in `{word}`")
        else:
            path = _relative(str(bundled_at(word) or model_stated_by(word) or word))
            files.setdefault(path, Target(path))
    return Targets(tuple(files.values()), tuple(skipped))


def _walk(folder: str, closed: list[OSError]) -> Iterator[str]:
    """The files below a folder that may be specs, sorted; what is hidden is left alone, what is closed is kept."""
    for path, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        files = (os.path.join(path, name) for name in sorted(names) if name.endswith(SUFFIXES) and name[0] != ".")
        # A pipe would wait for its writer; what leads nowhere is said when it is checked.
        yield from (file for file in files if os.path.isfile(file) or not os.path.exists(file))


def looks_like_a_spec(path: str) -> bool:
    """Return whether it is a model, or a YAML text with `layers:`, or a `network:` with a name, at its top level.

    The text is not parsed: a spec with a syntax error should be found, a playbook of 10 MB should not be read.
    """
    if path.endswith(MODEL_SUFFIX):
        return True
    try:
        with open(path, "rb") as file:
            text = file.read(tree.MAX_BYTES)
    except OSError:
        return True  # said when it is checked
    return _TOP_LEVEL.search(text) is not None or (text.lstrip().startswith(b"{") and b"layers" in text)


_TOP_LEVEL = re.compile(
    rb"""^(\xef\xbb\xbf)?(["']?layers["']?[ \t]*:|["']?network["']?[ \t]*:[ \t]+[^\s#{])""", re.MULTILINE
)


def _relative(path: str) -> str:
    """The path as one would write it in the working directory, if the file lies inside."""
    if os.pardir in path.split(os.sep):
        return path
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative
