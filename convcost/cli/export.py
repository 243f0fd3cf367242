"""`convcost export`: a network as source or data that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from convcost.cli.formats import Output, printer, require_free
from convcost.cli.options import (
    Arguments,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Spec,
    Variant,
    one_of,
    opening,
    settings_of,
)
from convcost.cli.output import note, write
from convcost.errors import UsageError
from convcost.reading.load import open_description
from convcost.render.law.domain import domain_of


class Target(NamedTuple):
    """A way out: a room of `convcost.writing`, and what is done with what its `write` returns."""

    room: str
    """Where `write(description, settings, variant)` is; what it returns is text for `str`, unless it is binary."""
    ending: str = ""
    """How names of files end that are this if nothing else is said."""
    check: str = ""
    """Where `check(written)` is, which runs what was written; nothing where nothing can."""
    is_binary: bool = False
    """Whether what is written is no text, and saves itself: `written.save(path)`."""

    def load(self, name: str) -> Callable[..., Any]:
        """Return its `write` or its `check`; only what is asked for is imported."""
        room = self.check if name == "check" else self.room
        function: Callable[..., Any] = getattr(import_module(f"convcost.writing.{room}"), name)
        return function


TARGETS: Mapping[str, Target] = {
    "pytorch": Target("pytorch", ".py", "pytorch.check"),
    "onnx": Target("onnx", ".onnx", "onnx.check", is_binary=True),
    "layers": Target("layers", ".csv"),
    "scalesim": Target("scalesim"),
    "dot": Target("dot", ".dot"),
    "mermaid": Target("mermaid", ".mmd"),
    "tikz": Target("tikz", ".tex"),
    "svg": Target("svg", ".svg"),
}


def command(
    spec: Spec,
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="|".join(TARGETS), help="What to write; default: as FILE ends, else pytorch."),
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    output: Output = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, help="Draw the weights of an ONNX file; without, they are zeros.")
    ] = None,
    symbolic: Annotated[
        bool, typer.Option("--symbolic", help="Leave the sizes of an ONNX file's inputs open; --set fixes them.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Run what is written, and compare its figures; nothing is printed of it.")
    ] = False,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Write a network for others: as PyTorch source, an ONNX file, an accelerator's layers, a diagram, or a figure."""
    to = one_of("--to", to, tuple(TARGETS)) if to else _told_by(output)
    target = TARGETS[to]
    show = _saver(to, output, check) if target.is_binary else printer({to: str}, to, output)
    for given, does in (
        (seed is not None, "--seed draws the weights of an ONNX file"),
        (symbolic, "--symbolic leaves the sizes of an ONNX file open"),
    ):
        if given and to != "onnx":
            raise UsageError(does, "leave it out, or use --to onnx")
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    description.require_whole("source")
    asked = {"seed": seed, "symbolic": symbolic} if to == "onnx" else {}
    written = target.load("write")(description, settings_of(settings), variant, **asked)
    if symbolic:
        names = [one.name for one in written.law.variables]
        note(f"{', '.join(names)} {'is' if len(names) == 1 else 'are'} open, {domain_of(written.law)}")
    if check:
        _check(target, to, written)
    if output or not check:
        show(written)


def _told_by(output: Path | None) -> str:
    """The target that a file's ending says; where that says nothing, the first."""
    ending = output.suffix.lower() if output else ""
    said = [name for name, target in TARGETS.items() if ending and target.ending == ending]
    return next(iter([*said, *TARGETS]))


def _saver(to: str, output: Path | None, check: bool) -> Callable[[Any], None]:
    """What writes a binary file, which no terminal takes; UsageError if it is not said which, or it can't be that."""
    if output is None:
        if not check:
            raise UsageError(f"--to {to} writes a file that is no text", f"name it: -o net.{to}")
        return lambda written: None
    require_free(output, "-o", "--output")
    return lambda written: written.save(output)


def _check(target: Target, to: str, written: Any) -> None:
    """Say whether what runs what was written agrees; exit with 1 if it does not."""
    if not target.check:
        raise UsageError(f"--check: there is nothing that runs {to}")
    found = target.load("check")(written)
    for one in found:
        how = "as counted" if one.agrees else f"but {_shown(one.counted)} counted"
        write(f"{one.figure:<8} {_shown(one.said)}, {f'not run: {one.why_not}' if one.why_not else how}")
    if not all(one.agrees for one in found):
        raise typer.Exit(1)


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join("x".join(map(str, shape)) for shape in value)
