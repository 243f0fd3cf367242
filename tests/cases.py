"""Cases that stand in tests/data as YAML."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from command_line import DATA

try:
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML without libyaml, which is ten times as slow
    from yaml import SafeLoader  # type: ignore[assignment]


@cache
def cases(name: str) -> Any:
    """Return what stands in a file of tests/data."""
    return yaml.load((DATA / name).read_text(encoding="utf-8"), SafeLoader)
