"""Modules that steps are made of -> the source that makes them: one, several in a row, or a list of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from convcost.writing.pytorch.tensors import Step, Table


def texts(steps: Iterable[Step]) -> list[str]:
    """Return the modules of steps, one after the other."""
    return [text for step in steps for text in step.modules or ()]


def together(steps: Iterable[Step]) -> str:
    """Return the modules of steps as one."""
    made = texts(steps)
    return made[0] if len(made) == 1 and not made[0].startswith("*") else f"nn.Sequential({', '.join(made)})"


def listed(name: str, steps: Iterable[Step]) -> list[str]:
    """Return lines that put modules into a list, some under conditions or in a loop over a table."""
    lines: list[str] = []
    for (condition, _), alike in groupby(steps, key=lambda step: (step.condition, id(step.table))):
        first, *rest = alike
        made = texts([first, *rest])
        if first.table is not None:
            lines += [*_start(name, lines), *_loop(name, first.table, made[0])]
        elif not lines and not condition:
            lines = [f"{name}: list[nn.Module] = [{', '.join(made)}]"]
        else:
            is_one = len(made) == 1 and made[0][0] != "*"
            line = f"{name}.append({made[0]})" if is_one else f"{name} += [{', '.join(made)}]"
            lines += [*_start(name, lines), *([f"if {condition}:", f"    {line}"] if condition else [line])]
    return lines


def _start(name: str, lines: Sequence[str]) -> list[str]:
    return [] if lines else [f"{name}: list[nn.Module] = []"]


def _loop(name: str, table: Table, module: str) -> Iterator[str]:
    """Lines that put a module into a list for each row of a table."""
    columns, rows = ", ".join(table.columns), table.name
    if len(table.columns) == 1:
        rows = f"({', '.join(cell for (cell,) in table.rows)})"
    else:
        yield f"{rows} = ["
        yield from (f"    ({', '.join(row)})," for row in table.rows)
        yield "]"
    if table.channels:
        yield f"{table.channels} = {table.first}"
    yield f"for {columns} in {rows}:"
    yield f"    {name}.append({module})"
    if table.channels:
        yield f"    {table.channels} = {table.out}"
