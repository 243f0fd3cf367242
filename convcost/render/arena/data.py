"""Whether a network fits a microcontroller, as data."""

from __future__ import annotations

import json

from convcost import numerals
from convcost.analysis.arena_fit import ArenaFit
from convcost.csv_text import as_csv


def arena_as_json(fit: ArenaFit) -> str:
    """Return everything, with every tensor and every operator. Keys are only ever added."""
    result = {
        "name": fit.network.name,
        "dtype": fit.dtype,
        "planner": fit.planner,
        "fits": fit.fits,
        "ram": fit.ram,
        "arena": fit.arena,
        "held": max(fit.held),
        "best_found": fit.least,
        "flash_size": fit.flash,
        "flash": fit.constants.total,
        "constants": fit.constants._asdict(),
        "peak": fit.peak,
        "operators": [
            {"number": number, "name": layer.name, "operator": layer.kind, "held": fit.held[number]}
            for number, layer in enumerate(fit.operators, 1)
        ],
        "tensors": [
            {
                "name": one.buffer.name,
                "bytes": one.buffer.size,
                "start": one.start,
                "first": one.buffer.first,
                "last": one.buffer.last,
            }
            for one in fit.placed
        ],
        "at_most_half": [
            {"settings": {name: numerals.plain_number(n) for name, n in one.settings.items()}, "arena": one.arena}
            for one in fit.smaller
        ],
    }
    return json.dumps(result, indent=2) + "\n"


def arena_as_csv(fit: ArenaFit) -> str:
    """Return a row for every tensor."""
    rows: list[list[object]] = [
        [one.buffer.name, one.buffer.size, one.start, one.buffer.first, one.buffer.last] for one in fit.placed
    ]
    return as_csv(["tensor", "bytes", "start", "first", "last"], rows)
