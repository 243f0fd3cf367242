"""`convcost compare`: convolutions or networks side by side, or a network before and after a change."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Annotated

import typer

from convcost.cli import sizes
from convcost.cli.bibliography import Bib
from convcost.cli.columns import Columns, Style, With
from convcost.cli.compare.request import Named, Request
from convcost.cli.formats import ENDINGS, Output, option
from convcost.cli.options import BYTES, Dtype, Settings, Variant, one_of, settings_of
from convcost.cli.plots import Log
from convcost.errors import UsageError, did_you_mean
from convcost.family import FAMILY, SYNONYMS, find_member
from convcost.reading.sources import SUFFIXES, bundled


@sizes.as_options
def command(
    given: dict[str, str],
    sides: Annotated[
        list[str],
        typer.Argument(
            metavar="A [vs] B...",
            help="Convolutions by name, or networks: spec files, bundled ones, - for standard input. "
            "NAME:size=value,... gives a side sizes or symbols of its own; 'NAME:*', in quotes for the shell, is each "
            "variant of a network.",
        ),
    ],
    input: sizes.Input = None,
    settings: Settings = None,
    variant: Variant = None,
    replace: Annotated[
        str | None,
        typer.Option(
            "--replace",
            metavar="OLD=NEW",
            help="Compare a network with itself after replacing an operator or block by a convolution, an operator or "
            "a block; sizes are arguments of the new one.",
        ),
    ] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(
            "--where", metavar="CONDITION", help="Replace only where it holds: 'kernel > 1'; all, if several are given."
        ),
    ] = None,
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Keep the spec that --replace made.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Of networks: show the layers that are the same one by one, too.")
    ] = False,
    baseline: Annotated[
        str | None,
        typer.Option(
            "--baseline", metavar="SIDE", help="What ratios are to; default: `standard` if it is there, else the first."
        ),
    ] = None,
    columns: Columns = None,
    beside: With = None,
    style: Style = "exact",
    bib: Bib = None,
    plot: Annotated[
        str | None,
        typer.Option(
            "--plot",
            metavar="X,Y",
            help="Draw networks by two figures, or columns of the file that --with names, with the line of the best: "
            "least of figures, most of columns; min:NAME and max:NAME say otherwise.",
        ),
    ] = None,
    log: Log = None,
    format: Annotated[str | None, option("table", "json", "csv", "markdown", "latex", "svg")] = None,
    output: Output = None,
    dtype: Dtype = None,
) -> None:
    """Compare convolutions, or networks: what differs, and what it costs."""
    one_of("--dtype", dtype or "float32", tuple(BYTES))
    named = [_named(word) for word in _without_vs(sides)]
    request = Request(
        named,
        input,
        given,
        settings_of(settings),
        variant,
        replace,
        where or [],
        save,
        every,
        baseline,
        format,
        output,
        dtype or "float32",
        columns,
        beside,
        style,
        bib,
        plot,
        log,
    )
    files = [side.word for side in named if side.member is None]
    if replace is not None or len(files) == len(named):
        if plot is not None:
            from convcost.cli.compare import plotted

            return plotted.run(request)
        if log is not None:
            raise UsageError("--log goes with --plot")
        from convcost.cli.compare import networks

        return networks.run(request)
    if files:
        other = next(side.word for side in named if side.member is not None)
        raise UsageError(f"`{files[0]}` is a network and `{other}` a convolution: compare like with like")
    of_networks = {
        "--variant": variant,
        "--all": every,
        "--where": where,
        "--save": save,
        "--columns": columns,
        "--with": beside,
        "--style": style != "exact",
        "--bib": bib,
        "--plot": plot,
        "--log": log,
        "--format latex": (format or ENDINGS.get(output.suffix.lower() if output else "")) == "latex",
    }
    for name, value in of_networks.items():
        if value:
            raise UsageError(f"{name} is for networks")
    from convcost.cli.compare import convolutions

    return convolutions.run(request)


def _without_vs(words: list[str]) -> list[str]:
    """The sides; `vs` is optional between them."""
    between = [word.lower().rstrip(".") in ("vs", "versus") for word in words]
    if between[0] or between[-1] or any(a and b for a, b in pairwise(between)):
        raise UsageError(
            "`vs` stands between two sides", "for example: convcost compare depthwise_separable vs standard"
        )
    return [word for word, joins in zip(words, between, strict=True) if not joins]


_OWN = re.compile(r"(?P<name>.+?):(?P<own>\w+=[^,]+(?:,\w+=[^,]+)*)", re.DOTALL)


def _named(word: str) -> Named:
    if word.endswith(":*"):
        word = f"{word[:-2]}:variant=*"
    found = _OWN.fullmatch(word)
    name, own = (found["name"], settings_of(found["own"].split(","))) if found else (word, {})
    member = find_member(name)
    if _is_file(name) or (member is None and name in bundled()):
        return Named(word, name, None, own)
    if member is not None and own.get("variant") == "*":
        raise UsageError(f"`{name}` is a convolution and has no variants", "NAME:* is for networks")
    if member is None:
        head, colon, _ = name.partition(":")
        if colon and (find_member(head) or head in bundled()):
            raise UsageError(
                f"`{word}`: a side with sizes of its own is NAME:size=value,...", f"{head}:kernel=5,stride=2"
            )
        known = [*FAMILY, *SYNONYMS, *bundled()]
        help = did_you_mean(name, known) or f"convolutions: {', '.join(FAMILY)}; networks: `convcost list`"
        raise UsageError(f"no convolution, file or bundled network `{name}`", help)
    return Named(word if own else member.name, name, member, own)


def _is_file(name: str) -> bool:
    path = Path(name)
    return name == "-" or "/" in name or path.suffix in SUFFIXES or path.is_file()
