"""Whether a training step fits into a memory: what fills it, the layers that keep most, data."""

from __future__ import annotations

import json

from convcost import numerals
from convcost.analysis.training_fit import Held, Keeps, Stage, TrainingFit
from convcost.csv_text import as_csv
from convcost.errors import printable
from convcost.render.columns import Column
from convcost.render.formats import Blocks, Formats, Grid, tabular
from convcost.render.summary import Line

SHOWN = 8
"""Layers that are shown."""


def training_blocks(fit: TrainingFit) -> Blocks:
    """Return what is to be shown: the answer, what is held at the peak, and the layers that keep most."""
    return [
        _answer(fit),
        Grid(_part_columns(fit), fit.peak.parts),
        _peak_lines(fit),
        Grid(_kept_columns(fit), fit.kept[:SHOWN]),
        *([Grid(_stage_columns(fit), fit.stages)] if fit.stages else []),
    ]


def _answer(fit: TrainingFit) -> list[Line]:
    room = (
        f"{numerals.memory(fit.memory)}, less {numerals.memory(fit.reserve)} for the framework's context and workspace"
    )
    lines = [
        ("network", f"{printable(fit.network.name)}, {fit.optimizer}, {fit.precision}"),
        ("memory", f"{room} (--reserve)"),
        ("largest batch", f"{fit.largest:,}" if fit.largest else "none: one sample does not fit"),
    ]
    if not fit.fits:
        over = fit.total + fit.reserve - fit.memory
        lines.append(("answer", f"a batch of {fit.batch:,} does not fit: {numerals.memory(over)} too much"))
    elif fit.batch < fit.largest:
        lines.append(("answer", f"a batch of {fit.batch:,} fits"))
    if fit.checkpointed:
        again = f"{numerals.human(fit.macs_again)} MACs per sample are computed again"
        lines.append(("checkpointed", f"{printable(', '.join(fit.checkpointed))}; {again}"))
    if fit.frozen:
        trained = sum(
            layer.params.total for layer in fit.network.layers if layer.is_trained and layer.name not in fit.frozen
        )
        every = sum(layer.params.total for layer in fit.network.layers)
        share = f"{numerals.human(trained)} of {numerals.human(every)} parameters are trained"
        lines.append(("frozen", f"{len(fit.frozen):,} layers; {share}"))
    return lines


def _part_columns(fit: TrainingFit) -> list[Column[Held]]:
    once, each = fit.peak.once, fit.peak.each
    return [
        Column("held at the peak", lambda part: part.name, "total", right=False, rank=-1),
        Column("once", lambda part: _bytes(part.once), _bytes(once), rank=1),
        Column("per sample", lambda part: _bytes(part.each), _bytes(each)),
        Column(f"batch of {fit.batch:,}", lambda part: _bytes(part.at(fit.batch)), _bytes(fit.total), rank=-1),
        Column("share", lambda part: numerals.percent(part.at(fit.batch), fit.total), rank=2),
    ]


def _bytes(number: int) -> str:
    return numerals.memory(number) if number else ""


def _peak_lines(fit: TrainingFit) -> list[Line]:
    largest = max(fit.peak.parts, key=lambda part: part.at(fit.batch))
    printed, kept = fit.printed_by_torchinfo, fit.batch * sum(one.each for one in fit.kept)
    return [
        ("peak", f"in the {_pass(fit)} pass of {printable(fit.peak.layer.name)}; most of it is {largest.name}"),
        (
            "torchinfo",
            f'prints {printed / 1e6:,.2f} MB as "forward/backward pass size": the outputs of layers with parameters, '
            f"twice. What the forward pass keeps is {kept / 1e6:,.2f} MB: each tensor once, of layers without "
            "parameters too, and not what no gradient needs.",
        ),
    ]


def _pass(fit: TrainingFit) -> str:
    return "forward" if fit.peak.is_forward else "backward"


def _kept_columns(fit: TrainingFit) -> list[Column[Keeps]]:
    every = sum(one.each for one in fit.kept)
    return [
        Column("keeps most", lambda one: one.layer.name, right=False, rank=-1),
        Column("operator", lambda one: one.layer.kind, right=False, rank=1),
        Column("kept per sample", lambda one: _bytes(one.each), rank=-1),
        Column("share", lambda one: numerals.percent(one.each, every)),
    ]


def _stage_columns(fit: TrainingFit) -> list[Column[Stage]]:
    macs = sum(layer.work.macs for layer in fit.network.layers)
    return [
        Column("checkpointed", lambda one: one.name, right=False, rank=-1),
        Column("saves", lambda one: numerals.memory(one.saves) if one.saves > 0 else "0", rank=-1),
        Column("MACs again", lambda one: numerals.human(one.macs)),
        Column("of all", lambda one: numerals.percent(one.macs, macs), rank=1),
        Column("largest batch", lambda one: f"{one.largest:,}", rank=-1),
    ]


def training_as_json(fit: TrainingFit) -> str:
    """Return everything, with every layer that keeps something. Keys are only ever added."""
    result = {
        "name": fit.network.name,
        "optimizer": fit.optimizer,
        "precision": fit.precision,
        "memory": fit.memory,
        "reserve": fit.reserve,
        "frozen": [layer.name for layer in fit.network.layers if layer.name in fit.frozen],
        "checkpointed": list(fit.checkpointed),
        "macs_again": fit.macs_again,
        "largest_batch": fit.largest,
        "batch": fit.batch,
        "fits": fit.fits,
        "training_memory": fit.total,
        "parts": [_part_object(part, fit.batch) for part in fit.peak.parts],
        "peak": {"pass": _pass(fit), "layer": fit.peak.layer.name, "operator": fit.peak.layer.kind},
        "kept": [{"layer": one.layer.name, "operator": one.layer.kind, "per_sample": one.each} for one in fit.kept],
        "stages": [_stage_object(one) for one in fit.stages],
        "printed_by_torchinfo": fit.printed_by_torchinfo,
    }
    return json.dumps(result, indent=2) + "\n"


def _part_object(part: Held, batch: int) -> dict[str, str | int]:
    return {"name": part.name, "once": part.once, "per_sample": part.each, "bytes": part.at(batch)}


def _stage_object(one: Stage) -> dict[str, str | int]:
    return {"name": one.name, "saves": one.saves, "macs_again": one.macs, "largest_batch": one.largest}


def training_as_csv(fit: TrainingFit) -> str:
    """Return a row for everything that is held at the peak."""
    rows: list[list[object]] = [[part.name, part.once, part.each, part.at(fit.batch)] for part in fit.peak.parts]
    return as_csv(["held_at_the_peak", "once", "per_sample", "bytes"], rows)


FORMATS: Formats[TrainingFit] = tabular(training_blocks, training_as_json, training_as_csv)
"""In which formats a result can be had."""
