"""The words of a lock file: names as they are, or in quotes where they hold what parts words."""

from __future__ import annotations

import re
from fractions import Fraction

from convcost.ops.arguments import show
from convcost.ops.numbers import Number

PLAIN = r"[A-Za-z0-9_][A-Za-z0-9_./+@-]*"
"""Names that need no quotes."""

IN_QUOTES = r'"(?:[^"\\]|\\.)*"'

NAME = f"{PLAIN}|{IN_QUOTES}"
"""Names as they are written."""


def quoted(name: str) -> str:
    r"""Return a name as it is, or in quotes as JSON has it, without blanks, quotes, commas and signs that part words.

    >>> print(quoted("layer1.0"), quoted("a, b"))
    layer1.0 "a\u002c\u0020b"
    """
    if re.fullmatch(PLAIN, name):
        return name
    import json

    body = json.dumps(name)[1:-1]
    return '"' + re.sub(r'\\"|[ ,=:#]', lambda found: f"\\u{ord(found[0][-1]):04x}", body) + '"'


def unquoted(text: str) -> str:
    """Return the name that is written so. ValueError if its quotes hold none."""
    if not text.startswith('"'):
        return text
    import json

    return str(json.loads(text))


def typed(value: Number) -> str:
    """Return a symbol's value as one would type it.

    >>> typed(Fraction(1, 2)), typed(Fraction(1, 3)), typed(True), typed(2**200) == str(2**200)
    ('0.5', '1/3', 'true', True)
    """
    if isinstance(value, bool):
        return str(value).lower()
    return show(value) if isinstance(value, Fraction) else str(value)
