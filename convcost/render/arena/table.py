"""Whether a network fits a microcontroller: the answer, the map of the arena, what lies there at the peak."""

from __future__ import annotations

from collections.abc import Mapping

from convcost import numerals
from convcost.analysis.arena_fit import ArenaFit, Smaller
from convcost.errors import printable
from convcost.memory.planner import Placed
from convcost.ops.numbers import Number
from convcost.render.arena.data import arena_as_csv, arena_as_json
from convcost.render.arena.map import arena_map, letters_of
from convcost.render.columns import Column
from convcost.render.formats import Blocks, Drawing, Formats, Grid, tabular
from convcost.render.summary import Line

_NAMED = 4
"""Operators that are named where there are many."""


_MEASURED = ("int8", "float32")
"""Types in which the interpreter's own arenas were compared."""


def arena_blocks(fit: ArenaFit) -> Blocks:
    """Return what is to be shown."""
    return [
        _answer(fit),
        *([Drawing(lambda width, ascii_only: arena_map(fit.placed, fit.peak, width, ascii_only))] if fit.peak else []),
        Grid(_tensor_columns(fit), fit.at(fit.peak)[::-1]),
        *([Grid(_smaller_columns(fit), fit.smaller)] if fit.smaller else []),
    ]


def _answer(fit: ArenaFit) -> list[Line]:
    least, most, constants = fit.least, max(fit.held), fit.constants
    found = "so much is enough" if least == most else f"the best offsets that were found take {_bytes(least)}"
    laid = "held at once, whatever the planner"
    if fit.planner == "tflm":
        measured = "" if fit.dtype in _MEASURED else f", which was not measured with {fit.dtype}"
        laid = f"as TensorFlow Lite Micro lays them{measured}"
    parts = zip(("weights", "biases", "scales"), constants, strict=True)
    return [
        ("network", f"{printable(fit.network.name)}, {fit.dtype}; {len(fit.operators):,} operators"),
        ("arena", f"{_bytes(fit.arena)}{_of(fit.arena, fit.ram)}; activations, {laid}"),
        ("at least", f"{_bytes(most)} are held at once, and {found}"),
        (
            "flash",
            f"{_bytes(constants.total)}{_of(constants.total, fit.flash)}; "
            + ", ".join(f"{name} {number:,}" for name, number in parts if number),
        ),
        ("peak", _peak(fit)),
        ("to halve it", _above_half(fit)),
    ]


def _bytes(number: int) -> str:
    return f"{number:,} B ({numerals.memory(number)})" if number >= 1024 else f"{number:,} B"


def _of(number: int, room: int | None) -> str:
    if room is None:
        return ""
    more = number - room
    return f" of {numerals.memory(room)}: " + (
        f"{_bytes(more)} too much" if more > 0 else f"fits, {_bytes(-more)} are left"
    )


def _peak(fit: ArenaFit) -> str:
    if not fit.peak:
        return "nothing runs: the inputs alone are held"
    held, layer = fit.held[fit.peak], fit.operators[fit.peak - 1]
    gaps = fit.arena - held
    free = f"; {_bytes(gaps)} between and below them are free, but in pieces" if gaps else ""
    named = f"{printable(layer.name)} ({layer.kind}), operator {fit.peak:,} of {len(fit.operators):,}"
    return f"{named}: {_bytes(held)} are held{free}"


def _above_half(fit: ArenaFit) -> str:
    numbers = [number for number in fit.above_half if number]
    names = [printable(fit.operators[number - 1].name) for number in numbers[:_NAMED]]
    more = f" and {len(numbers) - _NAMED:,} more" if len(numbers) > _NAMED else ""
    count = "one operator holds" if len(numbers) == 1 else f"{len(numbers):,} operators hold"
    return f"{count} more than half of it, and would have to hold less: {', '.join(names)}{more}" if numbers else ""


def _tensor_columns(fit: ArenaFit) -> list[Column[Placed]]:
    letters = letters_of(fit.placed)
    held = fit.held[fit.peak]
    return [
        Column("held at the peak", lambda one: one.buffer.name, "total", right=False, rank=-1),
        Column("in the map", lambda one: letters[one], right=False, rank=-1),
        Column("bytes", lambda one: f"{one.buffer.size:,}", f"{held:,}", rank=-1),
        Column("from byte", lambda one: f"{one.start:,}"),
        Column("from operator", lambda one: f"{one.buffer.first:,}", rank=1),
        Column("to operator", lambda one: f"{one.buffer.last:,}", rank=1),
    ]


def _smaller_columns(fit: ArenaFit) -> list[Column[Smaller]]:
    return [
        Column("at most half with", lambda one: _settings(one.settings), right=False, rank=-1),
        Column("arena", lambda one: f"{one.arena:,}", rank=-1),
        Column("of this", lambda one: numerals.percent(one.arena, fit.arena)),
    ]


def _settings(settings: Mapping[str, Number]) -> str:
    return ", ".join(f"{name} = {numerals.plain_number(value)}" for name, value in settings.items())


FORMATS: Formats[ArenaFit] = tabular(arena_blocks, arena_as_json, arena_as_csv)
"""In which formats a result can be had."""
