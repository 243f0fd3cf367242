"""The figures of a description at settings."""

from __future__ import annotations

from convcost.analysis.costs import Analysis, analyze
from convcost.reading.description import Description, Settings
from convcost.reading.load import open_description


def analyze_spec(spec: str, settings: Settings = None, variant: str | None = None, dtype: str = "float32") -> Analysis:
    """Return the figures of what `spec` names: a path, a bundled network, or `-` for standard input.

    `settings` may set the input's plain sizes (`H`, `W`) and the batch (`N`) beside symbols. Raises UsageError if there
    is nothing by that name or it has no such setting, SpecError with all that is wrong with it.
    """
    return analyze_description(open_description(spec), settings, variant, dtype)


def analyze_description(
    description: Description,
    settings: Settings = None,
    variant: str | None = None,
    dtype: str = "float32",
    expecting: bool = True,
) -> Analysis:
    """Return the figures of a description, as `analyze_spec` does; without `expecting`, `expect` is not read."""
    own, at = description.at(settings, dtype)
    return analyze(description.network(own, variant, expecting=expecting), at)
