"""In which format a command prints, and where to: `--format` and `-o` stand here for all commands."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import redirect_stdout
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, NamedTuple, TypeVar

import typer

from convcost.cli.output import ascii_only, show_table, terminal_width, wrapped, write
from convcost.errors import ConvcostError, UsageError, choices
from convcost.render.formats import Block, Blocks, Drawing, Formats, Grid, Under
from convcost.render.summary import lines_as_text

R = TypeVar("R")

Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE",
        help="Write to a file instead, whole or not at all; - to print.",
        callback=lambda file: None if str(file) == "-" else file,
    ),
]
"""The file to write; None to print."""

ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".md": "markdown",
    ".py": "python",
    ".sarif": "sarif",
    ".svg": "svg",
    ".tex": "latex",
    ".xml": "junit",
}
"""What a file's ending says of its format."""


def option(*formats: str) -> Any:
    """Return the option `--format` of a command that has these formats, the default first."""
    help = f"How to print; default: as FILE ends, else {formats[0]}."
    return typer.Option("--format", "-f", metavar="|".join(formats), help=help)


Format = Annotated[str | None, option("table", "json", "csv", "markdown")]


def format_of(formats: Collection[str], format: str | None, output: Path | None = None) -> str:
    """Return the format that was asked for; UsageError if there is no such.

    Without `--format` it is what the file's ending says, and where that says nothing the first.
    """
    ending = ENDINGS.get(output.suffix.lower()) if output else None
    wanted = format or ending or next(iter(formats))
    if wanted not in formats:
        option = f"--format can't be `{wanted}` here" if format else f"-o {output}: there is no format `{wanted}` here"
        raise UsageError(option, choices(wanted, formats, "choose another --format: there are"))
    return wanted


def printer(formats: Formats[R], format: str | None, output: Path | None = None) -> Callable[[R], None]:
    """Return what prints a result, in the format and into the file that were asked for; UsageError if it can't be."""
    make = formats[format_of(formats, format, output)]
    if output is not None:
        require_free(output, "-o", "--output")
    return partial(_save, make, output) if output else partial(_print, make)


def require_free(output: Path, *options: str) -> None:
    """Raise UsageError where a file that one of the options names is named for something else, or holds a network."""
    if _is_named_besides(output, options, sys.argv[1:]):
        message = f"{options[0]} {output}: the same file is named for something else, too"
        raise UsageError(message, "write to another file")
    if _holds_a_network(output):
        message = f"{options[0]} {output}: there is a network in this file"
        raise UsageError(message, "write to another file, or remove it first")


def _is_named_besides(output: Path, options: Collection[str], words: Sequence[str]) -> bool:
    """Whether a file to write is also one that is read, or written by another option."""
    command = next((n for n, word in enumerate(words) if not word.startswith("-")), 0)
    following = words[command + 1 :]
    others = [word for before, word in pairwise(["", *following]) if before not in options]
    return str(output) in others or any(
        output.is_file() and os.path.isfile(word) and output.samefile(word) for word in others
    )


def _holds_a_network(output: Path) -> bool:
    """Whether a file is a spec or a model: what convcost writes with `-o` is neither."""
    if not output.is_file():
        return False
    from convcost.checks.paths import looks_like_a_spec
    from convcost.reading.load import open_description

    if output.read_bytes()[:1] != b"{":
        return looks_like_a_spec(str(output))
    try:
        open_description(str(output)).outline()
    except ConvcostError:
        return False  # a report in JSON may have `layers`, too
    return True


def _print(make: Callable[[R], str | Blocks], result: R) -> None:
    made = make(result)
    if isinstance(made, str):
        return write(made) if made else None
    for n, block in enumerate(block for block in made if block):
        if n and not isinstance(block, Under):
            write("")
        _show(block)
    return None


def _show(block: Block) -> None:
    if isinstance(block, Under):
        _show(block.block if isinstance(block.block, str) else [(f"  {label}", text) for label, text in block.block])
    elif isinstance(block, Grid):
        show_table(block.columns, block.rows, block.of, block.style, block.note)
    elif isinstance(block, Drawing):
        write(block.drawn(terminal_width(), ascii_only()))
    elif isinstance(block, list):
        write(lines_as_text(block, terminal_width()))
    else:
        write(block if "\n" in block else wrapped(block))


def _save(make: Callable[[R], str | Blocks], output: Path, result: R) -> None:
    """The same into a file, which is no terminal."""
    from convcost.files import save

    text = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with redirect_stdout(text):
        _print(make, result)
    text.seek(0)
    save(output, text.read())


class Explained(NamedTuple):
    """What makes an explanation in words, and as data."""

    text: Callable[[], str | Blocks]
    data: Callable[[], object]


def _explained_as_json(one: Explained) -> str:
    import json

    return json.dumps(one.data(), indent=2)


EXPLANATION: Formats[Explained] = {"text": lambda one: one.text(), "json": _explained_as_json}
