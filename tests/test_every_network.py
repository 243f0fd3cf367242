"""Bundled networks in the formats of formulas that no other test reads: `test_law.py` has Python, LaTeX and JSON."""

from __future__ import annotations

import pytest
from command_line import Run
from networks import each_network

from convcost.reading.sources import bundled

FORMATS = {
    ("analyze", "--symbolic"): ("table", "csv", "markdown", "latex"),
    ("formula",): ("text",),
    ("formula", "--of", "params"): ("text",),
}


@pytest.mark.parametrize("name", each_network(bundled()))
def test_formulas_in_every_format(run: Run, name: str) -> None:
    for (command, *options), formats in FORMATS.items():
        for format in formats:
            ran = run(command, name, *options, "--format", format, columns=100)
            assert (ran.code, ran.err) == (0, ""), (command, options, format)
            assert ran.out.strip()
