"""Networks as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def as_json(objects: Sequence[dict[str, Any]]) -> str:
    """One object for one network, else a list of them."""
    import json

    return one_or_list([json.dumps(one, indent=2) for one in objects])


def one_or_list(texts: Sequence[str]) -> str:
    """The same of objects that are text already.

    >>> print(one_or_list(["{}", "{}"]), end="")
    [
    {},
    {}
    ]
    """
    return texts[0] + "\n" if len(texts) == 1 else "[\n" + ",\n".join(texts) + "\n]\n"
