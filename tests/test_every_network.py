"""Bundled networks in every format of the commands that write formulas."""

from __future__ import annotations

import json

import pytest
from command_line import Run
from networks import each_network

from convcost.reading.sources import bundled

FORMATS = {
    ("analyze", "--symbolic"): ("table", "json", "csv", "markdown", "latex"),
    ("formula",): ("text", "json", "latex", "python"),
    ("formula", "--of", "params"): ("text", "latex"),
    ("formula", "--per-layer"): ("json",),
}


@pytest.mark.parametrize("name", each_network(bundled()))
def test_formulas_in_every_format(run: Run, name: str) -> None:
    for (command, *options), formats in FORMATS.items():
        for format in formats:
            ran = run(command, name, *options, "--format", format, columns=100)
            assert (ran.code, ran.err) == (0, ""), (command, options, format)
            assert ran.out.strip()
            if format == "json":
                json.loads(ran.out)
