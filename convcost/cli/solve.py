"""`convcost solve`: the largest values of symbols for which a network stays within limits."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from convcost.algebra.derivation import derive
from convcost.algebra.law import Law
from convcost.cli.formats import Format, Output, printer
from convcost.cli.options import (
    Arguments,
    Dtype,
    Ends,
    NotPartial,
    Settings,
    Shapes,
    Spec,
    Variant,
    check_dtype,
    opening,
    settings_of,
)
from convcost.cli.progress import progress
from convcost.errors import UsageError
from convcost.reading.load import open_description
from convcost.solve.limits import limit, step


def command(
    spec: Spec,
    symbols: Annotated[
        str, typer.Option("--for", metavar="NAME[,NAME]", help="The symbols to make as large as the limits allow.")
    ],
    limits: Annotated[
        list[str],
        typer.Option("--subject-to", metavar="LIMIT", help="As 'macs <= 300e6' or 'params < 3.5M'; may be repeated."),
    ],
    steps: Annotated[
        list[str] | None, typer.Option("--step", metavar="[NAME=]STEP", help="Try only multiples of this.")
    ] = None,
    multiple_of: Annotated[
        int | None, typer.Option("--multiple-of", min=1, metavar="N", help="The step of sizes and other counts.")
    ] = None,
    settings: Settings = None,
    variant: Variant = None,
    dtype: Dtype = None,
    format: Format = None,
    output: Output = None,
    shapes: Shapes = None,
    arguments: Arguments = None,
    outputs: Ends = None,
    partial: NotPartial = False,
) -> None:
    """Find the largest value of one symbol, or of two all trade-offs, for which totals stay within limits.

    Limits are set to macs, params, peak_memory and other figures, with <=, <, >= or > and k, M, G, T, or KiB and MiB;
    all of them hold at once. What is found is exact: it has been counted layer by layer.
    """
    from convcost.render.law.solution import FORMATS
    from convcost.solve.solution import solve

    show = printer(FORMATS, format, output)
    names = [word.strip() for word in symbols.split(",")]
    if not 1 <= len(names) == len(set(names)) <= 2:
        raise UsageError(f"--for {symbols}: give one symbol, or two different ones")
    wanted = [limit(text) for text in limits]
    check_dtype(dtype, dict.fromkeys(one.of for one in wanted))
    description = open_description(spec, opening(shapes, arguments, spec, outputs=outputs, partial=partial))
    law = derive(description, settings_of(settings), variant, names, dtype=dtype)
    chosen = _counts(law, names, multiple_of) | _steps(steps or [], names)
    with progress("values tried") as bar:
        solution = solve(law, names, wanted, chosen, bar.reach)
    show(solution)
    if not solution.points:
        raise typer.Exit(1)


def _steps(words: list[str], names: list[str]) -> dict[str, Fraction]:
    """--step 0.05 for all symbols, --step alpha=0.05 for one."""
    chosen: dict[str, Fraction] = {}
    for word in words:
        name, equals, text = word.rpartition("=")
        if equals and name.strip() not in names:
            raise UsageError(f"--step {word}: `{name}` is not solved for", f"--for has {' and '.join(names)}")
        chosen |= dict.fromkeys([name.strip()] if equals else names, step(text))
    return chosen


def _counts(law: Law, names: list[str], multiple_of: int | None) -> dict[str, Fraction]:
    """--multiple-of 32 for all symbols that have to be whole."""
    from convcost.solve.grid import whole_step

    if multiple_of is None:
        return {}
    counts = [name for name in names if whole_step(law, name) == 1]
    if not counts:
        raise UsageError("--multiple-of is for sizes and other counts", f"for {names[0]} say --step {multiple_of}")
    return dict.fromkeys(counts, Fraction(multiple_of))
