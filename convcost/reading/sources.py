"""Where a network is, and in which kind of file: a spec's text or a model, bundled, named, or from standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import cache
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType
from typing import IO, TYPE_CHECKING

from convcost.errors import Problem, Source, SpecError, UsageError, closest, whole_file
from convcost.language import tree
from convcost.reading.foreign import refuse_foreign
from convcost.reading.opening import AS_IT_IS, Opening, help_with

if TYPE_CHECKING:
    from convcost.reading.model import Model


MAX_PIPED_BYTES = 2**30
"""Of a model that is not a file of its own: its weights count, though nobody reads them."""

MODEL_SUFFIX = ".onnx"
SIDE_SUFFIX = ".expect.yaml"
"""Of a text beside a model that states its figures."""
SUFFIXES = (".yaml", ".yml", MODEL_SUFFIX)
"""Of files that hold networks."""


def read_source(name: str, file: BufferedReader, opening: Opening = AS_IT_IS) -> Source | Model:
    """Return the text of a spec, or a model, in an open file. SpecError if it holds neither.

    Of a model only what is needed is read, so that it may have any size.
    """
    first = file.peek(1)
    if not is_model(name, first) or not file.seekable():
        return source_of(name, read_data(name, file), opening)
    refuse_foreign(name, first)
    from convcost.reading.onnx.model import OnnxModel

    return OnnxModel(name, file, opening)


def read_data(name: str, file: IO[bytes]) -> bytes:
    """Return what is piped in, or one byte more than it may hold."""
    data = file.read(tree.MAX_BYTES + 1)
    return data + file.read(MAX_PIPED_BYTES + 1 - len(data)) if is_model(name, data) else data


def is_model(name: str, data: bytes) -> bool:
    """Return whether a file is an ONNX model. One begins with the byte 8, its version's tag, which no text does."""
    return name.endswith(MODEL_SUFFIX) or data[:1] == b"\x08"


def source_of(name: str, data: bytes, opening: Opening = AS_IT_IS) -> Source | Model:
    """Return the text of a spec, or a model. SpecError if the data is neither."""
    if not is_model(name, data):
        refuse_foreign(name, data)
        return tree.decode(name, data)
    if len(data) > MAX_PIPED_BYTES:
        problem = f"a model that is piped in has at most {MAX_PIPED_BYTES:,} bytes"
        raise SpecError([Problem(whole_file(name), problem, "name its file instead")])
    from convcost.reading.onnx.model import OnnxModel

    return OnnxModel(name, data, opening)


@cache
def _bundle() -> Path:
    """The folder of the networks that come with convcost."""
    here = Path(__file__).parent.parent
    # Installed, the specs lie inside the package; in a checkout, beside it.
    return here / "specs" if (here / "specs").is_dir() else here.parent / "specs"


@cache
def bundled() -> Mapping[str, Path]:
    """Return the networks that come with convcost, by name."""
    return MappingProxyType({path.stem: path for path in sorted(_bundle().glob("*.yaml"))})


def bundled_at(name: str) -> Path | None:
    """Return where the bundled network of that name is, unless a file or folder here has the name."""
    path = _bundle() / f"{name}.yaml"
    return None if "/" in name or os.path.lexists(name) or not os.path.isfile(path) else path


def open_source(spec: str, opening: Opening = AS_IT_IS) -> tuple[Source | Model, str]:
    """Return the text of a spec, or a model, and its default name; `spec` is a path, a bundled network's name, or `-`.

    Raises UsageError if there is nothing by that name, SpecError if it can't be read.
    """
    if spec == "-":
        return source_of("<stdin>", standard_input(), opening), "stdin"
    path = Path(bundled_at(spec) or spec)
    try:
        file = path.open("rb")
    except FileNotFoundError:
        help = _meant(spec) or "`convcost list` names the networks that come with convcost"
        raise UsageError(f"no file and no bundled network `{spec}`", help) from None
    except IsADirectoryError:
        raise UsageError(f"`{spec}` is a folder", "name a file in it") from None
    except (OSError, ValueError) as error:
        raise _unreadable(spec, error) from None
    with file:
        try:
            found = read_source(spec, file, opening)
            # What is stated holds for the whole model.
            if not isinstance(found, Source) and not opening.outputs:
                found.expect = _stated_beside(spec)
            return found, path.stem
        except OSError as error:
            raise _unreadable(spec, error) from None


def stated_beside(model: str) -> Path | None:
    """Return the file beside a model that states its figures, `net.expect.yaml` for `net.onnx`; None if there is none.

    >>> stated_beside("no_such.onnx")
    """
    path = Path(model.removesuffix(MODEL_SUFFIX) + SIDE_SUFFIX)
    return path if model.endswith(MODEL_SUFFIX) and path.is_file() else None


def model_stated_by(path: str) -> str | None:
    """Return the model whose figures a file beside it states; None if it is no such file.

    >>> model_stated_by("no_such.expect.yaml")
    """
    model = path.removesuffix(SIDE_SUFFIX) + MODEL_SUFFIX
    return model if path.endswith(SIDE_SUFFIX) and os.path.isfile(model) else None


def _stated_beside(model: str) -> Source | None:
    path = stated_beside(model)
    if path is None:
        return None
    with path.open("rb") as file:
        return tree.decode(str(path), file.read(tree.MAX_BYTES + 1))


def _unreadable(spec: str, error: OSError | ValueError) -> UsageError:
    return UsageError(f"can't read `{spec}`: {error.strerror if isinstance(error, OSError) else error}")


def _meant(spec: str) -> str | None:
    """A help for a name that is not a file's: that of a file beside it, or of a bundled network."""
    name, colon, settings = spec.partition(":")
    if colon and (name in bundled() or os.path.isfile(name)):
        if settings == "*":
            return f"a row for each variant is of compare alone; one of them is an option here: {name} --variant NAME"
        return f"settings are options here: {name} --set {' --set '.join(settings.split(','))}"
    folder = Path(spec).parent
    names = sorted(os.listdir(folder)) if folder.is_dir() else []
    files = {Path(name).stem: str(folder / name) for name in names if name.endswith(SUFFIXES)}
    meant = closest(Path(spec).stem, [*files, *bundled()])
    if meant:
        return f"did you mean `{files.get(meant, meant)}`?"
    return help_with(spec)


def standard_input() -> bytes:
    """Return what is piped in; UsageError if standard input is closed or can't be read."""
    if sys.stdin is None:
        raise UsageError("`-`: standard input is closed", "pipe a spec in, or name a file")
    try:
        return read_data("-", sys.stdin.buffer)
    except OSError as error:
        raise UsageError(f"can't read standard input: {error.strerror}") from None
