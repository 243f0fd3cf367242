"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, TypeVar

import typer

from convcost.errors import ConvcostError, Problem, UsageError, choices
from convcost.figures import FIGURES
from convcost.ops.base import BYTES as BYTES
from convcost.reading.opening import Opening, help_with, names_module
from convcost.reading.sources import bundled_at

T = TypeVar("T")

Specs = Annotated[
    list[str],
    typer.Argument(
        metavar="SPEC...", help="Spec files, bundled networks by name, git:REV:path, or - for standard input."
    ),
]
_ONE_SPEC = "A spec file, a bundled network by name, git:REV:path, or -."
Spec = Annotated[str, typer.Argument(metavar="SPEC", help=_ONE_SPEC)]
MaybeSpec = Annotated[str | None, typer.Argument(metavar="[SPEC]", help=_ONE_SPEC)]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Set a symbol of the spec, or a size of its input: H=320; may be repeated.",
    ),
]
Variant = Annotated[str | None, typer.Option("--variant", metavar="NAME", help="Use a variant that the spec names.")]
Free = Annotated[
    str | None, typer.Option("--in", metavar="NAME,...", help="The symbols to leave free; N is the batch.")
]

Assume = Annotated[
    list[str] | None,
    typer.Option("--assume", metavar="TEXT", help="What holds of symbols, as 'k odd', 'H % 32 == 0'. May be repeated."),
]

Shapes = Annotated[
    list[str] | None,
    typer.Option(
        "--shape",
        metavar="[NAME=]CxHxW",
        help="The shape of a PyTorch module's input, once for each; the module is `package.module:name` or "
        "`file.py:name`, and its code is run.",
    ),
]
Arguments = Annotated[
    list[str] | None,
    typer.Option(
        "--arg",
        metavar="NAME=VALUE",
        help="An argument of what makes a PyTorch module: a number, true, false or a text in quotes; may be repeated.",
    ),
]
Ends = Annotated[
    str | None,
    typer.Option("--outputs", metavar="NAME,...", help="Read a model up to these tensors, nodes or layers alone."),
]
Partial = Annotated[
    bool, typer.Option("--partial", help="Go on past what is unknown in a model; it is listed as not counted.")
]
NotPartial = Annotated[bool, typer.Option("--partial", hidden=True)]
"""Where a network must be known as a whole, and this is refused with the reason."""

Dtype = Annotated[
    str | None,
    typer.Option(
        "--dtype", metavar="|".join(BYTES), help="The type whose size gives bytes; default: a model's own, or float32."
    ),
]


@contextmanager
def collected(problems: list[Problem]) -> Iterator[None]:
    """Go on after an error, with what is wrong added to `problems`: for whoever reads several specs."""
    try:
        yield
    except ConvcostError as error:
        problems += error.problems


def show_all(specs: Iterable[str], read: Callable[[str], T], show: Callable[[list[T]], None]) -> None:
    """Show what is read of several specs; those that can't be read are one ConvcostError, after the others."""
    found: list[T] = []
    failures: list[Problem] = []
    for spec in specs:
        with collected(failures):
            found.append(read(spec))
    if found:
        show(found)
    if failures:
        raise ConvcostError(failures)


def settings_of(words: list[str] | None, option: str = "--set", example: str = "alpha=0.5") -> dict[str, str]:
    """NAME=VALUE words as a mapping; UsageError if one is given twice."""
    settings = {}
    for word in words or []:
        name, equals, value = word.partition("=")
        if not equals or not name or not value:
            raise UsageError(f"{option} {word}: a setting is NAME=VALUE", f"for example {option} {example}")
        if "," in value and "=" in value:
            again = f" {option} ".join(part.strip() for part in word.split(","))
            raise UsageError(f"{option} {word}: each setting has an option of its own", f"write {option} {again}")
        if name.strip() in settings:
            raise UsageError(f"{option}: `{name.strip()}` is given twice", "give each symbol once")
        settings[name.strip()] = value.strip()
    return settings


def opening(
    shapes: list[str] | None,
    arguments: list[str] | None,
    *specs: str | None,
    outputs: str | None = None,
    partial: bool = False,
) -> Opening:
    """Return how networks are opened that are no text; UsageError if none of them is."""
    settings_of(arguments, "--arg")
    for option, given in (("--shape", shapes), ("--arg", arguments)):
        if given and not any(spec and names_module(spec) for spec in specs):
            named = "name one as `torchvision.models:resnet50` or `path/to/file.py:make_model`"
            helps = [found for spec in specs if spec and (found := help_with(spec))]
            raise UsageError(f"{option} goes with a PyTorch module, and none is named", (*helps, named)[0])
    for option, asked in (("--outputs", outputs), ("--partial", partial)):
        if asked and all(spec is None or spec.endswith((".yaml", ".yml")) or bundled_at(spec) for spec in specs):
            raise UsageError(f"{option} goes with a model, and none is named", "name an ONNX file or a PyTorch module")
    return Opening(tuple(shapes or ()), tuple(arguments or ()), tuple(names_of(outputs) or ()), partial)


def check_dtype(dtype: str | None, figures: Iterable[str]) -> None:
    """Raise UsageError for what is no type, and for a type that none of these figures depends on."""
    one_of("--dtype", dtype or "float32", tuple(BYTES))
    if dtype is not None and not any("dtype" in FIGURES[name].reads for name in figures):
        names = " and ".join(f"`{name}`" for name in figures)
        reading = [name for name, figure in FIGURES.items() if "dtype" in figure.reads]
        raise UsageError(f"--dtype changes nothing in {names}: leave it out", f"it is for {', '.join(reading)}")


def names_of(words: str | None) -> list[str] | None:
    """NAME,NAME,... as a list; None where nothing was said."""
    return None if words is None else [word.strip() for word in words.split(",") if word.strip()]


def one_of(option: str, value: str, known: tuple[str, ...]) -> str:
    """Return the value; UsageError if it is none of the choices."""
    if value not in known:
        raise UsageError(f"{option} can't be `{value}`", choices(value, known))
    return value
