"""The words of a lock file: names as they are, or in quotes where they hold what parts words."""

from __future__ import annotations

import re

PLAIN = r"[A-Za-z0-9_][A-Za-z0-9_./+@-]*"
"""Names that need no quotes."""

NAME = rf'{PLAIN}|"(?:[^"\\]|\\.)*"'
"""Names as they are written."""


def quoted(name: str) -> str:
    r"""A name as it is, or in quotes as JSON has it, without blanks, commas and signs that part the words of a line.

    >>> print(quoted("layer1.0"), quoted("a, b"))
    layer1.0 "a\u002c\u0020b"
    """
    if re.fullmatch(PLAIN, name):
        return name
    import json

    return re.sub("[ ,=:#]", lambda found: f"\\u{ord(found[0]):04x}", json.dumps(name))


def unquoted(text: str) -> str:
    """The name that is written so; ValueError if its quotes hold none."""
    if not text.startswith('"'):
        return text
    import json

    return str(json.loads(text))
