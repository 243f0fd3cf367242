"""Lines of Python that are no longer than they may be: what is too long is broken inside its outermost brackets."""

from __future__ import annotations

import ast
import re

WIDTH = 120
_OPEN, _CLOSE = "([{", ")]}"


def spaced(expr: ast.expr) -> str:
    """Return an expression as formatters write it: a power of what is short has no spaces.

    >>> spaced(ast.parse("2*a ** b + c ** (a - 1)").body[0].value)
    '2 * a**b + c ** (a - 1)'
    """
    return re.sub(r"(?<![\w.)\]])(-?[\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", ast.unparse(expr))


def fitted(line: str) -> list[str]:
    """Return a statement in lines that fit: each argument of the call that is too long has a line of its own.

    >>> fitted("    self.name = nn.Sequential(" + "nn.ReLU(), " * 12 + "nn.ReLU())")[:3]
    ['    self.name = nn.Sequential(', '        nn.ReLU(),', '        nn.ReLU(),']
    """
    if len(line) <= WIDTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    found = _last_group(line)
    if found is None:
        return [line]
    start, end = found
    inside = f"{indent}    {line[start + 1 : end]}"
    made = [line[: start + 1]]
    parts = _parts(inside)
    if len(inside) <= WIDTH and line[start] == "(":
        made.append(inside)
    else:
        bare = len(parts) == 1 and " for " in parts[0] and not parts[0].startswith("*")
        made += [one for part in parts for one in fitted(f"{indent}    {part}{'' if bare else ','}")]
    return [*made, *fitted(indent + line[end:])]


def _last_group(line: str) -> tuple[int, int] | None:
    """The outermost brackets of a call, a definition or a list that hold most of a line."""
    groups, depth, start, quote = [], 0, 0, ""
    for place, mark in enumerate(line):
        if quote:
            quote = "" if mark == quote and line[place - 1] != "\\" else quote
        elif mark in "'\"":
            quote = mark
        elif mark in _OPEN:
            start = place if depth == 0 else start
            depth += 1
        elif mark in _CLOSE:
            depth -= 1
            is_call = start > 0 and (line[start - 1].isalnum() or line[start - 1] == "_" or line[start - 2] == "=")
            if depth == 0 and is_call and place > start + 1:
                groups.append((start, place))
    return max(groups, key=lambda group: group[1] - group[0], default=None)


def _parts(inside: str) -> list[str]:
    """What stands between the outermost commas."""
    parts, depth, start, quote = [], 0, 0, ""
    for place, mark in enumerate(inside):
        if quote:
            quote = "" if mark == quote and inside[place - 1] != "\\" else quote
        elif mark in "'\"":
            quote = mark
        elif mark in _OPEN:
            depth += 1
        elif mark in _CLOSE:
            depth -= 1
        elif mark == "," and depth == 0:
            parts.append(inside[start:place].strip())
            start = place + 1
    last = inside[start:].strip()
    return [*parts, last] if last else parts
