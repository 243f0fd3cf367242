"""`convcost export`: a network as source or data that other programs read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Annotated, Any, NamedTuple

import typer

from convcost.cli.formats import Output, printer
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
from convcost.cli.output import write
from convcost.errors import UsageError
from convcost.reading.description import Description
from convcost.reading.load import open_description


class Target(NamedTuple):
    """A way out: a room of `convcost.writing`; `str` of what its `write(description, settings, variant)` returns."""

    room: str
    check: str = ""
    """Where `check(written)` is, which runs what was written; nothing where nothing can."""

    def load(self, name: str) -> Callable[..., Any]:
        """Return its `write` or its `check`; only what is asked for is imported."""
        room = self.check if name == "check" else self.room
        function: Callable[..., Any] = getattr(import_module(f"convcost.writing.{room}"), name)
        return function


TARGETS: Mapping[str, Target] = {
    "pytorch": Target("pytorch", "pytorch.check"),
    "layers": Target("layers"),
    "scalesim": Target("scalesim"),
    "dot": Target("dot"),
    "mermaid": Target("mermaid"),
    "tikz": Target("tikz"),
    "svg": Target("svg"),
}


def command(
    spec: Spec,
    to: Annotated[str, typer.Option("--to", metavar="|".join(TARGETS), help="What to write.")] = "pytorch",
    settings: Settings = None,
    variant: Variant = None,
    output: Output = None,
    check: Annotated[
        bool, typer.Option("--check", help="Run what is written, and compare its figures; nothing is printed of it.")
    ] = False,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Write a network for others: as source of PyTorch, the layers an accelerator runs, a diagram, or a figure."""
    target = TARGETS[one_of("--to", to, tuple(TARGETS))]
    show = printer({to: str}, to, output)
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    description.require_whole("source")
    written = _written(target, description, settings_of(settings), variant)
    if check:
        _check(target, to, written)
    if output or not check:
        show(written)


def _written(target: Target, description: Description, settings: Mapping[str, str], variant: str | None) -> Any:
    return target.load("write")(description, settings, variant)


def _check(target: Target, to: str, written: Any) -> None:
    """Say whether what runs what was written agrees; exit with 1 if it does not."""
    if not target.check:
        raise UsageError(f"--check: there is nothing that runs {to}")
    found = target.load("check")(written)
    for one in found:
        agrees = "as counted" if one.said == one.counted else f"but {_shown(one.counted)} counted"
        write(f"{one.figure:<8} {_shown(one.said)}, {agrees}")
    if any(one.said != one.counted for one in found):
        raise typer.Exit(1)


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return f"{value:,}"
    return ", ".join("x".join(map(str, shape)) for shape in value)
